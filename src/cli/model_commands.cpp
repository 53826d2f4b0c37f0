// train, score, report, run, bench, doctor: what is learned, shown and kept in order.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "engine/absent_names.h"
#include "engine/bench.h"
#include "engine/doctor.h"
#include "engine/ingest.h"
#include "engine/kept_definitions.h"
#include "engine/measure.h"
#include "engine/models.h"
#include "engine/serving.h"
#include "report/gather.h"
#include "report/report.h"

namespace waymark::cli {
namespace {

namespace fs = std::filesystem;
using query::Cell;

// What the commands of this file work on: definitions without mistakes, and data brought up to
// them.
struct Work {
  explicit Work(const Arguments& arguments)
      : catalog(engine::load(arguments.workspace)),
        progress(progress_for(arguments)),
        time(now()) {}

  // Open for this process alone from the first use on.
  journal::Journal& journal() {
    if (!journal_) journal_.emplace(engine::open_journal(catalog));
    return *journal_;
  }

  void ingest() {
    const auto outcome = engine::ingest(catalog, journal(), {.now = time}, *progress);
    print_notes(outcome.warnings);
  }

  void build() {
    engine::Derived derived = engine::bring_up_to_date(catalog, journal(), false, time, *progress);
    trails = std::move(derived.reader);
    tables = std::move(derived.tables);
    print_notes(engine::problems_of(tables));
  }

  // Those of these names that classify; all where there are no names.
  std::vector<const model::ModelDefinition*> models(const std::vector<std::string>& names) const {
    std::vector<const model::ModelDefinition*> wanted;
    for (const std::string& name : names) {
      if (catalog.find_survival(name) != nullptr) continue;
      const auto found = std::ranges::find(catalog.models, name, &model::ModelDefinition::name);
      if (found == catalog.models.end()) throw_missing_model(name);
      wanted.push_back(&*found);
    }
    if (names.empty()) {
      for (const auto& definition : catalog.models) wanted.push_back(&definition);
    }
    return wanted;
  }

  // Those that say how long until.
  std::vector<const model::SurvivalDefinition*> survivals(
      const std::vector<std::string>& names) const {
    std::vector<const model::SurvivalDefinition*> wanted;
    for (const auto& definition : catalog.survivals) {
      const bool is_named = std::ranges::find(names, definition.name) != names.end();
      if (names.empty() || is_named) wanted.push_back(&definition);
    }
    return wanted;
  }

  // Without those that were imported, which only score. It is an error to have named one.
  template <typename Definition>
  std::vector<const Definition*> to_learn(std::vector<const Definition*> wanted,
                                          const std::vector<std::string>& names) const {
    std::erase_if(wanted, [&](const Definition* definition) {
      if (!engine::is_imported(catalog, definition->name)) return false;
      if (names.empty()) return true;
      throw Error(ErrorCode::kNotFound, "model.undefined",
                  fmt::format("model '{}' was imported: it scores, but no file here defines it; to "
                              "train it, {}",
                              definition->name, engine::how_to_define(catalog, definition->name)));
    });
    return wanted;
  }

  // Of either sort.
  [[noreturn]] void throw_missing_model(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& definition : catalog.models) known.push_back(definition.name);
    for (const auto& definition : catalog.survivals) known.push_back(definition.name);
    engine::throw_missing("model.missing", "model", name, known);
  }

  fs::path folder_of(const std::string& model, const std::string& version) const {
    return engine::Folders(catalog.workspace).models / model / version;
  }

  engine::TrainOutcome train(const model::ModelDefinition& definition, bool if_stale) {
    return engine::train(catalog, journal(), *trails, definition, if_stale, time, *progress);
  }

  std::vector<engine::ScoreOutcome> score(const model::ModelDefinition& definition) {
    auto outcomes = engine::score(catalog, journal(), *trails, definition, time, *progress);
    for (const engine::ScoreOutcome& outcome : outcomes) {
      if (!outcome.problem.empty())
        fmt::print(stderr, "note: shadows did not score: {}\n", outcome.problem);
    }
    return outcomes;
  }

  engine::Catalog catalog;
  std::unique_ptr<engine::Progress> progress;
  Micros time;
  std::optional<trail::TrailReader> trails;
  std::vector<engine::TableOutcome> tables;

