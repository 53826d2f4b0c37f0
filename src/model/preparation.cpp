#include "model/preparation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "model/stored.h"
#include "stats/class_forecast.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr std::string_view kKindNames[] = {"number",   "is_missing", "is_category",
                                           "is_other", "ordinal",    "target"};
constexpr std::uint32_t kGroups = 5;  // of learners, that see each other's shares

// A class's share among the rows of each category, by code; `left_out`: whose rows do not count.
struct Shares {
  std::vector<double> by_code;
  double of_all = 0;
};
Shares shares_of(const DataColumn& column, const DataSet& data, std::size_t output,
                 const std::function<bool(std::size_t row)>& left_out) {
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  std::vector<double> hits(column.categories.size()), rows(column.categories.size());
  double all_hits = 0, all = 0;
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (left_out(row)) continue;
    const double weight = data.weight.empty() ? 1 : data.weight[row];
    const double hit = stats::is_of(data.target[row], output, outputs) ? weight : 0;
    rows[column.codes[row]] += weight;
    hits[column.codes[row]] += hit;
    all += weight;
    all_hits += hit;
  }
  Shares out{.of_all = all > 0 ? all_hits / all : 0};
  for (std::size_t code = 0; code < rows.size(); ++code) {
    out.by_code.push_back((hits[code] + Preparation::kPriorRows * out.of_all) /
                          (rows[code] + Preparation::kPriorRows));
  }
  return out;
}

bool all_equal(const std::vector<double>& values) {
  return std::ranges::all_of(values, [&](double value) {
    return value == values.front() || (std::isnan(value) && std::isnan(values.front()));
  });
}

}  // namespace

const DataColumn& input_column(const DataSet& data, const std::string& name, bool categorical) {
  const DataColumn* column = data.find(name);
  if (column != nullptr && column->categorical == categorical) return *column;
  throw Error(ErrorCode::kInvalid, "model.column_missing",
              fmt::format("the model needs the column '{}' as {}; train it again if the features "
                          "have changed",
                          name, categorical ? "text" : "a number"));
}

Preparation Preparation::fit(const DataSet& training, Style style) {
  Preparation preparation;
  preparation.style_ = style;
  std::vector<Output> candidates;
  for (const DataColumn& column : training.columns) {
    if (!column.categorical) {
      add_number(column, style, candidates);
    } else if (column.encoding == Encoding::kOrdinal) {
      add_places(column, style, candidates);
    } else if (column.encoding == Encoding::kTarget) {
      add_shares(column, training, candidates);
    } else {
      add_categories(column, candidates);
    }
  }
  for (Output& output : candidates) {
    const std::vector<double> values = unscaled_training(output, training);
    if (values.empty() || all_equal(values)) continue;
    if (style == Style::kScaled) {
      output.center = stats::mean(values);
      output.scale = stats::standard_deviation(values);
      if (!std::isfinite(output.center) || !(output.scale > 0)) continue;
    }
    preparation.outputs_.push_back(std::move(output));
  }
  return preparation;
}

void Preparation::add_number(const DataColumn& column, Style style, std::vector<Output>& outputs) {
  Output number{.column = column.name};
  if (style == Style::kScaled) {
    number.fill = stats::median(column.numbers);
    if (std::isnan(number.fill)) return;
    const double least = *std::ranges::min_element(column.numbers, [](double a, double b) {
      return a < b || (std::isnan(b) && !std::isnan(a));
    });
    number.logarithm = least >= 0 && stats::skewness(column.numbers) > kSkewed;
  }
  outputs.push_back(number);
  if (style == Style::kScaled) outputs.push_back({.column = column.name, .kind = Kind::kIsMissing});
}

void Preparation::add_categories(const DataColumn& column, std::vector<Output>& outputs) {
  std::vector<std::size_t> counts(column.categories.size());
  for (const std::uint32_t code : column.codes) ++counts[code];
  Output other{.column = column.name, .kind = Kind::kIsOther};
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] < kLeastRows) continue;
    const std::string& category = column.categories[code];
    outputs.push_back({.column = column.name, .kind = Kind::kIsCategory, .categories = {category}});
    other.categories.push_back(category);
  }
  outputs.push_back(std::move(other));
}

