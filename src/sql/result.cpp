#include "sql/result.h"

#include "sql/duckdb_handle.h"
#include "sql/states.h"

namespace waymark::sql {

Result::State::State(std::shared_ptr<const Connection::State> with, StatementHandle of)
    : connection(std::move(with)), statement(std::move(of)) {
  if (duckdb_execute_prepared_streaming(statement.get(), &result.raw) != DuckDBSuccess)
    fail(duckdb_result_error(&result.raw));
  std::vector<ColumnLayout> found;
  const duckdb_result_type kind = duckdb_result_return_type(result.raw);
  if (kind == DUCKDB_RESULT_TYPE_QUERY_RESULT) {
    for (idx_t i = 0; i < duckdb_column_count(&result.raw); ++i) {
      const TypeHandle type(duckdb_column_logical_type(&result.raw, i));
      found.push_back(layout_of(type.get()));
      columns.push_back({duckdb_column_name(&result.raw, i), found.back().type});
    }
  } else if (const auto chunk = fetch(); kind == DUCKDB_RESULT_TYPE_CHANGED_ROWS && chunk) {
    const duckdb_vector counts =
        duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk.get()), 0);
    changed_rows = *static_cast<const std::uint64_t*>(duckdb_vector_get_data(counts));
  }
  layouts = std::make_shared<const std::vector<ColumnLayout>>(std::move(found));
}

// The next chunk that has rows, or null.
std::shared_ptr<void> Result::State::fetch() {
  if (ended) return nullptr;
  const duckdb_data_chunk raw = duckdb_fetch_chunk(result.raw);
  if (raw == nullptr) {
    const char* message = duckdb_result_error(&result.raw);
    if (message != nullptr && *message != '\0') fail(message);
    ended = true;
    return nullptr;
  }
  std::shared_ptr<void> chunk(raw, [](void* of) {
    auto handle = static_cast<duckdb_data_chunk>(of);
    duckdb_destroy_data_chunk(&handle);
  });
  ended = duckdb_data_chunk_get_size(raw) == 0;
  return ended ? nullptr : chunk;
}

Result::Result(std::unique_ptr<State> state) : state_(std::move(state)) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

const std::vector<Column>& Result::columns() const { return state_->columns; }

std::uint64_t Result::changed_rows() const { return state_->changed_rows; }

std::optional<Chunk> Result::next() {
  if (state_->columns.empty()) return std::nullopt;
  std::shared_ptr<void> chunk = state_->fetch();
  if (chunk == nullptr) return std::nullopt;
  return Chunk(std::move(chunk), state_->layouts);
}

Chunk::Chunk(std::shared_ptr<void> chunk, std::shared_ptr<const std::vector<ColumnLayout>> layouts)
    : chunk_(std::move(chunk)), layouts_(std::move(layouts)) {
  const auto raw = static_cast<duckdb_data_chunk>(chunk_.get());
  size_ = duckdb_data_chunk_get_size(raw);
  for (std::size_t i = 0; i < layouts_->size(); ++i) {
    columns_.push_back(ColumnView((*layouts_)[i], duckdb_data_chunk_get_vector(raw, i)));
  }
}

}  // namespace waymark::sql
