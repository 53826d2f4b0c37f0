// survival: how long until something happens, and what that goes with.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/table_argument.h"
#include "engine/survival.h"

namespace waymark::cli {
namespace {

using query::Cell;

engine::SurvivalQuestion question_of(const Arguments& arguments) {
  engine::SurvivalQuestion question{.time = arguments.time, .event = arguments.event};
  question.start = arguments.start;
  question.by = arguments.by;
  question.strata = arguments.strata;
  question.on = arguments.on;
  question.model =
      std::ranges::find(stats::kSurvivalMethods, arguments.model, &stats::SurvivalMethodWords::name)
          ->method;
  question.ties = arguments.ties == "breslow" ? stats::Ties::kBreslow : stats::Ties::kEfron;
  question.scale =
      arguments.interval == "log" ? stats::SurvivalScale::kLog : stats::SurvivalScale::kLogLog;
  question.at = arguments.times;
  return question;
}

// A scale that has come down to where it is kept from 0.
constexpr double kLeastScale = 0.002;

std::string probability(double p) { return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p); }

std::string test_words(const stats::ChiSquaredTest& test) {
  return fmt::format("chi-squared {:.2f} on {} degree{} of freedom, p {}{}", test.statistic,
                     test.degrees, test.degrees == 1 ? "" : "s",
                     test.probability < 0.0001 ? "" : "= ", probability(test.probability));
}

// The last step up to a time; null before the first.
const stats::SurvivalStep* step_at(const engine::SurvivalGroup& group, double time) {
  const auto after = std::ranges::upper_bound(group.curve, time, {}, &stats::SurvivalStep::time);
  return after == group.curve.begin() ? nullptr : &*std::prev(after);
}

std::string share_at(const engine::SurvivalGroup& group, double time) {
  const stats::SurvivalStep* step = step_at(group, time);
  if (step == nullptr) return "1";
  if (std::isnan(step->interval.low)) return fmt::format("{:.3f}", step->survival);
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", step->survival, step->interval.low,
                     step->interval.high);
}

void print_groups(const Arguments& arguments, const engine::SurvivalStudy& study) {
  std::vector<query::Heading> headings;
  const bool several = study.groups.size() > 1;
  if (several) headings.push_back({"group"});
  for (const char* name : {"rows", "events"}) headings.push_back({name, true});
  if (several) headings.push_back({"expected", true});
  for (const char* name : {"median", "from", "to"}) headings.push_back({name, true});
  for (const double time : arguments.times) {
    headings.push_back({fmt::format("still without at {}", time)});
  }
  const auto time = [](double value) {
    return std::isnan(value) ? Cell::of("-") : Cell::of(fmt::format("{:g}", value));
  };
  std::vector<std::vector<Cell>> rows;
  for (const engine::SurvivalGroup& group : study.groups) {
    std::vector<Cell>& row = rows.emplace_back();
    if (several) row.push_back(Cell::of(group.name));
    row.push_back(Cell::of(static_cast<std::int64_t>(group.events.rows)));
    row.push_back(Cell::of(static_cast<std::int64_t>(group.events.observed)));
    if (several) row.push_back(Cell::of(group.events.expected, 1));
    row.push_back(time(group.median.time));
    row.push_back(time(group.median.interval.low));
    row.push_back(time(group.median.interval.high));
    for (const double at : arguments.times) row.push_back(Cell::of(share_at(group, at)));
  }
  print_table(arguments, headings, rows);
  if (study.log_rank) {
    say(arguments, fmt::format("Log-rank: {}.", test_words(study.log_rank->test)));
  }
}

// Every step of every curve, for a picture made elsewhere.
void print_steps(const Arguments& arguments, const engine::SurvivalStudy& study) {
  const auto printer = standard_printer(arguments.json ? "json" : arguments.format, 0);
  const std::vector<query::Heading> headings{
      {"group"},          {"time", true},     {"at_risk", true}, {"events", true},
      {"censored", true}, {"survival", true}, {"low", true},     {"high", true}};
  printer->begin(headings);
  for (const engine::SurvivalGroup& group : study.groups) {
    for (const stats::SurvivalStep& step : group.curve) {
      const std::vector<Cell> row{Cell::of(group.name),
                                  Cell::of(step.time),
                                  Cell::of(static_cast<std::int64_t>(step.at_risk)),
                                  Cell::of(static_cast<std::int64_t>(step.events)),
                                  Cell::of(static_cast<std::int64_t>(step.censored)),
                                  Cell::of(step.survival),
                                  Cell::of(step.interval.low),
                                  Cell::of(step.interval.high)};
      printer->row(row);
    }
  }
  printer->end();
}

