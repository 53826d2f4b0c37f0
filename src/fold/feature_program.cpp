#include "fold/feature_program.h"

#include <algorithm>
#include <tuple>

namespace waymark::fold {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::uint32_t number(std::size_t n) { return static_cast<std::uint32_t>(n); }

// Where the item stands in the list; adds it if it is new.
template <typename T>
std::uint32_t position_in(std::vector<T>& list, const T& item) {
  const auto found = std::ranges::find(list, item);
  if (found != list.end()) return number(static_cast<std::size_t>(found - list.begin()));
  list.push_back(item);
  return number(list.size() - 1);
}

// Turns features into blocks, steps and results.
class Compiler {
 public:
  Compiler(FeatureProgram& program, const Names& names) : program_(program), names_(names) {}

  void compile(const std::vector<Feature>& features) {
    number_columns_of(features);
    for (const Feature& feature : features) {
      const FeatureColumn column{feature.name, result(feature)};
      (feature.is_text() ? program_.text_columns : program_.number_columns).push_back(column);
    }
    std::vector<bool> placed(features.size());
    for (std::size_t at = 0; at < features.size(); ++at) place(features, at, placed);
    ask_for_columns();
  }

  const std::vector<Window>& windows() const { return windows_; }

 private:
  void number_columns_of(const std::vector<Feature>& features) {
    std::uint32_t numbers = 0;
    for (const Feature& feature : features) {
      column_of_.push_back(numbers);
      if (!feature.is_text()) ++numbers;
    }
  }

  void place(const std::vector<Feature>& features, std::size_t at, std::vector<bool>& placed) {
    const Feature& feature = features[at];
    if (placed[at] || feature.is_text()) return;
    placed[at] = true;
    if (feature.is_derived()) {
      place(features, feature.left, placed);
      place(features, feature.right, placed);
    }
    program_.number_order.push_back(column_of_[at]);
  }

  FeatureResult result(const Feature& feature) {
    FeatureResult result{.aggregate = feature.aggregate,
                         .window = position_in(windows_, feature.window)};
    if (feature.is_derived()) {
      result.cell = column_of_[feature.left];
      result.second = column_of_[feature.right];
      return result;
    }
    const auto cell = [&](StepKind kind) { return step(feature, kind); };
    switch (feature.aggregate) {
      case Aggregate::kCount:
        result.cell = cell(feature.value ? StepKind::kCountValue : StepKind::kCount);
        break;
      case Aggregate::kSum:
        result.cell = cell(feature.weighted_by ? StepKind::kSumProduct : StepKind::kSum);
        break;
      case Aggregate::kMean:
        result.cell = cell(feature.weighted_by ? StepKind::kSumProduct : StepKind::kSum);
        result.second = cell(feature.weighted_by ? StepKind::kSumWeight : StepKind::kCountValue);
        break;
      case Aggregate::kMinimum:
        result.cell = cell(StepKind::kMinimum);
        break;
      case Aggregate::kMaximum:
        result.cell = cell(StepKind::kMaximum);
        break;
      case Aggregate::kEarliest:
        result.cell = cell(StepKind::kEarliest);
        break;
      case Aggregate::kLatest:
      case Aggregate::kAttribute:
        result.cell = cell(StepKind::kLatest);
        break;
      case Aggregate::kAttributeText:
        result.cell = cell(StepKind::kText);
        break;
      case Aggregate::kMaximumDay:
        result.cell = cell(StepKind::kMaximumDay);
        break;
      case Aggregate::kDistinct:
        result.cell = cell(static_cast<StepKind>(static_cast<int>(StepKind::kObjects) +
                                                 static_cast<int>(feature.distinct)));
        break;
      case Aggregate::kActiveWeeks:
        result.cell = cell(StepKind::kActiveWeeks);
        break;
      case Aggregate::kSlope:
        result.cell = cell(feature.weekly == Weekly::kValue    ? StepKind::kWeekly
                           : feature.weekly == Weekly::kEvents ? StepKind::kWeeklyEvents
                                                               : StepKind::kWeeklyDays);
        break;
      default:
        result.cell = cell(StepKind::kDays);
    }
    return result;
  }

