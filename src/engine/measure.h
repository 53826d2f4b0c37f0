#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "engine/catalog.h"
#include "engine/progress.h"
#include "engine/sample.h"
#include "engine/trails.h"
#include "fold/batch.h"
#include "fold/features.h"
#include "fold/learner_zones.h"
#include "fold/settled.h"
#include "query/warehouse.h"

namespace waymark::engine {

// Who has events of which a table was not made, by hash64 of their key.
class ChangedLearners {
 public:
  // The numbers in the trails that all learners have, by the same.
  using Numbers = std::unordered_map<std::uint64_t, Code>;

  ChangedLearners(std::unordered_set<std::uint64_t> keys, std::shared_ptr<const Numbers> numbers)
      : keys_(std::move(keys)), numbers_(std::move(numbers)) {}

  const std::unordered_set<std::uint64_t>& keys() const { return keys_; }
  // The number in the trails of a learner who is in them.
  Code number_of(std::string_view learner) const { return numbers_->at(hash64(learner)); }
  // Whether it is one of these, by number.
  std::shared_ptr<const std::vector<bool>> numbers_of(
      const std::unordered_set<std::uint64_t>& learners) const {
    std::vector<bool> are(numbers_->size());
    for (const std::uint64_t learner : learners) are[numbers_->at(learner)] = true;
    return std::make_shared<const std::vector<bool>>(std::move(are));
  }

 private:
  std::unordered_set<std::uint64_t> keys_;
  std::shared_ptr<const Numbers> numbers_;
};

// The features that were folded last: measures often stand on the same.
struct FoldedFeatures {
  std::string version;  // of the definition
  fold::FeaturesRequest request;
  std::shared_ptr<const fold::FeatureTable> table;
};

// What the tables of one measure are made from, and where they go.
struct Making {
  const Catalog& catalog;
  const trail::TrailReader& trails;
  const fold::Calendar& calendar;
  query::Warehouse& warehouse;
  Progress& progress;  // counts buckets
  query::Origin origin;
  // Only events before it count; what still runs then is open. None: all, as of the last of them.
  std::optional<Micros> as_of;
  // The definition's tables are there already, made of the same events before this time.
  std::optional<Micros> same_until = {};
  // Then also who has others.
  std::shared_ptr<const ChangedLearners> changed = {};
  // Only of these events.
  trail::Selection only = {};
  // Those folded last, where measures are made of the same events one after the other.
  FoldedFeatures* features = nullptr;

