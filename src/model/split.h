#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/data_set.h"

namespace waymark::model {

// Which rows are kept from training to test on.
struct SplitRule {
  enum class Kind {
    kFrom,           // those of courses that start at `from` or later; by default the latest start
    kExpanding,      // those of each start but the first, once each; training: all earlier ones
    kRolling,        // the same; training: those of the start before
    kPresentations,  // those of each course, once each; training: all others
    kFolds,          // a part of the learners, in turn; training: the other learners
  };
  Kind kind = Kind::kFrom;
  std::optional<Micros> from;
  std::size_t folds = 5, repeats = 1;  // kFolds: so many parts, drawn anew so many times
};

// Positions in the data set. No learner of kPresentations and kFolds is on both sides.
struct Fold {
  std::vector<std::uint32_t> training, test;
};

// Every way to train and test once. Learners' folds are stratified: each has about as many of each
// class. Throws Error{kInvalid, "model.no_rows"}, {"model.no_earlier_course"} or
// {"model.one_class"} where one side would be empty or training would have nothing to tell apart.
std::vector<Fold> folds_of(const DataSet& data, const SplitRule& rule, std::uint64_t seed);

// Rows to fit on and later ones to judge by, both out of the training rows.
struct HeldOut {
  std::vector<std::uint32_t> fit, check;
};

// Parts by which trainers are compared without looking at the test. Courses of each start but the
// first (at most the last kParts) are held out once, fitted on all that start earlier. If all
// training courses start together: kParts parts by learner. Parts with fewer than two classes on a
// side are left out; throws Error{kInvalid, "model.too_few_rows"} where none is left.
struct HeldOutParts {
  std::vector<HeldOut> parts;
  std::string words;  // for the model card
};
HeldOutParts held_out_parts(const DataSet& training);
inline constexpr std::size_t kParts = 3;

}  // namespace waymark::model
