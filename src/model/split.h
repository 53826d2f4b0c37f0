#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/data_set.h"

namespace waymark::model {

struct Split {
  DataSet training, test;
};

// Test: the rows of courses that start at `test_from` or later, by default those of the latest
// start; training: all of earlier courses. Throws Error{kInvalid, "model.no_rows"},
// {"model.no_earlier_course"} or {"model.one_class"} where one side would be empty or training
// would have nothing to tell apart.
Split split_by_time(const DataSet& data, std::optional<Micros> test_from);

// Rows to fit on and later ones to judge by, both out of the training rows.
struct HeldOut {
  std::vector<std::uint32_t> fit, check;
};

// Parts by which trainers are compared without looking at the test. Courses of each start but the
// first (at most the last kParts) are held out once, fitted on all that start earlier. If all
// training courses start together: kParts parts by learner. Parts without both classes on both
// sides are left out; throws Error{kInvalid, "model.too_few_rows"} where none is left.
struct HeldOutParts {
  std::vector<HeldOut> parts;
  std::string words;  // for the model card
};
HeldOutParts held_out_parts(const DataSet& training);
inline constexpr std::size_t kParts = 3;

}  // namespace waymark::model
