#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace waymark::report {

// What a measure answered, as texts; "" is no value. Columns are told by their numbers.
struct AnswerTable {
  struct Column {
    std::string name;
    bool is_number = false;
  };
  std::string title;
  std::string note = {};  // under the title
  std::vector<Column> columns = {};
  std::vector<std::vector<std::string>> rows = {};

  std::vector<std::size_t> labels = {};  // name a row in a chart, but for `day`
  std::optional<std::size_t> day = {};   // the day, "2013-10-04", from which a row's period runs
  std::size_t value = 0;                 // what a chart shows
  std::string words = {};                // what that is: "Share of learners who came back"
  std::string unit = {};                 // as metrics have them
  // The limits of its interval; what is usual, and the band around that.
  std::optional<std::size_t> low = {}, high = {}, usual = {}, usual_low = {}, usual_high = {};

  // "Bath, came"; "all" where nothing names the row.
  std::string label(std::size_t row) const;
  // The same after its day.
  std::string whole_label(std::size_t row) const;
  // NaN where there is none.
  double number(std::size_t row, std::optional<std::size_t> column) const;
  double number(std::size_t row) const { return number(row, value); }
};

// One self-contained page: the answer as a chart, by time along it, else as bars; and all of it as
// a table.
std::string render_answer(const AnswerTable& table);

// The chart alone, as an SVG file that needs nothing beside it.
std::string render_answer_picture(const AnswerTable& table);

}  // namespace waymark::report
