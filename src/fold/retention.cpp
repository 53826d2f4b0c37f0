#include "fold/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/wide_loops.h"
#include "fold/local_clock.h"

namespace waymark::fold {
namespace {

constexpr Micros kNever = RetentionTable::kNever;
constexpr unsigned kReturn = 0, kStart = 1;  // bits of the masks

constexpr std::size_t kWordBits = 64;

void set_bit(std::uint64_t* words, std::size_t bit) {
  words[bit / kWordBits] |= std::uint64_t{1} << bit % kWordBits;
}

bool has_bit(std::span<const std::uint64_t> words, std::size_t bit) {
  return (words[bit / kWordBits] >> bit % kWordBits & 1) != 0;
}

// Which of 64 periods of a length have a return; the first begins at the origin, and all rows lie
// in them. In doubles, as days_of() does and for its reasons: a division would not be vector code.
// And most processors convert no 64 bits at a time, but adding 2^52 does, as doubles from there on
// are whole numbers, which their lowest bits tell.
template <Micros kLength>
WAYMARK_INLINE std::uint64_t active_periods(const Micros* time, const std::uint64_t* masks,
                                            std::size_t rows, Micros origin) {
  constexpr int kShift = 13;
  constexpr double kUnits = kLength >> kShift;
  static_assert(static_cast<Micros>(kUnits) << kShift == kLength);
  constexpr double kWhole = 0x1p52, kWholeAlsoBelow0 = 0x1.8p52;
  std::uint64_t active = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint64_t units = static_cast<std::uint64_t>(time[i] - origin) >> kShift;
    const double middle =
        std::bit_cast<double>(units | std::bit_cast<std::uint64_t>(kWhole)) - (kWhole - 0.5);
    // Half a period less, as it is rounded to the nearest.
    const auto period =
        std::bit_cast<std::uint64_t>(middle * (1 / kUnits) - 0.5 + kWholeAlsoBelow0);
    active |= (masks[i] >> kReturn & 1) << period % kWordBits;
  }
  return active;
}

WAYMARK_WIDE_LOOPS
std::uint64_t active_days(const Micros* time, const std::uint64_t* masks, std::size_t rows,
                          Micros origin) {
  return active_periods<kMicrosPerDay>(time, masks, rows, origin);
}

WAYMARK_WIDE_LOOPS
std::uint64_t active_weeks(const Micros* time, const std::uint64_t* masks, std::size_t rows,
                           Micros origin) {
  return active_periods<7 * kMicrosPerDay>(time, masks, rows, origin);
}

// The row of the last return in [begin, end), or end.
std::size_t last_return(const std::uint64_t* masks, std::size_t begin, std::size_t end) {
  for (std::size_t row = end; row != begin; --row) {
    if ((masks[row - 1] >> kReturn & 1) != 0) return row - 1;
  }
  return end;
}

// Of rows [begin, end), in order; end where there is none.
std::size_t first_not_before(Micros moment, const Micros* time, std::size_t begin,
                             std::size_t end) {
  return static_cast<std::size_t>(std::lower_bound(time + begin, time + end, moment) - time);
}

// How many of the cells hold an active period, each of up to 64.
WAYMARK_WIDE_LOOPS
void count_returned(std::uint64_t active, const std::uint64_t* cells, std::size_t n,
                    std::uint64_t* returned) {
  for (std::size_t i = 0; i < n; ++i) returned[i] += (active & cells[i]) != 0;
}

// How many periods at most a calendar can take out.
std::size_t most_excluded(const RetentionDefinition& definition) {
  constexpr std::int64_t kShortestMonth = 28;
  const std::int64_t length = definition.periods.length();
  return static_cast<std::size_t>(definition.calendar->closed.count() /
                                  (length != 0 ? length : kShortestMonth));
}

// A learner's periods by number: all there are, or those that the calendar does not take out.
class Numbering {
 public:
  Numbering(const RetentionDefinition& definition, std::int64_t start,
            std::span<const std::uint64_t> active, bool excludes)
      : definition_(definition), start_(start), active_(active) {
    if (!excludes) return;
    active_numbers_.resize(active.size());
    for (std::int64_t period = 0; periods_.size() <= definition.cells.back().last; ++period) {
      const std::int64_t first = definition.periods.first_day(start, period);
      const std::int64_t end = definition.periods.first_day(start, period + 1);
      if (period != 0 && definition.calendar->closed.within(first, end) == end - first) continue;
      if (has_bit(active, static_cast<std::size_t>(period))) {
        set_bit(active_numbers_.data(), periods_.size());
      }
      periods_.push_back(period);
    }
    active_ = active_numbers_;
  }

