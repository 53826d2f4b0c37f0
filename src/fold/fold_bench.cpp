// Folds over generated columns in memory, each beside a plain loop over the same columns in the
// same run: what this machine allows. Labels show a hash of the result, which must not change with
// threads or machines.

#include <benchmark/benchmark.h>

#include <array>
#include <numeric>
#include <random>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "fold/batch.h"
#include "fold/clusters.h"
#include "fold/cohort.h"
#include "fold/engagement.h"
#include "fold/features.h"
#include "fold/lifecycle.h"
#include "fold/paths.h"
#include "fold/retention.h"
#include "fold/sessions.h"

namespace waymark::fold {
namespace {

constexpr Micros kStart = 1'380'585'600 * kMicrosPerSecond;  // 2013-10-01
constexpr std::size_t kEventsPerLearner = 350;

// A course of clicks and submissions, one learner after another.
struct Columns {
  std::vector<std::size_t> begin;  // per learner, and the end
  std::vector<Micros> time;
  std::vector<Code> kind, object, course, context;
  std::vector<double> weight, score, late, banked, due_weight;
  std::vector<Code> region;
  Symbols symbols;
  Calendar calendar{{"course", {kStart, kStart + 240 * kMicrosPerDay}}};

  explicit Columns(std::size_t learners) {
    std::mt19937_64 random(1);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    const Code click = symbols.kinds.intern("click");
    const Code submitted = symbols.kinds.intern("submitted");
    const Code in_course = symbols.courses.intern("course");
    const std::array<Code, 8> contexts{
        symbols.contexts.intern("homepage"),  symbols.contexts.intern("forumng"),
        symbols.contexts.intern("oucontent"), symbols.contexts.intern("quiz"),
        symbols.contexts.intern("resource"),  symbols.contexts.intern("subpage"),
        symbols.contexts.intern("url"),       symbols.contexts.intern("TMA")};
    for (int i = 0; i < 500; ++i) symbols.objects.intern("object " + std::to_string(i));
    for (std::size_t learner = 0; learner < learners; ++learner) {
      begin.push_back(time.size());
      Micros now = kStart - 10 * kMicrosPerDay;
      for (std::size_t i = 0; i < kEventsPerLearner; ++i) {
        const bool pause = below(4) == 0;
        now += static_cast<Micros>(below(pause ? 200'000 : 300)) * kMicrosPerSecond;
        const bool click_now = i % 70 != 69;
        time.push_back(now);
        kind.push_back(click_now ? click : submitted);
        object.push_back(static_cast<Code>(1 + below(500)));
        course.push_back(in_course);
        context.push_back(click_now ? contexts[below(7)] : contexts[7]);
        weight.push_back(static_cast<double>(1 + below(6)));
        score.push_back(click_now ? kNoScore : static_cast<double>(below(101)));
        late.push_back(click_now ? kNoScore : static_cast<double>(below(9)) - 5);
        banked.push_back(click_now ? kNoScore : 0);
        due_weight.push_back(click_now ? kNoScore : 10);
        region.push_back(kNoCode);
      }
    }
    begin.push_back(time.size());
  }
};

const Columns& columns_of(std::size_t learners) {
  static std::map<std::size_t, std::unique_ptr<Columns>> made;
  auto& columns = made[learners];
  if (!columns) columns = std::make_unique<Columns>(learners);
  return *columns;
}

// What a trail's cursor does: a slice per learner, in blocks.
class ColumnSource {
 public:
  ColumnSource(const Columns& columns, const Reads& reads) : columns_(columns), reads_(reads) {}

  class Cursor {
   public:
    Cursor(const ColumnSource& source, std::size_t first, std::size_t end)
        : source_(source), learner_(first), end_(end) {}

    bool next(Code& learner, Slice& slice) {
      if (learner_ == end_) return false;
      const Columns& all = source_.columns_;
      const std::size_t at = all.begin[learner_];
      properties_.clear();
      for (const std::string& name : source_.reads_.properties) {
        properties_.push_back(name == "weight"      ? PropertyColumn{all.due_weight.data() + at}
                              : name == "days_late" ? PropertyColumn{all.late.data() + at}
                              : name == "is_banked"
                                  ? PropertyColumn{all.banked.data() + at}
                                  : PropertyColumn{nullptr, all.region.data() + at});
      }
      slice = {.size = all.begin[learner_ + 1] - at,
               .time = all.time.data() + at,
               .received = all.time.data() + at,
               .kind = all.kind.data() + at,
               .object = all.object.data() + at,
               .course = all.course.data() + at,
               .context = all.context.data() + at,
               .score = all.score.data() + at,
               .weight = all.weight.data() + at,
               .properties = properties_};
      learner = static_cast<Code>(learner_++);
      return true;
    }

   private:
    const ColumnSource& source_;
    std::size_t learner_, end_;
    std::vector<PropertyColumn> properties_;
  };

  std::size_t bucket_count() const { return 8; }
  Cursor cursor(std::size_t bucket) const {
    const std::size_t learners = columns_.begin.size() - 1;
    return {*this, learners * bucket / 8, learners * (bucket + 1) / 8};
  }

 private:
  const Columns& columns_;
  const Reads& reads_;
};

void report(benchmark::State& state, const Columns& columns, const Hasher& hasher) {
  state.SetItemsProcessed(static_cast<std::int64_t>(columns.time.size()) * state.iterations());
  state.SetLabel("result " + to_hex(hasher.digest()).substr(0, 8));
}

template <typename T>
void add(Hasher& hasher, const std::vector<T>& column) {
  hasher.field({reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T)});
}

constexpr std::uint32_t kWeeks = 13;

RetentionDefinition weekly_retention() {
  RetentionDefinition definition{.per_course = false};
  for (std::uint32_t week = 0; week < kWeeks; ++week) definition.cells.push_back({week, week});
  return definition;
}

void hash_rows(const SessionTotalsFold::Output& output, Hasher& hasher) {
  hasher.number(output.sessions);
  hasher.number(static_cast<std::uint64_t>(output.duration));
}
void hash_rows(const SessionTable& output, Hasher& hasher) {
  add(hasher, output.start);
  add(hasher, output.end);
  add(hasher, output.objects);
}
void hash_rows(const EngagementTable& output, Hasher& hasher) {
  add(hasher, output.active_days);
  add(hasher, output.revisits);
  add(hasher, output.relative_intensity);
}
void hash_rows(const RetentionMatrix& output, Hasher& hasher) {
  add(hasher, output.cohort);
  add(hasher, output.observed);
  add(hasher, output.returned);
}
void hash_rows(const RetentionFold::Output& output, Hasher& hasher) {
  hash_rows(matrix_of(weekly_retention(), output.totals), hasher);
}
void hash_rows(const TransitionTotalsFold::Output& output, Hasher& hasher) {
  add(hasher, output.counts);
}
// In sums, as tables of counts are in no order.
void hash_rows(const PathCounts& output, Hasher& hasher) {
  for (const GramTable& table : output.grams) {
    std::uint64_t sum = 0;
    table.for_each([&](const GramTable::Counts& counts) {
      sum += counts.key * (counts.occurrences + 3 * counts.sessions + 5 * counts.learners);
    });
    hasher.number(sum);
  }
}
void hash_rows(const CohortTable& output, Hasher& hasher) {
  add(hasher, output.entered);
  add(hasher, output.exited);
}
void hash_rows(const LifecycleTable& output, Hasher& hasher) {
  add(hasher, output.stage);
  add(hasher, output.entered);
}
void hash_rows(const FeatureTable& output, Hasher& hasher) { add(hasher, output.numbers); }

template <Fold F>
void run_fold(benchmark::State& state, std::size_t learners, const F& fold) {
  const Columns& columns = columns_of(learners);
  Hasher hasher;
  for (auto _ : state) {
    const auto output = run(fold, ColumnSource(columns, fold.reads()), 1);
    hasher.reset();
    hash_rows(output, hasher);
  }
  report(state, columns, hasher);
}

void plain_sessions(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  constexpr Micros kGap = 30 * kMicrosPerMinute;
  SessionTotalsFold::Output output;
  for (auto _ : state) {
    std::uint64_t sessions = 0;
    Micros duration = 0;
    const Micros* const time = columns.time.data();
    for (std::size_t learner = 0; learner < learners; ++learner) {
      ++sessions;
      for (std::size_t i = columns.begin[learner] + 1; i < columns.begin[learner + 1]; ++i) {
        const Micros pause = time[i] - time[i - 1];
        const bool same = pause <= kGap;
        sessions += !same;
        duration += same ? pause : 0;
      }
    }
    output = {sessions, duration};
    benchmark::DoNotOptimize(output);
  }
  Hasher hasher;
  hash_rows(output, hasher);
  report(state, columns, hasher);
}

// Without zones, filters or courses: weeks of UTC. Learners start within four weeks.
void plain_retention(benchmark::State& state, std::size_t learners) {
  constexpr std::size_t kCohorts = 4;
  constexpr Micros kWeek = 7 * kMicrosPerDay;
  const Columns& columns = columns_of(learners);
  const std::int64_t monday = Periods(PeriodUnit::kWeek, true).cohort_of(day_of(columns.time[0]));
  std::array<std::uint64_t, kCohorts> started{};
  std::array<std::array<std::uint64_t, kWeeks>, kCohorts> returned{};
  for (auto _ : state) {
    started = {};
    returned = {};
    for (std::size_t learner = 0; learner < learners; ++learner) {
      const std::size_t first = columns.begin[learner];
      const std::int64_t day = day_of(columns.time[first]);
      std::uint64_t active = 0;
      for (std::size_t i = first; i < columns.begin[learner + 1]; ++i) {
        const auto week = static_cast<std::uint64_t>(columns.time[i] - day * kMicrosPerDay) / kWeek;
        active |= std::uint64_t{week < 64} << week % 64;
      }
      const auto cohort = static_cast<std::size_t>(day - monday) / 7;
      ++started[cohort];
      for (std::size_t week = 0; week < kWeeks; ++week) {
        returned[cohort][week] += active >> week & 1;
      }
    }
    benchmark::DoNotOptimize(returned);
  }
  RetentionMatrix matrix;
  for (std::size_t cohort = 0; cohort < kCohorts && started[cohort] != 0; ++cohort) {
    for (const std::uint64_t count : returned[cohort]) {
      matrix.cohort.push_back(static_cast<std::int32_t>(monday) + static_cast<int>(7 * cohort));
      matrix.observed.push_back(started[cohort]);
      matrix.returned.push_back(count);
    }
  }
  Hasher hasher;
  hash_rows(matrix, hasher);
  report(state, columns, hasher);
}

void retention_totals(benchmark::State& state, std::size_t learners, const char* zone) {
  run_fold(state, learners,
           RetentionFold(weekly_retention(), Zone::named(zone), Names(columns_of(learners).symbols),
                         kLatest, RetentionFold::Give::kTotals));
}

// Of clicks, per course, with a row per learner.
void retention(benchmark::State& state, std::size_t learners) {
  RetentionDefinition definition = weekly_retention();
  definition.per_course = true;
  definition.returning.kinds = {"click"};
  run_fold(
      state, learners,
      RetentionFold(definition, Zone::named("Europe/London"), Names(columns_of(learners).symbols)));
}

// From state to state within sessions, with the edge of a session as a state; one per context, and
// one for all others, as the fold has them.
void plain_transitions(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  constexpr Micros kGap = 30 * kMicrosPerMinute;
  const std::size_t width = columns.symbols.contexts.size() + 2;
  TransitionTotalsFold::Output output;
  for (auto _ : state) {
    output.counts.assign(width * width, 0);
    std::uint64_t* const counts = output.counts.data();
    for (std::size_t learner = 0; learner < learners; ++learner) {
      const std::size_t begin = columns.begin[learner], end = columns.begin[learner + 1];
      std::size_t from = columns.context[begin] + std::size_t{1};
      ++counts[from];
      for (std::size_t i = begin + 1; i < end; ++i) {
        const std::size_t to = columns.context[i] + std::size_t{1};
        if (columns.time[i] - columns.time[i - 1] <= kGap) {
          ++counts[from * width + to];
        } else {
          ++counts[from * width];
          ++counts[to];
        }
        from = to;
      }
      ++counts[from * width];
    }
    benchmark::DoNotOptimize(counts);
  }
  Hasher hasher;
  hash_rows(output, hasher);
  report(state, columns, hasher);
}

// Reads every column that the features read, and does next to nothing with them.
void plain_sums(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  double sum = 0;
  for (auto _ : state) {
    sum = 0;
    for (std::size_t i = 0; i < columns.time.size(); ++i) {
      if (columns.kind[i] != 1) {
        sum += columns.score[i] + columns.late[i] + columns.banked[i] + columns.due_weight[i];
      }
      sum += columns.weight[i] +
             static_cast<double>(columns.context[i] + columns.object[i] + columns.course[i] +
                                 static_cast<Code>(columns.time[i] & 1));
    }
    benchmark::DoNotOptimize(sum);
  }
  Hasher hasher;
  hasher.number(static_cast<std::uint64_t>(sum));
  report(state, columns, hasher);
}

void session_totals(benchmark::State& state, std::size_t learners) {
  run_fold(state, learners, SessionTotalsFold(30 * kMicrosPerMinute, false));
}

void sessions(benchmark::State& state, std::size_t learners) {
  run_fold(state, learners,
           SessionsFold({.switch_on_course = true}, Names(columns_of(learners).symbols)));
}

// By code, so that its states have the numbers of the plain loop.
std::vector<std::string> contexts_of(const Columns& columns) {
  std::vector<std::string> names;
  for (Code code = 0; code < columns.symbols.contexts.size(); ++code) {
    names.emplace_back(columns.symbols.contexts.text(code));
  }
  return names;
}

void transition_totals(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  run_fold(state, learners,
           TransitionTotalsFold({.states = PathStateBy::kContext}, contexts_of(columns),
                                Names(columns.symbols)));
}

// Transitions of one order, or sequences as long.
void paths(benchmark::State& state, std::size_t learners, unsigned order) {
  const Columns& columns = columns_of(learners);
  run_fold(state, learners,
           PathsFold({.states = PathStateBy::kContext, .order = order}, contexts_of(columns),
                     Names(columns.symbols)));
}

void engagement(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  run_fold(state, learners,
           EngagementFold({.kinds = {"click"}}, columns.calendar, Zone::named("Europe/London"),
                          Names(columns.symbols)));
}

// At least 3 clicks in 14 days, and nothing handed in: all stays, not those of one moment alone.
void cohort(benchmark::State& state, std::size_t learners) {
  const Rule clicks{
      RuleCount{.filter = {.kinds = {"click"}}, .at_least = 3, .last = 14 * kMicrosPerDay}};
  const Rule nothing{RuleCount{.filter = {.kinds = {"submitted"}}, .at_least = 0, .at_most = 0}};
  CohortDefinition definition;
  definition.who = {RuleGroup{RuleGroup::Kind::kAll, {clicks, nothing}}};
  run_fold(state, learners, CohortFold(definition, Names(columns_of(learners).symbols)));
}

void lifecycle(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  run_fold(state, learners,
           LifecycleFold({.activity = {.kinds = {"click"}}}, columns.calendar,
                         Zone::named("Europe/London"), Names(columns.symbols)));
}

// The features of the example, as of some days.
FeaturesFold example_features(const Columns& columns, const FeaturesRequest& request) {
  workspace::Diagnostics diagnostics;
  const auto node = workspace::parse_yaml(read_file("examples/oulad/measures/study.yaml"),
                                          "study.yaml", diagnostics);
  const auto definition = parse_features({"study", "features", node, ""}, diagnostics);
  WAYMARK_CHECK(diagnostics.empty());
  return {definition, request, columns.calendar, Zone::named("Europe/London"),
          Names(columns.symbols)};
}

// As of one day, or of a day in each of twelve weeks.
void features(benchmark::State& state, std::size_t learners, std::int64_t as_ofs) {
  FeaturesRequest request;
  for (std::int64_t i = 0; i < as_ofs; ++i) request.as_of.push_back(CourseDay{84 - 7 * i});
  run_fold(state, learners, example_features(columns_of(learners), request));
}

// From finished features on: how many clusters, which, and how stable.
void clusters(benchmark::State& state, std::size_t learners) {
  const Columns& columns = columns_of(learners);
  const FeaturesFold fold = example_features(columns, {.as_of = {CourseDay{84}}});
  const FeatureTable features = run(fold, ColumnSource(columns, fold.reads()), 1);
  const std::string &clicks = features.number_names[0], &sites = features.number_names[1];
  const ClustersDefinition definition{
      .features = {clicks, sites}, .words = {{clicks, clicks}, {sites, sites}}, .most = 4};
  std::vector<std::uint32_t> rows(features.size());
  std::iota(rows.begin(), rows.end(), 0u);
  Hasher hasher;
  for (auto _ : state) {
    const ClusterTables tables = clusters_of(definition, features, rows);
    hasher.reset();
    add(hasher, tables.learners.cluster);
  }
  report(state, columns, hasher);
}

#define WAYMARK_BENCH(function, ...)                                                               \
  BENCHMARK_CAPTURE(function, tiny, 20 __VA_OPT__(, ) __VA_ARGS__)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(function, full, 20'000 __VA_OPT__(, ) __VA_ARGS__)                             \
      ->Unit(benchmark::kMillisecond)

WAYMARK_BENCH(plain_sessions);
WAYMARK_BENCH(session_totals);
WAYMARK_BENCH(plain_retention);
WAYMARK_BENCH(retention_totals, "Etc/UTC");
WAYMARK_BENCH(retention_totals, "Europe/London");
WAYMARK_BENCH(retention);
WAYMARK_BENCH(plain_sums);
WAYMARK_BENCH(sessions);
WAYMARK_BENCH(plain_transitions);
WAYMARK_BENCH(transition_totals);
WAYMARK_BENCH(paths, 1);
BENCHMARK_CAPTURE(paths, order_2, 20'000, 2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(paths, order_4, 20'000, 4)->Unit(benchmark::kMillisecond);
WAYMARK_BENCH(engagement);
WAYMARK_BENCH(cohort);
WAYMARK_BENCH(features, 1);
WAYMARK_BENCH(lifecycle);
WAYMARK_BENCH(clusters);
BENCHMARK_CAPTURE(features, twelve_as_ofs, 20'000, 12)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace waymark::fold
