#pragma once

#include <vector>

#include "stats/attempts.h"

namespace waymark::stats {

// What the log-odds of a right answer are a weighted sum of.
enum class PerformanceTerms {
  kItem,    // which item it is: what a test without regard to learners would say
  kSkill,   // which skill, and for each skill the logs of how often the learner was right and wrong
            // in it: performance factors analysis (Pavlik, Cen and Koedinger 2009)
  kRecent,  // which skill, and for each skill how large a part of the tries in it were right and
            // how many wrong, where each try counts .7 of the one after it and three wrong ones are
            // taken to have come before all: recent-performance factors analysis (Galyardt and
            // Goldin 2015, "Move your lamp post: recent data reflects learner knowledge better than
            // older data")
  kCounts,  // item and skill, and the logs of how often the learner had answered, and rightly: at
            // all, this item, and for each skill this skill (Gervet et al. 2020, "When is deep
            // learning the best approach to knowledge tracing?", Best-LR)
  kAll,     // what kRecent and kCounts say together
  kWindows,  // what kCounts says, and for each skill the same logs of the tries in it within the
             // last hour, day, 7 and 30 days, and of all tries within these (Choffin et al. 2019,
             // DAS3H; see windows.h). Of attempts whose times are known.
};

// Logistic regression over attempts. Values of this type may be used from many threads.
class PerformanceModel {
 public:
  // By maximum likelihood under a penalty l2/2 * sum(weight^2), which the intercept does not pay
  // (L-BFGS). The same for equal arguments.
  PerformanceModel(const Attempts& attempts, PerformanceTerms terms, double l2 = 1);

  // How likely each answer was to be right, by those of the learner before it. Skills and items are
  // numbered as they were for training; one not seen then counts as a usual one.
  std::vector<double> foretell(const Attempts& attempts) const;

 private:
  PerformanceTerms terms_;
  std::vector<double> weights_;  // the intercept last
};

}  // namespace waymark::stats
