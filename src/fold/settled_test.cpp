// What folds say of rest: until then a learner's rows stay as they are, and then they do change.

#include "fold/settled.h"

#include <algorithm>
#include <ranges>

#include "fold/lifecycle_story.h"
#include "fold/mastery.h"
#include "fold/retention_story.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

constexpr Micros kAfterAll = kLatest - 400 * kMicrosPerDay;

// As of a moment, by learner.
struct Known {
  std::map<std::string, std::vector<std::vector<std::string>>> rows;
  std::map<std::string, Micros> settled_until;  // of whom that is not for good

  Micros settled(const std::string& learner) const {
    const auto found = settled_until.find(learner);
    return found == settled_until.end() ? kLatest : found->second;
  }
};

template <Settling F>
Known known(const Measure<F>& measure, const EventBatch& events) {
  Symbols symbols = symbols_of(events);
  const F fold = measure.make(Names(std::as_const(symbols)));
  const WithSettled<F> settling(fold);
  const EventSource source(events, symbols, fold.reads(), 2, 1'000);
  const auto output = run(settling, source, 1);
  Known known;
  for (Code learner = 1; learner < events.learners.size(); ++learner)
    known.rows[std::string(events.learners.text(learner))];
  for (auto& row : measure.tabulate(output.rows, {symbols, events.learners, Zone::utc()}).rows)
    known.rows[row.front()].push_back(std::move(row));
  for (std::size_t i = 0; i < output.learner.size(); ++i)
    known.settled_until[std::string(events.learners.text(output.learner[i]))] =
        output.settled_until[i];
  return known;
}

// How often rows changed just when they were no longer settled; that they did not before is
// expected.
template <Settling F>
std::size_t changes_in_time(const std::function<Measure<F>(Micros as_of)>& measure) {
  std::size_t changes = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const EventBatch events = random_events({.seed = seed, .learners = 8, .most_events = 30});
    Micros as_of = *std::ranges::max_element(events.time) + 1;
    Known now = known(measure(as_of), events);
    const auto expect_same = [&](const Known& later, Micros moment) {
      for (const auto& [learner, rows] : now.rows) {
        if (moment < now.settled(learner)) {
          EXPECT_EQ(rows, later.rows.at(learner))
              << "seed " << seed << ", " << learner << ": settled until "
              << to_iso(now.settled(learner)) << " as of " << to_iso(as_of) << ", and as of "
              << to_iso(moment) << " others";
        }
      }
    };
    expect_same(known(measure(kAfterAll), events), kAfterAll);
    for (int moment = 0; moment < 25 && !now.settled_until.empty(); ++moment) {
      const Micros next = std::ranges::min(std::views::values(now.settled_until));
      EXPECT_GT(next, as_of);
      expect_same(known(measure(next - 1), events), next - 1);
      Known then = known(measure(next), events);
      expect_same(then, next);
      for (const auto& [learner, rows] : now.rows) changes += rows != then.rows.at(learner);
      now = std::move(then);
      as_of = next;
    }
  }
  return changes;
}

TEST(Settled, FunnelsUntilAWindowCloses) {
  const auto changes = [](const std::string& yaml) {
    const std::string steps =
        "steps:\n  - {name: a, kinds: [enrolled]}\n  - {name: b, kinds: [click]}\n"
        "  - {name: c, kinds: [submitted]}\n";
    return changes_in_time<FunnelFold>([&](Micros as_of) { return funnel(steps + yaml, as_of); });
  };
  EXPECT_GT(changes("within: 90d\n"), 0U);
  EXPECT_GT(changes("within: 60d\ncount: every\nper: learner\n"), 0U);
  EXPECT_GT(changes("within: 80d\norder: any\nexclude:\n  - {kinds: [unregistered]}\n"), 0U);
  EXPECT_EQ(changes(""), 0U);
}

TEST(Settled, RetentionUntilACellIsOver) {
  const auto changes = [](std::string_view yaml, std::string_view calendar = "") {
    return changes_in_time<RetentionFold>([&](Micros as_of) {
      return retention(
          yaml, {.zone = Zone::named("Europe/London"), .as_of = as_of, .calendar = calendar});
    });
  };
  EXPECT_GT(changes("period: day\nperiods: 120\n"), 0U);
  EXPECT_GT(changes("period: week\nperiods: 30\nper: learner\nmode: unbounded\n"), 0U);
  EXPECT_GT(changes("period: month\nbrackets: [0, 1, 2-5]\ntime_zone: {property: zone}\n"), 0U);
  EXPECT_GT(changes("period: week\nperiods: 20\ncalendar: terms\nclosed_days: exclude\n",
                    "- {kind: holiday, from: 2026-04-06, to: 2026-05-24}\n"),
            0U);
}

