#include "fold/local_clock.h"

#include "base/wide_loops.h"

namespace waymark::fold {

// Vector code, as a division would not be, nor std::floor() before a cast. Times are exact as
// doubles once a power of two that divides the day is shifted out, and then stand half a unit clear
// of midnight, which is more than rounding can move them.
WAYMARK_WIDE_LOOPS
void days_of(const Micros* local, std::size_t n, std::int64_t* days) {
  constexpr int kShift = 13;
  constexpr double kDay = kMicrosPerDay >> kShift;
  static_assert(static_cast<Micros>(kDay) << kShift == kMicrosPerDay);
  constexpr std::int64_t kBefore = 1 << 27;  // more days than a time can stand before 1970
  for (std::size_t i = 0; i < n; ++i) {
    const auto units = static_cast<double>(local[i] >> kShift);
    days[i] = static_cast<std::int64_t>((units + 0.5) * (1 / kDay) + kBefore) - kBefore;
  }
}

}  // namespace waymark::fold
