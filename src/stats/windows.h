#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace waymark::stats {

// How many of the tries before a moment lie within each of some lengths of time: the windows of
// Choffin, Popineau, Bourda and Vie 2019, "DAS3H: Modeling student learning and forgetting for
// optimally scheduling distributed practice of skills", but for the one that has no end. A try lies
// in a window while it is less than its length ago.
class TriesInWindows {
 public:
  static constexpr std::array<Micros, 4> kLengths{kMicrosPerHour, kMicrosPerDay, 7 * kMicrosPerDay,
                                                  30 * kMicrosPerDay};
  struct Count {
    std::uint32_t all = 0, right = 0;
  };

  // In the order of time: none before the last, here or asked about. Each try enters and leaves
  // each window once, so that all calls together take time in proportion to the tries.
  void add(Micros time, bool is_right);
  const std::array<Count, kLengths.size()>& until(Micros now);

 private:
  struct Try {
    Micros time;
    bool is_right;
  };
  std::vector<Try> tries_;
  std::array<std::size_t, kLengths.size()> first_{};  // try in each window
  std::array<Count, kLengths.size()> counts_{};
};

}  // namespace waymark::stats
