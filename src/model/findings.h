#pragma once

#include <cstdint>
#include <vector>

#include "model/data_set.h"
#include "model/evaluation.h"

namespace waymark::model {

// What a candidate says about all test rows.
struct Said {
  std::vector<double> probability;  // by row, output
  std::vector<std::uint8_t> called, left;
  std::vector<double> certain;  // Decision::certain()
};

Side side_of(const DataSet& data);

// Training rows of courses that had not ended when the first test row was scored.
std::size_t undecided(const DataSet& training, const DataSet& test);

// Fills in what an evaluation tells of test rows: of each candidate its figures, of `chosen` its
// gain over `baseline` and all else, with intervals from the same draws of learners. `said`: by
// candidate. `rule`: for these classes.
void judge(const DataSet& test, const std::vector<Said>& said, std::size_t chosen,
           std::size_t baseline, const DecisionRule& rule, std::uint64_t seed, Evaluation& out);

}  // namespace waymark::model
