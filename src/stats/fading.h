#pragma once

#include <vector>

#include "stats/bootstrap.h"
#include "stats/tracing.h"

namespace waymark::stats {

// Knowledge tracing in which time takes what answers gave: between two answers what is known beyond
// known_first halves with each half-life (SkillState::faded; Settles and Meeder 2016). It takes all
// learners to be alike: where some know more from the first and keep it, half-lives come out
// too long.
struct FadingModel {
  TracingModel model;  // with nothing forgotten but by time
  // Infinity where nothing seems to fade; 0 where nothing seems to last. The interval, of 95 %,
  // goes down to 0 or up to infinity where the answers cannot tell from that.
  Estimate half_life_days;
};

// By maximum likelihood from answers whose times are known, beginning at a fit without fading. The
// guesses and slips of all items move together by their log-odds; each of the four numbers that
// move is drawn to where it began by a hundredth of half its square. The interval is by profile
// likelihood: of those half-lives that a likelihood-ratio test does not reject, all else at its
// best for each. Takes some 300 passes over the answers, 250 without the interval. The same for
// equal arguments.
FadingModel fit_fading(const AnswerSequences& answers, const TracingModel& start,
                       bool with_interval = true);

// How likely each answer was to be right, by those before it.
std::vector<double> foretell(const FadingModel& fading, const AnswerSequences& answers);

}  // namespace waymark::stats
