// describe, test: what definitions mean, and whether they mean what was meant.

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "engine/tests.h"
#include "fold/cohort_words.h"
#include "workspace/diagnostic.h"

namespace waymark::cli {

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
  say(arguments,
      fmt::format("{} learners looked at in {} test{}, {} not as expected.", expectations,
                  outcomes.size(), outcomes.size() == 1 ? "" : "s", failed));
  return failed == 0 ? 0 : exit_code(ErrorCode::kInvalid);
}

}  // namespace waymark::cli
