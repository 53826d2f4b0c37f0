#include "engine/model_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace waymark::engine {
namespace {

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

model::DataColumn categories_of(const Frame::Column& column) {
  model::DataColumn out{
      .name = column.name, .feature = column.name, .categorical = true, .categories = {""}};
  std::map<std::string, std::uint32_t> codes;
  const std::size_t rows = column.is_text ? column.codes.size() : column.numbers.size();
  for (std::size_t row = 0; row < rows; ++row) {
    if (column.is_missing(row)) {
      out.codes.push_back(0);
      continue;
    }
    const auto [known, added] =
        codes.try_emplace(column.text(row), static_cast<std::uint32_t>(out.categories.size()));
    if (added) out.categories.push_back(known->first);
    out.codes.push_back(known->second);
  }
  return out;
}

model::DataColumn input_of(const Frame::Column& column, const model::TableSource& source) {
  if (column.is_text || is_among(source.categories, column.name)) return categories_of(column);
  constexpr double kLargest = 1e30;  // trees keep their thresholds in 32 bits
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const double number = column.numbers[row];
    if (std::isnan(number) || std::abs(number) <= kLargest) continue;
    throw Error(ErrorCode::kInvalid, "model.too_large",
                fmt::format("row {} of column '{}' holds {}, a number too large to learn from; {} "
                            "is the most",
                            row + 1, column.name, number, kLargest));
  }
  return {.name = column.name, .feature = column.name, .numbers = column.numbers};
}

// Of two classes the second is what is foretold, which only words that say yes and no tell.
void expect_yes(const Frame::Column& column, const std::vector<std::string>& classes) {
  static const std::vector<std::vector<std::string>> kSaid{
      {"0", "1"}, {"false", "true"}, {"n", "y"}, {"no", "yes"}};
  std::vector<std::string> words;
  for (const std::string& name : classes) words.push_back(lower_ascii(name));
  if (classes.size() != 2 || std::ranges::find(kSaid, words) != kSaid.end()) return;
  throw Error(ErrorCode::kInvalid, "model.which_yes",
              fmt::format("'{0}' is {1} or {2}; say which of them is to be foretold: target: "
                          "{{column: {0}, yes: {1}}}",
                          column.name, classes[0], classes[1]));
}

// Which class each row is of; what is missing counts as the first.
void add_target(const Frame::Column& column, const model::TableSource& source,
                model::DataSet& data) {
  const model::DataColumn words = categories_of(column);
  if (source.yes.empty()) {
    data.classes.assign(words.categories.begin() + 1, words.categories.end());
    std::ranges::sort(data.classes);
    expect_yes(column, data.classes);
  }
  if (data.classes.size() > model::kMostClasses || data.classes.size() < 2) {
    throw Error(ErrorCode::kInvalid, "model.many_classes",
                fmt::format("'{}' has {} {}; a target has 2 to {} classes", column.name,
                            data.classes.size(), data.classes.size() == 1 ? "value" : "values",
                            model::kMostClasses));
  }
  std::vector<std::string> yes;
  if (words.categories.size() > 1) {  // of rows to score none may have a target yet
    for (const std::string& value : source.yes) yes.push_back(column.meant(value));
  }
  std::vector<std::uint8_t> by_code(words.categories.size());
  for (std::size_t code = 1; code < by_code.size(); ++code) {
    const std::string& word = words.categories[code];
    const auto at = std::ranges::find(data.classes, word) - data.classes.begin();
    by_code[code] = source.yes.empty() ? static_cast<std::uint8_t>(at)
                                       : static_cast<std::uint8_t>(is_among(yes, word));
  }
  for (const std::uint32_t code : words.codes) data.target.push_back(by_code[code]);
}

}  // namespace

std::string almost_numbers(const Frame::Column& column) {
  constexpr std::size_t kOneIn = 10;
  if (!column.is_text) return "";
  std::vector<bool> is_number;
  for (const std::string& word : column.words) is_number.push_back(parse_number(word).has_value());
  std::size_t values = 0, others = 0;
  std::string other;
  for (const std::uint32_t code : column.codes) {
    if (code == Frame::kNoWord) continue;
    ++values;
    if (!is_number[code] && others++ == 0) other = column.words[code];
  }
  if (others * kOneIn > values) return "";
  return fmt::format("{} of {} values of '{}' are numbers, but all count as words, as '{}' is none",
                     values - others, values, column.name, other);
}

model::DataSet table_rows(const model::ModelDefinition& definition, const Frame& frame,
                          TableRows which) {
  const model::TableSource& source = *definition.table;
  const Frame::Column& target = frame.column(source.target);
  model::DataSet data;
  data.cohorts = {{.course = source.file}};
  data.cohort.assign(frame.size(), 0);
  const Frame::Column* const learner =
      source.learner.empty() ? nullptr : &frame.column(source.learner);
  for (std::size_t row = 0; row < frame.size(); ++row) {
    // Numbers padded, so that the order of keys is that of the file.
    data.learner.emplace_back(learner == nullptr         ? fmt::format("row {:09}", row + 1)
                              : learner->is_missing(row) ? ""
                                                         : learner->text(row));
  }
  for (const std::string& name : definition.features)
    data.columns.push_back(input_of(frame.column(name), source));
  if (definition.features.empty()) {
    for (const Frame::Column& column : frame.columns()) {
      const bool is_input = column.name != source.target && column.name != source.learner &&
                            !is_among(source.except, column.name);
      if (is_input) data.columns.push_back(input_of(column, source));
    }
  }
  if (which == TableRows::kLabelled) {
    for (const std::string& name : definition.fairness.features())
      data.attributes.push_back(input_of(frame.column(name), source));
  }
  add_target(target, source, data);
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < frame.size(); ++row) {
    if (target.is_missing(row) == (which == TableRows::kUnlabelled)) rows.push_back(row);
  }
  data = in_canonical_order(select(data, rows));
  if (which == TableRows::kUnlabelled) data.target.clear();
  return data;
}

}  // namespace waymark::engine
