#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/data_set.h"

namespace waymark::model {

// Numbers by row: `rows` runs of `columns` values.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;
  const double* row(std::size_t i) const { return values.data() + i * columns; }
};

// The column of that name. Throws Error{kInvalid, "model.column_missing"} where it is not there or
// of another type.
const DataColumn& input_column(const DataSet& data, const std::string& name, bool categorical);

// Turns a data set's columns into the numbers that a learner computes with. Everything that is
// fitted is fitted on training rows only and kept with the model, so that scoring repeats it
// exactly.
//
// Both styles: of categories, as their column's encoding asks,
// kOneHot: a category with at least kLeastRows training rows becomes an indicator, the rarer
// ones share one ("other"); a category not seen in training sets none but that;
// kOrdinal: its place in the order of names, missing where it was not seen;
// kTarget: for each class (of two: the second) the class's share among the category's rows, drawn
// to that of all by kPriorRows rows more of those (Micci-Barreca 2001, "A preprocessing scheme for
// high-cardinality categorical attributes"). Training rows see the shares of other learners'.
// Columns that do not vary in training are left out.
// kScaled (linear models): a missing number becomes the median and sets an indicator of its own;
// log(1 + x) where the training values are not negative and their skewness is above kSkewed; then
// everything is brought to mean 0 and standard deviation 1 and kept within kFarthest of 0, so that
// one wild value cannot decide alone.
// kRaw (trees): numbers as they are, missing stays missing.
class Preparation {
 public:
  enum class Style { kScaled, kRaw };
  static constexpr double kSkewed = 2;
  static constexpr double kFarthest = 8;
  static constexpr std::size_t kLeastRows = 10;
  static constexpr double kPriorRows = 10;

  static Preparation fit(const DataSet& training, Style style);

  // One row of width() numbers per row. Columns are found by name; throws Error{kInvalid,
  // "model.column_missing"} where one that the model needs is not there or of another type.
  Matrix apply(const DataSet& data) const;
  // Of the very rows that it was fitted to, for a trainer to learn from: what was fitted to a row's
  // own target is fitted to those of other learners instead.
  Matrix apply_to_training(const DataSet& training) const;

  std::size_t width() const { return outputs_.size(); }
  // The data set's column from which each output comes, by name.
  std::vector<std::string> origins() const;
  // What each output is, for people, what it counts, and how much of that is 1 in it.
  struct Input {
    std::string words, unit;
    double scale = 1;
    bool logarithm = false;
  };
  std::vector<Input> inputs() const;

  void write(JsonWriter& out) const;
  // Throws Error{kCorrupt, "model.malformed"}.
  static Preparation read(const Json& json);

 private:
  enum class Kind { kNumber, kIsMissing, kIsCategory, kIsOther, kOrdinal, kTarget };
  struct Output {
    std::string column;
    Kind kind = Kind::kNumber;
    std::vector<std::string> categories;  // kIsCategory: the one; kIsOther: all that it is not;
                                          // kOrdinal, kTarget: all that were seen
    std::vector<double> values;           // kTarget: the share of each
    std::size_t output = 0;               // kTarget: of which class
    bool logarithm = false;
    double fill = kMissing;  // what a missing number becomes
    double center = 0, scale = 1;
  };
  static void add_number(const DataColumn& column, Style style, std::vector<Output>& outputs);
  static void add_categories(const DataColumn& column, std::vector<Output>& outputs);
  static void add_places(const DataColumn& column, Style style, std::vector<Output>& outputs);
  static void add_shares(const DataColumn& column, const DataSet& training,
                         std::vector<Output>& outputs);
  // What the output is before it is centred and scaled.
  static std::vector<double> unscaled(const Output& output, const DataSet& data);
  static std::vector<double> unscaled_training(const Output& output, const DataSet& training);
  Matrix scaled(const DataSet& data,
                std::vector<double> (*values)(const Output& output, const DataSet& data)) const;
  static Output read_output(const Json& json);

  Style style_ = Style::kRaw;
  std::vector<Output> outputs_;
};

// What trees learn from. Throws Error{kInvalid, "model.nothing_varies"} where that is nothing.
Preparation prepared_for_trees(const DataSet& data);

}  // namespace waymark::model