void Preparation::add_places(const DataColumn& column, Style style, std::vector<Output>& outputs) {
  Output places{.column = column.name, .kind = Kind::kOrdinal};
  places.categories.assign(column.categories.begin() + 1, column.categories.end());
  std::ranges::sort(places.categories);
  if (style == Style::kScaled) places.fill = static_cast<double>(places.categories.size()) / 2;
  outputs.push_back(std::move(places));
}

void Preparation::add_shares(const DataColumn& column, const DataSet& training,
                             std::vector<Output>& outputs) {
  for (std::size_t k = 0; k < stats::outputs_of(training.classes.size()); ++k) {
    Shares shares = shares_of(column, training, k, [](std::size_t) { return false; });
    outputs.push_back({.column = column.name,
                       .kind = Kind::kTarget,
                       .categories = column.categories,
                       .values = std::move(shares.by_code),
                       .output = k,
                       .fill = shares.of_all});
  }
}

std::vector<double> Preparation::unscaled_training(const Output& output, const DataSet& training) {
  if (output.kind != Kind::kTarget) return unscaled(output, training);
  const DataColumn& column = input_column(training, output.column, true);
  const std::vector<std::uint32_t> learner = learner_numbers(training);
  std::vector<double> out(training.size());
  for (std::uint32_t group = 0; group < kGroups; ++group) {
    const auto is_in = [&](std::size_t row) { return learner[row] % kGroups == group; };
    const Shares others = shares_of(column, training, output.output, is_in);
    for (std::size_t row = 0; row < out.size(); ++row) {
      if (is_in(row)) out[row] = others.by_code[column.codes[row]];
    }
  }
  return out;
}

