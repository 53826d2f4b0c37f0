#include "report/gather_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/measure.h"
#include "engine/metrics.h"
#include "fold/cohort_words.h"
#include "fold/feature_words.h"
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
    each(catalog_.lifecycles, content.lifecycles);
    each(catalog_.tiers, content.tiers);
    each(catalog_.clusters, content.clusters);
    each(catalog_.masteries, content.masteries);
    each(catalog_.anomalies, content.anomalies);
    each(catalog_.survivals, content.survivals);
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
    const auto learners = learners_of(metrics, definition, {});
    ask(session_,
        fmt::format("SELECT period - DATE '1970-01-01', value, baseline, band_low, band_high "
                    "FROM ({}) WHERE complete ORDER BY period",
                    metrics.select(definition, {"period"}, {})),
        [&](const AnswerRow& row) {
          const Day day = row.integer(0);
          const auto known = learners.find({day, ""});
          metric.periods.push_back({day, row.number(1), row.number(2), row.number(3), row.number(4),
                                    known == learners.end() ? 0 : known->second});
        });
    return metric;
  }

  // Those whose rows make the number, by period and what else it is by; of a ratio, of what it is
  // taken of. None where that is not known.
  using Behind = std::map<std::pair<Day, std::string>, std::int64_t>;
  Behind learners_of(const engine::MetricSql& metrics, const fold::MetricDefinition& definition,
                     const std::vector<std::string>& others,
                     const std::vector<std::string>& where = {}) {
    std::vector<std::string> by{"period"};
    by.insert(by.end(), others.begin(), others.end());
    Behind learners;
    std::string rows;
    for (const engine::MetricSql::Step& step : metrics.steps(definition, by, where)) {
      if (step.rows.empty()) continue;
      const auto columns = session_.query(fmt::format("FROM ({}) LIMIT 0", step.rows)).columns();
      const auto has = [&](const char* name) {
        return std::ranges::find(columns, name, &sql::Column::name) != columns.end();
      };
      if (has("learner") && has("period")) rows = step.rows;
    }
    if (rows.empty()) return learners;
    ask(session_,
        fmt::format("SELECT period - DATE '1970-01-01', {}, count(DISTINCT learner) FROM ({}) "
                    "GROUP BY 1, 2",
                    label_of(others), rows),
        [&](const AnswerRow& row) {
          learners[{row.integer(0), row.text(1)}] = row.integer(2);
        });
    return learners;
  }

  // SQL for what names a series: "BBB/2013J, Bath".
  static std::string label_of(const std::vector<std::string>& names) {
    if (names.empty()) return "''";
    std::string columns;
    for (const std::string& name : names) columns += ", " + sql::quoted_name(name);
    return "concat_ws(', '" + columns + ")";
  }

  Funnel gathered(const fold::FunnelDefinition& definition) {
    Funnel funnel{.name = definition.name, .reading = fold::reading_of(definition)};
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
                        .reading = fold::reading_of(definition),
                        .unit = std::string(word_of(definition.periods.unit()))};
    const bool has_brackets = std::ranges::any_of(
        definition.cells, [](const auto& cell) { return cell.first != cell.last; });
    ask_summary(definition,
                fmt::format("period::BIGINT, {}::BIGINT, observed::BIGINT, share, low, high, {}",
                            has_brackets ? "last_period" : "period",
                            definition.calendar ? "coalesce(open_share, 1)" : "1::DOUBLE"),
                [&](const AnswerRow& row) {
                  retention.periods.push_back({row.integer(0),
                                               row.integer(1),
                                               row.integer(2),
                                               {row.number(3), row.number(4), row.number(5)},
                                               row.number(6)});
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
        fmt::format("SELECT {}from_state, to_state, count::BIGINT, learners::BIGINT, share FROM {} "
                    "WHERE depth = 1 "
                    "AND from_state NOT IN {} AND to_state NOT IN {} ORDER BY count DESC, 1, 2 "
                    "LIMIT {}",
                    definition.per_course ? "coalesce(course || ': ', '') || " : "",
                    sql::quoted_name(definition.name + "_transitions"), kEdges, kEdges,
                    kTransitions),
        [&](const AnswerRow& row) {
          paths.transitions.push_back(
              {row.text(0), row.text(1), row.integer(2), row.integer(3), row.number(4)});
        });
    return paths;
  }

  Survival gathered(const model::SurvivalDefinition& definition) {
    Survival survival{.name = definition.title, .description = definition.description};
    const auto table = [&](const char* part) { return sql::quoted_name(definition.name + part); };
    ask(session_,
        fmt::format("SELECT feature, value, learners::BIGINT, log_rank_p, days, without, "
                    "at_risk::BIGINT FROM {} ORDER BY rowid",
                    table("_curves")),
        [&](const AnswerRow& row) {
          auto& curves = survival.curves;
          if (curves.empty() || curves.back().feature != row.text(0) ||
              curves.back().value != row.text(1)) {
            curves.push_back({row.text(0), row.text(1), row.integer(2), row.number(3), {}});
          }
          curves.back().steps.push_back({row.number(4), row.number(5), row.integer(6)});
        });
    ask(session_,
        fmt::format("SELECT method, input, unit, ratio, low, high, p FROM {} ORDER BY p, input",
                    table("_effects")),
        [&](const AnswerRow& row) {
          const auto& words = *std::ranges::find(stats::kSurvivalMethods, row.text(0),
                                                 &stats::SurvivalMethodWords::name);
          survival.method = words.words;
          survival.ratio = words.ratio;
          survival.effects.push_back({row.text(1),
                                      row.text(2),
                                      {row.number(3), row.number(4), row.number(5)},
                                      row.number(6)});
        });
    ask(session_,
        fmt::format("SELECT method, chosen::BIGINT, days, concordance, concordance_low, "
                    "concordance_high, brier, brier_low, brier_high, brier_over_chosen, "
                    "brier_over_chosen_low, brier_over_chosen_high, learned_from::BIGINT, "
                    "judged_on::BIGINT FROM {} ORDER BY rowid",
                    table("_judged")),
        [&](const AnswerRow& row) {
          const auto estimate = [&](std::size_t column) -> Estimate {
            return {row.number(column), row.number(column + 1), row.number(column + 2)};
          };
          const std::string method = row.text(0);
          survival.judged.push_back(
              {method == engine::kCurveOfAll ? method : model::words_of_survival_method(method),
               row.integer(1) != 0, row.number(2), estimate(3), estimate(6), estimate(9)});
          survival.learned_from = row.integer(12);
          survival.judged_on = row.integer(13);
        });
    return survival;
  }

  Lifecycle gathered(const fold::LifecycleDefinition& definition) {
    Lifecycle lifecycle{.name = definition.name,
                        .unit = std::string(word_of(definition.unit)),
                        .engaged_days = definition.engaged_days,
                        .at_risk = definition.at_risk,
                        .dormant = definition.dormant};
    const std::string table = sql::quoted_name(definition.name);
    const fold::Periods calendar(definition.unit, true);
    ask(session_,
        fmt::format("SELECT period - DATE '1970-01-01', stage, count(DISTINCT learner) FROM "
                    "(SELECT learner, stage, unnest(generate_series(first_period, last_period, "
                    "INTERVAL 1 {}))::DATE AS period FROM {}) GROUP BY ALL ORDER BY 1",
                    lifecycle.unit, table),
        [&](const AnswerRow& row) {
          std::vector<StagePeriod>& all = lifecycle.periods;
          if (all.empty()) all.push_back({row.integer(0)});
          // Between courses there are periods in which nobody stands anywhere.
          while (all.back().start < row.integer(0))
            all.push_back({calendar.first_day(all.back().start, 1)});
          lifecycle.periods.back().learners.at(stage_of(row.text(1))) = row.integer(2);
        });
    // A stay passes into itself in each of its periods but the last, and then into what begins
    // right after it.
    ask(session_,
        fmt::format(
            "WITH stays AS (SELECT learner, stage, periods, lasts, lead(stage) OVER next AS "
            "to_stage, "
            "lead(first_period) OVER next = last_period + INTERVAL 1 {} AS passes FROM {} "
            "WINDOW next AS (PARTITION BY learner{} ORDER BY first_period)) "
            "SELECT stage, stage, sum(periods - 1)::BIGINT, count(DISTINCT learner) FROM stays "
            "WHERE periods > 1 GROUP BY ALL UNION ALL "
            "SELECT stage, CASE WHEN passes THEN to_stage ELSE '' END AS next_stage, count(*), "
            "count(DISTINCT learner) FROM stays WHERE passes OR NOT lasts GROUP BY ALL",
            lifecycle.unit, table, definition.per_course ? ", course" : ""),
        [&](const AnswerRow& row) {
          lifecycle.passings.push_back(
              {stage_of(row.text(0)), stage_of(row.text(1)), row.integer(2), row.integer(3)});
        });
    std::ranges::sort(lifecycle.passings, {},
                      [](const Passing& one) { return std::pair(one.from, one.to); });
    return lifecycle;
  }

  static std::size_t stage_of(std::string word) {
    std::ranges::replace(word, '_', ' ');
    return static_cast<std::size_t>(std::ranges::find(kStages, word) - kStages.begin());
  }

  Tiers gathered(const fold::TiersDefinition& definition) {
    Tiers tiers{.name = definition.name};
    const fold::FeaturesDefinition& measure = *std::ranges::find(
        catalog_.features, definition.rows.measure, &fold::FeaturesDefinition::name);
    const fold::Feature& feature =
        *std::ranges::find(measure.features, definition.feature, &fold::Feature::name);
    tiers.feature = fold::words_of(feature);
    using fold::Aggregate;
    const bool adds_up = feature.aggregate == Aggregate::kCount ||
                         feature.aggregate == Aggregate::kSum ||
                         feature.aggregate == Aggregate::kActiveDays;
    ask(session_,
        fmt::format("SELECT tier, count(*), count(DISTINCT learner), median(value), sum(value), "
                    "min(min(value)) OVER () FROM {} GROUP BY tier "
                    "ORDER BY max(percentile) DESC NULLS LAST",
                    sql::quoted_name(definition.name)),
        [&](const AnswerRow& row) {
          tiers.tiers.push_back({row.text(0), row.integer(1), row.integer(2), row.number(3),
                                 adds_up && row.number(5) >= 0 ? row.number(4) : kUnknown});
        });
    return tiers;
  }

  Clusters gathered(const fold::ClustersDefinition& definition) {
    Clusters clusters{.name = definition.name};
    ask(session_,
        fmt::format("SELECT silhouette FROM {} WHERE chosen",
                    sql::quoted_name(definition.name + "_choice")),
        [&](const AnswerRow& row) { clusters.silhouette = row.number(0); });
    std::map<std::int64_t, std::size_t> at;
    ask(session_,
        fmt::format("SELECT c.cluster::BIGINT, any_value(c.name), any_value(p.profile), count(*), "
                    "count(DISTINCT learner), any_value(p.stability) FROM {} c LEFT JOIN {} p "
                    "USING (cluster) GROUP BY 1 ORDER BY 1 = 0, 1",
                    sql::quoted_name(definition.name),
                    sql::quoted_name(definition.name + "_profiles")),
        [&](const AnswerRow& row) {
          at[row.integer(0)] = clusters.clusters.size();
          clusters.clusters.push_back({.name = row.text(1),
                                       .profile = row.text(2),
                                       .count = row.integer(3),
                                       .learners = row.integer(4),
                                       .stability = row.number(5)});
        });
    ask(session_,
        fmt::format("SELECT cluster::BIGINT, feature, mean, usual, difference FROM {}",
                    sql::quoted_name(definition.name + "_features")),
        [&](const AnswerRow& row) {
          clusters.clusters.at(at.at(row.integer(0)))
              .traits.push_back(
                  {definition.words.at(row.text(1)), row.number(2), row.number(3), row.number(4)});
        });
    return clusters;
  }

  Mastery gathered(const fold::MasteryDefinition& definition) {
    Mastery mastery{.name = definition.name, .mastered_at = definition.mastered_at};
    if (definition.half_life) {
      mastery.half_life_days = static_cast<double>(*definition.half_life) / kMicrosPerDay;
    }
    ask(session_,
        fmt::format("SELECT skill, count(*), count(*) FILTER (mastered), "
                    "count(*) FILTER (NOT mastered AND review_at IS NOT NULL), "
                    "count(*) FILTER (NOT mastered AND review_at IS NULL AND known >= 0.5), "
                    "count(*) FILTER (NOT mastered AND review_at IS NULL AND known < 0.5), "
                    "avg(known), avg(next_right) FROM {} GROUP BY 1 "
                    "ORDER BY count(*) FILTER (NOT mastered) DESC, 7, 1",
                    sql::quoted_name(definition.name)),
        [&](const AnswerRow& row) {
          mastery.skills.push_back(
              {row.text(0),
               row.integer(1),
               {row.integer(2), row.integer(3), row.integer(4), row.integer(5)},
               row.number(6),
               row.number(7)});
        });
    return mastery;
  }

  Anomalies gathered(const fold::AnomaliesDefinition& definition) {
    fold::MetricDefinition metric = catalog_.metric(definition.metric.word);
    metric.grain = *definition.grain;
    std::vector<std::string> by, where;
    for (const fold::Mention& name : *definition.by) by.push_back(name.word);
    for (const fold::Mention& condition : definition.where) where.push_back(condition.word);
    Anomalies anomalies{.name = definition.name,
                        .metric = metric.name,
                        .unit = metric.unit,
                        .owner = definition.owner,
                        .grain = std::string(word_of(metric.grain))};
    std::map<std::string, std::size_t> series;
    std::vector<Day> peaks;
    const auto day = [](const char* column) {
      return fmt::format("\"{}\" - DATE '1970-01-01'", column);
    };
    ask(session_,
        fmt::format("SELECT {}, (direction = 'above')::BIGINT, (severity = 'critical')::BIGINT, "
                    "ongoing::BIGINT, {}, {}, {}, \"over\", value, expected FROM {} ORDER BY rank",
                    label_of(by), day("first"), day("last"), day("peak"),
                    sql::quoted_name(definition.name + "_alerts")),
        [&](const AnswerRow& row) {
          const auto at = series.try_emplace(row.text(0), series.size()).first->second;
          if (at == anomalies.series.size()) anomalies.series.push_back({row.text(0), {}});
          anomalies.alerts.push_back({.series = at,
                                      .above = row.integer(1) != 0,
                                      .critical = row.integer(2) != 0,
                                      .ongoing = row.integer(3) != 0,
                                      .days = {row.integer(4), row.integer(5)},
                                      .over = row.integer(7),
                                      .value = row.number(8),
                                      .expected = row.number(9)});
          peaks.push_back(row.integer(6));
        });
    const engine::MetricSql metrics(catalog_, trails_, session_.connection());
    const Behind learners =
        anomalies.alerts.empty() ? Behind() : learners_of(metrics, metric, by, where);
    std::set<std::string> watched;
    ask(session_,
        fmt::format("SELECT {}, {}, value, expected FROM {} ORDER BY period", label_of(by),
                    day("period"), sql::quoted_name(definition.name)),
        [&](const AnswerRow& row) {
          watched.insert(row.text(0));
          const auto at = series.find(row.text(0));
          if (at == series.end()) return;
          const auto known = learners.find({row.integer(1), row.text(0)});
          anomalies.series[at->second].periods.push_back(
              {row.integer(1), row.number(2), row.number(3),
               known == learners.end() ? 0 : known->second});
        });
    for (WatchedSeries& one : anomalies.series) {
      const auto is_idle = [&](const WatchedPeriod& period) {
        return !(std::abs(period.value) > 0) && std::isnan(period.expected) &&
               std::ranges::find(peaks, period.start) == peaks.end();
      };
      while (!one.periods.empty() && is_idle(one.periods.back())) one.periods.pop_back();
    }
    anomalies.watched = static_cast<std::int64_t>(watched.size());
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      const auto& periods = anomalies.series[anomalies.alerts[i].series].periods;
      anomalies.alerts[i].peak = static_cast<std::size_t>(
          std::ranges::find(periods, peaks[i], &WatchedPeriod::start) - periods.begin());
    }
    return anomalies;
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
