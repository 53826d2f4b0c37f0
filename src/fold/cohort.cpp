#include "fold/cohort.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/wide_loops.h"

namespace waymark::fold {
namespace {

using Leaf = CohortProgram::Leaf;
constexpr Micros kNone = CohortProgram::kNone;
constexpr Micros kForever = CohortProgram::kForever;
constexpr std::uint64_t kAll = ~std::uint64_t{0};

void set_bit(std::uint64_t& bits, std::size_t at, bool value) {
  bits = (bits & ~(std::uint64_t{1} << at)) | std::uint64_t{value} << at;
}

bool is_empty(const CohortFold::Stay& stay) { return stay.entered == stay.exited; }

// The time that makes the leaf true, so long as it is in the window; kNone: none does.
WAYMARK_INLINE Micros decisive(const Leaf& leaf, const std::int64_t* words) {
  switch (leaf.kind) {
    case Leaf::Kind::kEver:
      return words[leaf.word] == leaf.times ? words[leaf.word + 1] : kNone;
    case Leaf::Kind::kRecent:
      return words[leaf.word + 1 + static_cast<std::size_t>(words[leaf.word])];
    default:
      return words[leaf.word + leaf.bits.size() - 1];
  }
}

// Whether membership is that so many events are in the window, and nothing else.
bool is_one_recent_count(const CohortProgram& program) {
  const CohortProgram::Node& node = program.nodes.front();
  return program.recent == 1 && program.timed == 1 && program.leaves.size() == 1 &&
         program.nodes.size() == 1 && node.leaves == 1;
}

// Joins the event to a ring of the latest times.
WAYMARK_INLINE void push(const Leaf& leaf, Micros time, std::int64_t* words) {
  std::int64_t& oldest = words[leaf.word];
  words[leaf.word + 1 + static_cast<std::size_t>(oldest)] = time;
  if (++oldest == leaf.times) oldest = 0;
}

// Whether the event completes a chain of steps. Each step keeps the chain that began last, as that
// is within its limit the longest.
bool advance(const Leaf& leaf, std::uint64_t mask, Micros time, std::int64_t* words) {
  std::int64_t* const begun = words + leaf.word;
  const std::size_t last = leaf.bits.size() - 1;
  bool completed = false;
  // Backwards, so that the event is one step only.
  for (std::size_t step = last; step > 0; --step) {
    if ((mask & leaf.bits[step]) == 0 || begun[step - 1] == kNone) continue;
    if (time - begun[step - 1] > leaf.within) continue;
    begun[step] = step == last ? time : begun[step - 1];
    completed |= step == last;
  }
  if ((mask & leaf.bits[0]) != 0) begun[0] = time;
  return completed;
}

}  // namespace

// Lets time pass for a part: windows run out, and stays begin and end. leave(stay) takes each stay
// but the latest.
class CohortFold::Clock {
 public:
  Clock(const CohortProgram& program, Part& part, const std::int64_t* words, Sum* sums,
        const std::vector<Entry>* entries)
      : program_(program), part_(part), words_(words), sums_(sums), entries_(entries) {}

  // All that happens by itself until then, inclusive.
  template <typename Leave>
  void run(Micros until, const Leave& leave) {
    while (part_.next <= until) {
      const Micros moment = part_.next;
      part_.next = kForever;
      std::uint64_t truth = part_.truth;
      for_each_bit(program_.timed, [&](std::size_t at) {
        const Leaf& leaf = program_.leaves[at];
        set_bit(truth, at,
                leaf.kind == Leaf::Kind::kSum ? sum_at(leaf, moment) : at_moment(leaf, moment));
      });
      set(truth, moment, leave);
    }
  }

  template <typename Leave>
  void set(std::uint64_t truth, Micros moment, const Leave& leave) {
    const std::uint64_t changed = truth ^ part_.truth;
    if (changed == 0) return;
    part_.truth = truth;
    judge(moment, leave);
    if ((changed & program_.lasting) != 0) settle();
  }

