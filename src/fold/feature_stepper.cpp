#include "fold/feature_stepper.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ranges>

#include "base/wide_loops.h"

namespace waymark::fold {
namespace {

using Days = FeaturesFold::Days;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Micros kMicrosPerWeek = 7 * kMicrosPerDay;

WAYMARK_WIDE_LOOPS
std::uint64_t count_until(Micros last, const Micros* times, std::size_t n) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += times[i] <= last;
  return count;
}

// The best of the values, numbers only; `worst` where there is none.
template <typename Better>
WAYMARK_INLINE double best(const double* values, std::size_t n, double worst,
                           const Better& better) {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes];
  std::fill_n(lanes, kLanes, worst);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = better(values[i + lane], lanes[lane]) ? values[i + lane] : lanes[lane];
    }
  }
  for (; i < n; ++i) lanes[0] = better(values[i], lanes[0]) ? values[i] : lanes[0];
  for (const double lane : lanes) worst = better(lane, worst) ? lane : worst;
  return worst;
}

WAYMARK_WIDE_LOOPS
double minimum(const double* values, std::size_t n) {
  return best(values, n, kInfinity, [](double a, double b) { return a < b; });
}

WAYMARK_WIDE_LOOPS
double maximum(const double* values, std::size_t n) {
  return best(values, n, -kInfinity, [](double a, double b) { return a > b; });
}

// A day other than the last.
void add_day(Days& days, std::int64_t at) {
  const auto day = static_cast<std::int32_t>(at);
  if (days.active == 0) {
    days.first = day;
    days.run = 1;
  } else {
    const std::int32_t gap = day - days.last;
    days.run = gap == 1 ? days.run + 1 : 1;
    days.longest_gap = std::max(days.longest_gap, gap);
    days.squared_gaps += std::int64_t{gap} * gap;
  }
  days.last = day;
  ++days.active;
  days.longest = std::max(days.longest, days.run);
  ++days.weekday[weekday_of(at)];
}

}  // namespace

FeatureStepper::FeatureStepper(const FeatureProgram& program, const Slice& slice)
    : program_(program),
      slice_(slice),
      capacity_(std::min(slice.size, kBlockRows)),
      clock_(program.zone),
      local_(capacity_, &memory_),
      day_(capacity_, &memory_),
      day_starts_(capacity_ + 1, &memory_),
      masks_(program.blocks.size() * capacity_, &memory_),
      selected_(program.steps.size() * capacity_, &memory_),
      selected_end_(program.steps.size(), &memory_),
      every_(&memory_),
      amounts_(program.amounts.size(), &memory_),
      filled_(program.amounts.size() * capacity_, &memory_),
      known_(&memory_),
      windows_(program.windows, &memory_) {
  program.values.find(slice, values_, durations_);
}

void FeatureStepper::run(FeaturesFold::State& state) {
  const auto size = static_cast<Row>(slice_.size);
  for (Row begin = 0; begin < size;) {
    const Code course = slice_.course[begin];
    Row end = begin + 1;
    while (end < size && end - begin < kBlockRows && slice_.course[end] == course) ++end;
    enter_course(state, course);
    run_block(begin, end);
    if (course == kNoCode && !program_.attributes.empty()) say(begin, end);
    begin = end;
  }
}

void FeatureStepper::enter_course(FeaturesFold::State& state, Code code) {
  state_ = &state;
  const auto [index, is_new] = state.courses.add(code);
  if (is_new) add_course();
  first_at_ = index * program_.points;
  plan_ = &program_.plan(code);
}

void FeatureStepper::add_course() {
  const std::size_t points = state_->courses.size() * program_.points;
  state_->points.resize(points);
  for (std::size_t i = 0; i < program_.points; ++i) {
    append(state_->numbers, program_.initial_numbers);
  }
  state_->days.resize(points * program_.days);
  state_->texts.resize(points * program_.texts, kNoCode);
  state_->sets.resize(std::max(state_->sets.size(), points * program_.sets));
  for (std::size_t i = 0; i < state_->said.size(); ++i) tell(state_->courses.size() - 1, i, 0);
}

void FeatureStepper::run_block(Row begin, Row end) {
  bool selected = false;
  for (std::size_t at = 0; at < program_.points; ++at) {
    const CoursePlan::Point& point = plan_->points[at];
    if (point.as_of == FeaturesFold::kNever) continue;
    const Row over = first_at(point.as_of, begin, end);
    if (over != end && program_.has_target) add_targets(at, over, end);
    if (over == begin) continue;
    if (!selected) {
      block_ = begin;
      find_days(begin, end);
      find_amounts(begin, end);
      select(begin, end);
      selected = true;
    }
    add_known(point, at, begin, over);
  }
}