  std::int64_t first_day(std::uint32_t number) const {
    return definition_.periods.first_day(start_, period(number));
  }
  std::int64_t end_day(std::uint32_t number) const {
    return definition_.periods.first_day(start_, period(number) + 1);
  }
  // How many cells are over when a day begins.
  std::size_t count_over(std::int64_t day) const {
    const std::vector<RetentionCell>& cells = definition_.cells;
    const auto over = [&](const RetentionCell& cell) { return end_day(cell.last) <= day; };
    if (over(cells.back())) return cells.size();
    return static_cast<std::size_t>(std::ranges::partition_point(cells, over) - cells.begin());
  }
  // Numbers as bits.
  std::span<const std::uint64_t> active() const { return active_; }

  // The days of the cell's periods, and those of them that are closed.
  std::pair<std::uint64_t, std::uint64_t> count_days(const RetentionCell& cell) const {
    std::uint64_t days = 0, closed = 0;
    for (std::uint32_t number = cell.first; number <= cell.last; ++number) {
      const std::int64_t first = first_day(number), end = end_day(number);
      days += static_cast<std::uint64_t>(end - first);
      closed += static_cast<std::uint64_t>(definition_.calendar->closed.within(first, end));
    }
    return {days, closed};
  }

 private:
  std::int64_t period(std::uint32_t number) const {
    return periods_.empty() ? number : periods_[number];
  }

  const RetentionDefinition& definition_;
  std::int64_t start_;
  std::span<const std::uint64_t> active_;
  std::vector<std::int64_t> periods_;  // by number; empty where they are the same
  std::vector<std::uint64_t> active_numbers_;
};

}  // namespace

std::vector<std::uint64_t> day_counts(std::string_view text) {
  std::vector<std::uint64_t> counts;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    std::uint64_t count = 0;
    const auto [after, error] = std::from_chars(at, end, count);
    if (error == std::errc()) counts.push_back(count);
    at = error == std::errc() ? after : at + 1;
  }
  return counts;
}

RetentionFold::RetentionFold(const RetentionDefinition& definition, const Zone& zone,
                             const Names& names, Micros as_of, Give give)
    : definition_(definition),
      as_of_(as_of),
      as_of_day_(zone.local_day(as_of)),
      with_rows_(give == Give::kRowsAndTotals),
      excludes_(definition.calendar && definition.closures == Closures::kExclude),
      periods_(definition.cells.back().last + 1 + (excludes_ ? most_excluded(definition) : 0)),
      words_((periods_ + kWordBits - 1) / kWordBits),
      zones_(definition.zone_property, zone, names, reads_) {
  reads_.columns.add(Column::kTime);
  if (definition.per_course) reads_.columns.add(Column::kCourse);
  masks_.add(kReturn, definition.returning, names, values_, reads_);
  masks_.add(kStart, definition.start, names, values_, reads_);
  reads_.only = masks_.only(1u << kStart);
  cells_.resize(definition.cells.size() * words_);
  for (std::size_t i = 0; i < definition.cells.size(); ++i) {
    const auto [first, last] = definition.cells[i];
    for (std::size_t period = first; period <= last; ++period) set_bit(&cells_[i * words_], period);
  }
}

void RetentionFold::begin(State& state) const {
  state.courses.clear();
  state.of_course.clear();
  state.active.clear();
  state.zone = kNoCode;
}

void RetentionFold::step(State& state, const Slice& slice) const {
  Slice known = slice;
  if (slice.size != 0 && as_of_ <= slice.time[slice.size - 1]) {
    const Micros* const end = slice.time + slice.size;
    known.size = static_cast<std::size_t>(std::lower_bound(slice.time, end, as_of_) - slice.time);
  }
  for_each_block(known, masks_, values_,
                 [&](std::size_t begin, std::size_t end, const std::uint64_t* masks, auto) {
                   for_each_course(known, begin, end, definition_.per_course,
                                   [&](Code course, std::size_t first, std::size_t last) {
                                     take(state, course, known, first, last,
                                          masks + (first - begin));
                                   });
                 });
}