  // Events that the one leaf counts: take() without what it asks about others.
  template <typename Leave>
  void take_recent(const Leaf& leaf, std::uint64_t rows, const Micros* times, std::int64_t* words,
                   const Leave& leave) {
    for_each_bit(rows, [&](std::size_t row) {
      const Micros time = times[row];
      if (part_.next <= time) run(time, leave);
      push(leaf, time, words);
      const Micros until = decisive(leaf, words) + leaf.window;
      if (until <= time) return;
      part_.next = until;
      if (part_.truth == 0) set(1, time, leave);
    });
  }

  // Whether the course runs when the part begins.
  void begin(Micros moment) {
    for_each_bit(program_.of_course, [&](std::size_t at) {
      set_bit(part_.truth, at, at_moment(program_.leaves[at], moment));
    });
    part_.is_in = program_.met(part_.truth);
  }

  void settle() {
    if (!program_.settled(part_.truth)) return;
    part_.settled = 1;
    part_.next = kForever;
  }

  template <typename Leave>
  void judge(Micros moment, const Leave& leave) {
    const bool is_in = program_.met(part_.truth);
    if (is_in == (part_.is_in != 0)) return;
    part_.is_in = is_in ? 1 : 0;
    Stay& stay = part_.stay;
    if (!is_in) {
      stay.exited = moment;
    } else if (stay.exited == moment && stay.entered != kNone) {
      stay.exited = CohortTable::kNever;  // out and in again within a microsecond
    } else {
      if (!is_empty(stay)) leave(stay);
      stay = {moment, CohortTable::kNever};
    }
  }

 private:
  bool at_moment(const Leaf& leaf, Micros moment) {
    if (leaf.kind == Leaf::Kind::kCourse) return runs_at(leaf, moment);
    const Micros time = decisive(leaf, words_);
    if (time == kNone) return false;
    if (leaf.kind == Leaf::Kind::kEver) {
      if (time + leaf.delay <= moment) return true;
      part_.next = std::min(part_.next, time + leaf.delay);
      return false;
    }
    if (time + leaf.window <= moment) return false;
    part_.next = std::min(part_.next, time + leaf.window);
    return true;
  }

  bool runs_at(const Leaf& leaf, Micros moment) {
    const Micros start = words_[leaf.word], end = words_[leaf.word + 1];
    if (moment >= end) return false;
    part_.next = std::min(part_.next, moment < start ? start : end);
    return moment >= start;
  }

  bool sum_at(const Leaf& leaf, Micros moment) {
    Sum& sum = sums_[leaf.sum];
    const std::vector<Entry>& entries = entries_[leaf.sum];
    while (sum.end < entries.size() && entries[sum.end].time + leaf.delay <= moment) {
      sum.total += entries[sum.end++].units;
    }
    if (sum.end < entries.size()) {
      part_.next = std::min(part_.next, entries[sum.end].time + leaf.delay);
    }
    if (leaf.window == kForever) sum.head = sum.end;
    while (sum.head < sum.end && entries[sum.head].time + leaf.window <= moment) {
      sum.total -= entries[sum.head++].units;
    }
    if (sum.head < sum.end) {
      part_.next = std::min(part_.next, entries[sum.head].time + leaf.window);
    }
    return leaf.at_least <= sum.total && sum.total <= leaf.at_most;
  }

