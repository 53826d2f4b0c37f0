#include "fold/funnel.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "stats/descriptive.h"

namespace waymark::fold {
namespace {

constexpr std::array<std::string_view, 5> kEnds{"open", "converted", "window", "excluded",
                                                "interrupted"};

constexpr Micros kNoWindow = std::numeric_limits<Micros>::max();

constexpr std::uint64_t kAnything = ~std::uint64_t{0};

constexpr std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << at; }

// Bits [first, last), of which there are some.
std::uint64_t bits_between(std::size_t first, std::size_t last) {
  return kAnything >> (FilterRows::kMost - (last - first)) << first;
}

unsigned lowest(std::uint64_t bits) { return static_cast<unsigned>(std::countr_zero(bits)); }

}  // namespace

std::string_view to_text(AttemptEnd end) { return kEnds[static_cast<std::size_t>(end)]; }

AttemptEnd attempt_end(std::string_view text) {
  const auto found = std::ranges::find(kEnds, text);
  WAYMARK_CHECK(found != kEnds.end());
  return static_cast<AttemptEnd>(found - kEnds.begin());
}

FunnelFold::FunnelFold(const FunnelDefinition& definition, const Names& names, Micros as_of)
    : order_(definition.order),
      window_(definition.within.value_or(kNoWindow)),
      every_attempt_(definition.every_attempt),
      per_course_(definition.per_course),
      as_of_(as_of),
      steps_(definition.steps.size()),
      all_steps_(bit(steps_) - 1) {
  WAYMARK_CHECK(steps_ <= FunnelDefinition::kMostSteps &&
                definition.exclusions.size() <= FunnelDefinition::kMostExclusions);
  reads_.columns = {Column::kTime};
  if (per_course_) reads_.columns.add(Column::kCourse);
  unsigned next = 0;
  const auto add = [&](const Filter& filter) {
    masks_.add(next, filter, names, values_, reads_);
    return bit(next++);
  };
  for (const FunnelStep& step : definition.steps) add(step.filter);
  for (const FunnelExclusion& exclusion : definition.exclusions) {
    const std::uint64_t excluding = add(exclusion.filter);
    for (std::size_t reached = 1; reached <= steps_; ++reached) {
      const bool between = exclusion.after < reached && reached <= exclusion.before;
      if (between || order_ == FunnelOrder::kAny) exclusions_[reached] |= excluding;
    }
  }
  if (definition.population != Filter{}) population_ = add(definition.population);
  reads_.only = masks_.only(order_ == FunnelOrder::kAny ? all_steps_ : bit(0));
  if (!reads_.only && population_ != 0) reads_.only = masks_.only(population_);
}

void FunnelFold::begin(State& state) const {
  state.courses.clear();
  state.latest.clear();
  state.latest_at.clear();
  state.earlier.clear();
  state.earlier_at.clear();
}

void FunnelFold::step(State& state, const Slice& slice) const {
  with_values(slice, values_, [&](std::span<const double* const> values) {
    FilterRows filters;
    for (std::size_t begin = 0; begin < slice.size; begin += FilterRows::kMost) {
      // The only attempt there can be is over: nothing changes any more.
      if (!every_attempt_ && !per_course_ && !state.latest.empty() &&
          state.latest.front().end != 0) {
        return;
      }
      const std::size_t end = std::min(slice.size, begin + FilterRows::kMost);
      masks_.find(slice, begin, end, values, filters);
      for_each_course(slice, begin, end, per_course_,
                      [&](Code course, std::size_t first, std::size_t last) {
                        step_course(state, course, slice.time + begin,
                                    bits_between(first - begin, last - begin), filters);
                      });
    }
  });
}

// Rows of one course. Most of them are not awaited, and change nothing.
void FunnelFold::step_course(State& state, Code course, const Micros* times, std::uint64_t rows,
                             const FilterRows& filters) const {
  const std::size_t index = find(state, course);
  if (population_ != 0) rows &= filters.passing(population_);
  for (;;) {
    const std::uint64_t awaited = awaited_by(state.latest[index]);
    const std::uint64_t next = awaited == kAnything ? rows : rows & filters.passing(awaited);
    if (next == 0) return;
    const unsigned row = lowest(next);
    take(state, index, times[row], filters.passed_by(row));
    rows &= kAnything << row << 1;
  }
}

std::size_t FunnelFold::find(State& state, Code course) const {
  const auto [index, is_new] = state.courses.add(course);
  if (is_new) {
    state.latest.push_back({.course = index});
    state.latest_at.resize(state.latest_at.size() + steps_, FunnelTable::kNever);
  }
  return index;
}