 private:
  std::optional<journal::Journal> journal_;
};

std::string how_tested(const model::Evaluation& evaluation) {
  const std::size_t courses = evaluation.training.courses.size();
  if (evaluation.folds > 1) {
    return fmt::format("{} rows of {} learners, each tested by what other rows teach, in {} folds",
                       with_thousands(evaluation.test.rows),
                       with_thousands(evaluation.test.learners), evaluation.folds);
  }
  return fmt::format("learned from {} learners in {} earlier course{}, tested on {} in {} later",
                     with_thousands(evaluation.training.rows), courses, courses == 1 ? "" : "s",
                     with_thousands(evaluation.test.rows), evaluation.test.courses.size());
}

// What the chosen one's calls cost, beside simpler ways to call.
void print_costs(const Arguments& arguments, const model::Evaluation& evaluation) {
  if (!evaluation.costs) return;
  std::vector<std::vector<Cell>> rows;
  const auto add = [&](const std::string& how, const model::Figure& cost) {
    rows.push_back({Cell::of(how), figure_cell(arguments, cost)});
  };
  add("as decided", evaluation.best().test.cost);
  if (evaluation.left) add("as decided, some left to people", evaluation.left->cost);
  add("the likeliest class", evaluation.costs->likeliest);
  for (std::size_t c = 0; c < evaluation.classes.size(); ++c) {
    const bool is_cheapest = c == evaluation.costs->cheapest;
    add(fmt::format("always {}{}", evaluation.classes[c], is_cheapest ? " *" : ""),
        evaluation.costs->always[c]);
  }
  print_table(arguments, {{"called"}, {"cost a row"}}, rows);
  say(arguments, "* the cheapest class to call always, by training rows");
}

// What the chosen one leaves to people, and what thresholds cost, where the definition says so.
void print_decision(const Arguments& arguments, const model::Evaluation& evaluation) {
  if (const auto& left = evaluation.left) {
    say(arguments, fmt::format("Left to people: {} of {} test rows; of the others accuracy {}, "
                               "macro-F1 {}.",
                               left->rows, evaluation.test.rows, in_words(left->accuracy),
                               in_words(left->macro_f1)));
    std::vector<std::vector<Cell>> rows;
    for (const model::Coverage& coverage : evaluation.coverage) {
      rows.push_back({Cell::of(coverage.left, 2), figure_cell(arguments, coverage.accuracy),
                      figure_cell(arguments, coverage.macro_f1)});
    }
    print_table(arguments, {{"share left", true}, {"accuracy"}, {"macro-F1"}}, rows);
  }
  print_costs(arguments, evaluation);
  if (evaluation.cost_curve.empty()) return;
  std::vector<std::vector<Cell>> rows;
  for (const model::CostPoint& point : evaluation.cost_curve) {
    rows.push_back({Cell::of(point.threshold, 2), Cell::of(static_cast<std::int64_t>(point.called)),
                    figure_cell(arguments, point.cost)});
  }
  print_table(arguments, {{"threshold", true}, {"called", true}, {"cost a row"}}, rows);
}

// One table for a program; for people, whose lines are short, two with the first column in both.
void print_in_two(const Arguments& arguments, const std::vector<query::Heading>& headings,
                  const std::vector<std::vector<Cell>>& rows, std::size_t in_first) {
  if (arguments.json) return print_table(arguments, headings, rows);
  const auto columns = [](const auto& line, std::size_t from, std::size_t to) {
    std::decay_t<decltype(line)> part{line.front()};
    for (std::size_t i = from; i < to; ++i) part.push_back(line[i]);
    return part;
  };
  const std::size_t parts[][2] = {{1, in_first}, {in_first, headings.size()}};
  for (const auto& [from, to] : parts) {
    std::vector<std::vector<Cell>> part;
    for (const std::vector<Cell>& row : rows) part.push_back(columns(row, from, to));
    print_table(arguments, columns(headings, from, to), part);
  }
}

// `costs`: of each candidate; none where they are not known.
void print_evaluation(const Arguments& arguments, const std::string& name,
                      const model::Evaluation& evaluation, std::span<const model::Cost> costs) {
  say(arguments, fmt::format("\n{}: {}.", name, how_tested(evaluation)));
  const bool with_cost = evaluation.costs.has_value();
  std::vector<query::Heading> headings = {
      {"trainer"}, {"ROC-AUC"}, {"PR-AUC"}, {"macro-F1"}, {"accuracy"}};
  const std::size_t in_first = headings.size();
  for (const char* heading : {"log-loss", "Brier", "calibration error"})
    headings.push_back({heading});
  if (with_cost) headings.push_back({"cost a row"});
  if (!costs.empty()) {
    for (const char* heading : {"fit s", "score us a row", "kB"})
      headings.push_back({heading, true});
  }
  std::vector<std::vector<Cell>> rows;
  for (std::size_t i = 0; i < evaluation.candidates.size(); ++i) {
    const model::Candidate& candidate = evaluation.candidates[i];
    const model::Quality& test = candidate.test;
    std::vector<Cell>& cells = rows.emplace_back();
    cells = {Cell::of(candidate.name + (candidate.name == evaluation.chosen ? " *" : ""))};
    for (const model::Figure& figure :
         {test.roc_auc, test.average_precision, test.macro_f1, test.accuracy, test.log_loss,
          test.brier_score, test.calibration_error}) {
      cells.push_back(figure_cell(arguments, figure));
    }
    if (with_cost) cells.push_back(figure_cell(arguments, test.cost));
    if (costs.empty()) continue;
    cells.push_back(Cell::of(costs[i].fit_seconds, 2));
    cells.push_back(
        Cell::of(1e6 * costs[i].score_seconds / static_cast<double>(evaluation.test.rows), 1));
    cells.push_back(Cell::of(static_cast<double>(costs[i].bytes) / 1000, 1));
  }
  print_in_two(arguments, headings, rows, in_first);
  say(arguments,
      "* chosen, by ROC-AUC on training rows that were held out, calibrated or not by log-loss "
      "there; in brackets 95 % intervals");
  print_decision(arguments, evaluation);
}

// How good each of the methods of a survival model is, at these days.
void print_judged(const Arguments& arguments, const std::string& name,
                  const std::vector<std::string>& methods, const std::vector<double>& at,
                  const model::SurvivalFindings& findings) {
  say(arguments,
      fmt::format("\n{}: learned from {} rows ({} with the event) of earlier courses, "
                  "judged on {} ({}) of later ones.",
                  name, with_thousands(findings.training), with_thousands(findings.training_events),
                  with_thousands(findings.test), with_thousands(findings.test_events)));
  std::vector<query::Heading> headings{{"method"}, {"held-out Brier", true}, {"concordance"}};
  for (const double day : at) headings.push_back({fmt::format("Brier at {:g}", day)});
  std::vector<std::vector<Cell>> rows;
  const auto add = [&](const std::string& method, double held_out,
                       const model::SurvivalQuality& quality) {
    std::vector<Cell>& cells = rows.emplace_back();
    cells = {Cell::of(method), std::isnan(held_out) ? Cell::null() : Cell::of(held_out, 4),
             Cell::of(in_words(model::figure_of(quality.concordance)))};
    for (const stats::Estimate& brier : quality.brier) {
      cells.push_back(Cell::of(fmt::format("{:.4f} ({:.4f} to {:.4f})", brier.value,
                                           brier.interval.low, brier.interval.high)));
    }
  };
  for (std::size_t i = 0; i < findings.judged.size(); ++i) {
    const model::SurvivalJudgement& judged = findings.judged[i];
    add(methods[i] + (judged.chosen ? " *" : ""), judged.held_out_brier, judged.quality);
  }
  add(engine::kCurveOfAll, std::nan(""), findings.curve);
  print_table(arguments, headings, rows);
  say(arguments,
      "* chosen, by the Brier score on training learners that were held out; in brackets 95 % "
      "intervals");
}

void say_trained(const Arguments& arguments, const fs::path& folder,
                 const engine::TrainOutcome& outcome) {
  say(arguments, fmt::format("{} version {} in {}", outcome.unchanged ? "Unchanged:" : "New:",
                             outcome.version, folder.string()));
}

fs::path report_path(const Arguments& arguments) {
  return arguments.output.empty() ? arguments.workspace / "report.html" : arguments.output;
}

// Writes the page; gives what it says.
report::Content write_report(const Arguments& arguments, Work& work) {
  work.progress->begin("writing the report", 0);
  std::string command = "waymark";
  if (arguments.workspace != ".") command += fmt::format(" -C {}", arguments.workspace.string());
  report::Content content =
      report::gather(work.catalog, work.journal(), *work.trails, command + " run", work.time);
  write_file_atomically(report_path(arguments), report::render(content));
  work.progress->end(report_path(arguments).string());
  return content;
}

}  // namespace

