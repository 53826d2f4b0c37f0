#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace waymark::stats {

// Who answered what, and whether rightly: the answers of one learner after the other. Not everyone
// need have met every item.
struct ItemResponses {
  std::size_t items = 0;
  std::vector<std::uint32_t> begin;   // where each learner's answers begin, and where the last end
  std::vector<std::uint32_t> item;    // 0 … items - 1
  std::vector<std::uint8_t> correct;  // 1 or 0
  std::vector<double> weight;         // how often each learner counts; empty: once

  std::size_t learners() const { return begin.empty() ? 0 : begin.size() - 1; }
  double weight_of(std::size_t learner) const { return weight.empty() ? 1 : weight[learner]; }
};

}  // namespace waymark::stats
