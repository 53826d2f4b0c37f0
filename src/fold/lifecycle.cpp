#include "fold/lifecycle.h"

#include <algorithm>
#include <optional>

namespace waymark::fold {
namespace {

constexpr Micros kNever = LifecycleTable::kNever;
constexpr std::uint64_t kActivity = 1, kActivated = 2, kLeft = 4;  // bits of the masks

}  // namespace

// A learner's periods in order, put together to stays.
class LifecycleFold::Stays {
 public:
  Stays(const LifecycleFold& fold, const Course& course, Code learner, Code code, Output& output)
      : definition_(fold.definition_),
        told_(static_cast<Code>(course.zone)),
        zone_(fold.zones_.of(told_)),
        activated_(course.activated == kNever
                       ? std::nullopt
                       : std::optional(fold.period_at(course.activated, course))),
        learner_(learner),
        course_(code),
        output_(output) {}

  void add_active(std::int32_t period, std::uint32_t days, bool first) {
    const Stage stage = first                                   ? Stage::kNew
                        : is_open_ && stage_ == Stage::kDormant ? Stage::kResurrected
                        : !is_activated(period)                 ? Stage::kNew
                        : days >= definition_.engaged_days      ? Stage::kEngaged
                                                                : Stage::kActivated;
    add(stage, period, period, days);
  }

  // Periods [first, last] without activity.
  void add_quiet(std::int32_t first, std::int32_t last) {
    const auto after = [&](std::uint32_t periods) {
      return std::min(first + static_cast<std::int32_t>(periods) - 1, last + 1);
    };
    const std::int32_t at_risk = after(definition_.at_risk), dormant = after(definition_.dormant);
    for (std::int32_t period = first; period < at_risk; ++period) {
      add(is_activated(period) ? Stage::kActivated : Stage::kNew, period, period, 0);
    }
    add(Stage::kAtRisk, at_risk, dormant - 1, 0);
    add(Stage::kDormant, dormant, last, 0);
  }

  // Of a stage; another may begin later. `lasts`: what comes next is not known yet.
  void end(bool lasts) {
    if (is_open_) write(lasts);
    is_open_ = false;
  }

 private:
  bool is_activated(std::int32_t period) const {
    return !definition_.activated || (activated_ && *activated_ <= period);
  }

  void add(Stage stage, std::int32_t first, std::int32_t last, std::uint32_t days) {
    if (last < first) return;
    if (!is_open_ || stage != stage_) {
      if (is_open_) write(false);
      is_open_ = true;
      stage_ = stage;
      first_ = first;
      days_ = 0;
    }
    last_ = last;
    days_ += days;
  }

  void write(bool lasts) {
    output_.learner.push_back(learner_);
    output_.course.push_back(course_);
    output_.stage.push_back(stage_);
    output_.first_period.push_back(static_cast<std::int32_t>(definition_.first_day(first_)));
    output_.last_period.push_back(static_cast<std::int32_t>(definition_.first_day(last_)));
    output_.periods.push_back(static_cast<std::uint32_t>(last_ - first_ + 1));
    output_.active_days.push_back(days_);
    output_.entered.push_back(zone_.to_utc(definition_.first_day(first_ + 1) * kMicrosPerDay));
    output_.lasts.push_back(lasts);
    output_.zone.push_back(told_);
  }

