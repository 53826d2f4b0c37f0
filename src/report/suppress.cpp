#include "report/suppress.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/number.h"

namespace waymark::report {

bool too_few(std::int64_t learners, std::int64_t least) { return learners > 0 && learners < least; }

std::vector<bool> hidden_groups(const std::vector<std::int64_t>& learners, std::int64_t least) {
  std::vector<bool> hidden(learners.size());
  std::size_t smallest = learners.size();
  for (std::size_t i = 0; i < learners.size(); ++i) {
    hidden[i] = too_few(learners[i], least);
    const bool shown = !hidden[i] && learners[i] > 0;
    if (shown && (smallest == learners.size() || learners[i] < learners[smallest])) smallest = i;
  }
  const bool single = std::count(hidden.begin(), hidden.end(), true) == 1;
  if (single && smallest != learners.size()) hidden[smallest] = true;
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
