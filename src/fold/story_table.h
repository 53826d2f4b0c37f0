#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fold/story.h"

// For the tests of measures: from YAML to a definition, and from results to a table.
namespace waymark::fold {

std::string time_cell(Micros time, const Zone& zone);
std::string number_cell(double number);

// Collects rows cell by cell.
class Tabulator {
 public:
  Tabulator(std::size_t rows, const Meaning& meaning) : meaning_(meaning) {
    table_.rows.resize(rows);
  }

  template <typename T, typename Text>
  Tabulator& column(std::string name, const std::vector<T>& values, const Text& text) {
    table_.header.push_back(std::move(name));
    for (std::size_t i = 0; i < values.size(); ++i) table_.rows[i].push_back(text(values[i]));
    return *this;
  }
  template <typename T>
  Tabulator& numbers(std::string name, const std::vector<T>& values) {
    return column(std::move(name), values,
                  [](T value) { return number_cell(static_cast<double>(value)); });
  }
  Tabulator& texts(std::string name, const std::vector<std::string>& values) {
    return column(std::move(name), values, [](const std::string& value) { return value; });
  }
  Tabulator& codes(std::string name, const std::vector<Code>& values, const Dictionary& texts) {
    return column(std::move(name), values,
                  [&](Code code) { return std::string(texts.text(code)); });
  }
  Tabulator& learners(const std::vector<Code>& values) {
    return codes("learner", values, meaning_.learners);
  }
  Tabulator& courses(const std::vector<Code>& values) {
    return codes("course", values, meaning_.symbols.courses);
  }
  Tabulator& times(std::string name, const std::vector<Micros>& values) {
    return column(std::move(name), values,
                  [&](Micros time) { return time_cell(time, meaning_.zone); });
  }
  TextTable take() { return std::move(table_); }

 private:
  const Meaning& meaning_;
  TextTable table_;
};

workspace::Definition story_definition(std::string_view measure, std::string_view yaml,
                                       std::string_view schema,
                                       workspace::Diagnostics& diagnostics);
std::string in_words(const workspace::Diagnostics& diagnostics);

template <typename Parse>
auto parsed(std::string_view measure, std::string_view yaml, std::string_view schema,
            const Parse& parse) {
  workspace::Diagnostics diagnostics;
  auto result = parse(story_definition(measure, yaml, schema, diagnostics), diagnostics);
  EXPECT_EQ(in_words(diagnostics), "");
  return result;
}

}  // namespace waymark::fold