void FeatureStepper::find_days(Row begin, Row end) {
  const Row rows = end - begin;
  const std::int64_t* const day = day_.data();
  clock_.local(slice_.time + begin, rows, local_.data());
  days_of(local_.data(), rows, day_.data());
  Row* starts = day_starts_.data();
  *starts++ = begin;
  for (Row i = 1; i < rows; ++i) {
    *starts = begin + i;
    starts += day[i] != day[i - 1];
  }
  day_starts_end_ = starts;
}

void FeatureStepper::select(Row begin, Row end) {
  for (std::size_t i = 0; i < selected_end_.size(); ++i) selected_end_[i] = selection(i);
  for (std::size_t i = 0; i < program_.blocks.size(); ++i) {
    const FilterBlock& block = program_.blocks[i];
    std::uint64_t* const masks = masks_.data() + i * capacity_;
    block.masks.find(slice_, begin, end, values_, masks);
    if (block.stepping == 0) continue;
    for (Row row = begin; row < end; ++row) {
      for_each_bit(masks[row - begin] & block.stepping,
                   [&](std::size_t filter) { *selected_end_[block.lists[filter]]++ = row; });
    }
  }
}

FeatureStepper::Row FeatureStepper::first_at(Micros time, Row begin, Row end) const {
  if (slice_.time[end - 1] < time) return end;
  if (slice_.time[begin] >= time) return begin;
  // A search would guess at every turn; a block is short.
  return begin + static_cast<Row>(count_until(time - 1, slice_.time + begin, end - begin));
}

void FeatureStepper::add_targets(std::size_t at, Row begin, Row end) {
  const Micros last = plan_->points[at].target_end;
  if (last != kLatest) end = first_at(last, begin, end);
  for (Row row = begin; row < end; ++row) {
    if ((program_.roles(slice_.kind[row]) & FeatureProgram::kTarget) == 0) continue;
    double& target = state_->points[first_at_ + at].target;
    double value = program_.other_target;
    for (const auto& [outcome, says] : program_.target_values) {
      if (outcome == slice_.outcome[row]) value = says;
    }
    if (program_.target_amount == Target::Amount::kWeight) value *= slice_.weight[row];
    if (std::isnan(value)) continue;
    if (program_.target_amount != Target::Amount::kNone) {
      target = std::isnan(target) ? value : target + value;
    } else {
      target = program_.latest_target || std::isnan(target) ? value : std::max(target, value);
    }
  }
}

// Rows [begin, end) had happened; those that had arrived as well are known.
void FeatureStepper::add_known(const CoursePlan::Point& point, std::size_t at, Row begin, Row end) {
  point_ = &point;
  at_ = first_at_ + at;
  numbers_ = state_->numbers.data() + at_ * program_.initial_numbers.size();
  const auto arrived = [&](Row row) {
    return slice_.received[row] <= program_.arrived_by(point.as_of);
  };
  const std::uint64_t known =
      count_until(program_.arrived_by(point.as_of), slice_.received + begin, end - begin);
  state_->points[at_].events += known;
  if (known == 0) return;
  if (!program_.kind_roles.empty()) add_roles(begin, end);

  const bool all_known = known == end - begin;
  // Tallies go over runs of rows that had arrived.
  if (all_known) {
    add_tallies(begin, end);
  } else {
    for (Row row = begin; row < end;) {
      while (row < end && !arrived(row)) ++row;
      const Row first = row;
      while (row < end && arrived(row)) ++row;
      if (first < row) add_tallies(first, row);
    }
  }
  for (const std::uint32_t i : program_.step_windows) {
    windows_[i] = {first_at(point.begin[i], begin, end), first_at(point.end[i], begin, end)};
  }
  const auto add = [&](const std::vector<FeatureStep>& steps, Rows rows) {
    if (!all_known) {
      known_.resize(capacity_);
      rows = {known_.data(), std::copy_if(rows.begin, rows.end, known_.data(), arrived)};
    }
    if (rows.begin != rows.end) add_steps(steps, rows);
  };
  if (all_known) {
    for (const FeatureStep& step : program_.range_steps) take_range(step);
  }
  if (!program_.plain_steps.empty() || !all_known) {
    every_.resize(end - begin);
    std::iota(every_.begin(), every_.end(), begin);
    const Rows every{every_.data(), every_.data() + every_.size()};
    add(program_.plain_steps, every);
    if (!all_known) add(program_.range_steps, every);
  }
  for (std::size_t list = 0; list < selected_end_.size(); ++list) {
    add(program_.steps[list], {selection(list), selected_end_[list]});
  }
}

