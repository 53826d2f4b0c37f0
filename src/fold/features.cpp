#include "fold/features.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "fold/feature_program.h"
#include "fold/local_clock.h"

namespace waymark::fold {
namespace {

using Course = FeaturesFold::Course;
using Days = FeaturesFold::Days;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr Micros kNever = CoursePlan::kNever;
constexpr Micros kMicrosPerWeek = 7 * kMicrosPerDay;

// From Monday; 1970-01-01 was a Thursday.
std::size_t weekday_of(std::int64_t day) {
  return static_cast<std::size_t>(((day + 3) % 7 + 7) % 7);
}

void add_day(Days& days, std::int64_t at) {
  const auto day = static_cast<std::int32_t>(at);
  if (days.active == 0) {
    days.first = day;
    days.run = 1;
  } else {
    const std::int32_t gap = day - days.last;
    if (gap == 0) return;
    days.run = gap == 1 ? days.run + 1 : 1;
    days.longest_gap = std::max(days.longest_gap, gap);
    days.squared_gaps += std::int64_t{gap} * gap;
  }
  days.last = day;
  ++days.active;
  days.longest = std::max(days.longest, days.run);
  ++days.weekday[weekday_of(at)];
}

// Steps one learner's state through one slice.
class Stepper {
 public:
  Stepper(const FeatureProgram& program, const Slice& slice)
      : program_(program), slice_(slice), clock_(program.zone), masks_(program.blocks.size()) {
    find_values();
  }

  void run(FeaturesFold::State& state) {
    for (row_ = 0; row_ < slice_.size; ++row_) {
      if (row_ == 0 || slice_.course[row_] != slice_.course[row_ - 1]) enter_course(state);
      step();
    }
  }

 private:
  void find_values() {
    for (std::size_t i = 0; i < program_.values.size(); ++i) {
      switch (program_.values[i].kind) {
        case Value::Kind::kWeight:
          values_.push_back(slice_.weight);
          break;
        case Value::Kind::kScore:
          values_.push_back(slice_.score);
          break;
        case Value::Kind::kDuration:
          durations_.resize(slice_.size);
          std::transform(slice_.duration_ms, slice_.duration_ms + slice_.size, durations_.begin(),
                         [](std::int64_t ms) {
                           return ms == kNoDuration ? kMissing : static_cast<double>(ms);
                         });
          values_.push_back(durations_.data());
          break;
        case Value::Kind::kProperty:
          values_.push_back(slice_.properties[program_.value_properties[i]].number);
      }
    }
  }

  void enter_course(FeaturesFold::State& state) {
    const Code code = slice_.course[row_];
    const auto [index, is_new] = state.course_codes.add(code);
    if (is_new) state.courses.push_back(new_course());
    course_ = &state.courses[index];
    plan_ = &program_.plan(code);
  }

  Course new_course() const {
    const std::size_t points = program_.points;
    Course course;
    course.events.resize(points);
    course.enrolled.resize(points, kNever);
    course.left.resize(points, kNever);
    course.target.resize(points, kMissing);
    for (std::size_t i = 0; i < points; ++i) append(course.numbers, program_.initial_numbers);
    course.days.resize(points * program_.days);
    course.texts.resize(points * program_.texts, kNoCode);
    course.sets.resize(points * program_.sets);
    return course;
  }

  void step() {
    time_ = slice_.time[row_];
    const std::uint8_t roles = program_.roles(slice_.kind[row_]);
    bool looked_up = false;
    for (std::size_t at = 0; at < program_.points; ++at) {
      const CoursePlan::Point& point = plan_->points[at];
      if (time_ >= point.as_of) {
        if ((roles & FeatureProgram::kTarget) != 0 && point.as_of != kNever) add_target(at);
        continue;
      }
      if (slice_.received[row_] > point.as_of) continue;
      if (!looked_up) {
        look_up_filters();
        local_ = clock_.local(time_);
        day_ = day_of(local_);
        looked_up = true;
      }
      ++course_->events[at];
      if ((roles & FeatureProgram::kEnrolled) != 0) course_->enrolled[at] = time_;
      if ((roles & FeatureProgram::kLeft) != 0) course_->left[at] = time_;
      add(point, at);
    }
  }

  void add_target(std::size_t at) {
    const bool hit =
        program_.any_outcome || std::ranges::find(program_.target_outcomes, slice_.outcome[row_]) !=
                                    program_.target_outcomes.end();
    double& target = course_->target[at];
    if (hit) {
      target = 1;
    } else if (std::isnan(target)) {
      target = 0;
    }
  }

