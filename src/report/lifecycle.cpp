#include "report/lifecycle.h"

#include <algorithm>
#include <numeric>

#include "report/suppress.h"

namespace waymark::report {

std::vector<bool> hidden_stages(const StagePeriod& period, std::int64_t least) {
  return hidden_groups({period.learners.begin(), period.learners.end()}, least);
}

const StagePeriod* latest(const Lifecycle& lifecycle, std::int64_t least) {
  const auto is_shown = [&](const StagePeriod& period) {
    const std::vector<bool> hidden = hidden_stages(period, least);
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      if (!hidden[i] && period.learners[i] > 0) return true;
    }
    return false;
  };
  const auto last = std::find_if(lifecycle.periods.rbegin(), lifecycle.periods.rend(), is_shown);
  return last == lifecycle.periods.rend() ? nullptr : &*last;
}

std::int64_t learners_in(const StagePeriod& period) {
  return std::accumulate(period.learners.begin(), period.learners.end(), std::int64_t{0});
}

std::int64_t learners_at_work(const StagePeriod& period) {
  return std::accumulate(period.learners.begin(), period.learners.begin() + kStagesAtWork,
                         std::int64_t{0});
}

double back_at_work(const Lifecycle& lifecycle, std::size_t from, std::int64_t least) {
  std::int64_t counts[2]{}, most[2]{};
  for (const Passing& passing : lifecycle.passings) {
    if (passing.from != from) continue;
    const bool back = passing.to < kStagesAtWork;
    counts[back] += passing.count;
    most[back] = std::max(most[back], passing.learners);
  }
  if (most[0] < least || most[1] < least || counts[0] + counts[1] == 0) return kUnknown;
  return static_cast<double>(counts[1]) / static_cast<double>(counts[0] + counts[1]);
}

}  // namespace waymark::report
