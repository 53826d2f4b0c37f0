#include "fold/sessions.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/wide_loops.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

// A property's number as bits. Every NaN is the same absence.
std::uint64_t number_key(const PropertyColumn& column, std::size_t row) {
  constexpr std::uint64_t kAbsent = ~std::uint64_t{0};
  if (column.number == nullptr || std::isnan(column.number[row])) return kAbsent;
  return std::bit_cast<std::uint64_t>(column.number[row]);
}

}  // namespace

SessionsDefinition parse_sessions(const workspace::Definition& definition,
                                  workspace::Diagnostics& diagnostics) {
  const workspace::Node& node = definition.node;
  SessionsDefinition sessions{.name = definition.name, .version = definition.version};
  sessions.gap = read_duration(node["gap"], sessions.gap, diagnostics);
  const std::vector<std::string> columns{"course", "context", "object"};
  for (const workspace::Node& item : node["switch_on"].items()) {
    const std::string word = item.text();
    if (word == "course") {
      sessions.switch_on_course = true;
    } else if (word == "context") {
      sessions.switch_on_context = true;
    } else if (word == "object") {
      sessions.switch_on_object = true;
    } else {
      sessions.switch_on_properties.push_back(
          read_property(word, item.place(), columns, diagnostics));
    }
  }
  sessions.kinds = node["kinds"].texts();
  sessions.minimum_events = static_cast<std::uint64_t>(node["minimum"]["events"].integer(1));
  sessions.minimum_duration = read_duration(node["minimum"]["duration"], 0, diagnostics);
  if (const workspace::Node gap = node["episodes"]["gap"]; gap.exists()) {
    sessions.episode_gap = read_duration(gap, kLongestDuration, diagnostics);
    if (*sessions.episode_gap <= sessions.gap) {
      diagnostics.add(gap.place(), "episodes.gap_short",
                      "episodes join sessions, so their gap must be longer than that of the "
                      "sessions",
                      "such as 7d");
    }
  }
  return sessions;
}

SessionsFold::SessionsFold(const SessionsDefinition& definition, const Names& names)
    : definition_(definition), kinds_(names(&Symbols::kinds, definition.kinds)) {
  reads_.columns = {Column::kTime,   Column::kKind,   Column::kCourse,
                    Column::kObject, Column::kWeight, Column::kContext};
  reads_.properties = definition.switch_on_properties;
  // A property has two keys: its number and its text.
  key_count_ = std::size_t{definition.switch_on_course} +
               std::size_t{definition.switch_on_context} +
               std::size_t{definition.switch_on_object} + 2 * reads_.properties.size();
}

void SessionsFold::step(State& state, const Slice& slice) const {
  for (std::size_t row = 0; row < slice.size; ++row) {
    if (!kinds_.empty() && std::ranges::find(kinds_, slice.kind[row]) == kinds_.end()) continue;
    const Micros time = slice.time[row];
    const bool switched = key_count_ != 0 && set_keys(state, slice, row);
    Session& open = state.open;
    if (open.events != 0) {
      if (time - open.end > definition_.gap) {
        close(state, EndedBy::kGap);
      } else if (switched) {
        close(state, EndedBy::kSwitch);
      }
    }
    if (open.events == 0) {
      open.course = slice.course[row];
      open.start = time;
    }
    open.end = time;
    ++open.events;
    open.weight += slice.weight[row];
    const Code object = slice.object[row];
    if (object != kNoCode && state.objects.add(object).is_new) ++open.objects;
    const Code context = slice.context[row];
    if (context == kNoCode) continue;
    if (open.context != kNoCode && context != open.context) ++open.switches;
    open.context = context;
  }
}

// Whether the keys differ from those of the event before.
bool SessionsFold::set_keys(State& state, const Slice& slice, std::size_t row) const {
  bool differ = false;
  std::uint64_t* key = state.keys.data();
  const auto set = [&](std::uint64_t value) {
    differ = differ || *key != value;
    *key++ = value;
  };
  if (definition_.switch_on_course) set(slice.course[row]);
  if (definition_.switch_on_context) set(slice.context[row]);
  if (definition_.switch_on_object) set(slice.object[row]);
  for (const PropertyColumn& column : slice.properties) {
    set(number_key(column, row));
    set(column.text ? column.text[row] : kNoCode);
  }
  return differ;
}

