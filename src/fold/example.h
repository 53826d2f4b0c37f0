#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/batch.h"
#include "workspace/node.h"

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

// Who must be in, and who must not, as of a moment.
struct Expectation {
  workspace::Place place;
  Micros as_of = 0;
  std::optional<std::string> course;  // none: whatever the course
  std::vector<std::string> in, out;
};

// A test that a definition carries: what must come of these events or, where it has none, of the
// workspace's own.
struct Example {
  workspace::Place place;
  std::string name;
  std::optional<EventBatch> events;
  std::vector<Expectation> expectations;
};

// A list of tests; see example_defs.part.json.
std::vector<Example> read_examples(const workspace::Node& node, const Zone& zone,
                                   workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
