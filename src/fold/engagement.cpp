#include "fold/engagement.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "fold/local_clock.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

constexpr Micros kNoTime = EngagementTable::kNoTime;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool holds(const std::vector<Code>& codes, Code code) {
  return std::ranges::find(codes, code) != codes.end();
}

double in_days(Micros duration) { return static_cast<double>(duration) / kMicrosPerDay; }

double ratio(double part, double whole) { return whole > 0 ? part / whole : kMissing; }

double median(std::vector<double>& values) {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// The same in whatever order they come.
double sum_of(std::vector<double>& values) {
  std::ranges::sort(values);
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Since when a learner's silence in a course that starts then is counted.
Micros last_sign(const EngagementFold::Course& course, Micros start) {
  return course.last == kNoTime ? std::max(start, course.enrolled) : course.last;
}

}  // namespace

EngagementDefinition parse_engagement(const workspace::Definition& definition,
                                      workspace::Diagnostics& diagnostics) {
  const workspace::Node& node = definition.node;
  EngagementDefinition engagement{.name = definition.name, .version = definition.version};
  engagement.kinds = node["kinds"].texts();
  engagement.first_action = node["first_action"].texts();
  engagement.enrolled = node["enrolled"].texts();
  engagement.abandoned_after =
      read_duration(node["abandoned_after"], engagement.abandoned_after, diagnostics);
  engagement.session_gap = read_duration(node["session_gap"], engagement.session_gap, diagnostics);
  engagement.idle_cap = read_duration(node["idle_cap"], engagement.session_gap, diagnostics);
  if (engagement.idle_cap > engagement.session_gap) {
    diagnostics.add(node["idle_cap"].place(), "engagement.idle_cap_unreachable",
                    "idle_cap is longer than session_gap, so that no pause ever reaches it",
                    "make it shorter, or session_gap longer");
  }
  if (node["revisit"].text() == "session") {
    engagement.revisit = EngagementDefinition::Revisit::kSession;
  }
  for (const workspace::Node& kind : node["kinds"].items()) {
    if (std::ranges::find(engagement.enrolled, kind.text()) == engagement.enrolled.end()) continue;
    diagnostics.add(kind.place(), "engagement.kind_twice",
                    "'" + kind.text() + "' is listed as activity and as enrolment",
                    "an enrolment is no activity: keep it under 'enrolled' only");
  }
  return engagement;
}

EngagementFold::EngagementFold(const EngagementDefinition& definition, const Calendar& calendar,
                               const Zone& zone, const Names& names, Micros as_of)
    : definition_(definition),
      kinds_(names(&Symbols::kinds, definition.kinds)),
      first_action_(names(&Symbols::kinds, definition.first_action)),
      enrolled_(names(&Symbols::kinds, definition.enrolled)),
      zone_(zone),
      as_of_(as_of) {
  for (const auto& [course, dates] : calendar) dates_[names(&Symbols::courses, course)] = dates;
  reads_.columns = {Column::kTime,   Column::kKind,    Column::kCourse,
                    Column::kObject, Column::kContext, Column::kWeight};
}

std::uint32_t EngagementFold::course_of(State& state, Code code) const {
  const auto [index, is_new] = state.course_codes.add(code);
  if (is_new) state.courses.emplace_back();
  return index;
}

void EngagementFold::step(State& state, const Slice& slice) const {
  LocalClock clock(zone_);
  for (std::size_t row = 0; row < slice.size; ++row) {
    const Micros time = slice.time[row];
    if (time >= as_of_) return;
    const Code kind = slice.kind[row];
    const bool enrolment = holds(enrolled_, kind);
    const bool activity = kinds_.empty() ? !enrolment : holds(kinds_, kind);
    const bool action = first_action_.empty() ? activity : holds(first_action_, kind);
    if (enrolment || action) {
      Course& course = state.courses[course_of(state, slice.course[row])];
      if (enrolment && course.enrolled == kNoTime) course.enrolled = time;
      if (action && course.first_action == kNoTime) course.first_action = time;
    }
    if (activity) act(state, slice, row, clock.day(time));
  }
}

void EngagementFold::act(State& state, const Slice& slice, std::size_t row,
                         std::int64_t day) const {
  const Micros time = slice.time[row];
  count_pause(state, time);

  const std::uint32_t course_at = course_of(state, slice.course[row]);
  Course& course = state.courses[course_at];
  if (course.first == kNoTime) course.first = time;
  course.last = time;
  course.active_days += day != course.last_day;
  course.last_day = day;

  const auto [at, is_new] = course.context_codes.add(slice.context[row]);
  if (is_new) course.contexts.emplace_back();
  Context& context = course.contexts[at];
  ++context.events;
  context.weight += slice.weight[row];
  context.active_days += day != context.last_day;
  context.last_day = day;

  if (const Code object = slice.object[row]; object != kNoCode) {
    const std::int64_t now =
        definition_.revisit == EngagementDefinition::Revisit::kDay ? day : state.session;
    const auto [index, first_visit] = course.objects.add(object);
    if (first_visit) course.visited.push_back(now);
    course.revisits += now != course.visited[index];
    course.visited[index] = now;
  }

  state.last = time;
  state.last_course = course_at;
  state.last_context = at;
}

void EngagementFold::count_pause(State& state, Micros time) const {
  if (state.last == kNoTime) return;
  const Micros pause = time - state.last;
  if (pause > definition_.session_gap) {
    ++state.session;
  } else {
    state.courses[state.last_course].contexts[state.last_context].active +=
        std::min(pause, definition_.idle_cap);
  }
}

void EngagementFold::end(const State& state, Code learner, Output& output) const {
  for (std::uint32_t i = 0; i < state.course_codes.size(); ++i) {
    row(learner, state.course_codes[i], state.courses[i], output);
  }
}

void EngagementFold::row(Code learner, Code code, const Course& course, Output& output) const {
  const auto [start, until] = span_of(code);
  const Micros origin = std::max(start, course.enrolled);
  const Micros silent_since = last_sign(course, start);

  output.learner.push_back(learner);
  output.course.push_back(code);
  output.first_active.push_back(course.first);
  output.last_active.push_back(course.last);
  output.active_days.push_back(static_cast<std::uint32_t>(course.active_days));
  output.objects.push_back(course.objects.size());
  output.revisits.push_back(static_cast<std::uint32_t>(course.revisits));
  output.first_action_days.push_back(origin == kNoTime || course.first_action == kNoTime
                                         ? kMissing
                                         : in_days(course.first_action - origin));
  output.abandoned.push_back(until == kLatest || silent_since == kNoTime
                                 ? kMissing
                                 : until - silent_since > definition_.abandoned_after);

  std::uint64_t events = 0;
  double weight = 0;
  Micros active = 0;
  EngagementTable::Contexts& rows = output.contexts;
  for (std::uint32_t i = 0; i < course.context_codes.size(); ++i) {
    const Context& context = course.contexts[i];
    rows.learner.push_back(learner);
    rows.course.push_back(code);
    rows.context.push_back(course.context_codes[i]);
    rows.events.push_back(context.events);
    rows.weight.push_back(context.weight);
    rows.active_days.push_back(static_cast<std::uint32_t>(context.active_days));
    rows.active_ms.push_back(context.active / 1000);
    events += context.events;
    weight += context.weight;
    active += context.active;
  }
  output.events.push_back(events);
  output.weight.push_back(weight);
  output.active_ms.push_back(active / 1000);
  output.weight_per_active_day.push_back(ratio(weight, static_cast<double>(course.active_days)));
}

EngagementFold::Span EngagementFold::span_of(Code course) const {
  const auto found = dates_.find(course);
  if (found == dates_.end()) return {kNoTime, as_of_};
  return {found->second.start, std::min(found->second.end, as_of_)};
}

// A learner who has been silent for less than abandoned_after will have been for longer.
Micros EngagementFold::settled_until(const State& state) const {
  Micros settled = kLatest;
  for (std::uint32_t i = 0; i < state.course_codes.size(); ++i) {
    const auto [start, until] = span_of(state.course_codes[i]);
    const Micros silent_since = last_sign(state.courses[i], start);
    if (until != as_of_ || silent_since == kNoTime) continue;
    const Micros abandons = silent_since + definition_.abandoned_after + 1;
    if (abandons > as_of_) settled = std::min(settled, abandons);
  }
  return settled;
}

void EngagementFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.course, more.course);
  append(output.first_active, more.first_active);
  append(output.last_active, more.last_active);
  append(output.events, more.events);
  append(output.weight, more.weight);
  append(output.active_days, more.active_days);
  append(output.objects, more.objects);
  append(output.revisits, more.revisits);
  append(output.first_action_days, more.first_action_days);
  append(output.abandoned, more.abandoned);
  append(output.active_ms, more.active_ms);
  append(output.weight_per_active_day, more.weight_per_active_day);
  EngagementTable::Contexts& rows = output.contexts;
  append(rows.learner, more.contexts.learner);
  append(rows.course, more.contexts.course);
  append(rows.context, more.contexts.context);
  append(rows.events, more.contexts.events);
  append(rows.weight, more.contexts.weight);
  append(rows.active_days, more.contexts.active_days);
  append(rows.active_ms, more.contexts.active_ms);
}

