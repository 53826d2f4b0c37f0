#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace waymark::stats {

// Answers, one learner's after the other, each learner's in the order in which they were given.
struct Attempts {
  std::vector<std::uint32_t> begin;   // where each learner's answers begin, and where the last end
  std::vector<std::uint32_t> skill;   // 0 … skills - 1: what each is about
  std::vector<std::uint32_t> item;    // 0 … items - 1; empty: not told apart
  std::vector<std::uint8_t> correct;  // 1 or 0
  std::vector<Micros> time;           // none before the learner's last; empty: not known
  std::size_t skills = 0, items = 0;

  std::size_t size() const { return correct.size(); }
  std::size_t learners() const { return begin.empty() ? 0 : begin.size() - 1; }
};

}  // namespace waymark::stats