  TrailSource source(const fold::Reads& reads) const { return {trails, reads, as_of, only}; }
  std::size_t threads() const { return catalog.workspace.settings().threads; }
  const Symbols& symbols() const { return trails.symbols(); }
  fold::Names names() const { return fold::Names(symbols()); }
  Micros known_until() const { return as_of.value_or(trails.state().last_time + 1); }
};

// What `waymark query` answers with: a SELECT over `asked`, which is the main table's rows, or some
// of them, with columns for what is asked by. kBy stands where those belong ("a, b, ").
struct Summary {
  static constexpr std::string_view kBy = "{by}";
  std::string sql;
  // Whose rows are asked; empty: the main table's.
  std::string table = {};
  // What it is broken down by unless the question says.
  std::vector<std::string> by = {};
  // The column that tells when a row of a learner began; empty: rows are not of learners.
  std::string start = {};
  // What its columns are in a sample of learners; no totals: it says nothing of one.
  Estimated estimated = {};
  // Why it says nothing of a sample, after the measure's name.
  std::string unsampled = {};
  // The table's rows are not of one learner each, or compare them: of a sample, it is made again of
  // each replicate (sample.h).
  bool is_remade = false;
  // How the answer is to be read, in words; empty: as its columns say.
  std::string reading = {};
  // Its learners are learners in a course: who takes two is two of them.
  bool is_per_course = false;
  // Rows last over several of the periods that the answer is by.
  bool spans_periods = false;
  // Columns of the answer: what names a row in a chart, and what it shows.
  std::vector<std::string> labels = {};
  std::string value = {}, low = {}, high = {};  // low, high: the value's interval, if it has one
  // What the value is; empty: as the column is called.
  std::string words = {};
  // A table that tells as much, as the definition was by which it was made; none where the answer
  // to no question hangs on the definition.
  struct Kept {
    std::string table = {};
    std::vector<std::string> labels = {};
    std::string value = {};
  } kept = {};
};

// The summary of what a SELECT, `rows`, gives, broken down by these names.
std::string select_of(const Summary& summary, const std::string& rows,
                      std::span<const std::string> by);

// SQL for what retention makes of a share where closed days are evened out (fold::Closures).
std::string evened_share(const std::string& share, const std::string& days,
                         const std::string& open_days);

// The tables of a measure, the main one first; what a question about it is answered with; and what
// makes the tables.
std::vector<std::string> tables_of(const fold::SessionsDefinition& definition);
Summary summary_of(const fold::SessionsDefinition& definition);
void make_tables(const fold::SessionsDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::EngagementDefinition& definition);
Summary summary_of(const fold::EngagementDefinition& definition);
void make_tables(const fold::EngagementDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::FunnelDefinition& definition);
Summary summary_of(const fold::FunnelDefinition& definition);
void make_tables(const fold::FunnelDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::RetentionDefinition& definition);
Summary summary_of(const fold::RetentionDefinition& definition);
void make_tables(const fold::RetentionDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::LifecycleDefinition& definition);
Summary summary_of(const fold::LifecycleDefinition& definition);
void make_tables(const fold::LifecycleDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::MasteryDefinition& definition);
Summary summary_of(const fold::MasteryDefinition& definition);
void make_tables(const fold::MasteryDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::PathsDefinition& definition);
Summary summary_of(const fold::PathsDefinition& definition);
void make_tables(const fold::PathsDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::TiersDefinition& definition);
Summary summary_of(const fold::TiersDefinition& definition);
void make_tables(const fold::TiersDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::ClustersDefinition& definition);
Summary summary_of(const fold::ClustersDefinition& definition);
void make_tables(const fold::ClustersDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::MetricDefinition& definition);
// From tables that the warehouse has already.
void make_tables(const fold::MetricDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::AnomaliesDefinition& definition);
Summary summary_of(const fold::AnomaliesDefinition& definition);
// As metrics are, of which they are made.
void make_tables(const fold::AnomaliesDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const fold::CohortDefinition& definition);
Summary summary_of(const fold::CohortDefinition& definition);
void make_tables(const fold::CohortDefinition& definition, const Making& making);

std::vector<std::string> tables_of(const model::SurvivalDefinition& definition);
Summary summary_of(const model::SurvivalDefinition& definition);
void make_tables(const model::SurvivalDefinition& definition, const Making& making);
// What its shadow versions forecast; there is none where there are none of these.
std::string shadow_table(const model::SurvivalDefinition& definition);
// In NAME_judged, beside methods.
inline constexpr const char* kCurveOfAll = "curve of all";

// What compares all cohorts, from their tables.
struct CohortOverlap {
  std::string name = kCohortOverlap;
  std::string version;
  std::vector<std::string> cohorts;
};
CohortOverlap overlap_of(const std::vector<fold::CohortDefinition>& cohorts);
std::vector<std::string> tables_of(const CohortOverlap& overlap);
Summary summary_of(const CohortOverlap& overlap);
void make_tables(const CohortOverlap& overlap, const Making& making);

// The version of what a definition's tables are made by: its own and, of a survival model, which of
// its trained versions forecast.
template <typename Definition>
std::string made_by(const Definition& definition, const Catalog&) {
  return definition.version;
}
std::string made_by(const model::SurvivalDefinition& definition, const Catalog& catalog);

// Calls visit(definition) for each measure, sort by sort, but for metrics, which are made of what
// they make; anomalies of metrics come last.
template <typename Visit>
void for_each_measure(const Catalog& catalog, const Visit& visit) {
  const auto each = [&](const auto& definitions) {
    for (const auto& definition : definitions) visit(definition);
  };
  each(catalog.sessions);
  each(catalog.engagement);
  each(catalog.funnels);
  each(catalog.retentions);
  each(catalog.lifecycles);
  each(catalog.masteries);
  each(catalog.paths);
  each(catalog.cohorts);
  each(catalog.tiers);
  each(catalog.clusters);
  each(catalog.survivals);
  if (!catalog.cohorts.empty()) visit(overlap_of(catalog.cohorts));
  each(catalog.anomalies);
}

// The same for all that tables are made of: measures, then metrics.
template <typename Visit>
void for_each_tabled(const Catalog& catalog, const Visit& visit) {
  for_each_measure(catalog, visit);
  for (const fold::MetricDefinition& metric : catalog.metrics) visit(metric);
}

// The tables of the measure or metric of that name; none where there is none.
std::vector<std::string> tables_of(const std::string& name, const Catalog& catalog);

// Trail numbers and codes as a table's columns.
query::Codes learner_column(const trail::TrailReader& trails, std::span<const Code> learners);
query::Codes text_column(const Dictionary& dictionary, std::span<const Code> codes);
// The zones in which learners are counted, and who named them: `zone`, `zone_from`.
void add_zones(const fold::LearnerZones& zones, std::span<const Code> told, query::Table& table);

// Goes through a table of learners' rows as it is now, learner by learner: take(chunk, row) of
// each, its columns behind that of the learner, and done() after the last of a learner.
template <typename Take, typename Done>
void for_each_learner(const Making& making, const std::string& table, const std::string& columns,
                      const std::string& order, const Take& take, const Done& done) {
  sql::Result rows = making.warehouse.connection().query(fmt::format(
      "SELECT learner, {} FROM {} ORDER BY {}", columns, sql::quoted_name(table), order));
  std::optional<std::string> learner;
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const std::string_view of = chunk->column(0).text(row);
      if (learner && *learner != of) done();
      if (!learner || *learner != of) learner = of;
      take(*chunk, row);
    }
  }
  if (learner) done();
}

// Replaces a table by a fold's rows, bucket by bucket. append(rows, table) is called for each
// bucket, and once without rows before. Where the table is there, only of learners who have new
// events, or whose rows are no longer settled.
template <fold::Settling F, typename Append>
void replace_in_parts(const Making& making, const F& fold, const Append& append) {
  const fold::WithSettled<F> settling(fold);
  query::TableReplacement table(making.warehouse, making.origin);
  append(fold.make_output(), table);
  trail::Selection only = making.only;
  if (making.changed != nullptr) {
    if (const auto due = table.keep_settled(making.changed->keys(), making.known_until()))
      only.learners = making.changed->numbers_of(*due);
  }
  fold::run_parts(settling, TrailSource(making.trails, fold.reads(), making.as_of, only),
                  making.threads(), [&](auto&& part, std::size_t done) {
                    append(part.rows, table);
                    table.settle(learner_column(making.trails, part.learner), part.settled_until);
                    making.progress.advance(done);
                  });
  table.finish();
}

}  // namespace waymark::engine
