#pragma once

#include <vector>

#include "report/content.h"

namespace waymark::report {

// What may be told of a lifecycle, where groups of fewer than `least` learners must not be.

// Which of the period's stages must not be shown.
std::vector<bool> hidden_stages(const StagePeriod& period, std::int64_t least);

// The latest period of which there is something to show, or null.
const StagePeriod* latest(const Lifecycle& lifecycle, std::int64_t least);

// Learners who are in a stage at all, and those who are at work.
std::int64_t learners_in(const StagePeriod& period);
std::int64_t learners_at_work(const StagePeriod& period);

// Of those in `from`, the share who are at work a period later; unknown where either they or the
// others are too few.
double back_at_work(const Lifecycle& lifecycle, std::size_t from, std::int64_t least);

}  // namespace waymark::report
