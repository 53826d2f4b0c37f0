#include "report/ask.h"

#include "report/content.h"

namespace waymark::report {

double AnswerRow::number(std::size_t column) const {
  return is_null(column) ? kUnknown : chunk_.column(column).number(row_);
}
std::int64_t AnswerRow::integer(std::size_t column) const {
  return is_null(column) ? 0 : chunk_.column(column).integer(row_);
}
std::string AnswerRow::text(std::size_t column) const {
  return is_null(column) ? "" : chunk_.column(column).to_text(row_);
}

void ask(query::Session& session, std::string_view statement,
         const std::function<void(const AnswerRow&)>& visit) {
  sql::Result result = session.query(statement);
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) visit(AnswerRow(*chunk, row));
  }
}

}  // namespace waymark::report