  const CohortProgram& program_;
  Part& part_;
  const std::int64_t* words_;
  Sum* sums_;
  const std::vector<Entry>* entries_;
};

CohortFold::CohortFold(const CohortDefinition& definition, const Names& names, Micros as_of,
                       const Calendar& calendar)
    : per_course_(definition.per_course), as_of_(as_of), program_(definition.who, names) {
  WAYMARK_CHECK(!program_.too_large);
  new_part_.truth = program_.initial_truth;
  new_part_.is_in = program_.met(new_part_.truth);
  new_part_.settled = program_.settled(new_part_.truth);
  if (per_course_) program_.reads.columns.add(Column::kCourse);
  if (program_.of_course == 0) return;
  for (const auto& [course, dates] : calendar) {
    dates_[names(&Symbols::courses, course)] = {dates.start, dates.end};
  }
}

void CohortFold::begin(State& state) const {
  state.courses.clear();
  state.parts.clear();
  state.words.clear();
  state.sums.clear();
  state.entries.clear();
  state.earlier.clear();
  state.said = 0;
}

void CohortFold::step(State& state, const Slice& slice) const {
  if (!per_course_ && !state.parts.empty() && state.parts.front().settled != 0) return;
  const bool only_counts = is_one_recent_count(program_);
  const auto count = [&](std::size_t at, std::uint64_t rows, const Micros* times) {
    std::int64_t* const words = state.words.data() + at * program_.initial_words.size();
    Clock(program_, state.parts[at], words, nullptr, nullptr)
        .take_recent(program_.leaves[0], rows, times, words, [&](const Stay& stay) {
          state.earlier.push_back({at, stay});
        });
  };
  const auto take_rows = [&](Code course, std::size_t first, std::size_t last, auto values) {
    const std::size_t at = enter(state, course, slice.time[first]);
    const bool says = per_course_ && course == kNoCode && program_.latches != 0;
    FilterRows filters;
    for (std::size_t row = first; row < last && (says || state.parts[at].settled == 0);
         row += FilterRows::kMost) {
      const std::size_t end = std::min(last, row + FilterRows::kMost);
      program_.masks.find(slice, row, end, values, filters);
      const std::uint64_t rows = filters.passing(kAll);
      if (only_counts) {
        count(at, rows, slice.time + row);
        continue;
      }
      for_each_bit(rows, [&](std::size_t i) {
        if (!says && state.parts[at].settled != 0) return;
        const std::uint64_t mask = filters.passed_by(i);
        take(state, at, kAll, mask, slice.time[row + i], row + i, values);
        if (says) say(state, mask, slice.time[row + i]);
      });
    }
  };
  with_values(slice, program_.values, [&](std::span<const double* const> values) {
    for_each_course(slice, 0, slice.size, per_course_,
                    [&](Code course, std::size_t first, std::size_t last) {
                      take_rows(course, first, last, values);
                    });
  });
}

// Where the course's part stands; it begins with its first event.
std::size_t CohortFold::enter(State& state, Code course, Micros time) const {
  const auto [at, is_new] = state.courses.add(course);
  if (!is_new) return at;
  append(state.words, program_.initial_words);
  state.sums.resize(state.sums.size() + program_.sums);
  state.entries.resize(state.sums.size());
  Part& part = state.parts.emplace_back(new_part_);
  if (state.said != 0) {
    part.truth |= state.said;
    part.is_in = program_.met(part.truth);
  }
  if (program_.of_course != 0) {
    std::int64_t* const words = state.words.data() + at * program_.initial_words.size();
    for_each_bit(program_.of_course, [&](std::size_t i) {
      const CourseDates dates = dates_of(course);
      words[program_.leaves[i].word] = dates.start;
      words[program_.leaves[i].word + 1] = dates.end;
    });
    Clock(program_, part, words, nullptr, nullptr).begin(time);
  }
  if (part.is_in != 0) part.stay.entered = time;
  return at;
}

CourseDates CohortFold::dates_of(Code course) const {
  const auto dates = dates_.find(course);
  return dates == dates_.end() ? CourseDates{.start = kNone, .end = kForever} : dates->second;
}

std::uint64_t CohortFold::touched_by(std::uint64_t mask) const {
  std::uint64_t touched = 0;
  for_each_bit(mask, [&](std::size_t filter) { touched |= program_.leaves_of_filter[filter]; });
  return touched;
}

// What an event without a course says of the learner holds in all courses.
void CohortFold::say(State& state, std::uint64_t mask, Micros time) const {
  const std::uint64_t touched = touched_by(mask) & program_.latches;
  for_each_bit(touched, [&](std::size_t i) {
    set_bit(state.said, i, (mask & program_.leaves[i].bits[0]) != 0);
  });
  if (touched == 0) return;
  for (std::size_t at = 0; at < state.parts.size(); ++at) {
    if (state.courses[at] != kNoCode) take(state, at, touched, mask, time, 0, {});
  }
}

// What an event says to some of the leaves.
void CohortFold::take(State& state, std::size_t at, std::uint64_t leaves, std::uint64_t mask,
                      Micros time, std::size_t row, std::span<const double* const> values) const {
  Part& part = state.parts[at];
  if (part.settled != 0) return;
  std::int64_t* const words = state.words.data() + at * program_.initial_words.size();
  Sum* const sums = state.sums.data() + at * program_.sums;
  std::vector<Entry>* const entries = state.entries.data() + at * program_.sums;
  const auto leave = [&](const Stay& stay) { state.earlier.push_back({at, stay}); };
  Clock clock(program_, part, words, sums, entries);
  if (part.next <= time) clock.run(time, leave);

  std::uint64_t touched = leaves & touched_by(mask) & ~(part.truth & program_.lasting);
  // One more event keeps a count that holds.
  const std::uint64_t holding = touched & part.truth & program_.recent;
  for_each_bit(holding, [&](std::size_t i) { push(program_.leaves[i], time, words); });
  touched &= ~holding;
  if (touched == 0) return;
  std::uint64_t truth = part.truth;
  for_each_bit(touched, [&](std::size_t i) {
    const Leaf& leaf = program_.leaves[i];
    if (leaf.kind == Leaf::Kind::kSum) {
      const bool counts = leaf.value == CohortProgram::kOne;
      const double* const column = counts ? nullptr : values[leaf.value];
      if (!counts && (column == nullptr || std::isnan(column[row]))) return;
      set_bit(truth, i,
              add_to_sum(leaf, counts ? 1 : column[row], time, sums[leaf.sum], entries[leaf.sum],
                         part));
    } else if (leaf.kind == Leaf::Kind::kLatch) {
      set_bit(truth, i, (mask & leaf.bits[0]) != 0);
    } else {
      truth |= add(leaf, mask, time, words, part) << i;
    }
  });
  clock.set(truth, time, leave);
}

// 1 where the event makes the leaf true.
std::uint64_t CohortFold::add(const Leaf& leaf, std::uint64_t mask, Micros time,
                              std::int64_t* words, Part& part) const {
  if (leaf.kind == Leaf::Kind::kEver) {
    if (words[leaf.word] == leaf.times || ++words[leaf.word] != leaf.times) return 0;
    words[leaf.word + 1] = time;
    if (leaf.delay == 0) return 1;
    part.next = std::min(part.next, time + leaf.delay);
    return 0;
  }
  if (leaf.kind == Leaf::Kind::kRecent) {
    push(leaf, time, words);
  } else if (!advance(leaf, mask, time, words)) {
    return 0;
  }
  if (leaf.window == kForever) return 1;
  const Micros decides = decisive(leaf, words);
  if (decides == kNone || decides + leaf.window <= time) return 0;
  part.next = std::min(part.next, decides + leaf.window);
  return 1;
}

// Whether the sum is within its bounds then.
bool CohortFold::add_to_sum(const Leaf& leaf, double value, Micros time, Sum& sum,
                            std::vector<Entry>& entries, Part& part) const {
  constexpr double kGreatest = CohortProgram::kGreatestAmount;
  const std::int64_t units =
      std::llround(std::clamp(value, -kGreatest, kGreatest) * CohortProgram::kUnitsPerAmount);
  if (leaf.delay == 0) sum.total += units;
  if (leaf.window != kForever || leaf.delay != 0) {
    if (2 * sum.head > entries.size() && sum.head > 32) {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(sum.head));
      sum.end -= sum.head;
      sum.head = 0;
    }
    entries.push_back({time, units});
    if (leaf.delay == 0) ++sum.end;
    part.next = std::min(part.next, time + (leaf.delay != 0 ? leaf.delay : leaf.window));
  }
  return leaf.at_least <= sum.total && sum.total <= leaf.at_most;
}

