#include "engine/question.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/text.h"
#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/metrics.h"
#include "engine/rows.h"

namespace waymark::engine {
namespace {

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
    if (answer_.select.empty()) {
      throw Error(
          ErrorCode::kNotFound, "measure.missing",
          fmt::format("there is no measure '{}' that can be asked{}; there is: {}",
                      question_.measure, in_brackets(did_you_mean(question_.measure, known)),
                      known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    return std::move(answer_);
  }

 private:
  void ask(const fold::MetricDefinition& metric) {
    if (question_.as_of) make_as_of(measures_of(metric, catalog_));
    query::Session session(answer_.sources, sql_options(catalog_));
    const MetricSql metrics(catalog_, derived_.reader, session.connection(), question_.as_of);
    answer_.labels = question_.by.empty() ? MetricSql::usual(metric) : question_.by;
    answer_.select = metrics.select(metric, answer_.labels, question_.where);
    answer_.value = "value";
  }

  void ask(const auto& definition) {
    if (question_.as_of) make_as_of({definition.name});
    const Summary summary = summary_of(definition);
    query::Session session(answer_.sources, sql_options(catalog_));
    Rows rows({.table = summary.table.empty() ? tables_of(definition).front() : summary.table,
               .start = summary.start},
              catalog_.zone().name(), derived_.reader, session.connection());
    answer_.labels = question_.by.empty() ? summary.by : question_.by;
    for (const std::string& name : answer_.labels) rows.need(name);
    for (const std::string& condition : question_.where) rows.where(parse_comparison(condition));
    answer_.select = select_of(summary, rows.sql(), answer_.labels);
    answer_.labels.insert(answer_.labels.end(), summary.labels.begin(), summary.labels.end());
    answer_.value = summary.value;
  }

  // The measures' tables as of the question's moment, in a warehouse of their own.
  void make_as_of(const std::set<std::string>& measures) {
    answer_.scratch = std::make_unique<Scratch>();
    answer_.sources.warehouse = answer_.scratch->warehouse();
    answer_.scratch->make(measures, catalog_, derived_.reader, calendar_of(journal_),
                          question_.as_of, progress_);
  }

  const Question& question_;
  const Catalog& catalog_;
  const journal::Journal& journal_;
  Progress& progress_;
  Derived derived_;
  Answer answer_;
};

}  // namespace

Answer answer(const Question& question, const Catalog& catalog, const journal::Journal& journal,
              Micros now, Progress& progress) {
  return Asking(question, catalog, journal, now, progress).run();
}

}  // namespace waymark::engine
