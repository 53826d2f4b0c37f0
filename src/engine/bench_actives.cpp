#include "engine/bench_actives.h"

#include <limits>

namespace waymark::engine {

// A day is divided out only where the last one is over.
void DailyActivesFold::step(State& state, const Slice& slice) const {
  Micros until = state.days.empty() ? std::numeric_limits<Micros>::min()
                                    : (state.days.back() + 1) * kMicrosPerDay;
  for (std::size_t row = 0; row < slice.size; ++row) {
    if (slice.course[row] != course_ || slice.time[row] < until) continue;
    state.days.push_back(day_of(slice.time[row]));
    until = (state.days.back() + 1) * kMicrosPerDay;
  }
}

}  // namespace waymark::engine
