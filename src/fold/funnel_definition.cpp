#include "fold/funnel_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

class Parser {
 public:
  Parser(const workspace::Definition& definition, workspace::Diagnostics& diagnostics)
      : node_(definition.node), diagnostics_(diagnostics) {
    funnel_.name = definition.name;
    funnel_.version = definition.version;
  }

  FunnelDefinition parse() {
    const std::string order = node_["order"].text("ordered");
    funnel_.order = order == "any"      ? FunnelOrder::kAny
                    : order == "strict" ? FunnelOrder::kStrict
                                        : FunnelOrder::kOrdered;
    if (node_["within"].exists()) funnel_.within = read_duration(node_["within"], 0, diagnostics_);
    funnel_.every_attempt = node_["count"].text() == "every";
    funnel_.per_course = node_["per"].text("course") == "course";
    funnel_.population = read_filter(node_["population"], diagnostics_);
    read_steps();
    read_exclusions();
    return std::move(funnel_);
  }

 private:
  void report(const Node& node, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(node.place(), std::move(reason), std::move(message), std::move(hint));
  }

  void expect_filter(const Node& node, const Filter& filter, std::string_view what) {
    if (filter != Filter{}) return;
    report(node, "funnel.any_event", fmt::format("{} does not say which events it means", what),
           "add kinds, context, object, course, outcome, source or where");
  }

  void read_steps() {
    const std::vector<Node> items = node_["steps"].items();
    if (items.size() > FunnelDefinition::kMostSteps) {
      report(items[FunnelDefinition::kMostSteps], "funnel.too_many_steps",
             fmt::format("a funnel has at most {} steps", FunnelDefinition::kMostSteps));
    }
    for (const Node& item : items) {
      if (funnel_.steps.size() == FunnelDefinition::kMostSteps) break;
      FunnelStep step{.name = item["name"].text(),
                      .filter = read_filter(item, diagnostics_),
                      .conversion = item["conversion"].text()};
      expect_filter(item, step.filter, fmt::format("step '{}'", step.name));
      if (std::ranges::find(step_names_, step.name) != step_names_.end()) {
        report(item["name"], "funnel.step_twice",
               fmt::format("two steps are called '{}'", step.name),
               "a step that is repeated needs a name for each time, such as second_quiz");
      }
      step_names_.push_back(step.name);
      take_column(item["name"], FunnelDefinition::time_column(step));
      if (!step.conversion.empty()) take_column(item["conversion"], step.conversion);
      funnel_.steps.push_back(std::move(step));
    }
  }

  // Steps and conversions become columns beside those that every funnel has.
  void take_column(const Node& node, const std::string& column) {
    const bool step_twice =
        column.ends_with("_at") &&
        std::ranges::count(step_names_, column.substr(0, column.size() - 3)) > 1;
    if (columns_.insert(column).second || step_twice) return;
    report(node, "funnel.column_taken",
           fmt::format("the funnel's table has another column '{}'", column),
           "choose another name");
  }

  void read_exclusions() {
    const std::vector<Node> items = node_["exclude"].items();
    if (funnel_.order == FunnelOrder::kStrict && !items.empty()) {
      report(node_["exclude"], "funnel.exclude_strict",
             "a strict funnel ends at every event that is not its next step; there is nothing "
             "left to exclude",
             "leave 'exclude' out, or say 'order: ordered'");
      return;
    }
    if (items.size() > FunnelDefinition::kMostExclusions) {
      report(items[FunnelDefinition::kMostExclusions], "funnel.too_many_exclusions",
             fmt::format("a funnel has at most {} exclusions", FunnelDefinition::kMostExclusions));
    }
    for (const Node& item : items) {
      if (funnel_.exclusions.size() == FunnelDefinition::kMostExclusions) break;
      FunnelExclusion exclusion{.filter = read_filter(item, diagnostics_)};
      exclusion.before = funnel_.steps.empty() ? 0 : funnel_.steps.size() - 1;
      expect_filter(item, exclusion.filter, "this exclusion");
      read_between(item["between"], exclusion);
      funnel_.exclusions.push_back(std::move(exclusion));
    }
  }

  void read_between(const Node& node, FunnelExclusion& exclusion) {
    if (!node.exists()) return;
    if (funnel_.order == FunnelOrder::kAny) {
      report(node, "funnel.between_any", "'between' has no meaning where steps come in any order",
             "without it, the whole attempt is meant");
      return;
    }
    const std::vector<Node> items = node.items();
    if (items.size() != 2) {
      report(node, "funnel.between", "expected two steps", "such as [enrolled, submitted]");
      return;
    }
    const auto after = position(items[0]);
    const auto before = position(items[1]);
    if (!after || !before) return;
    if (*after >= *before) {
      report(node, "funnel.between_order",
             fmt::format("'{}' does not come before '{}' in this funnel", items[0].text(),
                         items[1].text()));
      return;
    }
    exclusion.after = *after;
    exclusion.before = *before;
  }

  std::optional<std::size_t> position(const Node& name) {
    const auto found = std::ranges::find(step_names_, name.text());
    if (found != step_names_.end() &&
        static_cast<std::size_t>(found - step_names_.begin()) < funnel_.steps.size()) {
      return static_cast<std::size_t>(found - step_names_.begin());
    }
    report(name, "funnel.step_unknown", fmt::format("no step here is called '{}'", name.text()),
           did_you_mean(name.text(), step_names_));
    return std::nullopt;
  }

  const Node& node_;
  workspace::Diagnostics& diagnostics_;
  FunnelDefinition funnel_;
  std::vector<std::string> step_names_;
  std::set<std::string> columns_{"learner",  "course",    "attempt",  "started", "reached",
                                 "furthest", "converted", "ended_by", "observed"};
};

}  // namespace

std::string reading_of(const FunnelDefinition& definition) {
  std::vector<std::string> parts;
  if (definition.within)
    parts.push_back(
        fmt::format("within {} of the first step", format_duration(*definition.within)));
  if (definition.order == FunnelOrder::kAny) parts.emplace_back("steps in any order");
  if (definition.order == FunnelOrder::kStrict) parts.emplace_back("nothing else between steps");
  if (!definition.exclusions.empty()) parts.emplace_back("ended by what is excluded");
  parts.emplace_back(definition.every_attempt ? "every attempt of a learner"
                                              : "a learner's first attempt");
  std::string reading = fmt::format("{}.", fmt::join(parts, "; "));
  reading[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(reading[0])));
  return reading;
}

FunnelDefinition parse_funnel(const workspace::Definition& definition,
                              workspace::Diagnostics& diagnostics) {
  return Parser(definition, diagnostics).parse();
}

}  // namespace waymark::fold