void print_regression(const Arguments& arguments, const engine::SurvivalRegression& regression,
                      const stats::SurvivalMethodWords& model) {
  say(arguments, fmt::format("\n{}:", model.words));
  const stats::Effects& effects = regression.effects();
  std::vector<query::Heading> headings{{"column"}};
  for (const std::string_view name :
       {std::string_view("coefficient"), model.ratio, std::string_view("from"),
        std::string_view("to"), std::string_view("p")}) {
    headings.push_back({std::string(name), true});
  }
  if (regression.proportional) headings.push_back({"p of changing over time", true});
  std::vector<std::vector<Cell>> rows;
  std::string notes;
  for (std::size_t j = 0; j < effects.columns(); ++j) {
    const double coefficient = effects.coefficient[j], error = effects.standard_error[j];
    std::vector<Cell>& row = rows.emplace_back();
    row.push_back(Cell::of(regression.columns[j]));
    if (std::isnan(coefficient)) {
      row.resize(headings.size(), Cell::of("-"));
      notes += fmt::format("{} {}.\n", regression.columns[j], regression.silent[j]);
      continue;
    }
    row.push_back(Cell::of(coefficient, 4));
    if (effects.endless[j] != 0) {
      row.resize(headings.size(), Cell::of("-"));
      notes += fmt::format(
          "{} parts rows with the event from rows without, or orders their times: its coefficient "
          "has no end, only a sign.\n",
          regression.columns[j]);
      continue;
    }
    const stats::Estimate ratio = stats::ratio_of(coefficient, error);
    for (const double number : {ratio.value, ratio.interval.low, ratio.interval.high}) {
      row.push_back(Cell::of(number, 3));
    }
    row.push_back(Cell::of(probability(stats::two_sided_probability(coefficient / error))));
    if (regression.proportional) {
      row.push_back(Cell::of(probability(regression.proportional->columns[j].probability)));
    }
  }
  print_table(arguments, headings, rows);
  const auto shared = [](const auto& fit) {
    return std::make_tuple(fit.likelihood_ratio, fit.log_likelihood, fit.converged);
  };
  const auto [ratio, log_likelihood, converged] = std::visit(shared, regression.fit);
  if (!converged) notes += "It did not come to rest: do not trust the numbers.\n";
  if (!notes.empty()) fmt::print("{}", notes);
  if (ratio.degrees != 0) {
    fmt::print("All columns together: {} (likelihood ratio); ", test_words(ratio));
  }
  fmt::print("log-likelihood {:.4f}; learned in {:.2g} s.\n", log_likelihood, regression.seconds);
  if (const auto* fit = std::get_if<stats::AcceleratedFailureFit>(&regression.fit)) {
    fmt::print("Intercept {:.4f}, scale {:.4f}.\n", fit->intercept, fit->scale);
    if (fit->scale < kLeastScale) {
      fmt::print(
          "The columns tell the times all but exactly: such a model has no best scale, and "
          "no errors.\n");
    }
  }
  if (regression.proportional && regression.proportional->all.degrees != 0) {
    fmt::print("Effects that change over time, all together: {}.\n",
               test_words(regression.proportional->all));
  }
  const auto concordance = [](double share) {
    return std::isnan(share) ? "not defined (no two rows can be put in order)"
                             : fmt::format("{:.3f}", share);
  };
  fmt::print("Concordance {} on the rows learned from{}\n",
             concordance(regression.concordance.value()),
             regression.trial
                 ? fmt::format(", {} on rows held out.", concordance(regression.trial->concordance))
                 : ".");
  if (!regression.trial) return;
  std::vector<std::vector<Cell>> judged;
  for (const auto& brier : regression.trial->brier) {
    judged.push_back({Cell::of(fmt::format("{:g}", brier.time)), number_or_dash(brier.score, 4),
                      number_or_dash(brier.without_columns, 4)});
  }
  fmt::print("\nOn rows held out, the lower the better:\n");
  print_table(arguments, {{"at", true}, {"Brier score", true}, {"curve of all", true}}, judged);
}

void write_test(std::string_view name, const stats::ChiSquaredTest& test, JsonWriter& out) {
  out.key(name).begin_object().key("statistic").number(test.statistic);
  out.key("degrees").integer(static_cast<std::int64_t>(test.degrees));
  out.key("probability").number(test.probability).end_object();
}

void write_number(std::string_view name, double value, JsonWriter& out) {
  out.key(name).number(value);
}

void write_count(std::string_view name, std::uint64_t value, JsonWriter& out) {
  out.key(name).integer(static_cast<std::int64_t>(value));
}

void write_group(const engine::SurvivalGroup& group, JsonWriter& out) {
  out.begin_object().key("group").string(group.name);
  write_count("rows", group.events.rows, out);
  write_count("events", group.events.observed, out);
  write_number("expected", group.events.expected, out);
  write_number("median", group.median.time, out);
  write_number("median_low", group.median.interval.low, out);
  write_number("median_high", group.median.interval.high, out);
  out.key("curve").begin_array();
  for (const stats::SurvivalStep& step : group.curve) {
    out.begin_object();
    write_number("time", step.time, out);
    write_count("at_risk", step.at_risk, out);
    write_count("events", step.events, out);
    write_count("censored", step.censored, out);
    write_number("survival", step.survival, out);
    write_number("standard_error", step.standard_error, out);
    write_number("low", step.interval.low, out);
    write_number("high", step.interval.high, out);
    out.end_object();
  }
  out.end_array().end_object();
}