TEST(Settled, LifecyclesUntilThePeriodIsOver) {
  const auto changes = [](std::string_view yaml, const Calendar& calendar = {}) {
    return changes_in_time<LifecycleFold>([&](Micros as_of) {
      return lifecycle(
          yaml, {.zone = Zone::named("Europe/London"), .as_of = as_of, .calendar = calendar});
    });
  };
  EXPECT_GT(changes("activity: {kinds: [click]}\nperiod: week\n"), 0U);
  EXPECT_GT(changes("activity: {kinds: [click]}\nperiod: month\nper: learner\nleft: {kinds: "
                    "[unregistered]}\ntime_zone: {property: zone}\n"),
            0U);
  const Calendar ending{{"course 0", {at("2026-03-01"), at("2026-08-01")}},
                        {"course 1", {at("2026-03-01"), at("2026-03-20")}}};
  EXPECT_GT(changes("activity: {kinds: [click]}\nperiod: day\n", ending), 0U);
}

TEST(Settled, CohortsUntilARuleChangesByItself) {
  const auto changes = [](std::string_view yaml) {
    return changes_in_time<CohortFold>([&](Micros as_of) { return cohort(yaml, as_of); });
  };
  EXPECT_GT(changes("who: {did_not: {kinds: [click], last: 60d}}\n"), 0U);
  EXPECT_GT(changes("who: {did: {kinds: [click], before: 90d, at_least: 2}}\nper: learner\n"), 0U);
  EXPECT_GT(changes("who: {sum: {of: weight, kinds: click, last: 100d, at_least: 6}}\n"), 0U);
  EXPECT_GT(changes("who: {sequence: {steps: [{kinds: click}, {kinds: submitted}], last: 90d}}\n"),
            0U);
  EXPECT_EQ(changes("who: {did: {kinds: [click], at_least: 3}}\n"), 0U);
}

TEST(Settled, MasteryWhereNothingFades) {
  const auto changes = [](const std::string& yaml) {
    const auto definition =
        parsed("mastery",
               "answers: {kinds: [submitted]}\ncorrect: {outcome: Pass}\n"
               "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n" +
                   yaml,
               kMasterySchema, parse_mastery);
    return changes_in_time<MasteryFold>([&](Micros as_of) {
      return Measure<MasteryFold>{
          [=](const Names& names) { return MasteryFold(definition, names, as_of); },
          [](const MasteryTable& rows, const Meaning& meaning) {
            return Tabulator(rows.size(), meaning)
                .learners(rows.learner)
                .numbers("known", rows.known)
                .numbers("answers", rows.answers)
                .take();
          }};
    });
  };
  EXPECT_EQ(changes(""), 0U);
  EXPECT_GT(changes("decay: {half_life: 1d}\n"), 0U);
}

// What compares learners, and weeks of a course that goes on, are worked out of settled rows.
TEST(Settled, EngagementUntilALearnerHasBeenSilentForLong) {
  const auto changes = [](std::string_view yaml, const Calendar& calendar = {}) {
    return changes_in_time<EngagementFold>([&](Micros as_of) {
      Measure<EngagementFold> measure = engagement(yaml, calendar, Zone::utc(), as_of);
      measure.tabulate = [](const EngagementTable& rows, const Meaning& meaning) {
        return table_of(rows, meaning)
            .with_columns({"learner", "course", "events", "active_ms", "first_action_days",
                           "abandoned", "weight_per_active_day"});
      };
      return measure;
    });
  };
  EXPECT_GT(changes("abandoned_after: 60d\n"), 0U);
  const Calendar ending{{"course 0", {at("2026-03-01"), at("2026-12-31")}},
                        {"course 1", {at("2026-03-01"), at("2026-03-20")}}};
  EXPECT_GT(changes("kinds: [click]\nenrolled: [enrolled]\nabandoned_after: 90d\n", ending), 0U);
}

TEST(Settled, SessionsForGood) {
  EXPECT_EQ(changes_in_time<SessionsFold>([](Micros) { return sessions("gap: 30m"); }), 0U);
}

}  // namespace
}  // namespace waymark::fold