// Rows of one course; masks[0] is that of the row `begin`.
void RetentionFold::take(State& state, Code code, const Slice& slice, std::size_t begin,
                         std::size_t end, const std::uint64_t* masks) const {
  const auto [index, is_new] = state.courses.add(code);
  if (is_new) {
    state.of_course.emplace_back();
    state.active.resize(state.active.size() + words_);
  }
  Course& course = state.of_course[index];
  std::uint64_t* const active = &state.active[index * words_];
  const Micros* const time = slice.time + begin;
  const std::size_t rows = end - begin;
  const auto note_return = [&](std::size_t from, std::size_t to) {
    if (const std::size_t row = last_return(masks, from, to); row != to) {
      course.last_return = time[row];
    }
  };
  std::size_t first = 0;
  if (course.start == kNever) {
    while (first < rows && (masks[first] >> kStart & 1) == 0) ++first;
    note_return(0, first);
    if (first != rows) {
      course.start = time[first];
      course.zone = zones_.told(slice, begin, begin + first + 1, state.zone);
      course.day = zones_.of(static_cast<Code>(course.zone)).local_day(course.start);
      if (course.last_return == course.start) set_bit(active, 0);
    }
  }
  if (first != rows) {
    note_return(first, rows);
    mark(course, active, time + first, masks + first, rows - first);
  }
  state.zone = zones_.told(slice, begin, end, state.zone);
}

// Rows from the start on.
void RetentionFold::mark(const Course& course, std::uint64_t* active, const Micros* time,
                         const std::uint64_t* masks, std::size_t rows) const {
  const std::int64_t days = definition_.periods.length();
  if (days == 0) return mark_months(course, active, time, masks, rows);
  const Micros length = days * kMicrosPerDay;
  const Micros local_origin = definition_.periods.first_day(course.day, 0) * kMicrosPerDay;
  const Zone zone = zones_.of(static_cast<Code>(course.zone));
  const auto active_in = days == 1 ? active_days : active_weeks;
  for (std::size_t begin = 0, end = 0; begin < rows; begin = end) {
    // While the offset is the same, a period is a stretch of time.
    const ZoneSpan span = zone.span_at(time[begin]);
    end = time[rows - 1] < span.end ? rows : first_not_before(span.end, time, begin, rows);
    const Micros origin = local_origin - span.offset;
    const Micros in_word = length * static_cast<Micros>(kWordBits);
    const auto first_at = [&](Micros moment) {
      return time[end - 1] < moment ? end : first_not_before(moment, time, begin, end);
    };
    // A clock that was put back may put rows before the origin, which count as at it.
    std::size_t row = time[begin] < origin ? first_at(origin) : begin;
    if (last_return(masks, begin, row) != row) set_bit(active, 0);
    for (std::size_t word = 0; row != end && word < words_; ++word) {
      const Micros word_origin = origin + static_cast<Micros>(word) * in_word;
      const std::size_t word_end = first_at(word_origin + in_word);
      active[word] |= active_in(time + row, masks + row, word_end - row, word_origin);
      row = word_end;
    }
  }
}

void RetentionFold::mark_months(const Course& course, std::uint64_t* active, const Micros* time,
                                const std::uint64_t* masks, std::size_t rows) const {
  const Zone zone = zones_.of(static_cast<Code>(course.zone));
  LocalClock clock(zone);
  Micros until = kNever;  // of the period that was marked last
  for (std::size_t row = 0; row < rows; ++row) {
    if ((masks[row] >> kReturn & 1) == 0 || time[row] < until) continue;
    const ZoneSpan& span = clock.span(time[row]);
    const std::int64_t number =
        definition_.periods.number(course.day, day_of(time[row] + span.offset));
    const auto period = static_cast<std::size_t>(std::max<std::int64_t>(number, 0));
    if (period >= periods_) return;
    set_bit(active, period);
    until =
        std::min(span.end, definition_.periods.first_day(course.day, number + 1) * kMicrosPerDay -
                               span.offset);
  }
}

void RetentionFold::end(const State& state, Code learner, Output& output) const {
  for (std::uint32_t i = 0; i < state.courses.size(); ++i) {
    if (state.of_course[i].start == kNever) continue;
    judge(state.of_course[i], std::span(state.active).subspan(i * words_, words_), learner,
          state.courses[i], output);
  }
}

std::int64_t RetentionFold::as_of_day(const Course& course) const {
  if (course.zone == kNoCode) return as_of_day_;
  return zones_.of(static_cast<Code>(course.zone)).local_day(as_of_);
}

// The next cell is over.
Micros RetentionFold::settled_until(const State& state) const {
  Micros until = kLatest;
  for (std::size_t i = 0; i < state.courses.size(); ++i) {
    const Course& course = state.of_course[i];
    if (course.start == kNever) continue;
    const Numbering numbering(definition_, course.day,
                              std::span(state.active).subspan(i * words_, words_), excludes_);
    const std::size_t observed = numbering.count_over(as_of_day(course));
    if (observed == definition_.cells.size()) continue;
    const std::int64_t end = numbering.end_day(definition_.cells[observed].last);
    until = std::min(until, zones_.of(static_cast<Code>(course.zone)).to_utc(end * kMicrosPerDay));
  }
  return until;
}