void FeatureStepper::add_tallies(Row begin, Row end) {
  for (Row row = begin; row < end;) {
    const auto next = std::ranges::upper_bound(point_->edges, slice_.time[row]);
    const Row until = next == point_->edges.end() ? end : first_at(*next, row, end);
    double* const numbers = numbers_ + (next - point_->edges.begin());
    add_plain(row, until, numbers);
    add_by_code(row, until, numbers);
    add_by_mask(row, until, numbers);
    row = until;
  }
}

void FeatureStepper::add_plain(Row begin, Row end, double* numbers) {
  for (const PlainTally& tally : program_.plain_tallies) {
    double sum = numbers[tally.cell];
    if (program_.amounts[tally.amount].kind == TallyKind::kEvents) {
      sum += end - begin;
    } else {
      const double* const amount = amounts(tally.amount, begin);
      for (Row i = 0; i < end - begin; ++i) sum += amount[i];
    }
    numbers[tally.cell] = sum;
  }
}

// Two tallies at a time: each waits for its own numbers only.
void FeatureStepper::add_by_code(Row begin, Row end, double* numbers) {
  const std::vector<CodeTally>& tallies = program_.code_tallies;
  struct Adding {
    const Code* codes;
    const std::uint32_t* cells;
    std::size_t size;
    const double* amount;
    double& number(double* numbers, Row i) const {
      return numbers[codes[i] < size ? cells[codes[i]] : 0];
    }
  };
  const auto adding = [&](const CodeTally& tally) {
    return Adding{slice_.*tally.column + begin, tally.cells.data(), tally.cells.size(),
                  amounts(tally.amount, begin)};
  };
  const Row rows = end - begin;
  std::size_t at = 0;
  for (; at + 1 < tallies.size(); at += 2) {
    const Adding one = adding(tallies[at]);
    const Adding other = adding(tallies[at + 1]);
    for (Row i = 0; i < rows; ++i) {
      one.number(numbers, i) += one.amount[i];
      other.number(numbers, i) += other.amount[i];
    }
  }
  if (at < tallies.size()) {
    const Adding last = adding(tallies[at]);
    for (Row i = 0; i < rows; ++i) last.number(numbers, i) += last.amount[i];
  }
}

void FeatureStepper::add_by_mask(Row begin, Row end, double* numbers) {
  const std::uint64_t* masks = masks_.data() + (begin - block_);
  for (const FilterBlock& block : program_.blocks) {
    for (const MaskTally& tally : block.tallies) {
      const double* const amount = amounts(tally.amount, begin);
      for (Row i = 0; i < end - begin; ++i) {
        for_each_bit(masks[i] & tally.filters,
                     [&](std::size_t filter) { numbers[tally.cells[filter]] += amount[i]; });
      }
    }
    masks += capacity_;
  }
}

namespace {

// What of_row() says of rows [0, n), or nothing where that is missing.
template <typename OfRow>
WAYMARK_INLINE void fill(double* amounts, std::size_t n, const OfRow& of_row) {
  for (std::size_t i = 0; i < n; ++i) {
    const double amount = of_row(i);
    amounts[i] = std::isnan(amount) ? 0 : amount;
  }
}

WAYMARK_WIDE_LOOPS
void fill_values(const double* value, std::size_t n, double* amounts) {
  fill(amounts, n, [=](std::size_t i) { return value[i]; });
}

WAYMARK_WIDE_LOOPS
void fill_products(const double* value, const double* weight, std::size_t n, double* amounts) {
  fill(amounts, n, [=](std::size_t i) { return value[i] * weight[i]; });
}

WAYMARK_WIDE_LOOPS
void fill_weights(const double* value, const double* weight, std::size_t n, double* amounts) {
  fill(amounts, n, [=](std::size_t i) { return std::isnan(value[i]) ? kMissing : weight[i]; });
}

}  // namespace