// A part when all that happens by itself has happened.
template <typename Leave>
CohortFold::Part CohortFold::as_of_now(const State& state, std::size_t at,
                                       const Leave& leave) const {
  Part part = state.parts[at];
  if (part.next >= as_of_) return part;
  const auto first = state.sums.begin() + static_cast<std::ptrdiff_t>(at * program_.sums);
  std::vector<Sum> sums(first, first + program_.sums);
  Clock(program_, part, state.words.data() + at * program_.initial_words.size(), sums.data(),
        state.entries.data() + at * program_.sums)
      .run(as_of_ - 1, leave);
  return part;
}

void CohortFold::end(const State& state, Code learner, Output& output) const {
  std::vector<std::uint32_t> order;  // of the earlier stays; of one part's they are in order
  if (state.parts.size() > 1) {
    order.resize(state.earlier.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return state.earlier[i].part; });
  }
  const auto earlier = [&](std::size_t i) { return state.earlier[order.empty() ? i : order[i]]; };
  std::size_t next = 0;
  for (std::size_t at = 0; at < state.parts.size(); ++at) {
    const auto add_row = [&](const Stay& stay) {
      output.learner.push_back(learner);
      output.course.push_back(state.courses[at]);
      output.entered.push_back(stay.entered);
      output.exited.push_back(stay.exited);
    };
    for (; next < state.earlier.size() && earlier(next).part == at; ++next) {
      add_row(earlier(next).stay);
    }
    const Part part = as_of_now(state, at, add_row);
    if (!is_empty(part.stay)) add_row(part.stay);
  }
}

