#include "engine/metrics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "engine/measure.h"
#include "fold/reading.h"
#include "trail/builder.h"

namespace waymark::engine {
namespace {

using fold::Mention;
using fold::MetricDefinition;
using fold::MetricPart;
using fold::MetricTerm;
using fold::MetricType;

// A measure of whose rows metrics can be made.
struct Measure {
  std::string version, table, start;
};

std::map<std::string, Measure> measures_with_rows(const Catalog& catalog) {
  std::map<std::string, Measure> measures;
  for_each_measure(catalog, [&](const auto& definition) {
    const Summary summary = summary_of(definition);
    if (summary.start.empty()) return;
    measures[definition.name] = {
        made_by(definition, catalog),
        summary.table.empty() ? tables_of(definition).front() : summary.table, summary.start};
  });
  return measures;
}

// The columns of these measures' tables, which are those of no events.
std::map<std::string, std::vector<sql::Column>> columns_of(const Catalog& catalog,
                                                           const std::set<std::string>& measures) {
  Silent silent;
  const TemporaryFolder folder;
  trail::TrailBuilder(folder.path() / "trail",
                      {.buckets = 1, .properties = named_properties(catalog), .afresh = true})
      .finish(0, 0, 0);
  const trail::TrailReader trails = trail::TrailReader::open(folder.path() / "trail");
  query::Warehouse warehouse = query::Warehouse::in_memory();
  const fold::Calendar calendar;
  std::map<std::string, std::vector<sql::Column>> columns;
  for_each_measure(catalog, [&](const auto& definition) {
    if (!measures.contains(definition.name)) return;
    // As of a time before all events: what is kept of the workspace's own has no part in it.
    make_tables(definition, {catalog, trails, calendar, warehouse, silent, {}, Micros{0}});
    columns[definition.name] = warehouse.connection()
                                   .query("FROM " + sql::quoted_name(definition.name) + " LIMIT 0")
                                   .columns();
  });
  return columns;
}

template <typename Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

class Resolver {
 public:
  Resolver(Catalog& catalog, workspace::Diagnostics& diagnostics)
      : catalog_(catalog), diagnostics_(diagnostics), measures_(measures_with_rows(catalog)) {
    for (const auto& [name, measure] : measures_) measure_names_.push_back(name);
    metric_names_ = names_of(catalog.metrics);
    states_.resize(metric_names_.size());
  }

  void run() {
    for (MetricDefinition& metric : catalog_.metrics) look_up(metric);
    for (std::size_t i = 0; i < states_.size(); ++i) follow(i);
    if (diagnostics_.empty()) check_columns();
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };

  void report(const Mention& at, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(at.place, std::move(reason), std::move(message), std::move(hint));
  }

  void unknown(const Mention& at, std::string_view what, const std::vector<std::string>& known) {
    report(at, fmt::format("{}.missing", what.substr(0, what.find(' '))),
           known.empty() ? fmt::format("there is no {} '{}'", what, at.word)
                         : fmt::format("there is no {} '{}'; there is: {}", what, at.word,
                                       fmt::join(known, ", ")),
           did_you_mean(at.word, known));
  }

  template <typename Named>
  const Named* find(const std::vector<Named>& all, const Mention& at, std::string_view what) {
    const auto found = std::ranges::find(all, at.word, &Named::name);
    if (found != all.end()) return &*found;
    unknown(at, what, names_of(all));
    return nullptr;
  }

  void look_up(MetricDefinition& metric) {
    Hasher version;
    version.field(metric.version);
    if (metric.type == MetricType::kConversion) look_up_conversion(metric);
    if (metric.type == MetricType::kRetention) look_up_retention(metric);
    for (MetricTerm& term : metric.terms) {
      if (term.metric.word.empty()) look_up(term.part, version);
    }
    metric.version = to_hex(version.digest());
  }

  void look_up(MetricPart& part, Hasher& version) {
    for (const Mention& condition : part.where) {
      try {
        parse_comparison(condition.word);
      } catch (const Error& error) {
        report(condition, error.reason(), error.what());
      }
    }
    if (!part.events.word.empty()) {
      const auto* events = find(catalog_.events, part.events, "events");
      if (events == nullptr) return;
      part.filter = events->filter;
      version.field(events->version);
    }
    if (part.table.word.empty()) return;
    const auto found = measures_.find(part.table.word);
    if (found == measures_.end())
      return unknown(part.table, "measure with rows of learners", measure_names_);
    part.rows = found->second.table;
    part.start = found->second.start;
    version.field(found->second.version);
  }

