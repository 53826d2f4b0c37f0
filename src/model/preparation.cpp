#include "model/preparation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/stored.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr std::string_view kKindNames[] = {"number", "is_missing", "is_category", "is_other"};

const DataColumn& input(const DataSet& data, const std::string& name, bool categorical) {
  const DataColumn* column = data.find(name);
  if (column != nullptr && column->categorical == categorical) return *column;
  throw Error(ErrorCode::kInvalid, "model.column_missing",
              fmt::format("the model needs the column '{}' as {}; train it again if the features "
                          "have changed",
                          name, categorical ? "text" : "a number"));
}

bool all_equal(const std::vector<double>& values) {
  return std::ranges::all_of(values, [&](double value) {
    return value == values.front() || (std::isnan(value) && std::isnan(values.front()));
  });
}

}  // namespace

Preparation Preparation::fit(const DataSet& training, Style style) {
  Preparation preparation;
  preparation.style_ = style;
  std::vector<Output> candidates;
  for (const DataColumn& column : training.columns) {
    if (column.categorical) {
      add_categories(column, candidates);
    } else {
      add_number(column, style, candidates);
    }
  }
  for (Output& output : candidates) {
    const std::vector<double> values = unscaled(output, training);
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

std::vector<double> Preparation::unscaled(const Output& output, const DataSet& data) {
  const bool categorical = output.kind == Kind::kIsCategory || output.kind == Kind::kIsOther;
  const DataColumn& column = input(data, output.column, categorical);
  std::vector<double> out(data.size());
  if (categorical) {
    std::vector<double> by_code;
    for (const std::string& category : column.categories) {
      const bool named = std::ranges::find(output.categories, category) != output.categories.end();
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

Matrix Preparation::apply(const DataSet& data) const {
  Matrix matrix{.rows = data.size(), .columns = width()};
  matrix.values.resize(matrix.rows * matrix.columns);
  for (std::size_t j = 0; j < outputs_.size(); ++j) {
    const Output& output = outputs_[j];
    const std::vector<double> column = unscaled(output, data);
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

void Preparation::write(JsonWriter& out) const {
  out.begin_object().key("style").string(style_ == Style::kScaled ? "scaled" : "raw");
  out.key("outputs").begin_array();
  for (const Output& output : outputs_) {
    out.begin_object().key("column").string(output.column);
    out.key("kind").string(kKindNames[static_cast<std::size_t>(output.kind)]);
    if (!output.categories.empty()) write_texts(out.key("categories"), output.categories);
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
  if (const Json* logarithm = json.find("logarithm")) output.logarithm = logarithm->boolean();
  if (const Json* fill = json.find("fill")) output.fill = stored_number(*fill);
  output.center = stored_number(json.at("center"));
  output.scale = stored_number(json.at("scale"));
  if (!(output.scale > 0)) malformed("a scale is not above 0");
  return output;
}

Preparation Preparation::read(const Json& json) {
  Preparation preparation;
  const std::string& style = json.at("style").string();
  if (style != "scaled" && style != "raw") malformed("an unknown style of preparation");
  preparation.style_ = style == "scaled" ? Style::kScaled : Style::kRaw;
  for (const Json& output : json.at("outputs").array()) {
    preparation.outputs_.push_back(read_output(output));
    if (preparation.style_ == Style::kScaled && preparation.outputs_.back().kind == Kind::kNumber &&
        std::isnan(preparation.outputs_.back().fill)) {
      malformed("a number has nothing to stand in where it is missing");
    }
  }
  return preparation;
}

}  // namespace waymark::model
