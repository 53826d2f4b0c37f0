#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/json.h"

// Reading and writing the parts of a model file. A file may be damaged or hostile, so every number
// is checked here before anything is computed with it.
namespace waymark::model {

// Throws Error{kCorrupt, "model.malformed"} that says what is wrong.
[[noreturn]] void malformed(std::string_view what);

// A finite number; else malformed.
double stored_number(const Json& json);
// The same, and NaN for null: how what does not exist is written.
double stored_or_missing(const Json& json);
std::vector<double> stored_numbers(const Json& json);
// A whole number in [0, below); else malformed.
std::size_t stored_index(const Json& json, std::size_t below);
// A number of things.
std::size_t stored_count(const Json& json);
std::vector<std::string> stored_texts(const Json& json);
// As many as stats::outputs_of() can give; else malformed.
void check_outputs(std::size_t outputs);

void write_numbers(JsonWriter& out, std::span<const double> values);
void write_texts(JsonWriter& out, std::span<const std::string> values);

}  // namespace waymark::model
