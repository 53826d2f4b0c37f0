#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/data_set.h"
#include "model/evaluation.h"

namespace waymark::model {

// What a version said of its test rows, without saying whose they are: kept, so that versions which
// were judged on the same rows can be set side by side row by row.
struct Judged {
  std::string rows;  // hash of who, as of when and the target of each row, in their order
  std::vector<std::uint32_t> learner;  // learner_numbers()
  std::size_t classes = 2;
  std::vector<std::uint8_t> target;
  std::vector<double> probability;  // by row, output
};

Judged judged_of(const DataSet& test, std::vector<double> probability);

void write(JsonWriter& out, const Judged& judged);
// Throws Error{kCorrupt, "model.malformed"}.
Judged read_judged(const Json& json);

// One figure of two versions, each on its own test rows, and how much better the second is on rows
// that are the same for both.
struct Comparison {
  std::string figure;
  Figure first, second;
  std::optional<Figure> difference;  // second - first, learners drawn together; null where the
                                     // test rows differ
};
std::vector<Comparison> compare(const Evaluation& first, const Judged& first_judged,
                                const Evaluation& second, const Judged& second_judged,
                                std::uint64_t seed);

}  // namespace waymark::model