std::vector<double> Preparation::unscaled(const Output& output, const DataSet& data) {
  const bool coded = output.kind == Kind::kOrdinal || output.kind == Kind::kTarget;
  const bool categorical =
      coded || output.kind == Kind::kIsCategory || output.kind == Kind::kIsOther;
  const DataColumn& column = input_column(data, output.column, categorical);
  std::vector<double> out(data.size());
  if (categorical) {
    std::vector<double> by_code;
    for (const std::string& category : column.categories) {
      const auto found = std::ranges::find(output.categories, category);
      const bool named = found != output.categories.end();
      if (coded) {
        const auto at = static_cast<std::size_t>(found - output.categories.begin());
        by_code.push_back(!named                         ? output.fill
                          : output.kind == Kind::kTarget ? output.values[at]
                                                         : static_cast<double>(at));
        continue;
      }
      by_code.push_back(named == (output.kind == Kind::kIsCategory) ? 1 : 0);
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = by_code[column.codes[i]];
    return out;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double number = column.numbers[i];
    if (output.kind == Kind::kIsMissing) {
      out[i] = std::isnan(number) ? 1 : 0;
    } else {
      out[i] = std::isnan(number) ? output.fill : number;
      if (output.logarithm) out[i] = std::log1p(std::max(out[i], 0.0));
    }
  }
  return out;
}

Matrix Preparation::apply(const DataSet& data) const { return scaled(data, unscaled); }

Matrix Preparation::apply_to_training(const DataSet& training) const {
  return scaled(training, unscaled_training);
}

Matrix Preparation::scaled(const DataSet& data,
                           std::vector<double> (*values)(const Output&, const DataSet&)) const {
  Matrix matrix{.rows = data.size(), .columns = width()};
  matrix.values.resize(matrix.rows * matrix.columns);
  for (std::size_t j = 0; j < outputs_.size(); ++j) {
    const Output& output = outputs_[j];
    const std::vector<double> column = values(output, data);
    for (std::size_t i = 0; i < column.size(); ++i) {
      double value = (column[i] - output.center) / output.scale;
      if (style_ == Style::kScaled) value = std::clamp(value, -kFarthest, kFarthest);
      matrix.values[i * matrix.columns + j] = value;
    }
  }
  return matrix;
}

std::vector<std::string> Preparation::origins() const {
  std::vector<std::string> names;
  for (const Output& output : outputs_) names.push_back(output.column);
  return names;
}

std::vector<Preparation::Input> Preparation::inputs() const {
  std::vector<Input> inputs;
  for (const Output& output : outputs_) {
    Input& input = inputs.emplace_back(Input{output.column, "yes or no", output.scale});
    switch (output.kind) {
      case Kind::kNumber:
        input.unit = output.logarithm ? "log(1 + x)" : "1";
        input.logarithm = output.logarithm;
        break;
      case Kind::kIsMissing:
        input.words += " is missing";
        break;
      case Kind::kIsCategory:
        input.words += " = " + output.categories.front();
        break;
      case Kind::kIsOther:
        input.words += " = other";
        break;
      case Kind::kOrdinal:
        input.unit = "1";
        break;
      case Kind::kTarget:
        input.words += fmt::format(", share of class {}", output.output + 1);
        input.unit = "1";
        break;
    }
  }
  return inputs;
}

void Preparation::write(JsonWriter& out) const {
  out.begin_object().key("style").string(style_ == Style::kScaled ? "scaled" : "raw");
  out.key("outputs").begin_array();
  for (const Output& output : outputs_) {
    out.begin_object().key("column").string(output.column);
    out.key("kind").string(kKindNames[static_cast<std::size_t>(output.kind)]);
    if (!output.categories.empty()) write_texts(out.key("categories"), output.categories);
    if (!output.values.empty()) write_numbers(out.key("values"), output.values);
    if (output.logarithm) out.key("logarithm").boolean(true);
    if (!std::isnan(output.fill)) out.key("fill").number(output.fill);
    out.key("center").number(output.center).key("scale").number(output.scale).end_object();
  }
  out.end_array().end_object();
}

Preparation::Output Preparation::read_output(const Json& json) {
  Output output{.column = json.at("column").string()};
  const auto kind = std::ranges::find(kKindNames, json.at("kind").string());
  if (kind == std::end(kKindNames)) malformed("an unknown kind of input");
  output.kind = static_cast<Kind>(kind - std::begin(kKindNames));
  if (const Json* categories = json.find("categories")) {
    output.categories = stored_texts(*categories);
  }
  if (const Json* values = json.find("values")) output.values = stored_numbers(*values);
  if (const Json* logarithm = json.find("logarithm")) output.logarithm = logarithm->boolean();
  if (const Json* fill = json.find("fill")) output.fill = stored_number(*fill);
  output.center = stored_number(json.at("center"));
  output.scale = stored_number(json.at("scale"));
  if (!(output.scale > 0)) malformed("a scale is not above 0");
  if (output.kind == Kind::kTarget && output.values.size() != output.categories.size()) {
    malformed("categories and their shares differ in number");
  }
  return output;
}

Preparation Preparation::read(const Json& json) {
  Preparation preparation;
  const std::string& style = json.at("style").string();
  if (style != "scaled" && style != "raw") malformed("an unknown style of preparation");
  preparation.style_ = style == "scaled" ? Style::kScaled : Style::kRaw;
  for (const Json& output : json.at("outputs").array()) {
    preparation.outputs_.push_back(read_output(output));
    const Kind kind = preparation.outputs_.back().kind;
    const bool is_filled = kind == Kind::kNumber || kind == Kind::kOrdinal || kind == Kind::kTarget;
    if (preparation.style_ == Style::kScaled && is_filled &&
        std::isnan(preparation.outputs_.back().fill)) {
      malformed("a number has nothing to stand in where it is missing");
    }
  }
  return preparation;
}

Preparation prepared_for_trees(const DataSet& data) {
  Preparation preparation = Preparation::fit(data, Preparation::Style::kRaw);
  if (preparation.width() > 0) return preparation;
  throw Error(ErrorCode::kInvalid, "model.nothing_varies",
              "no feature differs between the training rows, so there is nothing to learn from");
}

}  // namespace waymark::model
