#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/batch.h"
#include "fold/calendar.h"
#include "workspace/diagnostic.h"
#include "workspace/workspace.h"

namespace waymark::fold {

// A line of a table that is written as text: cells between bars, blanks around them left out.
struct TextLine {
  std::size_t number = 0;  // from 0, blank lines counted
  std::vector<std::string> cells;
};

// The lines that are not blank.
std::vector<TextLine> text_lines(std::string_view table);

// Events written as a table, the columns named in its first line: learner, time, received (default:
// the time), kind, object, course, context, outcome, source, score, weight, duration (such as 30s);
// any other column is an open property, a number where it looks like one. An empty cell is absent.
// Of two events at one time the upper one is the earlier. `place`: that of the table's first line.
EventBatch read_events(std::string_view table, const workspace::Place& place, const Zone& zone,
                       workspace::Diagnostics& diagnostics);

// What must come out as of a moment: of a cohort who is in and who is not; of any measure the rows
// of its table, or of one of its parts, as far as the columns named say.
struct Expectation {
  struct Rows {
    std::string part;  // empty: the main table
    std::vector<std::string> columns;
    std::vector<TextLine> lines;  // without the names of the columns
  };
  workspace::Place place;
  Micros as_of = 0;
  std::optional<std::string> course;  // none: whatever the course
  std::vector<std::string> in, out;
  std::optional<Rows> rows;
};

// A test that a definition carries: what must come of these events, in courses of these dates, or,
// where it has no events, of the workspace's own.
struct Example {
  workspace::Place place;
  std::string name;
  std::optional<EventBatch> events;
  Calendar courses;
  std::vector<Expectation> expectations;
};

// The tests of a measure, under `tests:`; see example_defs.part.json.
std::vector<Example> read_examples(const workspace::Definition& definition, const Zone& zone,
                                   workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
