#include "report/suppress.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/number.h"

namespace waymark::report {

bool too_few(std::int64_t learners, std::int64_t least) { return learners > 0 && learners < least; }

std::vector<bool> hidden_groups(const std::vector<std::int64_t>& learners, std::int64_t least) {
  std::vector<bool> hidden(learners.size());
  std::vector<std::size_t> shown;
  std::int64_t groups = 0, together = 0;
  for (std::size_t i = 0; i < learners.size(); ++i) {
    hidden[i] = too_few(learners[i], least);
    if (hidden[i]) ++groups, together += learners[i];
    if (!hidden[i] && learners[i] > 0) shown.push_back(i);
  }
  std::ranges::stable_sort(shown, {}, [&](std::size_t i) { return learners[i]; });
  for (const std::size_t i : shown) {
    if (groups == 0 || (groups > 1 && together >= least)) break;
    hidden[i] = true;
    ++groups, together += learners[i];
  }
  return hidden;
}

std::string learners_text(std::int64_t learners, std::int64_t least) {
  if (learners == 0) return "no learners";
  if (too_few(learners, least)) return fmt::format("fewer than {} learners", least);
  return count(learners, "learner");
}

std::string learners_number(std::int64_t learners, std::int64_t least) {
  return too_few(learners, least) ? fmt::format("<{}", least) : count(learners);
}

}  // namespace waymark::report