void FeatureStepper::find_amounts(Row begin, Row end) {
  for (std::size_t i = 0; i < amounts_.size(); ++i) {
    amounts_[i] =
        amounts_of(program_.amounts[i], begin, end - begin, filled_.data() + i * capacity_);
  }
}

const double* FeatureStepper::amounts_of(const Amount& amount, Row begin, Row rows,
                                         double* filled) const {
  static constexpr auto kOnes = [] {
    std::array<double, kBlockRows> ones{};
    ones.fill(1);
    return ones;
  }();
  static constexpr std::array<double, kBlockRows> kNothing{};
  if (amount.kind == TallyKind::kEvents) return kOnes.data();
  const auto column = [&](std::uint32_t value) {
    return values_[value] == nullptr ? nullptr : values_[value] + begin;
  };
  const double* const value = column(amount.value);
  const double* const weight =
      amount.kind == TallyKind::kPresent ? kOnes.data() : column(amount.weight);
  if (value == nullptr || weight == nullptr) return kNothing.data();
  switch (amount.kind) {
    case TallyKind::kEvents:
    case TallyKind::kValue:
      fill_values(value, rows, filled);
      break;
    case TallyKind::kProduct:
      fill_products(value, weight, rows, filled);
      break;
    case TallyKind::kPresent:
    case TallyKind::kWeight:
      fill_weights(value, weight, rows, filled);
  }
  return filled;
}

void FeatureStepper::add_roles(Row begin, Row end) {
  for (Row row = begin; row < end; ++row) {
    const std::uint8_t roles = program_.roles(slice_.kind[row]);
    if (roles == 0 || slice_.received[row] > program_.arrived_by(point_->as_of)) continue;
    FeaturesFold::Point& point = state_->points[at_];
    if ((roles & FeatureProgram::kEnrolled) != 0) point.enrolled = slice_.time[row];
    if ((roles & FeatureProgram::kLeft) != 0) point.left = slice_.time[row];
  }
}

void FeatureStepper::add_steps(const std::vector<FeatureStep>& steps, Rows rows) {
  for (const FeatureStep& step : steps) {
    const Rows inside = within(rows, step.window);
    if (inside.begin != inside.end) take(step, inside);
  }
}

FeatureStepper::Rows FeatureStepper::within(Rows rows, std::uint32_t window) const {
  const auto [begin, end] = windows_[window];
  if (*rows.begin < begin) rows.begin = std::lower_bound(rows.begin, rows.end, begin);
  if (rows.begin != rows.end && rows.end[-1] >= end) {
    rows.end = std::lower_bound(rows.begin, rows.end, end);
  }
  return rows;
}

template <typename Iterator>
void FeatureStepper::take_values(const FeatureStep& step, Iterator begin, Iterator end) const {
  const double* const column = values_[step.value];
  if (column == nullptr) return;
  const auto each = [&](const auto& use) {
    double total = *number(step);
    for (Iterator row = begin; row != end; ++row) total = use(total, column[*row]);
    *number(step) = total;
  };
  switch (step.kind) {
    case StepKind::kMinimum:
      return each(
          [](double least, double v) { return v < least || std::isnan(least) ? v : least; });
    case StepKind::kMaximum:
      return each([](double most, double v) { return v > most || std::isnan(most) ? v : most; });
    case StepKind::kEarliest:
      return each([](double first, double v) { return std::isnan(first) ? v : first; });
    default:
      return each([](double last, double v) { return std::isnan(v) ? last : v; });
  }
}

// All rows within the step's window.
void FeatureStepper::take_range(const FeatureStep& step) {
  if (step.kind == StepKind::kDays) return take_day_starts(step);
  if (take_extreme(step)) return;
  const auto rows = std::views::iota(windows_[step.window].first, windows_[step.window].second);
  take_values(step, rows.begin(), rows.end());
}

// As take_values(), for most of the least and the greatest.
bool FeatureStepper::take_extreme(const FeatureStep& step) const {
  const bool least = step.kind == StepKind::kMinimum;
  if (!least && step.kind != StepKind::kMaximum) return false;
  const double* const column = values_[step.value];
  const auto [begin, end] = windows_[step.window];
  if (column == nullptr || begin == end) return true;
  const double extreme =
      least ? minimum(column + begin, end - begin) : maximum(column + begin, end - begin);
  if (std::isinf(extreme)) return false;
  double& known = *number(step);
  if (std::isnan(known) || (least ? extreme < known : extreme > known)) known = extreme;
  return true;
}