void EngagementFold::finish(Output& output) const {
  for (std::size_t row = 0; row < output.size(); ++row) {
    const auto [start, until] = span_of(output.course[row]);
    const bool dated = start != kNoTime && until != kLatest;
    output.weight_per_course_week.push_back(
        dated ? ratio(7 * output.weight[row], in_days(until - start)) : kMissing);
  }
  compare_with_typical(output);
}

// Neither medians nor sums depend on the order of rows, so neither do the results.
void EngagementFold::compare_with_typical(Output& output) const {
  const EngagementTable::Contexts& rows = output.contexts;
  const auto key = [&](std::size_t i) {
    return std::uint64_t{rows.course[i]} << 32 | rows.context[i];
  };
  const auto per_day = [&](std::size_t i) { return rows.weight[i] / rows.active_days[i]; };
  std::unordered_map<std::uint64_t, std::vector<double>> peers;
  for (std::size_t i = 0; i < rows.size(); ++i) peers[key(i)].push_back(per_day(i));
  std::unordered_map<std::uint64_t, double> typical;
  for (auto& [context, values] : peers) typical[context] = median(values);

  std::size_t at = 0;
  for (std::size_t row = 0; row < output.size(); ++row) {
    std::vector<double> expected;
    for (; at < rows.size() && rows.learner[at] == output.learner[row] &&
           rows.course[at] == output.course[row];
         ++at) {
      expected.push_back(rows.active_days[at] * typical[key(at)]);
    }
    output.relative_intensity.push_back(ratio(output.weight[row], sum_of(expected)));
  }
}

