#include "fold/feature_program.h"

#include <algorithm>
#include <set>

namespace waymark::fold {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr Micros kNever = FeaturesFold::kNever;

std::uint32_t number(std::size_t n) { return static_cast<std::uint32_t>(n); }

bool needs_no_list(StepKind kind) { return kind <= StepKind::kLatest || kind == StepKind::kDays; }

bool is_sum(Aggregate aggregate) {
  return aggregate == Aggregate::kCount || aggregate == Aggregate::kSum;
}

// Turns features into blocks, steps and results.
class Compiler {
 public:
  Compiler(FeatureProgram& program, const Names& names) : program_(program), names_(names) {}

  void compile(const std::vector<Feature>& features) {
    number_columns_of(features);
    count_segments(features);
    for (const Feature& feature : features) {
      const FeatureColumn column{feature.name, result(feature)};
      (feature.is_text() ? program_.text_columns : program_.number_columns).push_back(column);
    }
    std::vector<bool> placed(features.size());
    for (std::size_t at = 0; at < features.size(); ++at) place(features, at, placed);
    ask_for_columns();
    program_.windows = windows_.size();
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

  // One edge for each distinct moment at which windows begin or end before the as-of.
  void count_segments(const std::vector<Feature>& features) {
    std::set<Micros> ago;
    bool since_start = false;
    for (const Feature& feature : features) {
      if (feature.window.from) ago.insert(*feature.window.from);
      if (feature.window.to != 0) ago.insert(feature.window.to);
      since_start = since_start || feature.window.since_start;
    }
    program_.segments = 1 + ago.size() + (since_start ? 1 : 0);
    // Cell 0: where code tallies put what no filter wants.
    program_.initial_numbers.resize(program_.segments);
  }

  void place(const std::vector<Feature>& features, std::size_t at, std::vector<bool>& placed) {
    const Feature& feature = features[at];
    if (placed[at] || feature.is_text()) return;
    placed[at] = true;
    if (feature.is_derived()) {
      place(features, feature.left, placed);
      place(features, feature.right, placed);
    }
    if (!is_sum(feature.aggregate)) program_.number_order.push_back(column_of_[at]);
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
        result.cell = tally(feature, feature.value ? TallyKind::kPresent : TallyKind::kEvents);
        break;
      case Aggregate::kSum:
        result.cell = tally(feature, feature.weighted_by ? TallyKind::kProduct : TallyKind::kValue);
        break;
      case Aggregate::kMean:
        result.cell = tally(feature, feature.weighted_by ? TallyKind::kProduct : TallyKind::kValue);
        result.second =
            tally(feature, feature.weighted_by ? TallyKind::kWeight : TallyKind::kPresent);
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

  // The cell of such a tally of the feature's events; shared with equal ones.
  std::uint32_t tally(const Feature& feature, TallyKind kind) {
    const bool always_there = feature.value && feature.value->kind == Value::Kind::kWeight;
    if (kind == TallyKind::kPresent && always_there) kind = TallyKind::kEvents;
    Amount amount{.kind = kind};
    if (kind != TallyKind::kEvents) amount.value = value(*feature.value);
    if (kind == TallyKind::kProduct || kind == TallyKind::kWeight) {
      amount.weight = value(*feature.weighted_by);
    }
    const auto key = std::tuple(feature.filter, amount.kind, amount.value, amount.weight);
    const auto [found, is_new] = tallies_.try_emplace(key, 0);
    if (is_new) found->second = new_tally(feature.filter, amount);
    return found->second;
  }

  std::uint32_t new_tally(const Filter& filter, const Amount& of) {
    const std::uint32_t amount = position_in(program_.amounts, of);
    const std::uint32_t cell = number(program_.initial_numbers.size());
    program_.initial_numbers.resize(program_.initial_numbers.size() + program_.segments);
    if (filter == Filter{}) {
      program_.plain_tallies.push_back({amount, cell});
    } else if (const auto column = single_column(filter)) {
      add_code_tally(column->first, column->second, amount, cell);
    } else {
      const auto [block, bit] = filter_of(filter);
      MaskTally& tally = with_amount(block->tallies, amount);
      tally.filters |= std::uint64_t{1} << bit;
      tally.cells[bit] = cell;
    }
    return cell;
  }

  static MaskTally& with_amount(std::vector<MaskTally>& tallies, std::uint32_t amount) {
    const auto found = std::ranges::find(tallies, amount, &MaskTally::amount);
    return found == tallies.end() ? tallies.emplace_back(MaskTally{.amount = amount}) : *found;
  }

  using CodeColumn = const Code* Slice::*;

  // The only column that the filter looks at, and the codes that pass.
  std::optional<std::pair<CodeColumn, std::vector<Code>>> single_column(const Filter& filter) {
    struct List {
      CodeColumn column;
      Names::Part part;
      const std::vector<std::string>& names;
    };
    const List lists[] = {{&Slice::kind, &Symbols::kinds, filter.kinds},
                          {&Slice::context, &Symbols::contexts, filter.contexts},
                          {&Slice::object, &Symbols::objects, filter.objects},
                          {&Slice::course, &Symbols::courses, filter.courses},
                          {&Slice::outcome, &Symbols::outcomes, filter.outcomes},
                          {&Slice::source, &Symbols::sources, filter.sources}};
    const auto in_use = [](const List& list) { return !list.names.empty(); };
    if (!filter.where.empty() || std::ranges::count_if(lists, in_use) != 1) return std::nullopt;
    const List& only = *std::ranges::find_if(lists, in_use);
    return std::pair(only.column, names_(only.part, only.names));
  }

  // Joins a tally whose codes are all others, or begins a new one.
  void add_code_tally(CodeColumn column, const std::vector<Code>& codes, std::uint32_t amount,
                      std::uint32_t cell) {
    const auto has_room = [&](const CodeTally& tally) {
      const auto taken = [&](Code code) { return code < tally.cells.size() && tally.cells[code]; };
      return tally.amount == amount && tally.column == column && std::ranges::none_of(codes, taken);
    };
    auto found = std::ranges::find_if(program_.code_tallies, has_room);
    if (found == program_.code_tallies.end()) {
      program_.code_tallies.push_back({amount, column, {}});
      found = program_.code_tallies.end() - 1;
    }
    for (const Code code : codes) {
      if (code == kAbsentCode) continue;
      if (code >= found->cells.size()) found->cells.resize(code + std::size_t{1});
      found->cells[code] = cell;
    }
  }

  // The accumulator of such a step of the feature's events; shared with equal ones.
  std::uint32_t step(const Feature& feature, StepKind kind) {
    FeatureStep wanted{.kind = kind, .window = position_in(windows_, feature.window)};
    wanted.is_attribute = kind == StepKind::kText || feature.aggregate == Aggregate::kAttribute;
    if (kind == StepKind::kText) {
      wanted.value = position_in(program_.reads.properties, feature.property);
    } else if (wanted.is_attribute) {
      wanted.value = value({Value::Kind::kProperty, feature.property});
    } else if (feature.value) {
      wanted.value = value(*feature.value);
    }
    std::vector<FeatureStep>& steps = steps_of(feature.filter, kind);
    const auto same = [&](const FeatureStep& other) { return other.key() == wanted.key(); };
    if (const auto found = std::ranges::find_if(steps, same); found != steps.end()) {
      return found->cell;
    }
    wanted.cell = new_cell(kind);
    steps.push_back(wanted);
    if (wanted.is_attribute) {
      const bool is_listed = feature.filter != Filter{};
      program_.attributes.push_back({.step = wanted});
      if (is_listed) {
        program_.attributes.back().list = static_cast<std::size_t>(&steps - program_.steps.data());
      }
    }
    position_in(program_.step_windows, wanted.window);
    return wanted.cell;
  }

  std::uint32_t new_cell(StepKind kind) {
    const auto numbers = [&](std::initializer_list<double> initial) {
      program_.initial_numbers.insert(program_.initial_numbers.end(), initial);
      return number(program_.initial_numbers.size() - initial.size());
    };
    switch (kind) {
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
        return numbers({0, 0, kMissing, kMissing});
      case StepKind::kDays:
        return number(program_.days++);
      case StepKind::kText:
        return number(program_.texts++);
      default:
        return number(program_.sets++);
    }
  }

  std::uint32_t value(const Value& value) { return program_.values.add(value, program_.reads); }

  std::vector<FeatureStep>& steps_of(const Filter& filter, StepKind kind) {
    if (filter == Filter{}) {
      return needs_no_list(kind) ? program_.range_steps : program_.plain_steps;
    }
    const auto [block, bit] = filter_of(filter);
    const std::uint64_t mask = std::uint64_t{1} << bit;
    if ((block->stepping & mask) == 0) {
      block->stepping |= mask;
      block->lists[bit] = number(program_.steps.size());
      program_.steps.emplace_back();
    }
    return program_.steps[block->lists[bit]];
  }

  std::pair<FilterBlock*, unsigned> filter_of(const Filter& filter) {
    const auto [found, is_new] = filters_.try_emplace(filter, filters_.size());
    const std::size_t at = found->second;
    if (at / 64 == program_.blocks.size()) program_.blocks.emplace_back();
    FilterBlock& block = program_.blocks[at / 64];
    const auto bit = static_cast<unsigned>(at % 64);
    if (is_new) block.masks.add(bit, filter, names_, program_.values, program_.reads);
    return {&block, bit};
  }

  void ask_for_columns() {
    ColumnSet& columns = program_.reads.columns;
    columns = columns | ColumnSet{Column::kTime, Column::kReceived, Column::kCourse, Column::kKind};
    for (const CodeTally& tally : program_.code_tallies) {
      if (tally.column == &Slice::context) columns.add(Column::kContext);
      if (tally.column == &Slice::object) columns.add(Column::kObject);
      if (tally.column == &Slice::outcome) columns.add(Column::kOutcome);
      if (tally.column == &Slice::source) columns.add(Column::kSource);
    }
    ask_for_columns(program_.plain_steps);
    for (const auto& steps : program_.steps) ask_for_columns(steps);
  }

  void ask_for_columns(const std::vector<FeatureStep>& steps) {
    ColumnSet& columns = program_.reads.columns;
    for (const FeatureStep& step : steps) {
      if (step.kind == StepKind::kObjects) columns.add(Column::kObject);
      if (step.kind == StepKind::kContexts) columns.add(Column::kContext);
      if (step.kind == StepKind::kOutcomes) columns.add(Column::kOutcome);
      if (step.kind == StepKind::kSources) columns.add(Column::kSource);
    }
  }

  FeatureProgram& program_;
  const Names& names_;
  std::vector<std::uint32_t> column_of_;  // per feature
  std::vector<Window> windows_;
  std::map<Filter, std::size_t> filters_;  // those that are bits
  std::map<std::tuple<Filter, TallyKind, std::uint32_t, std::uint32_t>, std::uint32_t> tallies_;
};

void chain(std::vector<FeatureSum>& sums) {
  std::ranges::stable_sort(sums, [](const FeatureSum& a, const FeatureSum& b) {
    return a.end != b.end ? a.end < b.end : a.first > b.first;
  });
  for (std::size_t i = sums.size(); i-- > 1;) {
    const FeatureSum& before = sums[i - 1];
    // Numbers of several windows are of one tally; nothing added up belongs to none.
    if (sums[i].end != before.end || before.first == before.end) continue;
    sums[i].end = before.first;
    sums[i].extends = true;
  }
}

CoursePlan::Point point_of(Micros as_of, std::optional<Micros> start, const Zone& zone,
                           const std::vector<Window>& windows,
                           const std::vector<FeatureColumn>& columns) {
  CoursePlan::Point point{.as_of = as_of, .day = 0};
  if (as_of == kNever) return point;
  const Micros local = zone.to_local(as_of);
  point.day = day_of(local);
  std::set<Micros> edges;
  for (const Window& window : windows) {
    // A window of no length back from now must not move by a skipped hour.
    const auto ago = [&](Micros back) { return back == 0 ? as_of : zone.to_utc(local - back); };
    Micros begin = window.from ? ago(*window.from) : kNever;
    const Micros end = ago(window.to);
    if (window.since_start) begin = start ? std::max(begin, *start) : end;
    const std::optional<Micros> known = begin == kNever ? start : begin;
    point.begin.push_back(begin);
    point.end.push_back(end);
    point.local_end.push_back(local - window.to);
    const Micros length = known ? local - window.to - zone.to_local(*known) : 0;
    point.weeks.push_back(std::max<Micros>(0, length) / (7 * kMicrosPerDay));
    if (begin != kNever) edges.insert(begin);
    if (end != as_of) edges.insert(end);
  }
  point.edges.assign(edges.begin(), edges.end());
  const auto segment_at = [&](Micros time) {
    return number(static_cast<std::size_t>(std::ranges::upper_bound(point.edges, time) -
                                           point.edges.begin()));
  };
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::uint32_t end =
        point.end[i] == as_of ? number(point.edges.size() + 1) : segment_at(point.end[i]);
    point.segments.emplace_back(std::min(segment_at(point.begin[i]), end), end);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const FeatureResult& result = columns[i].result;
    if (!is_sum(result.aggregate)) continue;
    const auto [first, end] = point.segments[result.window];
    point.sums.push_back({number(i), result.cell + first, result.cell + end, false});
  }
  chain(point.sums);
  return point;
}

CoursePlan plan_of(std::optional<Micros> start, const std::vector<AsOf>& as_of, const Zone& zone,
                   const std::vector<Window>& windows, const std::vector<FeatureColumn>& columns) {
  CoursePlan plan;
  if (start) plan.start_day = zone.local_day(*start);
  for (const AsOf& moment : as_of) {
    const Micros time = moment_of(moment, start, zone).value_or(kNever);
    plan.points.push_back(point_of(time, start, zone, windows, columns));
  }
  return plan;
}

}  // namespace

std::optional<Micros> moment_of(const AsOf& as_of, std::optional<Micros> start, const Zone& zone) {
  if (const auto* fixed = std::get_if<Micros>(&as_of)) return *fixed;
  if (!start) return std::nullopt;
  return zone.to_utc(zone.to_local(*start) + std::get<CourseDay>(as_of).day * kMicrosPerDay);
}

FeatureProgram::FeatureProgram(const FeaturesDefinition& definition, const FeaturesRequest& request,
                               const Calendar& calendar, const Zone& where, const Names& names)
    : zone(where), points(request.as_of.size()), arrived_later(request.arrived_later) {
  Compiler compiler(*this, names);
  compiler.compile(definition.features);

  undated = plan_of(std::nullopt, request.as_of, zone, compiler.windows(), number_columns);
  for (const auto& [course, dates] : calendar) {
    plans[names(&Symbols::courses, course)] =
        plan_of(dates.start, request.as_of, zone, compiler.windows(), number_columns);
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
    give(request.target->kinds, kTarget);
    take_target(*request.target, names);
  }
}

void FeatureProgram::take_target(const Target& target, const Names& names) {
  has_target = true;
  target_amount = target.amount;
  latest_target = !target.classes.empty();
  const bool is_amount = target.amount != Target::Amount::kNone;
  const bool any_event = target.outcomes.empty() && target.classes.empty();
  target_is_any = any_event || is_amount;
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  other_target = any_event ? 1 : latest_target || is_amount ? nothing : 0;
  const auto say = [&](const std::vector<std::string>& outcomes, double value) {
    for (const Code outcome : names(&Symbols::outcomes, outcomes)) {
      if (outcome != kAbsentCode) target_values.emplace_back(outcome, value);
    }
  };
  say(target.outcomes, 1);
  for (std::size_t i = 0; i < target.classes.size(); ++i) {
    say(target.classes[i], static_cast<double>(i));
  }
  if (!any_event) reads.columns.add(Column::kOutcome);
  if (target.amount == Target::Amount::kWeight) reads.columns.add(Column::kWeight);
  if (!target.days) return;
  const auto end_at = [&](CoursePlan& plan) {
    for (CoursePlan::Point& point : plan.points) {
      if (point.as_of == FeaturesFold::kNever) continue;
      point.target_end = zone.to_utc(zone.to_local(point.as_of) + *target.days * kMicrosPerDay);
    }
  };
  end_at(undated);
  for (auto& [course, plan] : plans) end_at(plan);
}

}  // namespace waymark::fold
