#include "fold/paths_definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

class Parser {
 public:
  Parser(const workspace::Definition& definition, workspace::Diagnostics& diagnostics)
      : node_(definition.node), diagnostics_(diagnostics) {
    paths_.name = definition.name;
    paths_.version = definition.version;
  }

  PathsDefinition parse() {
    paths_.gap = read_duration(node_["gap"], paths_.gap, diagnostics_);
    paths_.switch_on_course = node_["switch_on"].exists();
    paths_.per_course = node_["per"].text("learner") == "course";
    if (paths_.per_course && paths_.switch_on_course) {
      report(node_["switch_on"], "paths.switch_on", "within a course the course never changes",
             "leave 'switch_on' out, or say 'per: learner'");
    }
    paths_.population = read_filter(node_["population"], diagnostics_);
    read_states();
    paths_.order = within(node_["order"], 1, PathsDefinition::kHighestOrder);
    if (const Node sequences = node_["sequences"]; sequences.exists()) {
      paths_.longest = within(sequences["longest"], 3, PathsDefinition::kLongestSequence);
      paths_.support = static_cast<std::uint64_t>(sequences["support"].integer(2));
    }
    paths_.length = within(node_["paths"]["length"], 3, PathsDefinition::kLongestPath);
    paths_.to = read_anchors(node_["paths"]["to"]);
    paths_.from = read_anchors(node_["paths"]["from"]);
    const Node paths = node_["paths"];
    if (paths.exists() && !paths["to"].exists() && !paths["from"].exists()) {
      report(paths, "paths.no_anchor", "this names no state", "say 'to' or 'from' and the states");
    }
    paths_.predict = node_["predict"].boolean();
    return std::move(paths_);
  }

 private:
  void report(const Node& node, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(node.place(), std::move(reason), std::move(message), std::move(hint));
  }

  // The schema has reported what lies beyond.
  static unsigned within(const Node& node, std::int64_t fallback, unsigned most) {
    return static_cast<unsigned>(std::clamp<std::int64_t>(node.integer(fallback), 1, most));
  }

  void read_states() {
    const Node states = node_["states"];
    if (states.is_list()) {
      paths_.states = PathStateBy::kSteps;
      for (const Node& item : states.items()) read_step(item);
      if (node_["most_states"].exists()) {
        report(node_["most_states"], "paths.most_states", "the states are those listed",
               "leave 'most_states' out, or list fewer");
      }
      return;
    }
    paths_.most_states = within(node_["most_states"], static_cast<std::int64_t>(paths_.most_states),
                                static_cast<unsigned>(PathsDefinition::kMostStates));
    const std::string word = states.text();
    static const std::vector<std::string> columns{"kind", "context", "object"};
    const auto found = std::ranges::find(columns, word);
    if (found == columns.end()) {
      const std::string hint = did_you_mean(word, columns);
      report(states, "paths.states", fmt::format("'{}' cannot be the states", word),
             hint.empty() ? "say kind, context or object, or list named steps" : hint);
      return;
    }
    paths_.states = static_cast<PathStateBy>(found - columns.begin());
  }

  void read_step(const Node& item) {
    if (paths_.steps.size() == PathsDefinition::kMostSteps) {
      if (!told_too_many_) {
        report(item, "paths.too_many_steps",
               fmt::format("paths have at most {} steps", PathsDefinition::kMostSteps));
      }
      told_too_many_ = true;
      return;
    }
    PathStep step{item["name"].text(), read_filter(item, diagnostics_)};
    if (step.filter == Filter{}) {
      report(item, "paths.any_event",
             fmt::format("step '{}' does not say which events it means", step.name),
             "add kinds, context, object, course, outcome, source or where; what fits no step is "
             "'(other)'");
    }
    if (std::ranges::find(paths_.steps, step.name, &PathStep::name) != paths_.steps.end()) {
      report(item["name"], "paths.step_twice", fmt::format("two steps are called '{}'", step.name));
      return;
    }
    paths_.steps.push_back(std::move(step));
  }

  std::vector<std::string> read_anchors(const Node& node) {
    std::vector<std::string> anchors;
    std::vector<std::string> steps;
    for (const PathStep& step : paths_.steps) steps.push_back(step.name);
    for (const Node& item : node.items()) {
      const std::string name = item.text();
      if (paths_.states == PathStateBy::kSteps && std::ranges::find(steps, name) == steps.end()) {
        report(item, "paths.state_unknown", fmt::format("no step here is called '{}'", name),
               did_you_mean(name, steps));
      } else if (anchors.size() == PathsDefinition::kMostAnchors) {
        report(item, "paths.too_many_anchors",
               fmt::format("at most {} states are named here", PathsDefinition::kMostAnchors));
        break;
      } else if (std::ranges::find(anchors, name) == anchors.end()) {
        anchors.push_back(name);
      }
    }
    return anchors;
  }

  const Node& node_;
  workspace::Diagnostics& diagnostics_;
  PathsDefinition paths_;
  bool told_too_many_ = false;
};

}  // namespace

PathsDefinition parse_paths(const workspace::Definition& definition,
                            workspace::Diagnostics& diagnostics) {
  return Parser(definition, diagnostics).parse();
}

}  // namespace waymark::fold