void EngagementFold::save(const State& state, ByteWriter& writer) const {
  state.course_codes.save(writer);
  for (const Course& course : state.courses) {
    writer.value(course.enrolled);
    writer.value(course.first_action);
    writer.value(course.first);
    writer.value(course.last);
    writer.value(course.active_days);
    writer.value(course.last_day);
    writer.value(course.revisits);
    course.context_codes.save(writer);
    writer.values(course.contexts);
    course.objects.save(writer);
    writer.values(course.visited);
  }
  writer.value(state.session);
  writer.value(state.last);
  writer.value(state.last_course);
  writer.value(state.last_context);
}

EngagementFold::State EngagementFold::load(ByteReader& reader) const {
  const auto require = [](bool consistent) {
    if (!consistent) {
      throw Error(ErrorCode::kCorrupt, "state.corrupt", "a saved engagement state is damaged");
    }
  };
  State state;
  state.course_codes = CodeIndex::load(reader);
  for (std::uint32_t i = 0; i < state.course_codes.size(); ++i) {
    Course& course = state.courses.emplace_back();
    course.enrolled = reader.value<Micros>();
    course.first_action = reader.value<Micros>();
    course.first = reader.value<Micros>();
    course.last = reader.value<Micros>();
    course.active_days = reader.value<std::int64_t>();
    course.last_day = reader.value<std::int64_t>();
    course.revisits = reader.value<std::uint64_t>();
    course.context_codes = CodeIndex::load(reader);
    course.contexts = reader.values<Context>();
    require(course.contexts.size() == course.context_codes.size());
    course.objects = CodeIndex::load(reader);
    course.visited = reader.values<std::int64_t>();
    require(course.visited.size() == course.objects.size());
  }
  state.session = reader.value<std::int64_t>();
  state.last = reader.value<Micros>();
  state.last_course = reader.value<std::uint32_t>();
  state.last_context = reader.value<std::uint32_t>();
  require(state.last == kNoTime ||
          (state.last_course < state.courses.size() &&
           state.last_context < state.courses[state.last_course].contexts.size()));
  return state;
}

}  // namespace waymark::fold
