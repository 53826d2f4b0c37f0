#include "fold/features.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fold/feature_program.h"
#include "fold/feature_stepper.h"

namespace waymark::fold {
namespace {

using Days = FeaturesFold::Days;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr Micros kNever = FeaturesFold::kNever;

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

// `row`: the present one, with the columns that are worked out before.
double result_of(const FeatureResult& result, const Accumulators& from, const CoursePlan& plan,
                 const CoursePlan::Point& point, const double* row) {
  const double* number = from.numbers + result.cell;
  const auto tally = [&](std::uint32_t cell) {
    const auto [first, end] = point.segments[result.window];
    return std::accumulate(from.numbers + cell + first, from.numbers + cell + end, 0.0);
  };
  switch (result.aggregate) {
    case Aggregate::kRatio:
      return row[result.second] == 0 ? kMissing : row[result.cell] / row[result.second];
    case Aggregate::kDifference:
      return row[result.cell] - row[result.second];
    case Aggregate::kMean: {
      const double divisor = tally(result.second);
      return divisor == 0 ? kMissing : tally(result.cell) / divisor;
    }
    case Aggregate::kMaximumDay:
      return std::isnan(number[2]) ? kMissing : std::fmax(number[0], number[1]);
    case Aggregate::kDistinct:
      return from.sets[result.cell].size();
    case Aggregate::kSlope:
      return slope_per_week(number[0], number[1], point.weeks[result.window]);
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

bool in_risk_set(const FeatureProgram& program, const FeaturesFold::Point& point) {
  const bool enrolled = program.anyone_enrolled || point.enrolled != kNever;
  return enrolled && (point.left == kNever || point.left < point.enrolled);
}

double target_of(const FeatureProgram& program, const FeaturesFold::Point& point) {
  return program.target_is_any && std::isnan(point.target) ? 0 : point.target;
}

}  // namespace

std::vector<double> FeatureTable::numbers_of(std::size_t column) const {
  std::vector<double> values(size());
  for (std::size_t row = 0; row < values.size(); ++row) values[row] = number(row, column);
  return values;
}

FeaturesFold::FeaturesFold(const FeaturesDefinition& definition, const FeaturesRequest& request,
                           const Calendar& calendar, const Zone& zone, const Names& names)
    : program_(std::make_unique<FeatureProgram>(definition, request, calendar, zone, names)) {}

FeaturesFold::~FeaturesFold() = default;
FeaturesFold::FeaturesFold(FeaturesFold&&) noexcept = default;
FeaturesFold& FeaturesFold::operator=(FeaturesFold&&) noexcept = default;

const Reads& FeaturesFold::reads() const { return program_->reads; }

void FeaturesFold::begin(State& state) const {
  state.courses.clear();
  state.points.clear();
  state.numbers.clear();
  state.days.clear();
  state.texts.clear();
  for (CodeIndex& set : state.sets) set.clear();
  state.said.resize(program_->attributes.size());
  for (std::vector<Said>& said : state.said) said.clear();
}

void FeaturesFold::step(State& state, const Slice& slice) const {
  FeatureStepper(*program_, slice).run(state);
}

FeatureTable FeaturesFold::make_output() const {
  FeatureTable table;
  for (const FeatureColumn& column : program_->number_columns) {
    table.number_names.push_back(column.name);
  }
  for (const FeatureColumn& column : program_->text_columns) {
    table.texts.push_back({column.name, {}});
  }
  return table;
}

void FeaturesFold::end(const State& state, Code learner, Output& output) const {
  const FeatureProgram& program = *program_;
  const std::size_t width = program.number_columns.size();
  for (std::size_t i = 0; i < state.courses.size(); ++i) {
    const CoursePlan& plan = program.plan(state.courses[i]);
    for (std::size_t as_of = 0; as_of < program.points; ++as_of) {
      const std::size_t at = i * program.points + as_of;
      const Point& known = state.points[at];
      if (known.events == 0) continue;
      const CoursePlan::Point& point = plan.points[as_of];
      output.learner.push_back(learner);
      output.course.push_back(state.courses[i]);
      output.as_of.push_back(point.as_of);
      output.as_of_index.push_back(static_cast<std::uint32_t>(as_of));
      output.in_risk_set.push_back(in_risk_set(program, known));
      output.target.push_back(target_of(program, known));
      const Accumulators from{state.numbers.data() + at * program.initial_numbers.size(),
                              state.days.data() + at * program.days,
                              state.sets.data() + at * program.sets};
      output.numbers.resize(output.numbers.size() + width);
      double* const row = output.numbers.data() + output.numbers.size() - width;
      double total = 0;
      for (const FeatureSum& sum : point.sums) {
        total = sum.extends ? total : 0;
        for (std::uint32_t cell = sum.first; cell < sum.end; ++cell) total += from.numbers[cell];
        row[sum.column] = total;
      }
      for (const std::uint32_t column : program.number_order) {
        row[column] = result_of(program.number_columns[column].result, from, plan, point, row);
      }
      for (std::size_t column = 0; column < program.text_columns.size(); ++column) {
        const std::uint32_t cell = program.text_columns[column].result.cell;
        output.texts[column].values.push_back(state.texts[at * program.texts + cell]);
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
  append(output.numbers, more.numbers);
  for (std::size_t i = 0; i < output.texts.size(); ++i) {
    append(output.texts[i].values, more.texts[i].values);
  }
}

void FeaturesFold::save(const State& state, ByteWriter& writer) const {
  state.courses.save(writer);
  writer.values(state.points);
  writer.values(state.numbers);
  writer.values(state.days);
  writer.values(state.texts);
  const std::size_t sets = state.points.size() * program_->sets;
  for (std::size_t i = 0; i < sets; ++i) state.sets[i].save(writer);
  for (const std::vector<Said>& said : state.said) writer.values(said);
}

FeaturesFold::State FeaturesFold::load(ByteReader& reader) const {
  State state;
  state.courses = CodeIndex::load(reader);
  const std::size_t points = state.courses.size() * program_->points;
  const auto values = [&]<typename T>(std::vector<T>& column, std::size_t per_point) {
    column = reader.values<T>();
    if (column.size() != points * per_point) {
      reject_state("these features");
    }
  };
  values(state.points, 1);
  values(state.numbers, program_->initial_numbers.size());
  values(state.days, program_->days);
  values(state.texts, program_->texts);
  for (std::size_t set = 0; set < points * program_->sets; ++set) {
    state.sets.push_back(CodeIndex::load(reader));
  }
  for (std::size_t i = 0; i < program_->attributes.size(); ++i) {
    state.said.push_back(reader.values<Said>());
  }
  return state;
}

}  // namespace waymark::fold