void SessionsFold::close(State& state, EndedBy why) const {
  state.open.ended_by = static_cast<std::uint64_t>(why);
  if (reaches_minimum(state.open)) state.closed.push_back(state.open);
  state.open = {};
  state.objects.clear();
}

bool SessionsFold::reaches_minimum(const Session& session) const {
  return session.events >= definition_.minimum_events &&
         session.end - session.start >= definition_.minimum_duration;
}

void SessionsFold::end(const State& state, Code learner, Output& output) const {
  std::uint32_t number = 0;
  const auto row = [&](const Session& session, EndedBy why) {
    output.learner.push_back(learner);
    output.course.push_back(session.course);
    output.number.push_back(++number);
    output.start.push_back(session.start);
    output.end.push_back(session.end);
    output.events.push_back(session.events);
    output.weight.push_back(session.weight);
    output.objects.push_back(session.objects);
    output.switches.push_back(session.switches);
    output.ended_by.push_back(why);
  };
  for (const Session& session : state.closed) {
    row(session, static_cast<EndedBy>(session.ended_by));
  }
  if (state.open.events != 0 && reaches_minimum(state.open)) row(state.open, EndedBy::kEnd);
}

void SessionsFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.course, more.course);
  append(output.number, more.number);
  append(output.start, more.start);
  append(output.end, more.end);
  append(output.events, more.events);
  append(output.weight, more.weight);
  append(output.objects, more.objects);
  append(output.switches, more.switches);
  append(output.ended_by, more.ended_by);
}

void SessionsFold::save(const State& state, ByteWriter& writer) const {
  writer.values(state.closed);
  writer.value(state.open);
  state.objects.save(writer);
  writer.values(state.keys);
}

SessionsFold::State SessionsFold::load(ByteReader& reader) const {
  State state;
  state.closed = reader.values<Session>();
  state.open = reader.value<Session>();
  state.objects = CodeIndex::load(reader);
  state.keys = reader.values<std::uint64_t>();
  if (state.keys.size() != key_count_) {
    reject_state("these sessions");
  }
  return state;
}

SessionTotalsFold::SessionTotalsFold(Micros gap, bool switch_on_course)
    : gap_(gap), switch_on_course_(switch_on_course) {
  reads_.columns = {Column::kTime};
  if (switch_on_course) reads_.columns.add(Column::kCourse);
}

namespace {

struct Totals {
  std::uint64_t breaks = 0;
  Micros duration = 0;
};

// Branches would be mispredicted at every session's end; sums of selected values are not, and
// compilers make vector code of them.
WAYMARK_WIDE_LOOPS
Totals totals(const Micros* time, std::size_t size, Micros gap) {
  Totals sum;
  for (std::size_t i = 1; i < size; ++i) {
    const Micros pause = time[i] - time[i - 1];
    const bool same = pause <= gap;
    sum.breaks += !same;
    sum.duration += same ? pause : 0;
  }
  return sum;
}

WAYMARK_WIDE_LOOPS
Totals totals(const Micros* time, const Code* course, std::size_t size, Micros gap) {
  Totals sum;
  for (std::size_t i = 1; i < size; ++i) {
    const Micros pause = time[i] - time[i - 1];
    const bool same = (pause <= gap) & (course[i] == course[i - 1]);
    sum.breaks += !same;
    sum.duration += same ? pause : 0;
  }
  return sum;
}

}  // namespace

void SessionTotalsFold::step(State& state, const Slice& slice) const {
  if (slice.size == 0) return;
  const Code course = switch_on_course_ ? slice.course[0] : kNoCode;
  const Micros pause = slice.time[0] - state.last;
  if (state.started != 0 && pause <= gap_ && course == state.course) {
    state.duration += pause;
  } else {
    ++state.sessions;
  }
  const Totals more = switch_on_course_ ? totals(slice.time, slice.course, slice.size, gap_)
                                        : totals(slice.time, slice.size, gap_);
  state.sessions += more.breaks;
  state.duration += more.duration;
  state.last = slice.time[slice.size - 1];
  state.course = switch_on_course_ ? slice.course[slice.size - 1] : kNoCode;
  state.started = 1;
}

}  // namespace waymark::fold