void write_own(const stats::CoxFit& fit, JsonWriter& out) {
  write_test("wald", fit.wald, out);
  write_test("score", fit.score, out);
  out.key("covariance").begin_array();
  for (std::size_t i = 0; i < fit.covariance.size(); ++i) {
    if (i % fit.effects.columns() == 0) out.begin_array();
    out.number(fit.covariance[i]);
    if ((i + 1) % fit.effects.columns() == 0) out.end_array();
  }
  out.end_array();
}

void write_own(const stats::AcceleratedFailureFit& fit, JsonWriter& out) {
  write_number("intercept", fit.intercept, out);
  write_number("intercept_standard_error", fit.intercept_error, out);
  write_number("scale", fit.scale, out);
  write_number("log_scale_standard_error", fit.log_scale_error, out);
}

void write_own(const stats::DiscreteHazardFit& fit, JsonWriter& out) {
  write_count("learner_periods", fit.learner_periods, out);
  out.key("periods").begin_array();
  for (std::size_t i = 0; i < fit.period.size(); ++i) {
    out.begin_object();
    write_count("period", fit.period[i], out);
    write_number("log_odds", fit.period_log_odds[i], out);
    out.end_object();
  }
  out.end_array();
}

void write_regression(const engine::SurvivalRegression& regression,
                      const stats::SurvivalMethodWords& model, JsonWriter& out) {
  out.begin_object().key("model").string(model.name);
  write_number("seconds", regression.seconds, out);
  std::visit(
      [&](const auto& fit) {
        write_number("log_likelihood", fit.log_likelihood, out);
        write_number("null_log_likelihood", fit.null_log_likelihood, out);
        write_test("likelihood_ratio", fit.likelihood_ratio, out);
        write_own(fit, out);
        out.key("converged").boolean(fit.converged);
      },
      regression.fit);
  const stats::Effects& effects = regression.effects();
  out.key("columns").begin_array();
  for (std::size_t j = 0; j < effects.columns(); ++j) {
    const double coefficient = effects.coefficient[j], error = effects.standard_error[j];
    out.begin_object().key("column").string(regression.columns[j]);
    write_number("coefficient", coefficient, out);
    write_number("standard_error", error, out);
    const stats::Estimate ratio = stats::ratio_of(coefficient, error);
    write_number("ratio", ratio.value, out);
    write_number("low", ratio.interval.low, out);
    write_number("high", ratio.interval.high, out);
    write_number("probability", stats::two_sided_probability(coefficient / error), out);
    write_number("mean", effects.mean[j], out);
    out.key("endless").boolean(effects.endless[j] != 0);
    if (regression.proportional) {
      write_test("changes_over_time", regression.proportional->columns[j], out);
    }
    out.end_object();
  }
  out.end_array();
  if (regression.proportional) {
    write_test("changes_over_time", regression.proportional->all, out);
  }
  const stats::Concordance& pairs = regression.concordance;
  write_number("concordance", pairs.value(), out);
  out.key("pairs").begin_object();
  write_count("concordant", pairs.concordant, out);
  write_count("discordant", pairs.discordant, out);
  write_count("tied_score", pairs.tied_score, out);
  write_count("tied_time", pairs.tied_time, out);
  out.end_object().key("held_out");
  if (!regression.trial) {
    out.null().end_object();
    return;
  }
  out.begin_object();
  write_number("concordance", regression.trial->concordance, out);
  out.key("brier").begin_array();
  for (const auto& brier : regression.trial->brier) {
    out.begin_object();
    write_number("time", brier.time, out);
    write_number("score", brier.score, out);
    write_number("curve_of_all", brier.without_columns, out);
    out.end_object();
  }
  out.end_array().end_object().end_object();
}

void print_json(const engine::SurvivalStudy& study, const stats::SurvivalMethodWords& model) {
  JsonWriter out(JsonWriter::Style::kPretty);
  out.begin_object();
  write_count("rows", study.rows, out);
  write_count("left_out", study.left_out, out);
  write_count("events", study.events, out);
  out.key("groups").begin_array();
  for (const engine::SurvivalGroup& group : study.groups) write_group(group, out);
  out.end_array();
  if (study.log_rank) write_test("log_rank", study.log_rank->test, out);
  if (study.regression) {
    out.key("regression");
    write_regression(*study.regression, model, out);
  }
  fmt::print("{}\n", out.end_object().take());
}

}  // namespace

int survival(const Arguments& arguments) {
  const engine::SurvivalQuestion question = question_of(arguments);
  const engine::SurvivalStudy study =
      engine::study_survival(read_table_argument(arguments), question);
  const stats::SurvivalMethodWords& model = words_of(question.model);
  if (arguments.steps) {
    print_steps(arguments, study);
  } else if (arguments.json) {
    print_json(study, model);
  } else {
    fmt::print("{} rows, {} with the event{}.\n\n", with_thousands(study.rows),
               with_thousands(study.events),
               study.left_out == 0 ? ""
                                   : fmt::format("; {} left out for want of a value",
                                                 with_thousands(study.left_out)));
    print_groups(arguments, study);
    if (study.regression) print_regression(arguments, *study.regression, model);
  }
  return 0;
}

}  // namespace waymark::cli