  void look_up_filters() {
    for (std::size_t i = 0; i < masks_.size(); ++i) {
      const FilterBlock& block = program_.blocks[i];
      std::uint64_t mask = block.all & block.kinds(slice_.kind[row_]);
      if (block.contexts.used()) mask &= block.contexts(slice_.context[row_]);
      if (block.objects.used()) mask &= block.objects(slice_.object[row_]);
      if (block.outcomes.used()) mask &= block.outcomes(slice_.outcome[row_]);
      if (block.sources.used()) mask &= block.sources(slice_.source[row_]);
      for (const FilterBlock::Check& check : block.checks) {
        const double v = value(check.value);
        const bool met = v >= check.at_least && v <= check.at_most;
        mask &= ~(std::uint64_t{!met} << check.bit);
      }
      masks_[i] = mask;
    }
  }

  double value(std::uint32_t index) const {
    const double* column = values_[index];
    return column ? column[row_] : kMissing;
  }

  void add(const CoursePlan::Point& point, std::size_t at) {
    numbers_ = course_->numbers.data() + at * program_.initial_numbers.size();
    for (std::size_t i = 0; i < masks_.size(); ++i) {
      for (std::uint64_t rest = masks_[i]; rest != 0; rest &= rest - 1) {
        for (const FeatureStep& step :
             program_.blocks[i].steps[static_cast<std::size_t>(std::countr_zero(rest))]) {
          if (time_ >= point.begin[step.window] && time_ < point.end[step.window]) {
            take(step, point, at);
          }
        }
      }
    }
  }

  void take(const FeatureStep& step, const CoursePlan::Point& point, std::size_t at) {
    double* number = numbers_ + step.cell;
    switch (step.kind) {
      case StepKind::kCount:
        ++*number;
        break;
      case StepKind::kCountValue:
        if (!std::isnan(value(step.value))) ++*number;
        break;
      case StepKind::kSum:
        if (const double v = value(step.value); !std::isnan(v)) *number += v;
        break;
      case StepKind::kSumProduct:
        if (const double product = value(step.value) * value(step.weight); !std::isnan(product)) {
          *number += product;
        }
        break;
      case StepKind::kSumWeight:
        if (const double weight = value(step.weight);
            !std::isnan(weight) && !std::isnan(value(step.value))) {
          *number += weight;
        }
        break;
      case StepKind::kMinimum:
        *number = std::fmin(*number, value(step.value));
        break;
      case StepKind::kMaximum:
        *number = std::fmax(*number, value(step.value));
        break;
      case StepKind::kEarliest:
        if (std::isnan(*number)) *number = value(step.value);
        break;
      case StepKind::kLatest:
        if (const double v = value(step.value); !std::isnan(v)) *number = v;
        break;
      case StepKind::kMaximumDay:
        add_to_day(number, value(step.value));
        break;
      case StepKind::kActiveWeeks:
        if (const double week = weeks_ago(point, step.window); week != number[1]) {
          number[1] = week;
          ++number[0];
        }
        break;
      case StepKind::kWeekly:
        if (const double v = value(step.value); !std::isnan(v)) add_to_week(number, step, point, v);
        break;
      case StepKind::kWeeklyEvents:
        add_to_week(number, step, point, 1);
        break;
      case StepKind::kWeeklyDays:
        if (const auto day = static_cast<double>(day_); day != number[2]) {
          number[2] = day;
          add_to_week(number, step, point, 1);
        }
        break;
      case StepKind::kDays:
        add_day(course_->days[at * program_.days + step.cell], day_);
        break;
      case StepKind::kText:
        if (const Code* column = slice_.properties[step.value].text;
            column != nullptr && column[row_] != kNoCode) {
          course_->texts[at * program_.texts + step.cell] = column[row_];
        }
        break;
      default:
        if (const Code code = distinct_code(step.kind); code != kNoCode) {
          course_->sets[at * program_.sets + step.cell].add(code);
        }
    }
  }

  void add_to_day(double* number, double v) const {
    if (std::isnan(v)) return;
    if (const auto day = static_cast<double>(day_); day != number[2]) {
      if (!std::isnan(number[2])) number[0] = std::fmax(number[0], number[1]);
      number[1] = 0;
      number[2] = day;
    }
    number[1] += v;
  }

  double weeks_ago(const CoursePlan::Point& point, std::uint32_t window) const {
    return static_cast<double>((point.local_end[window] - local_ - 1) / kMicrosPerWeek);
  }

  void add_to_week(double* number, const FeatureStep& step, const CoursePlan::Point& point,
                   double v) const {
    const double ago = weeks_ago(point, step.window);
    if (ago >= static_cast<double>(point.weeks[step.window])) return;
    number[0] += v;
    number[1] += v * ago;
  }

