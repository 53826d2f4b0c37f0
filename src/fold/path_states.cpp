#include "fold/path_states.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/wide_loops.h"

namespace waymark::fold {
namespace {

// Halves also ids that follow one another (Knuth, The Art of Computer Programming 6.4,
// multiplicative hashing).
std::uint32_t is_held_out(const EventId& first) {
  return static_cast<std::uint32_t>(first.low * 0x9e37'79b9'7f4a'7c15 >> 63);
}

struct ValueColumn {
  Column column;
  const Code* Slice::*values;
  Names::Part part;
};

const ValueColumn& value_column(PathStateBy by) {
  static const std::array<ValueColumn, 3> columns{
      {{Column::kKind, &Slice::kind, &Symbols::kinds},
       {Column::kContext, &Slice::context, &Symbols::contexts},
       {Column::kObject, &Slice::object, &Symbols::objects}}};
  return columns[static_cast<std::size_t>(by)];
}

// Whether a row begins a session, of so many at a time: in vector code, which writes numbers as
// narrow as the states that they are read beside. Of all rows but the first.
constexpr std::size_t kEdgeRows = 256;

WAYMARK_WIDE_LOOPS
void find_pauses(const Micros* time, std::size_t n, Micros gap, PathState* edges) {
  for (std::size_t i = 1; i < n; ++i) edges[i] = time[i] - time[i - 1] > gap;
}

WAYMARK_WIDE_LOOPS
void add_switches(const Code* course, std::size_t n, PathState* edges) {
  for (std::size_t i = 1; i < n; ++i) edges[i] |= course[i] != course[i - 1];
}

}  // namespace

PathStates::PathStates(const PathsDefinition& definition, std::vector<std::string> listed,
                       const Names& names)
    : listed_(std::move(listed)),
      gap_(definition.gap),
      by_course_(definition.switch_on_course),
      holds_out_(definition.predict) {
  WAYMARK_CHECK(listed_.size() <= PathsDefinition::kMostStates);
  reads_.columns = {Column::kTime};
  if (by_course_) reads_.columns.add(Column::kCourse);
  if (holds_out_) reads_.columns.add(Column::kId);
  if (definition.states == PathStateBy::kSteps) {
    filtered_ = true;
    WAYMARK_CHECK(listed_.size() == definition.steps.size());
    for (unsigned i = 0; i < definition.steps.size(); ++i) {
      masks_.add(i, definition.steps[i].filter, names, values_, reads_);
    }
  } else {
    const ValueColumn& values = value_column(definition.states);
    column_ = values.values;
    reads_.columns.add(values.column);
    const std::vector<Code> codes = names(values.part, listed_);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (codes[i] == kAbsentCode) continue;
      if (codes[i] >= by_code_.size()) by_code_.resize(codes[i] + std::size_t{1}, other());
      by_code_[codes[i]] = static_cast<PathState>(i + 1);
    }
    by_code_.push_back(other());
  }
  if (filtered_ || definition.population != Filter{}) {
    filtered_ = true;
    population_ = std::uint64_t{1} << PathsDefinition::kMostSteps;
    masks_.add(PathsDefinition::kMostSteps, definition.population, names, values_, reads_);
    reads_.only = masks_.only(population_);
  }
}

PathState PathStates::find(const std::string& name) const {
  const auto found = std::ranges::find(listed_, name);
  return found == listed_.end() ? kSessionEdge
                                : static_cast<PathState>(found - listed_.begin() + 1);
}

std::string PathStates::text(PathState state) const {
  if (state == other()) return "(other)";
  const std::string& name = listed_[state - std::size_t{1}];
  return name.empty() ? "(none)" : name;
}

void PathStates::begin(PathTrail& trail) const {
  trail.states.clear();
  trail.last = 0;
  trail.course = kNoCode;
  trail.held_out = 0;
}

void PathStates::step(PathTrail& trail, const Slice& slice) const {
  if (slice.size == 0) return;
  by_course_ ? append<true>(trail, slice) : append<false>(trail, slice);
}

template <bool kByCourse>
void PathStates::append(PathTrail& trail, const Slice& slice) const {
  const std::size_t before = trail.states.size();
  trail.states.resize(before + 2 * slice.size);
  PathState* out = trail.states.data() + before;
  Micros last = trail.last;
  Code course = trail.course;
  // Whether the row begins a session; the next will follow it.
  const auto pass = [&](std::size_t row) {
    bool edge = slice.time[row] - last > gap_;
    last = slice.time[row];
    if constexpr (kByCourse) {
      edge |= slice.course[row] != course;
      course = slice.course[row];
    }
    return edge;
  };
  // Where sessions end cannot be foreseen, so an edge is written before every event and kept,
  // without a branch, where there is one.
  const auto put = [&](PathState edge, PathState state) {
    *out = kSessionEdge;
    out += edge;
    *out++ = state;
  };
  const auto start = [&](std::size_t row) {
    if (holds_out_) trail.held_out = is_held_out(slice.id[row]);
    last = slice.time[row] - gap_ - 1;
  };
  const bool is_new = before == 0;
  const Code* const codes = column_ == nullptr ? nullptr : slice.*column_;
  const PathState* const by_code = by_code_.data();
  const auto greatest = static_cast<Code>(by_code_.size() - 1);
  if (!filtered_) {
    if (is_new) start(0);
    std::array<PathState, kEdgeRows> edges;
    for (std::size_t begin = 0; begin < slice.size; begin += kEdgeRows) {
      const std::size_t n = std::min(kEdgeRows, slice.size - begin);
      edges[0] = pass(begin);
      find_pauses(slice.time + begin, n, gap_, edges.data());
      if constexpr (kByCourse) add_switches(slice.course + begin, n, edges.data());
      for (std::size_t i = 0; i < n; ++i)
        put(edges[i], by_code[std::min(codes[begin + i], greatest)]);
      pass(begin + n - 1);
    }
  } else {
    for_each_row(slice, masks_, values_, [&](std::size_t row, std::uint64_t mask, const auto&) {
      if ((mask & population_) == 0) return;
      if (is_new && out == trail.states.data()) start(row);
      const std::uint64_t steps = mask & (population_ - 1);
      put(pass(row), codes != nullptr ? by_code[std::min(codes[row], greatest)]
                     : steps == 0     ? other()
                                      : static_cast<PathState>(std::countr_zero(steps) + 1));
    });
  }
  trail.last = last;
  trail.course = course;
  trail.states.resize(static_cast<std::size_t>(out - trail.states.data()));
}

void PathStates::save(const PathTrail& trail, ByteWriter& writer) const {
  writer.values(trail.states);
  writer.value(trail.last);
  writer.value(trail.course);
  writer.value(trail.held_out);
}

PathTrail PathStates::load(ByteReader& reader) const {
  PathTrail trail;
  trail.states = reader.values<PathState>();
  trail.last = reader.value<Micros>();
  trail.course = reader.value<Code>();
  trail.held_out = reader.value<std::uint32_t>();
  const auto is_edge = [](PathState state) { return state == kSessionEdge; };
  const auto two_edges = [&](PathState a, PathState b) { return is_edge(a) && is_edge(b); };
  const bool sound =
      trail.states.empty() ||
      (is_edge(trail.states.front()) && !is_edge(trail.states.back()) &&
       std::ranges::all_of(trail.states, [&](PathState state) { return state < count(); }) &&
       std::ranges::adjacent_find(trail.states, two_edges) == trail.states.end());
  if (!sound || trail.held_out > 1) {
    reject_state("these paths");
  }
  return trail;
}

PathValuesFold::PathValuesFold(const PathsDefinition& definition, const Names& names) {
  const ValueColumn& values = value_column(definition.states);
  column_ = values.values;
  reads_.columns = {values.column};
  masks_.add(0, definition.population, names, values_, reads_);
  reads_.only = masks_.only(1);
}

void PathValuesFold::begin(State& state) const {
  state.codes.clear();
  state.events.clear();
}

void PathValuesFold::step(State& state, const Slice& slice) const {
  const Code* const codes = slice.*column_;
  for_each_row(slice, masks_, values_, [&](std::size_t row, std::uint64_t mask, const auto&) {
    if (mask == 0) return;
    const auto [index, is_new] = state.codes.add(codes[row]);
    if (is_new) state.events.push_back(0);
    ++state.events[index];
  });
}

void PathValuesFold::end(const State& state, Code, Output& output) const {
  for (std::size_t i = 0; i < state.events.size(); ++i) {
    const Code code = state.codes[i];
    if (code >= output.size()) output.resize(code + std::size_t{1});
    output[code] += state.events[i];
  }
}

void PathValuesFold::merge(Output& output, Output&& more) const {
  output.resize(std::max(output.size(), more.size()));
  for (std::size_t code = 0; code < more.size(); ++code) output[code] += more[code];
}

void PathValuesFold::save(const State& state, ByteWriter& writer) const {
  state.codes.save(writer);
  writer.values(state.events);
}

PathValuesFold::State PathValuesFold::load(ByteReader& reader) const {
  State state;
  state.codes = CodeIndex::load(reader);
  state.events = reader.values<std::uint64_t>();
  if (state.events.size() != state.codes.size()) {
    reject_state("these paths");
  }
  return state;
}

bool must_count_values(const PathsDefinition& definition, const Symbols& symbols) {
  if (definition.states == PathStateBy::kSteps) return false;
  const Dictionary& values = symbols.*value_column(definition.states).part;
  return values.size() + definition.to.size() + definition.from.size() > definition.most_states;
}

std::vector<std::string> choose_states(const PathsDefinition& definition, const Symbols& symbols,
                                       const PathValuesFold::Output& events) {
  if (definition.states == PathStateBy::kSteps) {
    std::vector<std::string> names;
    for (const PathStep& step : definition.steps) names.push_back(step.name);
    return names;
  }
  struct Candidate {
    std::uint64_t events;
    std::string_view name;
  };
  const Dictionary& values = symbols.*value_column(definition.states).part;
  std::vector<Candidate> candidates;
  for (Code code = 0; code < values.size(); ++code) {
    const std::uint64_t count = events.empty() ? 1 : code < events.size() ? events[code] : 0;
    if (count != 0) candidates.push_back({count, values.text(code)});
  }
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    return a.events != b.events ? a.events > b.events : a.name < b.name;
  });
  std::set<std::string> chosen(definition.to.begin(), definition.to.end());
  chosen.insert(definition.from.begin(), definition.from.end());
  for (const Candidate& candidate : candidates) {
    if (chosen.size() >= definition.most_states) break;
    chosen.emplace(candidate.name);
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace waymark::fold