  // A ratio of counts of a measure's rows: those that meet `met` too, of those that meet `of`.
  static void make_share(MetricDefinition& metric, const std::string& met, const std::string& of) {
    MetricPart part{.table = metric.of};
    if (!of.empty()) part.sql.push_back(of);
    metric.terms = {{{}, part}, {{}, part}};
    metric.terms[0].part.sql.push_back(met);
  }

  void look_up_conversion(MetricDefinition& metric) {
    const auto* funnel = find(catalog_.funnels, metric.of, "funnel");
    if (funnel == nullptr) return;
    const auto reached = [&](const Mention& at) -> std::string {
      const auto* step = find(funnel->steps, at, "step");
      if (step == nullptr) return "";
      return sql::quoted_name(fold::FunnelDefinition::time_column(*step)) + " IS NOT NULL";
    };
    make_share(metric, reached(metric.step),
               metric.from.word.empty() ? "observed" : reached(metric.from) + " AND observed");
    metric.settling = funnel->within.value_or(0);
  }

  void look_up_retention(MetricDefinition& metric) {
    const auto* retention = find(catalog_.retentions, metric.of, "retention");
    if (retention == nullptr) return;
    const auto cell = std::ranges::find_if(retention->cells, [&](const fold::RetentionCell& one) {
      return one.first <= metric.period && metric.period <= one.last;
    });
    if (cell == retention->cells.end()) {
      diagnostics_.add(metric.period_place, "period.missing",
                       fmt::format("the retention '{}' does not look at period {}; its last is {}",
                                   retention->name, metric.period, retention->cells.back().last));
      return;
    }
    const auto at = cell - retention->cells.begin();
    make_share(metric, fmt::format("substr(periods, {}, 1) = '1'", at + 1),
               fmt::format("observed > {}", at));
    if (retention->closures != fold::Closures::kNormalise) return;
    for (const char* days : {"days", "open_days"}) {
      MetricTerm& term = metric.terms.emplace_back(metric.terms[1]);
      term.part.aggregate = MetricPart::Aggregate::kSum;
      term.part.column_sql = fmt::format("({}::INT[])[{}]", days, at + 1);
    }
  }

  // Looks up the metrics that a metric is made of, and theirs; a version covers theirs.
  void follow(std::size_t i) {
    if (states_[i] != State::kNew) return;
    states_[i] = State::kOpen;
    MetricDefinition& metric = catalog_.metrics[i];
    Hasher version;
    version.field(metric.version);
    for (const MetricTerm& term : metric.terms) {
      if (term.metric.word.empty()) continue;
      if (const auto* other = find(catalog_.metrics, term.metric, "metric")) {
        const auto at = static_cast<std::size_t>(other - catalog_.metrics.data());
        if (states_[at] == State::kOpen) {
          report(term.metric, "metric.circle",
                 fmt::format("'{}' is made of '{}', which is made of it", metric.name,
                             term.metric.word));
          continue;
        }
        follow(at);
        version.field(other->version);
        metric.settling = std::max(metric.settling, other->settling);
      }
    }
    metric.version = to_hex(version.digest());
    check_cumulative(metric);
    states_[i] = State::kDone;
  }

  void check_cumulative(const MetricDefinition& metric) {
    if (metric.type != MetricType::kCumulative) return;
    const MetricTerm& term = metric.terms[0];
    const MetricDefinition* other = nullptr;
    if (!term.metric.word.empty()) {
      const auto found =
          std::ranges::find(catalog_.metrics, term.metric.word, &MetricDefinition::name);
      if (found == catalog_.metrics.end()) return;
      other = &*found;
    }
    if (other != nullptr ? other->type == MetricType::kSimple && other->terms[0].part.is_count()
                         : term.part.is_count()) {
      return;
    }
    diagnostics_.add(other != nullptr ? term.metric.place : metric.place, "metric.not_a_count",
                     "only what counts can be gathered over periods",
                     "a simple metric of count, distinct or sum");
  }

  void check_columns() {
    std::set<std::string> tables;
    for_each_part([&](const MetricDefinition& metric, const MetricPart& part) {
      if (!part.rows.empty() && names_columns(metric, part)) tables.insert(part.table.word);
    });
    if (!tables.empty()) columns_ = columns_of(catalog_, tables);
    for_each_part([&](MetricDefinition& metric, const MetricPart& part) {
      if (!part.column.word.empty()) check_own(part, metric.properties);
      for (const Mention& name : metric.dimensions) check_name(name, part, metric.properties);
      for (const Mention& condition : part.where) {
        check_name({parse_comparison(condition.word).name, condition.place}, part,
                   metric.properties);
      }
    });
  }

