#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "query/table.h"
#include "sql/database.h"

namespace waymark::query {

// A table that is made in a schema and filled piece by piece; all pieces have the same columns.
class NewTable {
 public:
  NewTable(sql::Connection& connection, const std::string& schema, const std::string& name,
           const Table& like);

  void append(const Table& piece);
  void append(const Table& piece, std::span<const std::uint32_t> rows);
  // Without it the rows are lost.
  void finish() { appender_->finish(); }

 private:
  std::unique_ptr<sql::Appender> appender_;
};

}  // namespace waymark::query