  const LifecycleDefinition& definition_;
  Code told_;
  Zone zone_;
  std::optional<std::int32_t> activated_;
  Code learner_, course_;
  Output& output_;
  bool is_open_ = false;
  Stage stage_ = Stage::kNew;
  std::int32_t first_ = 0, last_ = 0;
  std::uint32_t days_ = 0;
};

LifecycleFold::LifecycleFold(const LifecycleDefinition& definition, const Calendar& calendar,
                             const Zone& zone, const Names& names, Micros as_of)
    : definition_(definition),
      as_of_(as_of),
      zones_(definition.zone_property, zone, names, reads_) {
  reads_.columns.add(Column::kTime);
  masks_.add(0, definition.activity, names, values_, reads_);
  if (definition.activated) masks_.add(1, *definition.activated, names, values_, reads_);
  if (definition.left) masks_.add(2, *definition.left, names, values_, reads_);
  reads_.only = masks_.only(kActivity);
  if (!definition.per_course) return;
  reads_.columns.add(Column::kCourse);
  for (const auto& [course, dates] : calendar) ends_[names(&Symbols::courses, course)] = dates.end;
}

void LifecycleFold::begin(State& state) const {
  state.courses.clear();
  state.of_course.clear();
  for (auto& periods : state.periods) periods.clear();
  state.zone = kNoCode;
}

std::uint32_t LifecycleFold::enter(State& state, Code course) const {
  const auto [index, is_new] = state.courses.add(course);
  if (is_new) {
    state.of_course.emplace_back();
    if (state.periods.size() <= index) state.periods.emplace_back();
  }
  return index;
}

void LifecycleFold::step(State& state, const Slice& slice) const {
  Code latest = kNoCode;  // course, to look it up only where it changes
  std::uint32_t index = 0;
  bool is_known = false;
  for_each_row(slice, masks_, values_, [&](std::size_t row, std::uint64_t mask, const auto&) {
    const Micros time = slice.time[row];
    if (time >= as_of_) return;
    state.zone = zones_.told(slice, row, row + 1, state.zone);
    if (mask == 0) return;
    const Code code = definition_.per_course ? slice.course[row] : kNoCode;
    if (!is_known || code != latest) {
      index = enter(state, code);
      latest = code;
      is_known = true;
    }
    Course& course = state.of_course[index];
    if ((mask & kActivity) != 0) {
      if (course.last == kNever) course.zone = state.zone;
      if (time >= course.until) act(course, state.periods[index], time);
      if (course.left < time) course.left = course.latest_left == time ? time : kNever;
      course.last = time;
    }
    if ((mask & kActivated) != 0 && course.activating < definition_.activating) {
      if (++course.activating == definition_.activating) course.activated = time;
    }
    if ((mask & kLeft) != 0) {
      if (course.left == kNever) course.left = time;
      course.latest_left = time;
    }
  });
}

// Activity on a day that may be a new one.
void LifecycleFold::act(Course& course, std::vector<ActivePeriod>& periods, Micros time) const {
  const ZoneSpan span = zones_.of(static_cast<Code>(course.zone)).span_at(time);
  const std::int64_t day = day_of(time + span.offset);
  course.until = std::min(span.end, (day + 1) * kMicrosPerDay - span.offset);
  // A clock that is put back around midnight gives the day before once more.
  if (!periods.empty() && day <= course.day) return;
  course.day = day;
  const std::int32_t number = definition_.period_of(day);
  if (periods.empty() || periods.back().number != number) {
    if (!periods.empty()) periods.back().left = period_left(course);
    periods.push_back({number});
  }
  ++periods.back().days;
}

// In which they left since their last activity, if they did.
std::int32_t LifecycleFold::period_left(const Course& course) const {
  return course.left == kNever ? ActivePeriod::kStays : period_at(course.left, course);
}

void LifecycleFold::end(const State& state, Code learner, Output& output) const {
  for (std::uint32_t i = 0; i < state.courses.size(); ++i) {
    if (state.periods[i].empty()) continue;
    judge(state.of_course[i], state.periods[i], learner, state.courses[i], output);
  }
}

std::int32_t LifecycleFold::period_at(Micros time, const Course& course) const {
  return definition_.period_of(zones_.of(static_cast<Code>(course.zone)).local_day(time));
}

LifecycleFold::Reach LifecycleFold::reach(const Course& course, Code code) const {
  const std::int32_t latest = period_at(as_of_, course) - 1;
  std::int32_t last = latest;
  if (const auto end = ends_.find(code); definition_.per_course && end != ends_.end()) {
    last = std::min(last, period_at(end->second - 1, course));
  }
  return {latest, std::min(last, period_left(course))};
}

// The period that runs is over, unless the learner has no stage any more.
Micros LifecycleFold::settled_until(const State& state) const {
  Micros until = kLatest;
  for (std::uint32_t i = 0; i < state.courses.size(); ++i) {
    if (state.periods[i].empty()) continue;
    const Course& course = state.of_course[i];
    const auto [latest, last] = reach(course, state.courses[i]);
    if (last < latest) continue;
    until = std::min(until, zones_.of(static_cast<Code>(course.zone))
                                .to_utc(definition_.first_day(latest + 2) * kMicrosPerDay));
  }
  return until;
}

void LifecycleFold::judge(const Course& course, const std::vector<ActivePeriod>& periods,
                          Code learner, Code code, Output& output) const {
  Stays stays(*this, course, learner, code, output);
  const auto [latest, last] = reach(course, code);
  for (std::size_t i = 0; i < periods.size() && periods[i].number <= last; ++i) {
    const auto& [number, days, left] = periods[i];
    const bool is_latest = i + 1 == periods.size();
    const std::int32_t quiet = is_latest ? last : std::min(last, periods[i + 1].number - 1);
    stays.add_active(number, days, i == 0);
    stays.add_quiet(number + 1, std::min(quiet, left));
    if (left < quiet) stays.end(false);
  }
  stays.end(last == latest);
}

void LifecycleFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.course, more.course);
  append(output.stage, more.stage);
  append(output.first_period, more.first_period);
  append(output.last_period, more.last_period);
  append(output.periods, more.periods);
  append(output.active_days, more.active_days);
  append(output.entered, more.entered);
  append(output.lasts, more.lasts);
  append(output.zone, more.zone);
}

void LifecycleFold::save(const State& state, ByteWriter& writer) const {
  state.courses.save(writer);
  writer.values(state.of_course);
  for (std::uint32_t i = 0; i < state.courses.size(); ++i) writer.values(state.periods[i]);
  writer.value(state.zone);
}

LifecycleFold::State LifecycleFold::load(ByteReader& reader) const {
  State state;
  state.courses = CodeIndex::load(reader);
  state.of_course = reader.values<Course>();
  for (std::uint32_t i = 0; i < state.courses.size(); ++i) {
    state.periods.push_back(reader.values<ActivePeriod>());
  }
  state.zone = reader.value<Code>();
  const auto sound = [&](const Course& course) { return zones_.may_be(course.zone); };
  if (state.of_course.size() != state.courses.size() || !zones_.may_be(state.zone) ||
      !std::ranges::all_of(state.of_course, sound)) {
    reject_state("this lifecycle");
  }
  return state;
}

}  // namespace waymark::fold
