#include "engine/tests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/scratch.h"
#include "engine/trails.h"
#include "fold/batch.h"
#include "fold/cohort.h"
#include "fold/cohort_words.h"
#include "fold/columns.h"
#include "query/session.h"
#include "trail/builder.h"

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
                   const fold::Calendar& calendar, const std::string& learner, Micros as_of) {
  Symbols symbols;
  const fold::CohortFold fold(cohort, fold::Names(symbols), as_of, calendar);
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

// Trails of a test's own events.
class ExampleTrails {
 public:
  ExampleTrails(const EventBatch& events, const Catalog& catalog) {
    trail::TrailBuilder builder(folder_.path(),
                                {.buckets = 1, .properties = named_properties(catalog)});
    builder.add(events);
    builder.finish(0, 1);
  }
  trail::TrailReader open() const { return trail::TrailReader::open(folder_.path()); }

 private:
  TemporaryFolder folder_;
};

using Cells = std::vector<std::string>;

// Whether a cell of a table is what a test says: the same text or time, or a number that rounds to
// as many decimals.
bool matches(const std::string& found, const std::string& expected) {
  if (found == expected) return true;
  if (const auto number = parse_number(expected)) {
    const auto other = parse_number(found);
    const std::size_t point = expected.find('.');
    const std::size_t decimals = point == std::string::npos ? 0 : expected.size() - point - 1;
    return other && std::abs(*other - *number) <=
                        0.5 * std::pow(10.0, -static_cast<double>(decimals)) * (1 + 1e-9);
  }
  const auto time = parse_iso_time(expected, Zone::utc());
  return time && parse_iso_time(found, Zone::utc()) == time;
}

bool all_match(const Cells& found, const Cells& expected) {
  return std::ranges::equal(found, expected, matches);
}

// "- ann | true", a line for each that is missing, then "+ …" for each that is too many.
std::string difference(std::vector<Cells> found, const std::vector<fold::TextLine>& expected) {
  std::string lines;
  const auto tell = [&](char sign, const Cells& cells) {
    lines += fmt::format("  {} {}\n", sign, fmt::join(cells, " | "));
  };
  for (const fold::TextLine& line : expected) {
    const auto same = std::ranges::find_if(
        found, [&](const Cells& cells) { return all_match(cells, line.cells); });
    if (same == found.end()) {
      tell('-', line.cells);
    } else {
      found.erase(same);
    }
  }
  for (const Cells& cells : found) tell('+', cells);
  return lines;
}

class Tests {
 public:
  explicit Tests(const Catalog& catalog) : catalog_(catalog) {}

  void run(const MeasureTests& measure) {
    for (const fold::Example& test : measure.tests) {
      TestOutcome& outcome = outcomes_.emplace_back(TestOutcome{
          .measure = measure.measure,
          .name = test.name.empty() ? fmt::format("line {}", test.place.line) : test.name});
      std::optional<ExampleTrails> own;  // once some rows are expected of the test's own events
      for (const fold::Expectation& expected : test.expectations) {
        for (const std::string& learner : expected.in) {
          expect(measure.measure, test, expected, learner, true, outcome);
        }
        for (const std::string& learner : expected.out) {
          expect(measure.measure, test, expected, learner, false, outcome);
        }
        if (expected.rows) expect_rows(measure.measure, test, expected, own, outcome);
      }
    }
  }

  std::vector<TestOutcome> take() { return std::move(outcomes_); }

 private:
  void expect(const std::string& measure, const fold::Example& test,
              const fold::Expectation& expected, const std::string& learner, bool in,
              TestOutcome& outcome) {
    const CohortDefinition& cohort = catalog_.cohort(measure);
    ++outcome.expectations;
    const auto courses_of = [&](const fold::Rule& who) {
      CohortDefinition asked{.per_course = cohort.per_course, .who = who};
      Courses courses = test.events
                            ? in_example(asked, *test.events, test.courses, learner, expected.as_of)
                            : in_trails(asked, trails(), calendar(), learner, expected.as_of);
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

  // The measure is made of the events before the moment, as `waymark query --as-of` does.
  void expect_rows(const std::string& name, const fold::Example& test,
                   const fold::Expectation& expected, std::optional<ExampleTrails>& own,
                   TestOutcome& outcome) {
    ++outcome.expectations;
    if (test.events && !own) own.emplace(*test.events, catalog_);
    const Scratch scratch;
    Silent silent;
    scratch.make({name}, catalog_, own ? own->open() : trails(), own ? test.courses : calendar(),
                 expected.as_of, silent);
    query::Session session({.trails = {}, .warehouse = scratch.warehouse()}, sql_options(catalog_));
    const fold::Expectation::Rows& rows = *expected.rows;
    const std::string table = rows.part.empty() ? name : name + "_" + rows.part;
    const auto fail = [&](std::string message, std::string explanation) {
      outcome.failures.push_back({expected.place, std::move(message), std::move(explanation)});
    };
    const std::vector<std::string> tables = tables_of(name, catalog_);
    if (std::ranges::find(tables, table) == tables.end()) {
      return fail(fmt::format("there is no table '{}'{}; there is: {}", table,
                              in_brackets(did_you_mean(table, tables)), fmt::join(tables, ", ")),
                  "");
    }
    std::vector<std::string> known, texts;
    const sql::Result all = session.query("FROM " + sql::quoted_name(table) + " LIMIT 0");
    for (const sql::Column& column : all.columns()) {
      known.push_back(column.name);
    }
    for (const std::string& column : rows.columns) {
      if (std::ranges::find(known, column) == known.end()) {
        return fail(fmt::format("'{}' has no column '{}'{}; it has: {}", table, column,
                                in_brackets(did_you_mean(column, known)), fmt::join(known, ", ")),
                    "");
      }
      texts.push_back(sql::quoted_name(column) + "::VARCHAR");
    }
    const std::string differences = difference(
        cells_of(session.query(fmt::format("SELECT {} FROM {} ORDER BY ALL", fmt::join(texts, ", "),
                                           sql::quoted_name(table)))),
        rows.lines);
    if (differences.empty()) return;
    fail(fmt::format("as of {}, '{}' has other rows ({}; - is missing, + is too many):",
                     zone_time(expected.as_of), table, fmt::join(rows.columns, " | ")),
         differences);
  }

  static std::vector<Cells> cells_of(sql::Result result) {
    std::vector<Cells> rows;
    while (const auto chunk = result.next()) {
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        Cells& cells = rows.emplace_back();
        for (std::size_t i = 0; i < chunk->column_count(); ++i) {
          const sql::ColumnView& column = chunk->column(i);
          cells.emplace_back(column.is_null(row) ? "" : column.text(row));
        }
      }
    }
    return rows;
  }

  std::string zone_time(Micros time) const {
    std::string text = to_iso(catalog_.zone().to_local(time));
    text.pop_back();
    text[10] = ' ';
    return text;
  }

  const trail::TrailReader& trails() {
    if (!trails_) trails_ = trail::TrailReader::open(Folders(catalog_.workspace).trails);
    return *trails_;
  }

  const fold::Calendar& calendar() {
    if (!calendar_) calendar_ = calendar_of(open_journal(catalog_, true));
    return *calendar_;
  }

  const Catalog& catalog_;
  std::optional<trail::TrailReader> trails_;
  std::optional<fold::Calendar> calendar_;
  std::vector<TestOutcome> outcomes_;
};

}  // namespace

std::vector<TestOutcome> run_tests(const Catalog& catalog, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for_each_tabled(catalog, [&](const auto& definition) { known.push_back(definition.name); });
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) == known.end()) {
      throw_missing("measure.missing", "measure", name, known);
    }
  }
  Tests tests(catalog);
  for (const MeasureTests& measure : catalog.tests) {
    if (names.empty() || std::ranges::find(names, measure.measure) != names.end()) {
      tests.run(measure);
    }
  }
  return tests.take();
}

}  // namespace waymark::engine
