#include "sql/writer.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "sql/database.h"
#include "sql/duckdb_handle.h"
#include "sql/states.h"

namespace waymark::sql {
namespace {

duckdb_vector vector_of(void* vector) { return static_cast<duckdb_vector>(vector); }

void mark_null(duckdb_vector vector, std::size_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

void assign(duckdb_vector vector, std::size_t row, std::string_view text) {
  duckdb_vector_assign_string_element_len(vector, row, text.data(), text.size());
}

void assign_valid(duckdb_vector vector, std::size_t row, std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  ascii ? assign(vector, row, text) : assign(vector, row, valid_utf8(text));
}

}  // namespace

TextDictionary::TextDictionary(std::size_t size)
    : vector_(duckdb_create_vector(logical_type(Type::kText).get(),
                                   std::max<std::size_t>(size, kChunkRows))) {}

void TextDictionary::set(std::uint32_t code, std::string_view text) {
  assign_valid(vector_of(vector_), code, text);
}

void TextDictionary::set_null(std::uint32_t code) { mark_null(vector_of(vector_), code); }

TextDictionary::~TextDictionary() { VectorHandle(vector_of(vector_)); }

TextDictionary::TextDictionary(TextDictionary&& other) noexcept
    : vector_(std::exchange(other.vector_, nullptr)) {}

TextDictionary& TextDictionary::operator=(TextDictionary&& other) noexcept {
  std::swap(vector_, other.vector_);
  return *this;
}

std::int64_t* ColumnWriter::integers() {
  return static_cast<std::int64_t*>(duckdb_vector_get_data(vector_of(vector_)));
}
std::int32_t* ColumnWriter::dates() {
  return static_cast<std::int32_t*>(duckdb_vector_get_data(vector_of(vector_)));
}
double* ColumnWriter::numbers() {
  return static_cast<double*>(duckdb_vector_get_data(vector_of(vector_)));
}
bool* ColumnWriter::booleans() {
  return static_cast<bool*>(duckdb_vector_get_data(vector_of(vector_)));
}

void ColumnWriter::uuid(std::size_t row, const EventId& id) {
  // The engine keeps a UUID as a signed number with its highest bit turned, so that order holds.
  static_cast<duckdb_hugeint*>(duckdb_vector_get_data(vector_of(vector_)))[row] = {
      .lower = id.low, .upper = static_cast<std::int64_t>(id.high ^ (std::uint64_t{1} << 63))};
}

void ColumnWriter::text(std::size_t row, std::string_view text) {
  assign_valid(vector_of(vector_), row, text);
}

void ColumnWriter::texts(const TextDictionary& dictionary, std::span<const std::uint32_t> codes) {
  // A selection of its own for each chunk: the engine may hold on to it.
  const duckdb_selection_vector selection = duckdb_create_selection_vector(codes.size());
  std::copy(codes.begin(), codes.end(), duckdb_selection_vector_get_data_ptr(selection));
  duckdb_vector_reference_vector(vector_of(vector_), vector_of(dictionary.vector_));
  duckdb_slice_vector(vector_of(vector_), selection, codes.size());
  duckdb_destroy_selection_vector(selection);
}

void ColumnWriter::null(std::size_t row) { mark_null(vector_of(vector_), row); }

ColumnWriter ChunkWriter::column(std::size_t index) const {
  return ColumnWriter(duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk_), index));
}

void ChunkWriter::set_size(std::size_t rows) {
  duckdb_data_chunk_set_size(static_cast<duckdb_data_chunk>(chunk_), rows);
}

struct Appender::State {
  AppenderHandle appender;
  ChunkHandle chunk;
  ChunkWriter writer{nullptr};

  void check(duckdb_state state) const {
    if (state == DuckDBSuccess) return;
    const duckdb_error_data data = duckdb_appender_error_data(appender.get());
    const std::string message = duckdb_error_data_message(data);
    Owned<duckdb_error_data, duckdb_destroy_error_data> owned(data);
    fail(message.c_str());
  }
};

Appender::Appender(Connection& connection, const std::string& schema, const std::string& table,
                   std::span<const Column> columns)
    : state_(std::make_unique<State>()) {
  state_->check(duckdb_appender_create(connection.state_->connection.get(), schema.c_str(),
                                       table.c_str(), state_->appender.out()));
  std::vector<TypeHandle> types;
  std::vector<duckdb_logical_type> raw;
  for (const Column& column : columns) {
    raw.push_back(types.emplace_back(logical_type(column.type)).get());
  }
  state_->chunk = ChunkHandle(duckdb_create_data_chunk(raw.data(), raw.size()));
  state_->writer = ChunkWriter(state_->chunk.get());
}

Appender::~Appender() = default;

ChunkWriter& Appender::chunk() {
  duckdb_data_chunk_reset(state_->chunk.get());
  return state_->writer;
}

void Appender::append() {
  state_->check(duckdb_append_data_chunk(state_->appender.get(), state_->chunk.get()));
}

void Appender::finish() { state_->check(duckdb_appender_close(state_->appender.get())); }

}  // namespace waymark::sql