void RetentionFold::judge(const Course& course, std::span<const std::uint64_t> active, Code learner,
                          Code code, Output& output) const {
  const std::vector<RetentionCell>& cells = definition_.cells;
  const Zone zone = zones_.of(static_cast<Code>(course.zone));
  const Numbering numbering(definition_, course.day, active, excludes_);
  const std::size_t observed = numbering.count_over(as_of_day(course));
  const bool ever = course.last_return >= course.start;
  const std::int64_t last_day =
      definition_.unbounded && ever ? std::max(zone.local_day(course.last_return), course.day) : 0;
  const auto returned = [&](std::size_t cell) {
    if (definition_.unbounded) return ever && numbering.first_day(cells[cell].first) <= last_day;
    if (words_ == 1) return (numbering.active()[0] & cells_[cell]) != 0;
    std::uint64_t common = 0;
    for (std::size_t word = 0; word < words_; ++word) {
      common |= numbering.active()[word] & cells_[cell * words_ + word];
    }
    return common != 0;
  };

  const auto cohort = static_cast<std::int32_t>(definition_.periods.cohort_of(course.day));
  const RetentionTotals::Counters counters = output.totals.add(code, cohort, observed);
  if (!definition_.unbounded && words_ == 1) {
    count_returned(numbering.active()[0], cells_.data(), observed, counters.returned.data());
  } else {
    for (std::size_t cell = 0; cell < observed; ++cell) counters.returned[cell] += returned(cell);
  }
  std::string all_days, open_days;
  if (definition_.calendar) {
    for (std::size_t cell = 0; cell < observed; ++cell) {
      const auto [days, closed] = numbering.count_days(cells[cell]);
      counters.days[cell] += days;
      counters.closed[cell] += closed;
      if (!with_rows_) continue;
      all_days += fmt::format("{}{}", cell == 0 ? "" : ", ", days);
      open_days += fmt::format("{}{}", cell == 0 ? "" : ", ", days - closed);
    }
  }
  if (!with_rows_) return;
  RetentionTable& rows = output.rows;
  if (definition_.calendar) {
    rows.days.push_back(fmt::format("[{}]", all_days));
    rows.open_days.push_back(fmt::format("[{}]", open_days));
  }
  std::string& shown = rows.periods.emplace_back();
  for (std::size_t cell = 0; cell < observed; ++cell) shown += returned(cell) ? '1' : '0';
  rows.learner.push_back(learner);
  rows.course.push_back(code);
  rows.started.push_back(course.start);
  rows.last_return.push_back(ever ? course.last_return : kNever);
  rows.cohort.push_back(cohort);
  rows.observed.push_back(static_cast<std::uint32_t>(observed));
  rows.returned.push_back(static_cast<std::uint32_t>(std::ranges::count(shown, '1')));
  rows.zone.push_back(static_cast<Code>(course.zone));
}

void RetentionFold::merge(Output& output, Output&& more) const {
  append(output.rows.learner, more.rows.learner);
  append(output.rows.course, more.rows.course);
  append(output.rows.started, more.rows.started);
  append(output.rows.last_return, more.rows.last_return);
  append(output.rows.cohort, more.rows.cohort);
  append(output.rows.observed, more.rows.observed);
  append(output.rows.returned, more.rows.returned);
  append(output.rows.periods, more.rows.periods);
  append(output.rows.days, more.rows.days);
  append(output.rows.open_days, more.rows.open_days);
  append(output.rows.zone, more.rows.zone);
  output.totals.merge(more.totals);
}

void RetentionFold::save(const State& state, ByteWriter& writer) const {
  state.courses.save(writer);
  writer.values(state.of_course);
  writer.values(state.active);
  writer.value(state.zone);
}

RetentionFold::State RetentionFold::load(ByteReader& reader) const {
  State state;
  state.courses = CodeIndex::load(reader);
  state.of_course = reader.values<Course>();
  state.active = reader.values<std::uint64_t>();
  state.zone = reader.value<Code>();
  const auto sound = [&](const Course& course) { return zones_.may_be(course.zone); };
  if (state.of_course.size() != state.courses.size() ||
      state.active.size() != state.courses.size() * words_ || !zones_.may_be(state.zone) ||
      !std::ranges::all_of(state.of_course, sound)) {
    reject_state("this retention");
  }
  return state;
}

}  // namespace waymark::fold
