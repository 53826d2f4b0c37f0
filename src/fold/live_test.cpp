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
}

}  // namespace
}  // namespace waymark::fold