  // The accumulator of such a step for the feature's events; shared with equal ones.
  std::uint32_t step(const Feature& feature, StepKind kind) {
    FeatureStep step{.kind = kind, .window = position_in(windows_, feature.window)};
    if (kind == StepKind::kText) {
      step.value = position_in(program_.reads.properties, feature.property);
    } else if (feature.aggregate == Aggregate::kAttribute) {
      step.value = value({Value::Kind::kProperty, feature.property});
    } else if (feature.value && kind != StepKind::kCount) {
      step.value = value(*feature.value);
    }
    if (kind == StepKind::kSumProduct || kind == StepKind::kSumWeight) {
      step.weight = value(*feature.weighted_by);
    }
    std::vector<FeatureStep>& steps = steps_of(feature.filter);
    const auto same = [&](const FeatureStep& other) { return other.key() == step.key(); };
    if (const auto found = std::ranges::find_if(steps, same); found != steps.end()) {
      return found->cell;
    }
    step.cell = new_cell(kind);
    steps.push_back(step);
    return step.cell;
  }

  std::uint32_t new_cell(StepKind kind) {
    const auto numbers = [&](std::initializer_list<double> initial) {
      program_.initial_numbers.insert(program_.initial_numbers.end(), initial);
      return number(program_.initial_numbers.size() - initial.size());
    };
    switch (kind) {
      case StepKind::kCount:
      case StepKind::kCountValue:
      case StepKind::kSum:
      case StepKind::kSumProduct:
      case StepKind::kSumWeight:
        return numbers({0});
      case StepKind::kMinimum:
      case StepKind::kMaximum:
      case StepKind::kEarliest:
      case StepKind::kLatest:
        return numbers({kMissing});
      case StepKind::kMaximumDay:
        return numbers({kMissing, 0, kMissing});
      case StepKind::kActiveWeeks:
        return numbers({0, kMissing});
      case StepKind::kWeekly:
      case StepKind::kWeeklyEvents:
        return numbers({0, 0});
      case StepKind::kWeeklyDays:
        return numbers({0, 0, kMissing});
      case StepKind::kDays:
        return number(program_.days++);
      case StepKind::kText:
        return number(program_.texts++);
      default:
        return number(program_.sets++);
    }
  }

  std::uint32_t value(const Value& value) {
    const std::uint32_t at = position_in(program_.values, value);
    if (at == program_.value_properties.size()) {
      program_.value_properties.push_back(
          value.kind == Value::Kind::kProperty
              ? position_in(program_.reads.properties, value.property)
              : 0);
    }
    return at;
  }

  std::vector<FeatureStep>& steps_of(const Filter& filter) {
    const auto [found, is_new] = filters_.try_emplace(filter, filters_.size());
    const std::size_t at = found->second;
    if (at / 64 == program_.blocks.size()) program_.blocks.emplace_back();
    FilterBlock& block = program_.blocks[at / 64];
    const auto bit = static_cast<unsigned>(at % 64);
    if (is_new) add_filter(block, bit, filter);
    return block.steps[bit];
  }

  void add_filter(FilterBlock& block, unsigned bit, const Filter& filter) {
    block.all |= std::uint64_t{1} << bit;
    const auto restrict_to = [&](CodeMasks& masks, Names::Part part,
                                 const std::vector<std::string>& allowed) {
      if (!allowed.empty()) masks.restrict_to(names_(part, allowed), bit);
    };
    restrict_to(block.kinds, &Symbols::kinds, filter.kinds);
    restrict_to(block.contexts, &Symbols::contexts, filter.contexts);
    restrict_to(block.objects, &Symbols::objects, filter.objects);
    restrict_to(block.outcomes, &Symbols::outcomes, filter.outcomes);
    restrict_to(block.sources, &Symbols::sources, filter.sources);
    for (const Condition& condition : filter.where) {
      block.checks.push_back({bit, value(condition.value), condition.at_least, condition.at_most});
    }
  }

  void ask_for_columns() {
    ColumnSet& columns = program_.reads.columns;
    columns = columns | ColumnSet{Column::kTime, Column::kReceived, Column::kCourse, Column::kKind};
    for (const Value& value : program_.values) {
      if (value.kind == Value::Kind::kWeight) columns.add(Column::kWeight);
      if (value.kind == Value::Kind::kScore) columns.add(Column::kScore);
      if (value.kind == Value::Kind::kDuration) columns.add(Column::kDuration);
    }
    for (const FilterBlock& block : program_.blocks) {
      if (block.contexts.used()) columns.add(Column::kContext);
      if (block.objects.used()) columns.add(Column::kObject);
      if (block.outcomes.used()) columns.add(Column::kOutcome);
      if (block.sources.used()) columns.add(Column::kSource);
      for (const auto& steps : block.steps) {
        for (const FeatureStep& step : steps) {
          if (step.kind == StepKind::kObjects) columns.add(Column::kObject);
          if (step.kind == StepKind::kContexts) columns.add(Column::kContext);
          if (step.kind == StepKind::kOutcomes) columns.add(Column::kOutcome);
          if (step.kind == StepKind::kSources) columns.add(Column::kSource);
        }
      }
    }
  }

