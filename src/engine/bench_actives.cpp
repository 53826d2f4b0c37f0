#include "engine/bench_actives.h"

#include <algorithm>
#include <limits>

namespace waymark::engine {
namespace {

// Makes room for counts of these days.
void reach(std::int64_t first, std::int64_t last, DailyActivesFold::Output& output) {
  auto& [begin, learners] = output;
  if (learners.empty()) begin = first;
  if (first < begin) {
    learners.insert(learners.begin(), static_cast<std::size_t>(begin - first), 0);
    begin = first;
  }
  learners.resize(std::max(learners.size(), static_cast<std::size_t>(last - begin) + 1));
}

}  // namespace

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

void DailyActivesFold::end(const State& state, Code, Output& output) const {
  if (state.days.empty()) return;
  reach(state.days.front(), state.days.back(), output);
  for (const std::int64_t day : state.days) {
    ++output.learners[static_cast<std::size_t>(day - output.first)];
  }
}

void DailyActivesFold::merge(Output& output, Output&& more) const {
  if (more.learners.empty()) return;
  const auto days = static_cast<std::int64_t>(more.learners.size());
  reach(more.first, more.first + days - 1, output);
  for (std::size_t i = 0; i < more.learners.size(); ++i) {
    output.learners[static_cast<std::size_t>(more.first - output.first) + i] += more.learners[i];
  }
}

}  // namespace waymark::engine