// What may change the attempt or start the next. That a window is over shows without an event.
std::uint64_t FunnelFold::awaited_by(const Attempt& attempt) const {
  const std::uint64_t first = order_ == FunnelOrder::kAny ? all_steps_ : bit(0);
  if (attempt.reached == 0) return first;
  if (attempt.end != 0) return every_attempt_ ? first : 0;
  if (order_ == FunnelOrder::kStrict) return kAnything;
  return next_steps(attempt, all_steps_) | exclusions_[attempt.furthest + std::size_t{1}] |
         (every_attempt_ ? first : 0);
}

void FunnelFold::take(State& state, std::size_t index, Micros time, std::uint64_t mask) const {
  Attempt& attempt = state.latest[index];
  const bool open = attempt.reached != 0 && attempt.end == 0;
  if (open && !advance(attempt, state.latest_at.data() + index * steps_, time, mask)) return;
  if (attempt.reached != 0 && !every_attempt_) return;
  const std::uint64_t first = mask & (order_ == FunnelOrder::kAny ? all_steps_ : bit(0));
  if (first != 0) start(state, index, time, lowest(first));
}

// Steps an open attempt; whether the event ended it without being a step of it.
bool FunnelFold::advance(Attempt& attempt, Micros* at, Micros time, std::uint64_t mask) const {
  const auto close = [&](AttemptEnd end) { attempt.end = static_cast<std::uint32_t>(end); };
  if (time - attempt.started > window_) {
    close(AttemptEnd::kWindow);
    return true;
  }
  if (const std::uint64_t next = next_steps(attempt, mask); next != 0) {
    const unsigned step = lowest(next);
    at[step] = time;
    attempt.furthest = step;
    attempt.reached |= bit(step);
    if (attempt.reached == all_steps_) close(AttemptEnd::kConverted);
    return false;
  }
  if ((mask & exclusions_[attempt.furthest + std::size_t{1}]) != 0) {
    close(AttemptEnd::kExcluded);
    return true;
  }
  if (order_ == FunnelOrder::kStrict) close(AttemptEnd::kInterrupted);
  return order_ == FunnelOrder::kStrict;
}

std::uint64_t FunnelFold::next_steps(const Attempt& attempt, std::uint64_t mask) const {
  const std::uint64_t missing = all_steps_ & ~attempt.reached;
  return mask & (order_ == FunnelOrder::kAny ? missing : missing & (attempt.reached + 1));
}

void FunnelFold::start(State& state, std::size_t index, Micros time, unsigned step) const {
  Attempt& attempt = state.latest[index];
  Micros* const at = state.latest_at.data() + index * steps_;
  if (attempt.reached != 0) {
    state.earlier.push_back(attempt);
    state.earlier_at.insert(state.earlier_at.end(), at, at + steps_);
    std::fill_n(at, steps_, FunnelTable::kNever);
  }
  attempt = {.reached = bit(step),
             .started = time,
             .course = attempt.course,
             .number = attempt.number + 1,
             .furthest = step};
  at[step] = time;
}

FunnelTable FunnelFold::make_output() const {
  FunnelTable table;
  table.at.resize(steps_);
  return table;
}

void FunnelFold::end(const State& state, Code learner, Output& output) const {
  std::vector<std::uint32_t> order(state.earlier.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return state.earlier[i].course; });
  std::size_t next = 0;
  for (std::size_t course = 0; course < state.latest.size(); ++course) {
    for (; next < order.size() && state.earlier[order[next]].course == course; ++next) {
      add_row(state.earlier[order[next]], state.earlier_at.data() + order[next] * steps_, state,
              learner, output);
    }
    if (state.latest[course].reached == 0) continue;
    add_row(state.latest[course], state.latest_at.data() + course * steps_, state, learner, output);
  }
}

// Whatever ended it, an attempt is observed once its window is over.
Micros FunnelFold::settled_until(const State& state) const {
  Micros until = kLatest;
  if (window_ == kNoWindow) return until;
  for (const auto* attempts : {&state.earlier, &state.latest}) {
    for (const Attempt& attempt : *attempts) {
      if (attempt.reached == 0 || is_over(attempt)) continue;
      until = std::min(until, attempt.started + window_ + 1);
    }
  }
  return until;
}

// Whether no event can come that is still within the window.
bool FunnelFold::is_over(const Attempt& attempt) const {
  return window_ != kNoWindow && attempt.started < as_of_ - window_;
}

