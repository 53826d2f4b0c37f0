#pragma once

#include <vector>

#include "engine/bench_events.h"
#include "engine/bench_questions.h"

namespace waymark::engine {

// The benchmark's questions by hand: one thread, bare loops over the columns, nothing general.
// Each gives the numbers that its operation compares.
std::vector<double> plain_sessions(const BenchEvents& events);
std::vector<double> plain_funnel(const BenchEvents& events);
std::vector<double> plain_retention(const BenchEvents& events);
std::vector<double> plain_features(const BenchEvents& events);
std::vector<double> plain_transitions(const BenchEvents& events);
std::vector<double> plain_paths(const BenchEvents& events);
std::vector<double> plain_actives(const BenchEvents& events);
std::vector<double> plain_cohort(const BenchEvents& events);
std::vector<double> plain_stays(const BenchEvents& events);

}  // namespace waymark::engine
