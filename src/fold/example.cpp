#include "fold/example.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;
using workspace::Place;

const std::vector<std::string> kColumns{"learner", "time",   "received", "kind",
                                        "object",  "course", "context",  "outcome",
                                        "source",  "score",  "weight",   "duration"};

class EventReader {
 public:
  EventReader(Place place, const Zone& zone, workspace::Diagnostics& diagnostics)
      : place_(std::move(place)), zone_(zone), diagnostics_(diagnostics) {}

  EventBatch read(std::string_view table) {
    const std::vector<TextLine> lines = text_lines(table);
    if (lines.empty()) {
      report(0, "events.no_header", "a table of events begins with the names of its columns",
             "such as: learner | time | kind");
      return {};
    }
    read_header(lines.front());
    EventBatch events;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].cells.size() != header_.size()) {
        report(lines[i].number, "events.cells",
               fmt::format("this line has {} cells and the first has {}", lines[i].cells.size(),
                           header_.size()));
        continue;
      }
      if (const auto event = event_of(lines[i], i)) events.append(*event);
    }
    return events;
  }

 private:
  void report(std::size_t line, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add({place_.file, place_.line + line, 1}, std::move(reason), std::move(message),
                     std::move(hint));
  }

  void read_header(const TextLine& line) {
    header_ = line.cells;
    for (std::string& name : header_) {
      if (std::ranges::find(kColumns, name) != kColumns.end()) continue;
      name =
          read_property(name, {place_.file, place_.line + line.number, 1}, kColumns, diagnostics_);
    }
    for (const char* needed : {"learner", "time"}) {
      if (std::ranges::find(header_, needed) != header_.end()) continue;
      report(line.number, "events.column_missing",
             fmt::format("a table of events needs the column '{}'", needed));
    }
  }

  std::optional<Event> event_of(const TextLine& line, std::size_t number) {
    Event event;
    event.id.low = number;
    event.sequence = number;
    std::optional<Micros> time, received;
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const std::string& name = header_[i];
      const std::string& cell = line.cells[i];
      if (cell.empty()) continue;
      if (std::string* const text = text_of(event, name)) {
        *text = cell;
      } else if (name == "learner") {
        event.learner = LearnerKey(cell);
      } else if (name == "time") {
        time = time_of(line, cell);
      } else if (name == "received") {
        received = time_of(line, cell);
      } else if (name == "score") {
        event.score = number_of(line, name, cell);
      } else if (name == "weight") {
        event.weight = number_of(line, name, cell);
      } else if (name == "duration") {
        event.duration_ms = duration_of(line, cell) / 1'000;
      } else if (const auto value = parse_number(cell)) {
        event.properties.emplace_back(name, *value);
      } else {
        event.properties.emplace_back(name, cell);
      }
    }
    if (!time) {
      report(line.number, "events.time_missing", "this event has no time");
      return std::nullopt;
    }
    event.time = *time;
    event.received = received.value_or(*time);
    return event;
  }

  static std::string* text_of(Event& event, const std::string& name) {
    if (name == "kind") return &event.kind;
    if (name == "object") return &event.object;
    if (name == "course") return &event.course;
    if (name == "context") return &event.context;
    if (name == "outcome") return &event.outcome;
    if (name == "source") return &event.source;
    return nullptr;
  }

  std::optional<Micros> time_of(const TextLine& line, const std::string& cell) {
    const auto time = parse_iso_time(cell, zone_);
    if (!time) {
      report(line.number, "time.invalid", fmt::format("'{}' is no time", cell),
             "such as 2026-03-02 09:00");
    }
    return time ? time : Micros{0};
  }

  double number_of(const TextLine& line, const std::string& name, const std::string& cell) {
    const auto number = parse_number(cell);
    if (!number) {
      report(line.number, "number.invalid", fmt::format("'{}' is no number for '{}'", cell, name));
    }
    return number.value_or(0);
  }

  Micros duration_of(const TextLine& line, const std::string& cell) {
    const auto duration = parse_duration(cell);
    if (!duration) {
      report(line.number, "duration.invalid", fmt::format("'{}' is no duration", cell),
             "write a number and a unit, such as 30s or 5m");
    }
    return duration.value_or(0);
  }

  Place place_;
  const Zone& zone_;
  workspace::Diagnostics& diagnostics_;
  std::vector<std::string> header_;
};

class ExampleReader {
 public:
  ExampleReader(bool is_cohort, const Zone& zone, workspace::Diagnostics& diagnostics)
      : is_cohort_(is_cohort), zone_(zone), diagnostics_(diagnostics) {}