void FeatureStepper::take(const FeatureStep& step, Rows rows) {
  switch (step.kind) {
    case StepKind::kMinimum:
    case StepKind::kMaximum:
    case StepKind::kEarliest:
    case StepKind::kLatest:
      take_values(step, rows.begin, rows.end);
      break;
    case StepKind::kMaximumDay:
      take_maximum_day(step, rows);
      break;
    case StepKind::kActiveWeeks:
      take_active_weeks(step, rows);
      break;
    case StepKind::kWeekly:
    case StepKind::kWeeklyEvents:
    case StepKind::kWeeklyDays:
      take_weekly(step, rows);
      break;
    case StepKind::kDays:
      take_days(step, rows);
      break;
    case StepKind::kText:
      take_text(step, rows);
      break;
    default:
      take_distinct(step, rows);
  }
}

void FeatureStepper::take_maximum_day(const FeatureStep& step, Rows rows) {
  const double* const column = values_[step.value];
  if (column == nullptr) return;
  double* const most = number(step);
  double* const sum = most + 1;
  double* const present = most + 2;
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    const double value = column[*row];
    if (std::isnan(value)) continue;
    if (const auto day = static_cast<double>(day_[*row - block_]); day != *present) {
      if (!std::isnan(*present)) *most = std::fmax(*most, *sum);
      *sum = 0;
      *present = day;
    }
    *sum += value;
  }
}

double FeatureStepper::weeks_ago(const FeatureStep& step, Row row) const {
  const Micros ago = point_->local_end[step.window] - local_[row - block_] - 1;
  const Micros whole_weeks = ago / kMicrosPerWeek;
  return static_cast<double>(whole_weeks);
}

void FeatureStepper::take_active_weeks(const FeatureStep& step, Rows rows) {
  double* const weeks = number(step);
  double* const present = weeks + 1;
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    if (const double week = weeks_ago(step, *row); week != *present) {
      *present = week;
      ++*weeks;
    }
  }
}

void FeatureStepper::take_weekly(const FeatureStep& step, Rows rows) {
  const double* const column = step.kind == StepKind::kWeekly ? values_[step.value] : nullptr;
  if (step.kind == StepKind::kWeekly && column == nullptr) return;
  const auto weeks = static_cast<double>(point_->weeks[step.window]);
  double* const sum = number(step);
  double* const moment = sum + 1;
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    const double value = column ? column[*row] : 1;
    const double ago = weeks_ago(step, *row);
    if (step.kind == StepKind::kWeeklyDays) {
      double* const present = sum + 2;
      const auto day = static_cast<double>(day_[*row - block_]);
      if (day == present[0] && ago == present[1]) continue;
      present[0] = day;
      present[1] = ago;
    }
    if (std::isnan(value) || ago >= weeks) continue;
    *sum += value;
    *moment += value * ago;
  }
}

void FeatureStepper::take_days(const FeatureStep& step, Rows rows) {
  Days& days = state_->days[at_ * program_.days + step.cell];
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    const std::int64_t day = day_[*row - block_];
    if (day != days.last || days.active == 0) add_day(days, day);
  }
}

// As take_days() of every row: a row after a day's first changes nothing.
void FeatureStepper::take_day_starts(const FeatureStep& step) {
  const auto [begin, end] = windows_[step.window];
  if (begin == end) return;
  const Row first = begin;
  take_days(step, {&first, &first + 1});
  const Row* const starts = day_starts_.data();
  const Row* const starts_end = day_starts_end_;
  const Row* const from = std::upper_bound(starts, starts_end, first);
  const Row* const to = std::lower_bound(from, starts_end, end);
  take_days(step, {from, to});
}

void FeatureStepper::take_distinct(const FeatureStep& step, Rows rows) {
  const Code* const column = codes_of(step.kind);
  CodeIndex& set = state_->sets[at_ * program_.sets + step.cell];
  Code last = kNoCode;
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    const Code code = column[*row];
    if (code != kNoCode && code != last) set.add(code);
    last = code;
  }
}

const Code* FeatureStepper::codes_of(StepKind kind) const {
  switch (kind) {
    case StepKind::kObjects:
      return slice_.object;
    case StepKind::kContexts:
      return slice_.context;
    case StepKind::kKinds:
      return slice_.kind;
    case StepKind::kOutcomes:
      return slice_.outcome;
    default:
      return slice_.source;
  }
}

}  // namespace waymark::fold
