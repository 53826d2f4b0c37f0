#include "query/new_table.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace waymark::query {

NewTable::NewTable(sql::Connection& connection, const std::string& schema, const std::string& name,
                   const Table& like) {
  const std::vector<sql::Column> columns = columns_of(like);
  connection.execute(create_statement(schema, name, columns));
  appender_ = std::make_unique<sql::Appender>(connection, schema, name, columns);
}

void NewTable::append(const Table& piece) {
  std::vector<std::uint32_t> rows(piece.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  append(piece, rows);
}

void NewTable::append(const Table& piece, std::span<const std::uint32_t> rows) {
  while (!rows.empty()) {
    const std::size_t count = std::min(sql::kChunkRows, rows.size());
    write_rows(piece, rows.first(count), appender_->chunk());
    appender_->append();
    rows = rows.subspan(count);
  }
}

}  // namespace waymark::query
