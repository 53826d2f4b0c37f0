#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace waymark::report {

// What a measure answered, as texts; "" is no value.
struct AnswerTable {
  struct Column {
    std::string name;
    bool is_number = false;
  };
  std::string title;
  std::string note = {};  // under the title
  std::vector<Column> columns = {};
  std::vector<std::vector<std::string>> rows = {};
  std::vector<std::size_t> labels = {};  // the columns that name a row in a chart
  std::size_t value = 0;                 // the column that a chart shows

  // "Bath, came"; "all" where nothing names the row.
  std::string label(std::size_t row) const;
  // Of the value; 0 where there is none.
  double number(std::size_t row) const;
};

// One self-contained page: the answer as bars, and all of it as a table.
std::string render_answer(const AnswerTable& table);

}  // namespace waymark::report