  // Whether the table's own columns matter: any row can have what events have, and periods. To find
  // columns out takes a tenth of a second, which every command would have to wait for.
  static bool names_columns(const MetricDefinition& metric, const MetricPart& part) {
    const auto is_own = [](const Mention& name) { return !is_everywhere(name.word); };
    return !part.column.word.empty() || !part.where.empty() ||
           std::ranges::any_of(metric.dimensions, is_own);
  }

  static bool is_everywhere(std::string_view name) {
    return name == "day" || name == "week" || name == "month" ||
           std::ranges::find(kEventColumns, name) != std::end(kEventColumns);
  }

  // Each part with each metric that is made of it.
  template <typename Visit>
  void for_each_part(const Visit& visit) {
    for (MetricDefinition& metric : catalog_.metrics) visit_parts(metric, metric, visit);
  }
  template <typename Visit>
  void visit_parts(MetricDefinition& whole, const MetricDefinition& metric, const Visit& visit) {
    for (const MetricTerm& term : metric.terms) {
      term.metric.word.empty() ? visit(whole, term.part)
                               : visit_parts(whole, catalog_.metric(term.metric.word), visit);
    }
  }

  std::vector<std::string> columns_of_part(const MetricPart& part) const {
    if (part.rows.empty()) return {std::begin(kEventColumns), std::end(kEventColumns)};
    std::vector<std::string> names;
    for (const sql::Column& column : columns_.at(part.table.word)) names.push_back(column.name);
    return names;
  }

  // The column that is aggregated. Of events it may be a property, of which nothing is known here.
  void check_own(const MetricPart& part, std::vector<std::string>& properties) {
    if (part.rows.empty()) return check_name(part.column, part, properties);
    const std::vector<std::string> known = columns_of_part(part);
    const auto found = std::ranges::find(known, part.column.word);
    if (found == known.end()) return unknown(part.column, "column", known);
    const sql::Type type =
        columns_.at(part.table.word)[static_cast<std::size_t>(found - known.begin())].type;
    const bool is_number = type == sql::Type::kInteger || type == sql::Type::kDouble ||
                           type == sql::Type::kBoolean || type == sql::Type::kDecimal;
    if (is_number || part.aggregate == MetricPart::Aggregate::kDistinct) return;
    report(part.column, "column.not_a_number",
           fmt::format("'{}' of '{}' is no number", part.column.word, part.table.word));
  }

  // What is no column is a property, though a word that is nearly one is hardly meant for that.
  void check_name(const Mention& name, const MetricPart& part,
                  std::vector<std::string>& properties) {
    if (is_everywhere(name.word)) return;
    std::vector<std::string> known = columns_of_part(part);
    if (std::ranges::find(known, name.word) != known.end()) return;
    known.insert(known.end(), {"day", "week", "month"});
    const std::string hint = did_you_mean(name.word, known);
    if (hint.empty()) return properties.push_back(name.word);
    report(name, "column.misspelt", fmt::format("no column is called '{}'", name.word), hint);
  }

  Catalog& catalog_;
  workspace::Diagnostics& diagnostics_;
  std::map<std::string, Measure> measures_;
  std::vector<std::string> measure_names_, metric_names_;
  std::vector<State> states_;
  std::map<std::string, std::vector<sql::Column>> columns_;
};

void add_measures(const MetricDefinition& metric, const Catalog& catalog,
                  std::set<std::string>& measures) {
  for (const MetricTerm& term : metric.terms) {
    if (!term.metric.word.empty()) {
      add_measures(catalog.metric(term.metric.word), catalog, measures);
    } else if (!term.part.table.word.empty()) {
      measures.insert(term.part.table.word);
    }
  }
}

}  // namespace

void resolve_metrics(Catalog& catalog, workspace::Diagnostics& diagnostics) {
  if (!catalog.metrics.empty()) Resolver(catalog, diagnostics).run();
}

std::set<std::string> measures_of(const MetricDefinition& metric, const Catalog& catalog) {
  std::set<std::string> measures;
  add_measures(metric, catalog, measures);
  return measures;
}

std::set<std::string> measures_of(const fold::AnomaliesDefinition& anomalies,
                                  const Catalog& catalog) {
  return measures_of(catalog.metric(anomalies.metric.word), catalog);
}

}  // namespace waymark::engine