int train(const Arguments& arguments) {
  Work work(arguments);
  work.build();
  for (const auto* definition : work.to_learn(work.models(arguments.names), arguments.names)) {
    const auto outcome = work.train(*definition, false);
    const auto trained = engine::trained_model(work.catalog, *definition);
    print_evaluation(arguments, definition->name, trained->evaluation(), {});
    say_trained(arguments, work.folder_of(definition->name, outcome.version), outcome);
  }
  for (const auto* definition : work.to_learn(work.survivals(arguments.names), arguments.names)) {
    const auto outcome = engine::train(work.catalog, work.journal(), *work.trails, *definition,
                                       work.time, *work.progress);
    const fs::path folder = work.folder_of(definition->name, outcome.version);
    const auto version = model::SurvivalVersion::load(folder);
    print_judged(arguments, version.name(), version.methods(), version.at(), version.findings());
    say_trained(arguments, folder, outcome);
  }
  return 0;
}

int compare(const Arguments& arguments) {
  Work work(arguments);
  const auto models = work.to_learn(work.models(arguments.names), arguments.names);
  const auto survivals = work.to_learn(work.survivals(arguments.names), arguments.names);
  const auto is_of_file = [](const auto* definition) { return definition->table.has_value(); };
  if (!std::ranges::all_of(models, is_of_file) || !survivals.empty()) work.build();
  for (const model::ModelDefinition* definition : models) {
    const auto [trial, leaks] =
        is_of_file(definition) ? engine::compare_rows(work.catalog, *definition, *work.progress)
                               : engine::compare(work.catalog, work.journal(), *work.trails,
                                                 *definition, work.time, *work.progress);
    for (const std::string& leak : leaks) {
      fmt::print(stderr, "note: {} would not be trained: {}\n", definition->name, leak);
    }
    print_evaluation(arguments, definition->name, trial.evaluation, trial.costs);
    for (const model::Candidate& candidate : trial.evaluation.candidates) {
      say(arguments, fmt::format("{}: {}", candidate.name, candidate.words));
    }
  }
  for (const model::SurvivalDefinition* definition : survivals) {
    const model::SurvivalFindings findings =
        engine::compare(work.catalog, work.journal(), *work.trails, *definition, *work.progress);
    print_judged(arguments, definition->name, model::names_of(definition->methods), definition->at,
                 findings);
  }
  return 0;
}

