#include "sql/result.h"

#include "sql/duckdb_handle.h"
#include "sql/states.h"

namespace waymark::sql {

Result::State::State(std::shared_ptr<const Connection::State> with, StatementHandle of)
    : connection(std::move(with)), statement(std::move(of)) {
  if (duckdb_execute_prepared_streaming(statement.get(), &result) != DuckDBSuccess) {
    const std::string message = duckdb_result_error(&result);
    duckdb_destroy_result(&result);
    fail(message.c_str());
  }
  std::vector<ColumnLayout> found;
  if (duckdb_result_return_type(result) == DUCKDB_RESULT_TYPE_QUERY_RESULT) {
    for (idx_t i = 0; i < duckdb_column_count(&result); ++i) {
      const TypeHandle type(duckdb_column_logical_type(&result, i));
      found.push_back(layout_of(type.get()));
      columns.push_back({duckdb_column_name(&result, i), found.back().type});
    }
  }
  layouts = std::make_shared<const std::vector<ColumnLayout>>(std::move(found));
}

Result::State::~State() { duckdb_destroy_result(&result); }

Result::Result(std::unique_ptr<State> state) : state_(std::move(state)) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

const std::vector<Column>& Result::columns() const { return state_->columns; }

std::optional<Chunk> Result::next() {
  const duckdb_data_chunk raw = duckdb_fetch_chunk(state_->result);
  if (raw == nullptr) {
    const char* message = duckdb_result_error(&state_->result);
    if (message != nullptr && *message != '\0') fail(message);
    return std::nullopt;
  }
  std::shared_ptr<void> chunk(raw, [](void* of) {
    auto handle = static_cast<duckdb_data_chunk>(of);
    duckdb_destroy_data_chunk(&handle);
  });
  if (duckdb_data_chunk_get_size(raw) == 0) return std::nullopt;
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