  Code distinct_code(StepKind kind) const {
    switch (kind) {
      case StepKind::kObjects:
        return slice_.object[row_];
      case StepKind::kContexts:
        return slice_.context[row_];
      case StepKind::kKinds:
        return slice_.kind[row_];
      case StepKind::kOutcomes:
        return slice_.outcome[row_];
      default:
        return slice_.source[row_];
    }
  }

  const FeatureProgram& program_;
  const Slice& slice_;
  LocalClock clock_;
  std::vector<std::uint64_t> masks_;  // of the present event, per block
  std::vector<const double*> values_;
  std::vector<double> durations_;

  Course* course_ = nullptr;
  const CoursePlan* plan_ = nullptr;
  std::size_t row_ = 0;
  Micros time_ = 0, local_ = 0;
  std::int64_t day_ = 0;
  double* numbers_ = nullptr;
};

double gap_deviation(const Days& days) {
  const double gaps = days.active - 1;
  if (gaps < 2) return kMissing;
  const double sum = days.last - days.first;
  const double squares = static_cast<double>(days.squared_gaps) - sum * sum / gaps;
  return std::sqrt(std::max(0.0, squares) / (gaps - 1));
}

double weekday_entropy(const Days& days) {
  double entropy = 0;
  for (const std::uint32_t count : days.weekday) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / days.active;
    entropy -= share * std::log2(share);
  }
  return entropy;
}

// Of the sums y of weeks 0, 1, … weeks - 1 ago: their sum and that of y * weeks ago.
double slope_per_week(double sum, double moment, std::int64_t weeks) {
  if (weeks < 2) return kMissing;
  const auto n = static_cast<double>(weeks);
  return (sum * (n - 1) / 2 - moment) / (n * (n * n - 1) / 12);
}

// Of an aggregate of days. Nothing came: streaks and counts are 0, all else is missing.
double day_result(Aggregate aggregate, const Days& days, const CoursePlan& plan,
                  const CoursePlan::Point& point) {
  if (aggregate == Aggregate::kActiveDays) return days.active;
  if (aggregate == Aggregate::kLongestStreak) return days.longest;
  if (aggregate == Aggregate::kCurrentStreak) return days.last >= point.day - 1 ? days.run : 0;
  if (days.active == 0) return kMissing;
  switch (aggregate) {
    case Aggregate::kRecency:
      return static_cast<double>(point.day - days.last);
    case Aggregate::kFirstDay:
      return plan.start_day ? static_cast<double>(days.first - *plan.start_day) : kMissing;
    case Aggregate::kGapMean:
      return days.active < 2 ? kMissing
                             : static_cast<double>(days.last - days.first) / (days.active - 1);
    case Aggregate::kGapDeviation:
      return gap_deviation(days);
    case Aggregate::kGapMaximum:
      return days.active < 2 ? kMissing : days.longest_gap;
    default:
      return weekday_entropy(days);
  }
}

// The accumulators of one (course, as-of).
struct Accumulators {
  const double* numbers;
  const Days* days;
  const CodeIndex* sets;
};

double result_of(const FeatureResult& result, const Accumulators& from, const CoursePlan& plan,
                 const CoursePlan::Point& point, const std::vector<double>& row) {
  const double* number = from.numbers + result.cell;
  switch (result.aggregate) {
    case Aggregate::kRatio:
      return row[result.second] == 0 ? kMissing : row[result.cell] / row[result.second];
    case Aggregate::kDifference:
      return row[result.cell] - row[result.second];
    case Aggregate::kMean: {
      const double divisor = from.numbers[result.second];
      return divisor == 0 ? kMissing : *number / divisor;
    }
    case Aggregate::kMaximumDay:
      return std::isnan(number[2]) ? kMissing : std::fmax(number[0], number[1]);
    case Aggregate::kDistinct:
      return from.sets[result.cell].size();
    case Aggregate::kSlope:
      return slope_per_week(number[0], number[1], point.weeks[result.window]);
    case Aggregate::kCount:
    case Aggregate::kSum:
    case Aggregate::kMinimum:
    case Aggregate::kMaximum:
    case Aggregate::kEarliest:
    case Aggregate::kLatest:
    case Aggregate::kActiveWeeks:
    case Aggregate::kAttribute:
      return *number;
    default:
      return day_result(result.aggregate, from.days[result.cell], plan, point);
  }
}

bool in_risk_set(const FeatureProgram& program, const Course& course, std::size_t at) {
  const bool enrolled = program.anyone_enrolled || course.enrolled[at] != kNever;
  return enrolled && (course.left[at] == kNever || course.left[at] < course.enrolled[at]);
}

double target_of(const FeatureProgram& program, const Course& course, std::size_t at) {
  const double target = course.target[at];
  return program.has_target && program.any_outcome && std::isnan(target) ? 0 : target;
}

}  // namespace