int score(const Arguments& arguments) {
  Work work(arguments);
  work.build();
  std::vector<std::vector<Cell>> rows;
  std::vector<std::string> never_promoted;
  for (const model::ModelDefinition* definition : work.models(arguments.names)) {
    for (const engine::ScoreOutcome& outcome : work.score(*definition)) {
      if (!outcome.problem.empty()) continue;
      if (outcome.stage == model::Stage::kTrained) never_promoted.push_back(definition->name);
      rows.push_back({Cell::of(definition->name),
                      Cell::of(fmt::format("{}", fmt::join(outcome.versions, ", "))),
                      Cell::of(model::in_words(outcome.stage)),
                      Cell::of(static_cast<std::int64_t>(outcome.rows)), Cell::of(outcome.table)});
    }
  }
  for (const model::SurvivalDefinition* definition : work.survivals(arguments.names)) {
    const auto live = engine::serving_version(work.catalog, *definition);
    const auto table =
        std::ranges::find(work.tables, definition->name, &engine::TableOutcome::name);
    rows.push_back({Cell::of(definition->name),
                    live ? Cell::of(live->model.version()) : Cell::null(),
                    Cell::of(live ? model::in_words(live->stage) : "learned by the build"),
                    Cell::of(static_cast<std::int64_t>(table->rows)), Cell::of(table->name)});
  }
  print_table(arguments, {{"model"}, {"version"}, {"stage"}, {"rows", true}, {"table"}}, rows);
  if (!never_promoted.empty()) {
    say(arguments, fmt::format("No version of {} is live; the one trained last scored. `waymark "
                               "model promote` makes one live.",
                               fmt::join(never_promoted, ", ")));
  }
  return 0;
}

