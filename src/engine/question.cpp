#include "engine/question.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "engine/absent_names.h"
#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/metrics.h"
#include "engine/models.h"
#include "engine/rows.h"

namespace waymark::engine {
namespace {

constexpr const char* kRemade = "sample_rows";  // a table of the scratch

// Finds out what a question means and writes the SELECT that answers it.
class Asking {
 public:
  Asking(const Question& question, const Catalog& catalog, const journal::Journal& journal,
         Micros now, Progress& progress)
      : question_(question),
        catalog_(catalog),
        journal_(journal),
        progress_(progress),
        derived_(bring_up_to_date(catalog, journal, false, now, progress)) {
    answer_.sources = {.trails = derived_.reader,
                       .warehouse = Folders(catalog.workspace).warehouse};
  }

  Answer run() {
    std::vector<std::string> known;
    for (const fold::MetricDefinition& metric : catalog_.metrics) {
      known.push_back(metric.name);
      if (metric.name == question_.measure) ask(metric);
    }
    for_each_measure(catalog_, [&](const auto& definition) {
      known.push_back(definition.name);
      if (definition.name == question_.measure) ask(definition);
    });
    if (answer_.select.empty()) throw_unasked(known);
    return std::move(answer_);
  }

 private:
  [[noreturn]] void throw_unasked(const std::vector<std::string>& known) const {
    const std::string other = what_else();
    throw Error(
        ErrorCode::kNotFound, "measure.missing",
        !other.empty()
            ? fmt::format("'{}' is {}", question_.measure, other)
            : fmt::format("there is no measure '{}' that can be asked{}; there is: {}",
                          question_.measure, in_brackets(did_you_mean(question_.measure, known)),
                          known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
  }

  // What is called so and is no measure, and how it is asked; empty where nothing is.
  std::string what_else() const {
    const std::string& name = question_.measure;
    const auto is_it = [&](const auto& definition) { return definition.name == name; };
    std::string tables;
    const auto in_sql = [&](const std::string& table) {
      tables += fmt::format("{}waymark sql \"FROM {}\"", tables.empty() ? ": " : ", ", table);
    };
    if (std::ranges::any_of(catalog_.features, is_it)) {
      for (const model::ModelDefinition& model : catalog_.models)
        if (model.measure == name) in_sql(features_table(model.name));
      return "features, of which tiers, clusters and models are made; a model's table has their "
             "values" +
             tables;
    }
    if (std::ranges::any_of(catalog_.events, is_it)) {
      return "events, which metrics count; ask a metric of them (metric.schema.json: `events`), or "
             "the events themselves: waymark sql \"FROM events WHERE …\"";
    }
    std::string whose;
    for_each_measure(catalog_, [&](const auto& definition) {
      const std::vector<std::string> parts = tables_of(definition);
      if (std::ranges::find(parts, name) != parts.end()) whose = definition.name;
    });
    if (whose.empty()) return "";
    in_sql(name);
    return fmt::format("a table of '{}'{}", whose, tables);
  }

  void ask(const fold::MetricDefinition& metric) {
    if (is_aside()) make_aside(measures_of(metric, catalog_));
    query::Session session(answer_.sources, sql_options(catalog_));
    MetricSql metrics(catalog_, derived_.reader, session.connection(), question_.as_of);
    answer_.labels = question_.by.empty() ? MetricSql::usual(metric) : question_.by;
    answer_.shown = {.value = "value",
                     .usual = "baseline",
                     .usual_low = "band_low",
                     .usual_high = "band_high",
                     .words = metric.description,
                     .unit = metric.unit};
    if (!replicates_) {
      answer_.select = metrics.select(metric, answer_.labels, question_.where);
      return note_absent("", session);
    }
    metrics.sample(*replicates_);
    const std::vector<std::string> by = with_replicate(answer_.labels);
    std::string columns = "value, n";
    for (const std::string& name : by)
      columns = fmt::format("{}, {}", sql::quoted_name(name), columns);
    estimate(
        fmt::format("SELECT {} FROM ({})", columns, metrics.select(metric, by, question_.where)),
        estimated_of(metric), session);
    note_absent("", session);
  }

  void ask(const auto& definition) {
    const Summary summary = summary_of(definition);
    if (question_.who.share && summary.estimated.totals.empty()) {
      throw Error(ErrorCode::kUsage, "query.sample",
                  fmt::format("'{}' {}", definition.name, summary.unsampled));
    }
    if (is_aside()) make_aside({definition.name});
    std::string table = summary.table.empty() ? tables_of(definition).front() : summary.table;
    if (replicates_ && summary.is_remade) {
      remake(definition.name, table);
      table = kRemade;
    }
    query::Session session(answer_.sources, sql_options(catalog_));
    Rows rows({.table = table, .start = summary.start}, catalog_.zone().name(), derived_.reader,
              session.connection());
    answer_.labels = question_.by.empty() ? summary.by : question_.by;
    for (const std::string& name : answer_.labels)
      expect_no_period_twice(definition.name, name, summary);
    for (const std::string& name : answer_.labels) rows.need(name);
    for (const std::string& condition : question_.where) {
      const Comparison comparison = parse_comparison(condition);
      expect_one_period(definition.name, comparison.name, summary);
      rows.where(comparison);
    }
    std::vector<std::string> by = answer_.labels;
    if (replicates_) {
      if (!summary.is_remade) rows.replicate(Replicates::kTable);
      by = with_replicate(by);
    }
    answer_.select = select_of(summary, rows.sql(), by);
    answer_.labels.insert(answer_.labels.end(), summary.labels.begin(), summary.labels.end());
    answer_.shown = {.value = summary.value,
                     .low = summary.low,
                     .high = summary.high,
                     .words = summary.words,
                     .unit = summary.value.find("share") != std::string::npos ? "share" : ""};
    for (const std::string& line : {in_courses(summary), summary.reading}) {
      if (!line.empty()) answer_.note = line + (answer_.note.empty() ? "" : "\n") + answer_.note;
    }
    if (replicates_) estimate(answer_.select, summary.estimated, session);
    note_absent(table, session);
  }

  // Where learners are counted once in each of their courses, and the answer does not show it.
  std::string in_courses(const Summary& summary) const {
    const bool shows = std::ranges::find(answer_.labels, "course") != answer_.labels.end();
    constexpr Code kOneCourse = kNoCode + 2;
    if (!summary.is_per_course || shows || derived_.reader.symbols().courses.size() <= kOneCourse)
      return "";
    return "Learners are counted in each of their courses: who takes two is two of them.";
  }

  static bool is_period(const std::string& name) {
    return name == "day" || name == "week" || name == "month";
  }

  static void expect_one_period(const std::string& measure, const std::string& name,
                                const Summary& summary) {
    if (!summary.spans_periods || !is_period(name)) return;
    throw Error(ErrorCode::kUsage, "query.period",
                fmt::format("rows of '{}' last over several periods, so that none has one {}; ask "
                            "the table of periods: waymark sql \"FROM {}\"",
                            measure, name, summary.kept.table));
  }

  static void expect_no_period_twice(const std::string& measure, const std::string& name,
                                     const Summary& summary) {
    if (!is_period(name) || std::ranges::find(summary.labels, "period") == summary.labels.end())
      return;
    throw Error(
        ErrorCode::kUsage, "query.period",
        fmt::format("'{}' is by period already, a row for each; leave out --by {}", measure, name));
  }

  void note_absent(const std::string& table, query::Session& session) {
    for (const std::string& line : absent_values(question_.where, table, catalog_.zone().name(),
                                                 derived_.reader, session.connection())) {
      answer_.note += (answer_.note.empty() ? "" : "\n") + line;
    }
  }

  // Makes the measure's table again of each replicate, and of all of them one, with a column
  // `replicate`. The one that is there is of all who were drawn.
  void remake(const std::string& measure, const std::string& table) {
    Silent silent;
    for (std::size_t replicate = 0; replicate <= Replicates::kGroups; ++replicate) {
      if (replicate != 0) {
        answer_.scratch->make({measure}, catalog_, derived_.reader, calendar_of(journal_),
                              question_.as_of, silent, replicates_->events(replicate));
      }
      query::Warehouse(answer_.sources.warehouse, sql_options(catalog_))
          .connection()
          .execute(fmt::format("{} SELECT *, {} AS replicate FROM {}",
                               replicate == 0 ? fmt::format("CREATE TABLE {} AS", kRemade)
                                              : fmt::format("INSERT INTO {}", kRemade),
                               replicate, sql::quoted_name(table)));
    }
  }

  static std::vector<std::string> with_replicate(std::vector<std::string> names) {
    names.emplace_back("replicate");
    return names;
  }

  static Estimated estimated_of(const fold::MetricDefinition& metric) {
    if (metric.is_share()) return {.shares = {"value"}};
    if (metric.type == fold::MetricType::kDerived) return {.differences = {"value"}};
    return {};
  }

  void estimate(const std::string& select, const Estimated& estimated, query::Session& session) {
    const auto columns = session.query(fmt::format("FROM ({}) LIMIT 0", select)).columns();
    answer_.shown.low = answer_.shown.value + "_low";
    answer_.shown.high = answer_.shown.value + "_high";
    answer_.select = replicates_->estimates(select, columns, answer_.labels, estimated);
  }

  bool is_aside() const { return question_.as_of || !question_.who.is_everything(); }

  // The measures' tables as of the question's moment and of those whom it is about, in a warehouse
  // of their own.
  void make_aside(const std::set<std::string>& measures) {
    answer_.scratch = std::make_unique<Scratch>();
    answer_.sources.warehouse = answer_.scratch->warehouse();
    const auto make = [&](const std::set<std::string>& names) {
      answer_.scratch->make(names, catalog_, derived_.reader, calendar_of(journal_),
                            question_.as_of, progress_, answer_.sources.only);
    };
    if (!question_.who.is_everything()) {
      check_sources();
      make(cohorts());
      query::Warehouse tables(answer_.sources.warehouse, sql_options(catalog_));
      const Chosen chosen = choose(question_.who, derived_.reader, tables);
      answer_.sources.only = chosen.events;
      answer_.note = in_words(question_.who, chosen);
      if (question_.who.share) replicates_.emplace(question_.who, chosen, derived_.reader, tables);
    }
    make(measures);
  }

  // Those of which the question includes members, or excludes them.
  std::set<std::string> cohorts() const {
    std::vector<std::string> known;
    for (const fold::CohortDefinition& cohort : catalog_.cohorts) known.push_back(cohort.name);
    std::set<std::string> names(question_.who.include.begin(), question_.who.include.end());
    names.insert(question_.who.exclude.begin(), question_.who.exclude.end());
    for (const std::string& name : names) {
      if (std::ranges::find(known, name) == known.end())
        throw_missing("cohort.missing", "cohort", name, known);
    }
    return names;
  }

  void check_sources() const {
    std::vector<std::string> known;
    for (const auto& source : catalog_.sources) known.push_back(source.name);
    for (const auto* names : {&question_.who.sources, &question_.who.without_sources}) {
      for (const std::string& name : *names) {
        if (std::ranges::find(known, name) == known.end())
          throw_missing("source.missing", "source", name, known);
      }
    }
  }

  const Question& question_;
  const Catalog& catalog_;
  const journal::Journal& journal_;
  Progress& progress_;
  Derived derived_;
  std::optional<Replicates> replicates_;  // where a sample is asked
  Answer answer_;
};

}  // namespace

Answer answer(const Question& question, const Catalog& catalog, const journal::Journal& journal,
              Micros now, Progress& progress) {
  return Asking(question, catalog, journal, now, progress).run();
}

}  // namespace waymark::engine
