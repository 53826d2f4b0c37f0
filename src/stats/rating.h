#pragma once

#include <vector>

#include "stats/attempts.h"

namespace waymark::stats {

// How far an answer moves a rating that n others have moved before: step / (1 + settling * n).
struct RatingOptions {
  double step = 0.5, settling = 0.05;
};

// Elo's ratings of learners against what they answer (Pelanek 2016, "Applications of the Elo rating
// system in adaptive educational systems"), of two parts each: a learner's as a whole and in the
// skill, and the skill's and the item's own. How likely an answer is right is
// logistic(learner + learner in skill - skill - item). Each answer moves all four, so that it takes
// one step of constant time to follow a learner. Values of this type may be used from many threads.
class RatingModel {
 public:
  explicit RatingModel(const Attempts& attempts, const RatingOptions& options = {});

  // How likely each answer was to be right, by those of the learner before it. Skills and items are
  // numbered as they were for training, and keep the ratings that they have from there.
  std::vector<double> foretell(const Attempts& attempts) const;

 private:
  RatingOptions options_;
  std::vector<double> skill_, item_;
};

}  // namespace waymark::stats