  Example read(const Node& node) {
    Example example{.place = node.place(), .name = node["name"].text()};
    if (const Node events = node["events"]; events.exists()) {
      example.events = read_events(events.text(), first_line(events), zone_, diagnostics_);
    }
    if (const Node courses = node["courses"]; courses.exists()) {
      example.courses = read_courses(courses);
    }
    for (const Node& expected : node["expect"].items()) {
      example.expectations.push_back(read_expectation(expected));
    }
    return example;
  }

 private:
  // A block of lines begins below its key.
  static Place first_line(const Node& block) {
    return {block.place().file, block.place().line + 1, 1};
  }

  void report(const Place& place, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(place, std::move(reason), std::move(message), std::move(hint));
  }

  Micros read_time(const Place& place, const std::string& text) {
    const auto time = parse_iso_time(text, zone_);
    if (!time) {
      report(place, "time.invalid", fmt::format("'{}' is no time", text),
             "such as 2026-03-02 or 2026-03-02 09:00");
    }
    return time.value_or(0);
  }

  Calendar read_courses(const Node& node) {
    Calendar courses;
    const std::vector<TextLine> lines = text_lines(node.text());
    const Place first = first_line(node);
    if (lines.empty() ||
        lines.front().cells != std::vector<std::string>{"course", "start", "end"}) {
      report(first, "courses.header", "a table of courses begins with: course | start | end");
      return courses;
    }
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const Place place{first.file, first.line + lines[i].number, 1};
      const std::vector<std::string>& cells = lines[i].cells;
      if (cells.size() != 3) {
        report(place, "courses.cells", "this line needs a course, its start and its end");
        continue;
      }
      courses[cells[0]] = {read_time(place, cells[1]), read_time(place, cells[2])};
    }
    return courses;
  }

  Expectation read_expectation(const Node& node) {
    Expectation expectation{.place = node.place(),
                            .as_of = read_time(node["as_of"].place(), node["as_of"].text()),
                            .in = node["in"].texts(),
                            .out = node["out"].texts()};
    if (node["course"].exists()) expectation.course = node["course"].text();
    if (node["rows"].exists()) expectation.rows = read_rows(node);
    const bool names_learners = !expectation.in.empty() || !expectation.out.empty();
    if (!expectation.rows && !names_learners) {
      report(node.place(), "test.nothing", "this test expects nothing",
             is_cohort_ ? "add in: [learner], out: [learner] or rows"
                        : "add rows: a table of what must come out");
    }
    if (names_learners && !is_cohort_) {
      report(node.place(), "test.no_cohort", "only cohorts have learners who are in or out",
             "say rows: a table of what must come out");
    }
    for (const std::string& learner : expectation.in) {
      if (std::ranges::find(expectation.out, learner) == expectation.out.end()) continue;
      report(node["out"].place(), "test.in_and_out",
             fmt::format("'{}' is expected to be in and out", learner));
    }
    return expectation;
  }

  Expectation::Rows read_rows(const Node& node) {
    Expectation::Rows rows{.part = node["part"].text()};
    const Place first = first_line(node["rows"]);
    for (TextLine& line : text_lines(node["rows"].text())) {
      if (rows.columns.empty()) {
        rows.columns = std::move(line.cells);
      } else if (line.cells.size() == rows.columns.size()) {
        rows.lines.push_back(std::move(line));
      } else {
        report({first.file, first.line + line.number, 1}, "test.cells",
               fmt::format("this line has {} cells and the first has {}", line.cells.size(),
                           rows.columns.size()));
      }
    }
    return rows;
  }

  bool is_cohort_;
  const Zone& zone_;
  workspace::Diagnostics& diagnostics_;
};

}  // namespace

std::vector<TextLine> text_lines(std::string_view table) {
  std::vector<TextLine> lines;
  for (std::size_t number = 0; !table.empty(); ++number) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(table.size(), line.size() + 1));
    if (trimmed(line).empty()) continue;
    TextLine& cells = lines.emplace_back(TextLine{number, {}});
    for (std::string_view rest = line;; rest.remove_prefix(rest.find('|') + 1)) {
      cells.cells.emplace_back(trimmed(rest.substr(0, rest.find('|'))));
      if (rest.find('|') == std::string_view::npos) break;
    }
  }
  return lines;
}

EventBatch read_events(std::string_view table, const Place& place, const Zone& zone,
                       workspace::Diagnostics& diagnostics) {
  return EventReader(place, zone, diagnostics).read(table);
}

std::vector<Example> read_examples(const workspace::Definition& definition, const Zone& zone,
                                   workspace::Diagnostics& diagnostics) {
  ExampleReader reader(definition.kind == "cohort", zone, diagnostics);
  std::vector<Example> examples;
  for (const Node& test : definition.node[workspace::Definition::kTests].items()) {
    examples.push_back(reader.read(test));
  }
  return examples;
}

}  // namespace waymark::fold
