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

Expectation read_expectation(const Node& node, const Zone& zone,
                             workspace::Diagnostics& diagnostics) {
  Expectation expectation{
      .place = node.place(), .in = node["in"].texts(), .out = node["out"].texts()};
  if (node["course"].exists()) expectation.course = node["course"].text();
  const std::string as_of = node["as_of"].text();
  if (const auto time = parse_iso_time(as_of, zone)) {
    expectation.as_of = *time;
  } else {
    diagnostics.add(node["as_of"].place(), "time.invalid", fmt::format("'{}' is no time", as_of),
                    "such as 2026-03-02 or 2026-03-02 09:00");
  }
  if (expectation.in.empty() && expectation.out.empty()) {
    diagnostics.add(node.place(), "test.nobody", "this test expects nobody to be in or out",
                    "add in: [learner] or out: [learner]");
  }
  for (const std::string& learner : expectation.in) {
    if (std::ranges::find(expectation.out, learner) == expectation.out.end()) continue;
    diagnostics.add(node["out"].place(), "test.in_and_out",
                    fmt::format("'{}' is expected to be in and out", learner));
  }
  return expectation;
}

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

std::vector<Example> read_examples(const Node& node, const Zone& zone,
                                   workspace::Diagnostics& diagnostics) {
  std::vector<Example> examples;
  for (const Node& item : node.items()) {
    Example example{.place = item.place(), .name = item["name"].text()};
    if (const Node events = item["events"]; events.exists()) {
      // A block of lines begins below its key.
      const Place first{events.place().file, events.place().line + 1, 1};
      example.events = read_events(events.text(), first, zone, diagnostics);
    }
    for (const Node& expected : item["expect"].items()) {
      example.expectations.push_back(read_expectation(expected, zone, diagnostics));
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

}  // namespace waymark::fold