int report(const Arguments& arguments) {
  Work work(arguments);
  work.build();
  write_report(arguments, work);
  return 0;
}

int run(const Arguments& arguments) {
  Work work(arguments);
  work.ingest();
  work.build();
  print_notes(engine::absent_names(work.catalog, *work.trails));
  for (const model::ModelDefinition* definition : work.models({})) {
    if (!engine::is_imported(work.catalog, definition->name)) work.train(*definition, true);
    work.score(*definition);
  }
  const report::Content content = write_report(arguments, work);
  if (arguments.json) {
    JsonWriter out;
    out.begin_object().key("report").string(report_path(arguments).string());
    out.key("events")
        .integer(content.events)
        .key("learners")
        .integer(content.learners)
        .end_object();
    fmt::print("{}\n", out.take());
  } else {
    const auto colour =
        wants_colour(STDOUT_FILENO) ? report::Colour::kTerminal : report::Colour::kNever;
    fmt::print("\n{}\n", report::render_text(content, colour));
  }
  return 0;
}

int bench(const Arguments& arguments) {
  const TemporaryFolder scratch;
  engine::BenchOptions options{.scratch = scratch.path()};
  if (arguments.rows > 0) options.events = arguments.rows;
  if (arguments.threads > 0) options.threads = arguments.threads;
  options.clickhouse = arguments.clickhouse;
  options.only = arguments.only;
  options.cold = arguments.cold;
  const engine::BenchOutcome outcome = engine::bench(options, *progress_for(arguments));
  std::vector<std::vector<Cell>> rows;
  bool agree = true;
  const bool with_clickhouse = !options.clickhouse.empty();
  std::vector<query::Heading> headings{{"operation"}, {"fold ms", true}, {"DuckDB ms", true}};
  if (with_clickhouse) headings.push_back({"ClickHouse ms", true});
  for (const char* name : {"times faster", "plain loop ms", "fold / plain"}) {
    headings.push_back({name, true});
  }
  headings.push_back({"result"});
  headings.push_back({"agree"});
  for (const engine::BenchRow& row : outcome.rows) {
    agree &= row.agree;
    const double best_sql = std::min(row.duckdb_ms, row.clickhouse_ms.value_or(row.duckdb_ms));
    std::vector<Cell>& cells = rows.emplace_back();
    cells = {Cell::of(row.operation), Cell::of(row.fold_ms, 1), Cell::of(row.duckdb_ms, 1)};
    if (with_clickhouse) cells.push_back(Cell::of(row.clickhouse_ms.value_or(0), 1));
    cells.push_back(Cell::of(best_sql / row.fold_ms, 1));
    cells.push_back(Cell::of(row.plain_ms, 1));
    cells.push_back(Cell::of(row.fold_ms / row.plain_ms, 2));
    cells.push_back(Cell::of(row.result));
    cells.push_back(Cell::of(row.agree ? "yes" : "NO"));
  }
  print_table(arguments, headings, rows);
  say(arguments,
      fmt::format("{} events of {} learners, {} thread{}, best of {} or more; trails {:.1f} bytes "
                  "an event; "
                  "{:.0f} MB of memory at the peak, generated events and databases included.",
                  with_thousands(outcome.events), with_thousands(outcome.learners), options.threads,
                  options.threads == 1 ? "" : "s", options.repeats, outcome.bytes_per_event,
                  outcome.peak_memory_mb));
  return agree ? 0 : exit_code(ErrorCode::kInternal);
}

int doctor(const Arguments& arguments) {
  const std::vector<engine::Finding> findings =
      engine::examine(arguments.workspace, *progress_for(arguments));
  std::vector<std::vector<Cell>> rows;
  bool healthy = true;
  for (const engine::Finding& finding : findings) {
    healthy &= finding.healthy;
    rows.push_back({Cell::of(finding.part), Cell::of(finding.healthy ? "well" : "ILL"),
                    Cell::of(finding.what), Cell::of(finding.mend)});
  }
  print_table(arguments, {{"part"}, {"state"}, {"what was seen"}, {"what to do"}}, rows);
  return healthy ? 0 : exit_code(ErrorCode::kCorrupt);
}

}  // namespace waymark::cli
