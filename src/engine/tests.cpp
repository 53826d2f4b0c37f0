#include "engine/tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/trails.h"
#include "fold/batch.h"
#include "fold/cohort.h"
#include "fold/cohort_words.h"
#include "fold/columns.h"

namespace waymark::engine {
namespace {

using fold::CohortDefinition;
using fold::CohortTable;

// Where a learner is in a cohort as of a moment: course names.
using Courses = std::vector<std::string>;

Courses still_in(const CohortTable& stays, const Symbols& symbols) {
  Courses courses;
  for (std::size_t i = 0; i < stays.size(); ++i) {
    if (stays.exited[i] == CohortTable::kNever) {
      courses.emplace_back(symbols.courses.text(stays.course[i]));
    }
  }
  return courses;
}

Courses in_example(const CohortDefinition& cohort, const EventBatch& events,
                   const std::string& learner, Micros as_of) {
  Symbols symbols;
  const fold::CohortFold fold(cohort, fold::Names(symbols), as_of);
  CohortTable stays = fold.make_output();
  for (std::vector<std::size_t> rows : fold::trails_of(events)) {
    if (events.learners.text(events.learner[rows.front()]) != learner) continue;
    std::erase_if(rows, [&](std::size_t row) { return events.time[row] >= as_of; });
    fold::CohortFold::State state;
    fold::Columns columns(events, rows, fold.reads(), symbols);
    fold.step(state, columns.slice(0, rows.size()));
    fold.end(state, kNoCode, stays);
  }
  return still_in(stays, symbols);
}

Courses in_trails(const CohortDefinition& cohort, const trail::TrailReader& trails,
                  const fold::Calendar& calendar, const std::string& learner, Micros as_of) {
  const auto number = trails.find_learner(LearnerKey(learner));
  if (!number) return {};
  const fold::CohortFold fold(cohort, fold::Names(trails.symbols()), as_of, calendar);
  const fold::Reads& reads = fold.reads();
  const trail::Request request{.columns = reads.columns,
                               .properties = reads.properties,
                               .to = as_of,
                               .first_learner = *number,
                               .end_learner = *number + 1};
  return still_in(fold::run_cursor(fold, trails.cursor(trails.bucket_of(*number), request)),
                  trails.symbols());
}

class Tests {
 public:
  explicit Tests(const Catalog& catalog) : catalog_(catalog) {}

  void run(const CohortDefinition& cohort) {
    for (const fold::Example& test : cohort.tests) {
      TestOutcome& outcome = outcomes_.emplace_back(TestOutcome{
          .measure = cohort.name,
          .name = test.name.empty() ? fmt::format("line {}", test.place.line) : test.name});
      for (const fold::Expectation& expected : test.expectations) {
        for (const std::string& learner : expected.in) {
          expect(cohort, test, expected, learner, true, outcome);
        }
        for (const std::string& learner : expected.out) {
          expect(cohort, test, expected, learner, false, outcome);
        }
      }
    }
  }

  std::vector<TestOutcome> take() { return std::move(outcomes_); }

 private:
  void expect(const CohortDefinition& cohort, const fold::Example& test,
              const fold::Expectation& expected, const std::string& learner, bool in,
              TestOutcome& outcome) {
    ++outcome.expectations;
    const auto courses_of = [&](const fold::Rule& who) {
      CohortDefinition asked{.per_course = cohort.per_course, .who = who};
      Courses courses = test.events
                            ? in_example(asked, *test.events, learner, expected.as_of)
                            : in_trails(asked, trails(), calendar_, learner, expected.as_of);
      if (expected.course && cohort.per_course) {
        std::erase_if(courses, [&](const std::string& name) { return name != *expected.course; });
      }
      return courses;
    };
    const Courses found = courses_of(cohort.who);
    if (found.empty() != in) return;
    const Courses all = courses_of({});
    const std::string when = zone_time(expected.as_of);
    if (all.empty()) {
      outcome.failures.push_back(
          {expected.place,
           fmt::format("as of {}, '{}' must be in, and has no event before", when, learner), ""});
      return;
    }
    const std::string& course = in ? all.front() : found.front();
    const std::string where = course.empty() ? "" : fmt::format(" (in {})", course);
    outcome.failures.push_back({expected.place,
                                fmt::format("as of {}, '{}' must {} and is{}{}:", when, learner,
                                            in ? "be in" : "not be in", in ? " not" : "", where),
                                fold::explain(cohort, [&](const fold::Rule& rule) {
                                  return std::ranges::count(courses_of(rule), course) != 0;
                                })});
  }

  std::string zone_time(Micros time) const {
    std::string text = to_iso(catalog_.zone().to_local(time));
    text.pop_back();
    text[10] = ' ';
    return text;
  }

  const trail::TrailReader& trails() {
    if (!trails_) {
      trails_ = trail::TrailReader::open(Folders(catalog_.workspace).trails);
      calendar_ = calendar_of(open_journal(catalog_, true));
    }
    return *trails_;
  }

  const Catalog& catalog_;
  std::optional<trail::TrailReader> trails_;
  fold::Calendar calendar_;  // of the trails
  std::vector<TestOutcome> outcomes_;
};

}  // namespace

std::vector<TestOutcome> run_tests(const Catalog& catalog, const std::vector<std::string>& names) {
  Tests tests(catalog);
  for (const std::string& name : names) tests.run(catalog.cohort(name));
  if (names.empty()) {
    for (const CohortDefinition& cohort : catalog.cohorts) tests.run(cohort);
  }
  return tests.take();
}

}  // namespace waymark::engine
