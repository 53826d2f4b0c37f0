#pragma once

// For the room's tests.

#include <string>
#include <vector>

#include "sql/result.h"

namespace waymark::query {

// Each row as "value|value|…", NULL as "NULL".
inline std::vector<std::string> rows_of(sql::Result result) {
  std::vector<std::string> rows;
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      std::string text;
      for (std::size_t i = 0; i < chunk->column_count(); ++i) {
        const sql::ColumnView& column = chunk->column(i);
        text += (i == 0 ? "" : "|") + (column.is_null(row) ? "NULL" : column.to_text(row));
      }
      rows.push_back(text);
    }
  }
  return rows;
}

}  // namespace waymark::query