Micros CohortFold::settled_until(const State& state) const {
  Micros until = kLatest;
  for (std::size_t at = 0; at < state.parts.size(); ++at) {
    const Part part = as_of_now(state, at, [](const Stay&) {});
    if (part.next < until) until = part.next + 1;  // it shows from then on, excluded
  }
  return until;
}

void CohortFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.course, more.course);
  append(output.entered, more.entered);
  append(output.exited, more.exited);
}

void CohortFold::save(const State& state, ByteWriter& writer) const {
  state.courses.save(writer);
  writer.values(state.parts);
  writer.values(state.words);
  writer.values(state.sums);
  for (const std::vector<Entry>& entries : state.entries) writer.values(entries);
  writer.values(state.earlier);
  writer.value(state.said);
}

CohortFold::State CohortFold::load(ByteReader& reader) const {
  State state;
  state.courses = CodeIndex::load(reader);
  state.parts = reader.values<Part>();
  state.words = reader.values<std::int64_t>();
  state.sums = reader.values<Sum>();
  const std::size_t parts = state.courses.size();
  bool sound = state.parts.size() == parts &&
               state.words.size() == parts * program_.initial_words.size() &&
               state.sums.size() == parts * program_.sums;
  for (std::size_t i = 0; sound && i < state.sums.size(); ++i) {
    state.entries.push_back(reader.values<Entry>());
    const auto& [total, head, end] = state.sums[i];
    sound = head <= end && end <= state.entries.back().size();
  }
  if (sound) state.earlier = reader.values<EarlierStay>();
  if (sound) state.said = reader.value<std::uint64_t>();
  sound = sound && (state.said & ~program_.latches) == 0;
  const auto is_time = [](Micros time) { return kEarliest <= time && time <= kLatest; };
  const auto known_part = [&](const EarlierStay& earlier) { return earlier.part < parts; };
  const auto timed = [&](const std::vector<Entry>& entries) {
    return std::ranges::all_of(entries, is_time, &Entry::time);
  };
  sound = sound && std::ranges::all_of(state.earlier, known_part) &&
          std::ranges::all_of(state.entries, timed);
  for (std::size_t at = 0; sound && at < parts; ++at) {
    const std::int64_t* const words = state.words.data() + at * program_.initial_words.size();
    for (const Leaf& leaf : program_.leaves) {
      if (leaf.kind == Leaf::Kind::kSum || leaf.kind == Leaf::Kind::kLatch) continue;
      if (leaf.kind == Leaf::Kind::kCourse) {
        const CourseDates dates = dates_of(state.courses[at]);
        sound = sound && words[leaf.word] == dates.start && words[leaf.word + 1] == dates.end;
        continue;
      }
      const bool counts = leaf.kind != Leaf::Kind::kSequence;
      const std::int64_t* const first = words + leaf.word;
      const std::size_t times = leaf.kind == Leaf::Kind::kEver     ? 1
                                : leaf.kind == Leaf::Kind::kRecent ? leaf.times
                                                                   : leaf.bits.size();
      const std::int64_t most = leaf.kind == Leaf::Kind::kEver ? leaf.times : leaf.times - 1;
      sound = sound && (!counts || (0 <= *first && *first <= most)) &&
              std::all_of(first + counts, first + counts + times,
                          [&](std::int64_t time) { return time == kNone || is_time(time); });
    }
  }
  if (!sound) {
    reject_state("this cohort");
  }
  return state;
}

}  // namespace waymark::fold
