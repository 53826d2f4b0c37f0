#pragma once

#include <functional>
#include <string_view>

#include "query/session.h"

namespace waymark::report {

// One row of an answer, by position; NULL is NaN, 0 or "".
class AnswerRow {
 public:
  AnswerRow(const sql::Chunk& chunk, std::size_t row) : chunk_(chunk), row_(row) {}
  bool is_null(std::size_t column) const { return chunk_.column(column).is_null(row_); }
  double number(std::size_t column) const;
  std::int64_t integer(std::size_t column) const;
  std::string text(std::size_t column) const;

 private:
  const sql::Chunk& chunk_;
  std::size_t row_;
};

// Calls `visit` with each row that the statement gives.
void ask(query::Session& session, std::string_view statement,
         const std::function<void(const AnswerRow&)>& visit);

}  // namespace waymark::report
