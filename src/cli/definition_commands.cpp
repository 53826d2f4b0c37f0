// describe, test, rehearse: what definitions mean, and whether they do what was meant.

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "engine/anomalies.h"
#include "engine/tests.h"
#include "engine/trails.h"
#include "fold/cohort_words.h"
#include "workspace/diagnostic.h"

namespace waymark::cli {
namespace {

constexpr std::uint64_t kRehearsalSeed = 1;

// The middle delay; none where nothing was found.
std::optional<double> usual_delay(const fold::Fault& fault) {
  if (fault.delays.empty()) return std::nullopt;
  return fault.delays[fault.delays.size() / 2];
}

void print_rehearsal(const Arguments& arguments, const fold::Rehearsal& rehearsal,
                     double false_alarms) {
  fmt::print(
      "{}: {} series, {} periods judged in {:.1f} years.\n"
      "Nothing planted: {} alerts, which began in {} periods, {:.1f} a year. {:g} may be "
      "false.\n\n",
      arguments.measure, rehearsal.series, with_thousands(rehearsal.judged), rehearsal.years,
      rehearsal.alerts, rehearsal.alarmed, static_cast<double>(rehearsal.alarmed) / rehearsal.years,
      false_alarms);
  std::vector<std::vector<query::Cell>> rows;
  for (std::size_t i = 0; i < rehearsal.alone.size(); ++i) {
    std::vector<query::Cell>& row = rows.emplace_back();
    row.push_back(query::Cell::of(rehearsal.alone[i].name));
    for (const fold::Fault* fault : {&rehearsal.alone[i], &rehearsal.everywhere[i]}) {
      row.push_back(query::Cell::of(fmt::format("{} of {}", fault->found, fault->planted)));
      const auto delay = usual_delay(*fault);
      row.push_back(delay ? query::Cell::of(*delay) : query::Cell::null());
    }
  }
  print_table({},
              {{"fault"},
               {"found in one series", true},
               {"after", true},
               {"found where all have it", true},
               {"after", true}},
              rows);
}

void print_rehearsal_as_json(const fold::Rehearsal& rehearsal, double false_alarms) {
  JsonWriter out(JsonWriter::Style::kPretty);
  const auto number = [&](const char* key, std::size_t n) {
    out.key(key).integer(static_cast<std::int64_t>(n));
  };
  out.begin_object();
  number("series", rehearsal.series);
  number("judged", rehearsal.judged);
  out.key("years").number(rehearsal.years);
  number("alerts", rehearsal.alerts);
  number("periods_with_new_alerts", rehearsal.alarmed);
  out.key("false_alarms_a_year").number(false_alarms);
  for (const auto& [key, faults] : {std::pair("in_one_series", &rehearsal.alone),
                                    std::pair("in_all_series", &rehearsal.everywhere)}) {
    out.key(key).begin_array();
    for (const fold::Fault& fault : *faults) {
      out.begin_object().key("fault").string(fault.name);
      number("planted", fault.planted);
      number("found", fault.found);
      out.key("periods_until_found");
      const auto delay = usual_delay(fault);
      delay ? out.number(*delay) : out.null();
      out.end_object();
    }
    out.end_array();
  }
  fmt::print("{}\n", out.end_object().take());
}

}  // namespace

int describe(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  std::vector<const fold::CohortDefinition*> cohorts;
  for (const std::string& name : arguments.names) cohorts.push_back(&catalog.cohort(name));
  if (arguments.names.empty()) {
    for (const auto& cohort : catalog.cohorts) cohorts.push_back(&cohort);
  }
  if (arguments.json) {
    JsonWriter out(JsonWriter::Style::kPretty);
    out.begin_array();
    for (const auto* cohort : cohorts) {
      out.begin_object().key("name").string(cohort->name);
      out.key("words").string(fold::describe(*cohort)).end_object();
    }
    fmt::print("{}\n", out.end_array().take());
    return 0;
  }
  for (std::size_t i = 0; i < cohorts.size(); ++i) {
    fmt::print("{}{}", i == 0 ? "" : "\n", fold::describe(*cohorts[i]));
  }
  if (cohorts.empty()) say(arguments, "There are no cohorts.");
  return 0;
}

int test(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const std::vector<engine::TestOutcome> outcomes = engine::run_tests(catalog, arguments.names);
  std::size_t expectations = 0, failed = 0;
  JsonWriter out(JsonWriter::Style::kPretty);
  out.begin_array();
  for (const engine::TestOutcome& outcome : outcomes) {
    expectations += outcome.expectations;
    failed += outcome.failures.size();
    out.begin_object().key("measure").string(outcome.measure).key("test").string(outcome.name);
    out.key("expectations").integer(static_cast<std::int64_t>(outcome.expectations));
    out.key("failures").begin_array();
    for (const engine::TestFailure& failure : outcome.failures) {
      out.begin_object().key("file").string(failure.place.file);
      out.key("line").integer(static_cast<std::int64_t>(failure.place.line));
      out.key("message").string(failure.message);
      out.key("rules").string(failure.explanation).end_object();
      if (arguments.json) continue;
      fmt::print("{}:{}: {}\n{}", failure.place.file, failure.place.line, failure.message,
                 failure.explanation);
    }
    out.end_array().end_object();
  }
  out.end_array();
  if (arguments.json) fmt::print("{}\n", out.take());
  say(arguments, fmt::format("{} expectation{} in {} test{}, {} not met.", expectations,
                             expectations == 1 ? "" : "s", outcomes.size(),
                             outcomes.size() == 1 ? "" : "s", failed));
  return failed == 0 ? 0 : exit_code(ErrorCode::kInvalid);
}

int rehearse(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const double false_alarms = catalog.anomalies_named(arguments.measure).false_alarms;
  const fold::Rehearsal rehearsal = engine::rehearse_anomalies(
      arguments.measure, arguments.trials, kRehearsalSeed, catalog,
      engine::open_journal(catalog, true), now(), *progress_for(arguments));
  arguments.json ? print_rehearsal_as_json(rehearsal, false_alarms)
                 : print_rehearsal(arguments, rehearsal, false_alarms);
  return 0;
}

}  // namespace waymark::cli