void FunnelFold::add_row(const Attempt& attempt, const Micros* at, const State& state, Code learner,
                         Output& output) const {
  auto end = static_cast<AttemptEnd>(attempt.end);
  const bool observed = window_ == kNoWindow || is_over(attempt);
  if (end == AttemptEnd::kOpen && is_over(attempt)) end = AttemptEnd::kWindow;
  output.learner.push_back(learner);
  output.course.push_back(state.courses[attempt.course]);
  output.attempt.push_back(attempt.number);
  output.started.push_back(attempt.started);
  for (std::size_t step = 0; step < steps_; ++step) output.at[step].push_back(at[step]);
  output.reached.push_back(static_cast<std::uint32_t>(std::popcount(attempt.reached)));
  output.furthest.push_back(attempt.furthest);
  output.ended_by.push_back(end);
  output.observed.push_back(observed);
}

void FunnelFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.course, more.course);
  append(output.attempt, more.attempt);
  append(output.started, more.started);
  for (std::size_t step = 0; step < steps_; ++step) append(output.at[step], more.at[step]);
  append(output.reached, more.reached);
  append(output.furthest, more.furthest);
  append(output.ended_by, more.ended_by);
  append(output.observed, more.observed);
}

void FunnelFold::save(const State& state, ByteWriter& writer) const {
  state.courses.save(writer);
  writer.values(state.latest);
  writer.values(state.latest_at);
  writer.values(state.earlier);
  writer.values(state.earlier_at);
}

FunnelFold::State FunnelFold::load(ByteReader& reader) const {
  State state;
  state.courses = CodeIndex::load(reader);
  state.latest = reader.values<Attempt>();
  state.latest_at = reader.values<Micros>();
  state.earlier = reader.values<Attempt>();
  state.earlier_at = reader.values<Micros>();
  const auto sound = [&](const Attempt& attempt) {
    return attempt.course < state.courses.size() && (attempt.reached & ~all_steps_) == 0 &&
           attempt.furthest < steps_ &&
           attempt.end <= static_cast<std::uint32_t>(AttemptEnd::kInterrupted);
  };
  if (state.latest.size() != state.courses.size() ||
      state.latest_at.size() != state.latest.size() * steps_ ||
      state.earlier_at.size() != state.earlier.size() * steps_ ||
      !std::ranges::all_of(state.latest, sound) || !std::ranges::all_of(state.earlier, sound)) {
    reject_state("this funnel");
  }
  return state;
}

FunnelSummary::FunnelSummary(const FunnelDefinition& definition)
    : definition_(definition), steps_(definition.steps.size()) {}

void FunnelSummary::add(const FunnelTable& attempts) {
  const bool any_order = definition_.order == FunnelOrder::kAny;
  attempts_ += attempts.size();
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const AttemptEnd end = attempts.ended_by[i];
    if (end == AttemptEnd::kConverted) continue;
    Step& step = steps_[attempts.furthest[i]];
    ++(end == AttemptEnd::kOpen       ? step.still_open
       : end == AttemptEnd::kExcluded ? step.excluded
                                      : step.dropped);
  }
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    Step& step = steps_[k];
    const std::vector<Micros>& at = attempts.at[k];
    const bool timed = any_order || k != 0;
    const std::vector<Micros>& from = any_order || k == 0 ? attempts.started : attempts.at[k - 1];
    Code last = kAbsentCode;
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (at[i] == FunnelTable::kNever) continue;
      ++step.attempts;
      if (attempts.learner[i] != last) ++step.learners;
      last = attempts.learner[i];
      if (timed) step.seconds.push_back(static_cast<double>(at[i] - from[i]) / kMicrosPerSecond);
    }
  }
}

FunnelSteps FunnelSummary::steps() const {
  FunnelSteps table;
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(part) / static_cast<double>(whole);
  };
  const bool any_order = definition_.order == FunnelOrder::kAny;
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    const Step& step = steps_[k];
    table.step.push_back(static_cast<std::uint32_t>(k + 1));
    table.name.push_back(definition_.steps[k].name);
    table.conversion.push_back(definition_.steps[k].conversion);
    table.attempts.push_back(step.attempts);
    table.learners.push_back(step.learners);
    table.dropped.push_back(step.dropped);
    table.excluded.push_back(step.excluded);
    table.still_open.push_back(step.still_open);
    table.share_of_first.push_back(share(step.attempts, attempts_));
    table.share_of_previous.push_back(
        share(step.attempts, any_order || k == 0 ? 0 : steps_[k - 1].attempts));
    table.median_seconds.push_back(stats::median(step.seconds));
    table.p25_seconds.push_back(stats::quantile(step.seconds, 0.25));
    table.p75_seconds.push_back(stats::quantile(step.seconds, 0.75));
    table.p90_seconds.push_back(stats::quantile(step.seconds, 0.9));
  }
  return table;
}

}  // namespace waymark::fold
