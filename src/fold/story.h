#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fold/batch.h"
#include "fold/cohort.h"
#include "fold/engagement.h"
#include "fold/episodes.h"
#include "fold/features.h"
#include "fold/funnel.h"
#include "fold/live.h"
#include "fold/sessions.h"

// Stories, for tests: what learners did as a table, and what a measure makes of it as another.
//
//   Story(R"(
//     learner | time             | kind  | object
//     ann     | 2026-03-02 09:00 | click | page 1
//     ann     | 2026-03-02 09:31 | click | page 2
//   )").gives(sessions("gap: 30m"), R"(
//     learner | number | start            | ended_by
//     ann     | 1      | 2026-03-02 09:00 | gap
//     ann     | 2      | 2026-03-02 09:31 | end
//   )");
//
// A story is run in every way in which a measure can be driven (slices of one and whole, several
// buckets and threads, live in order, late and restored), and all results must be equal to the last
// digit. The expected table names the columns that it is about;
// its numbers are compared to as many decimals as they are written with.
//
// Events are written as read_events (example.h) takes them; times are local to the story's zone.
namespace waymark::fold {

struct TextTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  static TextTable parse(std::string_view text);
  std::string aligned() const;
  // These columns in this order; an unknown one gives cells that say so.
  TextTable with_columns(const std::vector<std::string>& names) const;
  friend bool operator==(const TextTable&, const TextTable&) = default;
};

// Whether each cell equals the expected one, numbers to as many decimals as are expected.
bool matches(const TextTable& actual, const TextTable& expected);

// What the codes in a table of results stand for.
struct Meaning {
  const Symbols& symbols;
  const Dictionary& learners;
  Zone zone;
};

TextTable table_of(const SessionTable& sessions, const Meaning& meaning);
TextTable table_of(const EpisodeTable& episodes, const Meaning& meaning);
TextTable table_of(const EngagementTable& engagement, const Meaning& meaning);
TextTable table_of(const EngagementTable::Contexts& contexts, const Meaning& meaning);
TextTable table_of(const FeatureTable& features, const Meaning& meaning);
TextTable table_of(const FunnelTable& attempts, const FunnelDefinition& definition,
                   const Meaning& meaning);
TextTable table_of(const FunnelSteps& steps);
TextTable table_of(const CohortTable& stays, const Meaning& meaning);

template <Fold F>
struct Measure {
  using Tabulate = std::function<TextTable(const typename F::Output&, const Meaning&)>;
  std::function<F(const Names&)> make;
  Tabulate tabulate = [](const auto& output, const Meaning& meaning) {
    return table_of(output, meaning);
  };
};

// Rows sorted by their first column, the learner, keeping each learner's order.
TextTable by_learner(TextTable table);

struct LiveShape;
// The events as the batches in which they arrive.
std::vector<EventBatch> arrivals(const EventBatch& events, const LiveShape& shape);

// Measures from the YAML of their definitions, without the line `measure:`; mistakes fail the test.
Measure<SessionsFold> sessions(std::string_view yaml);
Measure<SessionsFold> episodes(std::string_view yaml);
Measure<EngagementFold> engagement(std::string_view yaml, const Calendar& calendar = {},
                                   const Zone& zone = Zone::utc(), Micros as_of = kLatest);
Measure<EngagementFold> engagement_contexts(std::string_view yaml);
Measure<FeaturesFold> features(std::string_view yaml, const FeaturesRequest& request,
                               const Calendar& calendar = {}, const Zone& zone = Zone::utc());
// Its attempts, or its steps.
Measure<FunnelFold> funnel(std::string_view yaml, Micros as_of = kLatest);
Measure<FunnelFold> funnel_steps(std::string_view yaml, Micros as_of = kLatest);
// Its stays. Cohorts that it refers to are not there.
CohortDefinition cohort_definition(std::string_view yaml);
Measure<CohortFold> cohort(std::string_view yaml, Micros as_of = kLatest);
// The mistakes in a definition, as the user sees them, one a line.
std::string mistakes(std::string_view measure, std::string_view yaml);

// "2026-03-02 09:00"
Micros at(std::string_view time, const Zone& zone = Zone::utc());

// The symbols of a batch, as a trail would have them.
Symbols symbols_of(const EventBatch& events);

// Events in trail order, cut into buckets and slices: what a batch run folds over. Learners whom
// nobody wants are left out.
class EventSource {
 public:
  EventSource(const EventBatch& events, Symbols& symbols, const Reads& reads, std::size_t buckets,
              std::size_t slice_rows);

  class Cursor {
   public:
    Cursor(const EventSource& source, std::size_t bucket) : source_(source), bucket_(bucket) {}
    bool next(Code& learner, Slice& slice);

   private:
    const EventSource& source_;
    std::size_t bucket_, trail_ = 0, row_ = 0;
  };
  std::size_t bucket_count() const { return buckets_.size(); }
  Cursor cursor(std::size_t bucket) const { return {*this, bucket}; }

 private:
  struct Trail {
    Code learner;
    std::unique_ptr<Columns> columns;
  };
  std::size_t slice_rows_;
  std::vector<std::vector<Trail>> buckets_;
};

