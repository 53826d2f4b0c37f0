#include "fold/live.h"

#include "base/error.h"
#include "fold/story.h"

namespace waymark::fold {
namespace {

constexpr std::string_view kFeatures = R"(
features:
  clicks:  {sum: weight, kinds: [click], last: 14d}
  objects: {distinct: object}
  streak:  {longest_streak: true}
  region:  {attribute: region}
)";

Measure<FeaturesFold> measure() { return features(kFeatures, {.as_of = {at("2026-03-20")}}); }

TEST(Live, EventsTakenAgainChangeNothing) {
  const EventBatch events = random_events({.seed = 4, .learners = 8, .most_events = 30});
  Journal journal;
  journal.store(events);
  Live<FeaturesFold> live(measure().make,
                          [&](std::string_view learner) { return journal.history(learner); });
  live.take(events);
  const std::string once = live.save();
  live.take(events);
  EXPECT_EQ(live.save(), once);
}

TEST(Live, ResultsAreThereAtAnyMoment) {
  Journal journal;
  const Measure<SessionsFold> by_gap = sessions("gap: 30m");
  Live<SessionsFold> live(by_gap.make,
                          [&](std::string_view learner) { return journal.history(learner); });
  EXPECT_EQ(live.results().size(), 0u);
  const EventBatch events = random_events({.learners = 3, .most_events = 20});
  EventBatch so_far;
  for (const EventBatch& batch : arrivals(events, {.batch_rows = 4})) {
    journal.store(batch);
    live.take(batch);
    for (std::size_t row = 0; row < batch.size(); ++row) so_far.append(batch, row);
    const TextTable now =
        by_learner(table_of(live.results(), {live.symbols(), live.learners(), Zone::utc()}));
    EXPECT_TRUE(now == run_batch(by_gap, so_far, Zone::utc()));
  }
}

// With every sort of memory that a cohort may have.
constexpr std::string_view kCohort = R"(
who:
  any:
    - did: {kinds: click, at_least: 2, last: 1d}
    - did: {kinds: click, at_least: 2, before: 1d}
    - sum: {of: weight, last: 1d, at_least: 5}
    - sequence: {steps: [{kinds: click}, {kinds: submitted}], last: 1d}
    - attributes: {region: r1}
)";

template <Fold F>
void expect_limit_held(const Measure<F>& measure) {
  constexpr std::size_t kLimit = 40'000;
  Journal journal;
  const auto history = [&](std::string_view learner) { return journal.history(learner); };
  Live<F> live(measure.make, history, kLimit);
  std::string before;
  std::string reason;
  for (std::uint64_t seed = 1; seed <= 100 && reason.empty(); ++seed) {
    EventBatch batch = random_events({.seed = seed, .learners = 5, .most_events = 10});
    EventBatch renamed;  // no learner comes twice
    for (std::size_t row = 0; row < batch.size(); ++row) {
      Event event = batch.event(row);
      event.learner = LearnerKey(event.learner.reveal() + " of " + std::to_string(seed));
      renamed.append(event);
    }
    journal.store(renamed);
    before = live.save();
    try {
      live.take(renamed);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
      reason = error.reason();
    }
  }
  EXPECT_EQ(reason, "live.memory_full");
  EXPECT_EQ(live.save(), before);
  EXPECT_GT(before.size(), kLimit / 4) << "full long before the memory is used";
  EXPECT_LT(before.size(), kLimit * 2);

  // A restored one holds no less, and one with more room goes on.
  Live<F> restored = Live<F>::restore(measure.make, history, before, kLimit);
  EXPECT_THROW(restored.take(random_events({})), Error);
  Live<F> roomier = Live<F>::restore(measure.make, history, before);
  EXPECT_NO_THROW(roomier.take(random_events({})));
}

TEST(Live, MemoryIsLimited) {
  expect_limit_held(measure());
  expect_limit_held(sessions("switch_on: [course, region]"));
  expect_limit_held(engagement("enrolled: enrolled"));
  expect_limit_held(cohort(kCohort));
}

// One learner who never stops is noticed too.
TEST(Live, AStateThatGrowsIsNoticed) {
  Event event;
  event.learner = LearnerKey("ann");
  event.kind = "click";
  Journal journal;
  const Measure<SessionsFold> by_gap = sessions("gap: 30m");
  Live<SessionsFold> live(
      by_gap.make, [&](std::string_view learner) { return journal.history(learner); }, 40'000);
  const auto take_many = [&] {
    for (int n = 0; n < 10'000; ++n) {
      event.id = {0, event.id.low + 1};
      event.time += kMicrosPerDay;
      EventBatch one;
      one.append(event);
      live.take(one);
    }
  };
  EXPECT_THROW(take_many(), Error);
  EXPECT_GT(live.results().size(), 100u);
}

// Whatever is cut off is noticed, for every fold.
template <Fold F>
void expect_cuts_refused(const Measure<F>& measure) {
  const auto history = [](std::string_view) { return EventBatch(); };
  Live<F> live(measure.make, history);
  live.take(random_events({.learners = 3, .most_events = 10}));
  const std::string saved = live.save();
  for (std::size_t size = 0; size < saved.size(); size += 7) {
    EXPECT_THROW(Live<F>::restore(measure.make, history, std::string_view(saved).substr(0, size)),
                 Error);
  }
  EXPECT_THROW(Live<F>::restore(measure.make, history, saved + "x"), Error);
}

TEST(Live, TruncatedStatesAreRefused) {
  expect_cuts_refused(measure());
  expect_cuts_refused(sessions("switch_on: [course, region]"));
  expect_cuts_refused(engagement("enrolled: enrolled"));
  expect_cuts_refused(cohort(kCohort));
}

// Bytes changed at random either are refused or give a state; nothing worse.
template <Fold F>
void expect_damage_harmless(const Measure<F>& measure) {
  const auto history = [](std::string_view) { return EventBatch(); };
  Live<F> live(measure.make, history);
  const EventBatch events = random_events({.learners = 3, .most_events = 10});
  live.take(events);
  const std::string saved = live.save();
  std::uint64_t random = 1;
  for (int i = 0; i < 500; ++i) {
    std::string damaged = saved;
    random = random * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    damaged[(random >> 33) % damaged.size()] = static_cast<char>(random >> 56);
    try {
      Live<F>::restore(measure.make, history, damaged).save();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    }
  }
}

TEST(Live, DamagedStatesDoNoHarm) {
  expect_damage_harmless(measure());
  expect_damage_harmless(sessions("switch_on: [course, region]"));
  expect_damage_harmless(engagement("enrolled: enrolled"));
  expect_damage_harmless(cohort(kCohort));
}

}  // namespace
}  // namespace waymark::fold
