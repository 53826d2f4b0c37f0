#include "model/stored.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "model/data_set.h"

namespace waymark::model {

void malformed(std::string_view what) {
  throw Error(ErrorCode::kCorrupt, "model.malformed",
              fmt::format("the model file is damaged ({}); train the model again", what));
}

double stored_number(const Json& json) {
  if (!json.is_number() || !std::isfinite(json.number())) malformed("a number is not one");
  return json.number();
}

double stored_or_missing(const Json& json) {
  return json.is_null() ? kMissing : stored_number(json);
}

std::vector<double> stored_numbers(const Json& json) {
  std::vector<double> values;
  for (const Json& value : json.array()) values.push_back(stored_number(value));
  return values;
}

std::size_t stored_index(const Json& json, std::size_t below) {
  if (!json.is_integer() || json.integer() < 0 ||
      static_cast<std::size_t>(json.integer()) >= below) {
    malformed("an index is out of range");
  }
  return static_cast<std::size_t>(json.integer());
}

std::size_t stored_count(const Json& json) { return stored_index(json, std::size_t{1} << 53); }

std::vector<std::string> stored_texts(const Json& json) {
  std::vector<std::string> values;
  for (const Json& value : json.array()) values.push_back(value.string());
  return values;
}

void check_outputs(std::size_t outputs) {
  if (outputs == 0 || outputs == 2 || outputs > kMostClasses) malformed("no number of outputs");
}

void write_numbers(JsonWriter& out, std::span<const double> values) {
  out.begin_array();
  for (const double value : values) out.number(value);
  out.end_array();
}

void write_texts(JsonWriter& out, std::span<const std::string> values) {
  out.begin_array();
  for (const std::string& value : values) out.string(value);
  out.end_array();
}

}  // namespace waymark::model
