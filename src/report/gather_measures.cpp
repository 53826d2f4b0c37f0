#include "report/gather_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/measure.h"
#include "engine/metrics.h"
#include "fold/cohort_words.h"
#include "report/ask.h"

namespace waymark::report {
namespace {

constexpr std::size_t kTransitions = 40;  // of each paths
// What is no state of a path but its edge.
constexpr const char* kEdges = "('(start)', '(end)')";

class Gathering {
 public:
  Gathering(const engine::Catalog& catalog, const trail::TrailReader& trails,
            query::Session& session)
      : catalog_(catalog), trails_(trails), session_(session) {
    ask(session, "SELECT name FROM waymark_tables",
        [&](const AnswerRow& row) { tables_.insert(row.text(0)); });
  }

  void run(Content& content) {
    const auto each = [&](const auto& definitions, auto& into) {
      for (const auto& definition : definitions) {
        if (tables_.contains(definition.name)) into.push_back(gathered(definition));
      }
    };
    each(catalog_.metrics, content.metrics);
    each(catalog_.funnels, content.funnels);
    each(catalog_.retentions, content.retentions);
    each(catalog_.cohorts, content.cohorts);
    each(catalog_.paths, content.paths);
  }

 private:
  // What the measure as a whole comes to: the columns that are named, in SQL.
  void ask_summary(const auto& definition, const std::string& columns,
                   const std::function<void(const AnswerRow&)>& visit) {
    const engine::Summary summary = engine::summary_of(definition);
    const std::string& table = summary.table.empty() ? definition.name : summary.table;
    const std::string rows = "FROM " + sql::quoted_name(table);
    ask(session_,
        fmt::format("SELECT {} FROM ({})", columns, engine::select_of(summary, rows, summary.by)),
        visit);
  }

  Metric gathered(const fold::MetricDefinition& definition) {
    Metric metric{.name = definition.name,
                  .description = definition.description,
                  .owner = definition.owner,
                  .unit = definition.unit,
                  .direction = definition.direction,
                  .grain = std::string(word_of(definition.grain))};
    const engine::MetricSql metrics(catalog_, trails_, session_.connection());
    const std::map<Day, std::int64_t> learners = learners_of(metrics, definition);
    ask(session_,
        fmt::format("SELECT period - DATE '1970-01-01', value, baseline, band_low, band_high "
                    "FROM ({}) WHERE complete ORDER BY period",
                    metrics.select(definition, {"period"}, {})),
        [&](const AnswerRow& row) {
          const Day day = row.integer(0);
          const auto known = learners.find(day);
          metric.periods.push_back({day, row.number(1), row.number(2), row.number(3), row.number(4),
                                    known == learners.end() ? 0 : known->second});
        });
    return metric;
  }

  // Those whose rows make the number, by period; of a ratio, of what it is taken of.
  std::map<Day, std::int64_t> learners_of(const engine::MetricSql& metrics,
                                          const fold::MetricDefinition& definition) {
    std::map<Day, std::int64_t> learners;
    std::string rows;
    for (const engine::MetricSql::Step& step : metrics.steps(definition, {})) {
      if (step.rows.empty()) continue;
      const auto columns = session_.query(fmt::format("FROM ({}) LIMIT 0", step.rows)).columns();
      const auto has = [&](const char* name) {
        return std::ranges::find(columns, name, &sql::Column::name) != columns.end();
      };
      if (has("learner") && has("period")) rows = step.rows;
    }
    if (rows.empty()) return learners;
    ask(session_,
        fmt::format("SELECT period - DATE '1970-01-01', count(DISTINCT learner) FROM ({}) "
                    "GROUP BY 1",
                    rows),
        [&](const AnswerRow& row) { learners[row.integer(0)] = row.integer(1); });
    return learners;
  }

  Funnel gathered(const fold::FunnelDefinition& definition) {
    Funnel funnel{.name = definition.name};
    ask_summary(definition,
                "name, attempts::BIGINT, learners::BIGINT, share_of_first, median_seconds, step",
                [&](const AnswerRow& row) {
                  funnel.steps.push_back(
                      {row.text(0), row.integer(1), row.integer(2), row.number(3), row.number(4)});
                });
    return funnel;
  }

  Retention gathered(const fold::RetentionDefinition& definition) {
    Retention retention{.name = definition.name,
                        .unit = std::string(word_of(definition.periods.unit()))};
    const std::string share = engine::summary_of(definition).value;
    ask_summary(
        definition, fmt::format("period::BIGINT, observed::BIGINT, {}, low, high", share),
        [&](const AnswerRow& row) {
          retention.periods.push_back(
              {row.integer(0), row.integer(1), {row.number(2), row.number(3), row.number(4)}});
        });
    std::ranges::sort(retention.periods, {}, &RetentionPeriod::period);
    return retention;
  }

  Cohort gathered(const fold::CohortDefinition& definition) {
    Cohort cohort{.name = definition.name};
    const std::string words = fold::describe(definition);
    for (std::size_t begin = 0; begin < words.size();) {
      const std::size_t end = std::min(words.find('\n', begin), words.size());
      cohort.words.push_back(words.substr(begin, end - begin));
      begin = end + 1;
    }
    ask_summary(definition, "members::BIGINT, ever_members::BIGINT", [&](const AnswerRow& row) {
      cohort.members = row.integer(0);
      cohort.ever_members = row.integer(1);
    });
    return cohort;
  }

  Paths gathered(const fold::PathsDefinition& definition) {
    Paths paths{.name = definition.name};
    ask(session_,
        fmt::format("SELECT from_state, to_state, count::BIGINT, learners::BIGINT, share FROM {} "
                    "WHERE depth = 1 "
                    "AND from_state NOT IN {} AND to_state NOT IN {} ORDER BY count DESC, 1, 2 "
                    "LIMIT {}",
                    sql::quoted_name(definition.name + "_transitions"), kEdges, kEdges,
                    kTransitions),
        [&](const AnswerRow& row) {
          paths.transitions.push_back(
              {row.text(0), row.text(1), row.integer(2), row.integer(3), row.number(4)});
        });
    return paths;
  }

  const engine::Catalog& catalog_;
  const trail::TrailReader& trails_;
  query::Session& session_;
  std::set<std::string> tables_;
};

}  // namespace

void gather_measures(const engine::Catalog& catalog, const trail::TrailReader& trails,
                     query::Session& session, Content& content) {
  Gathering(catalog, trails, session).run(content);
}

}  // namespace waymark::report