  FeatureProgram& program_;
  const Names& names_;
  std::vector<std::uint32_t> column_of_;  // per feature
  std::vector<Window> windows_;
  std::map<Filter, std::size_t> filters_;
};

CoursePlan::Point point_of(Micros as_of, std::optional<Micros> start, const Zone& zone,
                           const std::vector<Window>& windows) {
  CoursePlan::Point point{.as_of = as_of, .day = 0};
  if (as_of == CoursePlan::kNever) return point;
  const Micros local = zone.to_local(as_of);
  point.day = day_of(local);
  for (const Window& window : windows) {
    // A window of no length back from now must not move by a skipped hour.
    const auto ago = [&](Micros back) { return back == 0 ? as_of : zone.to_utc(local - back); };
    Micros begin = window.from ? ago(*window.from) : CoursePlan::kNever;
    const Micros end = ago(window.to);
    if (window.since_start) begin = start ? std::max(begin, *start) : end;
    const std::optional<Micros> known = begin == CoursePlan::kNever ? start : begin;
    point.begin.push_back(begin);
    point.end.push_back(end);
    point.local_end.push_back(local - window.to);
    const Micros length = known ? local - window.to - zone.to_local(*known) : 0;
    point.weeks.push_back(std::max<Micros>(0, length) / (7 * kMicrosPerDay));
  }
  return point;
}

CoursePlan plan_of(std::optional<Micros> start, const std::vector<AsOf>& as_of, const Zone& zone,
                   const std::vector<Window>& windows) {
  CoursePlan plan;
  if (start) plan.start_day = zone.local_day(*start);
  for (const AsOf& moment : as_of) {
    Micros time = CoursePlan::kNever;
    if (const auto* fixed = std::get_if<Micros>(&moment)) {
      time = *fixed;
    } else if (start) {
      const std::int64_t day = std::get<CourseDay>(moment).day;
      time = zone.to_utc(zone.to_local(*start) + day * kMicrosPerDay);
    }
    plan.points.push_back(point_of(time, start, zone, windows));
  }
  return plan;
}

}  // namespace

void CodeMasks::restrict_to(const std::vector<Code>& codes, unsigned bit) {
  const std::uint64_t mask = std::uint64_t{1} << bit;
  otherwise_ &= ~mask;
  for (std::uint64_t& entry : by_code_) entry &= ~mask;
  for (const Code code : codes) {
    if (code == kAbsentCode) continue;
    if (code >= by_code_.size()) by_code_.resize(code + std::size_t{1}, otherwise_);
    by_code_[code] |= mask;
  }
}

FeatureProgram::FeatureProgram(const FeaturesDefinition& definition, const FeaturesRequest& request,
                               const Calendar& calendar, const Zone& where, const Names& names)
    : zone(where), points(request.as_of.size()) {
  Compiler compiler(*this, names);
  compiler.compile(definition.features);

  undated = plan_of(std::nullopt, request.as_of, zone, compiler.windows());
  for (const auto& [course, dates] : calendar) {
    plans[names(&Symbols::courses, course)] =
        plan_of(dates.start, request.as_of, zone, compiler.windows());
  }

  const auto give = [&](const std::vector<std::string>& kinds, std::uint8_t role) {
    for (const Code kind : names(&Symbols::kinds, kinds)) {
      if (kind == kAbsentCode) continue;
      if (kind >= kind_roles.size()) kind_roles.resize(kind + std::size_t{1});
      kind_roles[kind] |= role;
    }
  };
  anyone_enrolled = request.who.enrolled.empty();
  give(request.who.enrolled, kEnrolled);
  give(request.who.until, kLeft);
  if (request.target) {
    has_target = true;
    any_outcome = request.target->outcomes.empty();
    target_outcomes = names(&Symbols::outcomes, request.target->outcomes);
    give(request.target->kinds, kTarget);
    if (!any_outcome) reads.columns.add(Column::kOutcome);
  }
}

}  // namespace waymark::fold