// All events of each learner so far: what a live driver falls back on.
class Journal {
 public:
  void store(const EventBatch& batch);
  EventBatch history(std::string_view learner) const;

 private:
  std::map<std::string, EventBatch, std::less<>> trails_;
};

struct BatchShape {
  std::size_t buckets = 1, threads = 1, slice_rows = 1'000'000;
};

// The measure's rows by learner, in other respects as the driver gave them.
template <Fold F>
TextTable run_batch(const Measure<F>& measure, const EventBatch& events, const Zone& zone,
                    const BatchShape& shape = {}) {
  Symbols symbols = symbols_of(events);
  const F fold = measure.make(Names(std::as_const(symbols)));
  const EventSource source(events, symbols, fold.reads(), shape.buckets, shape.slice_rows);
  const auto output = run(fold, source, shape.threads);
  return by_learner(measure.tabulate(output, {symbols, events.learners, zone}));
}

struct LiveShape {
  std::uint64_t shuffled = 0;       // the seed; 0 = as they stand
  std::size_t batch_rows = 1;       // 0 = all at once
  bool restored_each_time = false;  // saved and restored after every batch
};

template <Fold F>
TextTable run_live(const Measure<F>& measure, const EventBatch& events, const Zone& zone,
                   const LiveShape& shape) {
  Journal journal;
  const auto history = [&](std::string_view learner) { return journal.history(learner); };
  Live<F> live(measure.make, history);
  for (const EventBatch& batch : arrivals(events, shape)) {
    journal.store(batch);
    live.take(batch);
    if (!shape.restored_each_time) continue;
    const std::string saved = live.save();
    live = Live<F>::restore(measure.make, history, saved);
    EXPECT_EQ(live.save(), saved) << "restoring and saving again gave other bytes";
  }
  return by_learner(measure.tabulate(live.results(), {live.symbols(), live.learners(), zone}));
}

// Stepping each learner by slices of one and as a whole must give the same state, byte for byte.
template <Fold F>
void expect_equal_states(const Measure<F>& measure, const EventBatch& events) {
  Symbols symbols = symbols_of(events);
  const F fold = measure.make(Names(std::as_const(symbols)));
  for (const auto& rows : trails_of(events)) {
    Columns columns(events, rows, fold.reads(), symbols);
    typename F::State whole, stepped;
    fold.begin(whole);
    fold.begin(stepped);
    fold.step(whole, columns.slice(0, rows.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) fold.step(stepped, columns.slice(i, 1));
    ByteWriter of_whole;
    ByteWriter of_stepped;
    fold.save(whole, of_whole);
    fold.save(stepped, of_stepped);
    EXPECT_EQ(of_whole.bytes(), of_stepped.bytes()) << "the state depends on how slices are cut";
  }
}

// Runs the measure in every variant, expects all results to be equal, and returns them.
template <Fold F>
TextTable run_variants(const Measure<F>& measure, const EventBatch& events, const Zone& zone) {
  TextTable reference = run_batch(measure, events, zone);
  const auto expect_same = [&](const TextTable& table, const char* variant) {
    EXPECT_TRUE(table == reference) << variant << " gave\n"
                                    << table.aligned() << "and not\n"
                                    << reference.aligned();
  };
  expect_equal_states(measure, events);
  expect_same(run_batch(measure, events, zone, {.slice_rows = 1}), "slices of one");
  expect_same(run_batch(measure, events, zone, {.buckets = 4, .threads = 3, .slice_rows = 2}),
              "four buckets, three threads, slices of two");
  expect_same(run_live(measure, events, zone, {.batch_rows = 0}), "live, one batch");
  expect_same(run_live(measure, events, zone, {}), "live, one by one");
  expect_same(run_live(measure, events, zone, {.shuffled = 1}), "live, late, one by one");
  expect_same(run_live(measure, events, zone, {.shuffled = 2, .batch_rows = 3}),
              "live, late, three by three");
  expect_same(run_live(measure, events, zone, {.shuffled = 3, .restored_each_time = true}),
              "live, late, restored after every event");
  return reference;
}

class Story {
 public:
  explicit Story(std::string_view events, const Zone& zone = Zone::utc());

  template <Fold F>
  void gives(const Measure<F>& measure, std::string_view expected,
             const char* file = __builtin_FILE(), int line = __builtin_LINE()) const {
    const testing::ScopedTrace trace(file, line, "story");
    const TextTable wanted = TextTable::parse(expected);
    const TextTable actual = run_variants(measure, events_, zone_).with_columns(wanted.header);
    EXPECT_TRUE(matches(actual, wanted)) << "gave\n"
                                         << actual.aligned() << "and not\n"
                                         << wanted.aligned();
  }

  const EventBatch& events() const { return events_; }

 private:
  Zone zone_;
  EventBatch events_;
};

// For oracles: streams with ties, pauses of all lengths, learners with a single event and one with
// many. The same for the same seed, on every machine.
struct Stream {
  std::uint64_t seed = 1;
  std::size_t learners = 20;
  std::size_t most_events = 60;  // per learner, from 1
};
EventBatch random_events(const Stream& stream);

}  // namespace waymark::fold
