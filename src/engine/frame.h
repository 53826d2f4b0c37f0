#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sql/result.h"
#include "stats/points.h"

namespace waymark::engine {

// A table in memory whose columns statistics are made of: of numbers, or of words.
class Frame {
 public:
  static constexpr std::uint32_t kNoWord = 0xffffffff;

  struct Column {
    std::string name;
    bool is_text = false;
    std::vector<double> numbers;       // NaN where missing; true is 1
    std::vector<std::uint32_t> codes;  // of words; kNoWord where missing
    std::vector<std::string> words;    // sorted

    bool is_missing(std::size_t row) const;
    // The word, or the number as people write it.
    std::string text(std::size_t row) const;
    // Every text that a row has, each once: words sorted, numbers by size.
    std::vector<std::string> texts() const;
    // The text of the value that a person means: of numbers, "1.0" and "true" are "1". Throws
    // Error{kNotFound, "frame.value_missing"} where no row has it, with some that there are.
    std::string meant(const std::string& value) const;
  };

  // Reads all rows: booleans and numbers as numbers, anything else as words. (What a CSV file says
  // of yes and no, or true and false, stays words.)
  static Frame of(sql::Result result);

  std::size_t size() const { return size_; }
  const std::vector<Column>& columns() const { return columns_; }
  // Throws Error{kNotFound, "frame.column_missing"}, with the nearest name.
  const Column& column(const std::string& name) const;
  // The same for numbers; Error{kUsage, "frame.not_a_number"} where it holds words.
  const Column& numbers(const std::string& name) const;

  // The rows in which none of these columns is missing.
  std::vector<std::uint32_t> complete(const std::vector<std::string>& names) const;
  Frame rows(const std::vector<std::uint32_t>& rows) const;

 private:
  std::size_t size_ = 0;
  std::vector<Column> columns_;
};

// "COLUMN", of 1 and 0 or the words true and false; or "COLUMN=VALUE|VALUE", for a column of
// anything.
struct Flag {
  std::string column;
  std::vector<std::string> values;  // none: 1, or true
};
// Both throw Error{kUsage, "frame.flag"} for what is neither, and what Column::meant throws. No
// flag may be missing in any row.
Flag parse_flag(const std::string& text);
std::vector<std::uint8_t> flags_of(const Frame& frame, const Flag& flag);

// ISO 8601 times, those without an offset as UTC; or numbers of seconds. No time may be missing in
// any row. Throws Error{kInvalid, "frame.time"} with the first that is neither, or too far from
// 1970.
std::vector<Micros> times_of(const Frame& frame, const std::string& column);

// What a regression learns from: numbers as they are; of words, for each but the most
// frequent (of equals the first in the order of the alphabet), which all are compared with, whether
// it is that one ("region=Wales").
struct Covariates {
  std::vector<std::string> names;
  stats::Points values;
};
inline constexpr std::size_t kMostWords = 50;
// No column may be missing in any row. Throws Error{kUsage, "frame.too_many_words"}.
Covariates covariates_of(const Frame& frame, const std::vector<std::string>& names);

// How rows fall into groups by the values of columns: "sex=2, region=Wales". One group without
// columns.
struct Groups {
  std::vector<std::string> names;  // sorted by the columns' values, numbers by size
  std::vector<std::uint32_t> group;
  // Of groups by this one column, without its name: "2".
  std::vector<std::string> values(const std::string& column) const;
};
Groups groups_of(const Frame& frame, const std::vector<std::string>& names);

// Whether that is a file with rows to read: CSV, TSV, Parquet, JSON, also .gz and .zst.
bool is_table_file(std::string_view from);
Frame read_table_file(const std::filesystem::path& file);

}  // namespace waymark::engine