FeaturesFold::FeaturesFold(const FeaturesDefinition& definition, const FeaturesRequest& request,
                           const Calendar& calendar, const Zone& zone, const Names& names)
    : program_(std::make_unique<FeatureProgram>(definition, request, calendar, zone, names)) {}

FeaturesFold::~FeaturesFold() = default;
FeaturesFold::FeaturesFold(FeaturesFold&&) noexcept = default;
FeaturesFold& FeaturesFold::operator=(FeaturesFold&&) noexcept = default;

const Reads& FeaturesFold::reads() const { return program_->reads; }

void FeaturesFold::step(State& state, const Slice& slice) const {
  Stepper(*program_, slice).run(state);
}

FeatureTable FeaturesFold::make_output() const {
  FeatureTable table;
  for (const FeatureColumn& column : program_->number_columns) {
    table.numbers.push_back({column.name, {}});
  }
  for (const FeatureColumn& column : program_->text_columns) {
    table.texts.push_back({column.name, {}});
  }
  return table;
}

void FeaturesFold::end(const State& state, Code learner, Output& output) const {
  const FeatureProgram& program = *program_;
  std::vector<double> row(program.number_columns.size());
  for (std::uint32_t i = 0; i < state.course_codes.size(); ++i) {
    const Course& course = state.courses[i];
    const CoursePlan& plan = program.plan(state.course_codes[i]);
    for (std::size_t at = 0; at < program.points; ++at) {
      if (course.events[at] == 0) continue;
      const CoursePlan::Point& point = plan.points[at];
      output.learner.push_back(learner);
      output.course.push_back(state.course_codes[i]);
      output.as_of.push_back(point.as_of);
      output.as_of_index.push_back(static_cast<std::uint32_t>(at));
      output.in_risk_set.push_back(in_risk_set(program, course, at));
      output.target.push_back(target_of(program, course, at));
      const Accumulators from{course.numbers.data() + at * program.initial_numbers.size(),
                              course.days.data() + at * program.days,
                              course.sets.data() + at * program.sets};
      for (const std::uint32_t column : program.number_order) {
        row[column] = result_of(program.number_columns[column].result, from, plan, point, row);
        output.numbers[column].values.push_back(row[column]);
      }
      for (std::size_t column = 0; column < program.text_columns.size(); ++column) {
        const std::uint32_t cell = program.text_columns[column].result.cell;
        output.texts[column].values.push_back(course.texts[at * program.texts + cell]);
      }
    }
  }
}

void FeaturesFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.course, more.course);
  append(output.as_of, more.as_of);
  append(output.as_of_index, more.as_of_index);
  append(output.in_risk_set, more.in_risk_set);
  append(output.target, more.target);
  for (std::size_t i = 0; i < output.numbers.size(); ++i) {
    append(output.numbers[i].values, more.numbers[i].values);
  }
  for (std::size_t i = 0; i < output.texts.size(); ++i) {
    append(output.texts[i].values, more.texts[i].values);
  }
}

void FeaturesFold::save(const State& state, ByteWriter& writer) const {
  state.course_codes.save(writer);
  for (const Course& course : state.courses) {
    writer.values(course.events);
    writer.values(course.enrolled);
    writer.values(course.left);
    writer.values(course.target);
    writer.values(course.numbers);
    writer.values(course.days);
    writer.values(course.texts);
    for (const CodeIndex& set : course.sets) set.save(writer);
  }
}

FeaturesFold::State FeaturesFold::load(ByteReader& reader) const {
  const std::size_t points = program_->points;
  const auto values = [&]<typename T>(std::vector<T>& column, std::size_t per_point) {
    column = reader.values<T>();
    if (column.size() != points * per_point) {
      throw Error(ErrorCode::kCorrupt, "state.corrupt",
                  "a saved state belongs to another definition of these features");
    }
  };
  State state;
  state.course_codes = CodeIndex::load(reader);
  for (std::uint32_t i = 0; i < state.course_codes.size(); ++i) {
    Course& course = state.courses.emplace_back();
    values(course.events, 1);
    values(course.enrolled, 1);
    values(course.left, 1);
    values(course.target, 1);
    values(course.numbers, program_->initial_numbers.size());
    values(course.days, program_->days);
    values(course.texts, program_->texts);
    for (std::size_t set = 0; set < points * program_->sets; ++set) {
      course.sets.push_back(CodeIndex::load(reader));
    }
  }
  return state;
}

}  // namespace waymark::fold
