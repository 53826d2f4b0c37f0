#include "fold/cohort_definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "fold/cohort_program.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

class Parser {
 public:
  Parser(const workspace::Definition& definition, workspace::Diagnostics& diagnostics)
      : definition_(definition), diagnostics_(diagnostics) {}

  CohortDefinition parse() {
    const Node& node = definition_.node;
    CohortDefinition cohort{.name = definition_.name,
                            .version = version(),
                            .description = node["description"].text(),
                            .per_course = node["per"].text("course") == "course"};
    cohort.who = read_rule(node["who"], 1);
    cohort.who_place = node["who"].place();
    return cohort;
  }

 private:
  void report(const Node& node, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(node.place(), std::move(reason), std::move(message), std::move(hint));
  }

  // Tests are not part of it: they change no table.
  std::string version() const {
    Hasher hasher;
    hasher.field(definition_.node["per"].text("course"));
    hasher.field(definition_.node["description"].text());
    hasher.field(definition_.node["who"].content_hash());
    return to_hex(hasher.digest());
  }

  Rule read_rule(const Node& node, std::size_t depth) {
    const auto members = node.members();
    if (members.empty()) return {};
    if (depth > CohortDefinition::kDeepest) {
      report(node, "cohort.too_deep",
             fmt::format("rules lie in one another more than {} deep", CohortDefinition::kDeepest),
             "make the inner ones a cohort of their own, and refer to it");
      return {};
    }
    if (members.size() > 1) {
      report(members[1].second, "cohort.several_rules",
             fmt::format("this rule says two things, '{}' and '{}'", members[0].first,
                         members[1].first),
             "put them below 'all:' or 'any:', each as an item of the list");
    }
    const auto& [key, what] = members.front();
    if (key == "all") return {read_group(RuleGroup::Kind::kAll, what, depth)};
    if (key == "any") return {read_group(RuleGroup::Kind::kAny, what, depth)};
    if (key == "not") return {RuleGroup{RuleGroup::Kind::kNot, {read_rule(what, depth + 1)}}};
    if (key == "did" || key == "did_not") return {read_count(what, key == "did_not")};
    if (key == "sum") return {read_sum(what)};
    if (key == "sequence") return {read_sequence(what)};
    if (key == "attributes") return {read_attributes(what)};
    if (key == "course") return {read_course(what)};
    if (key == "cohort") return {RuleCohort{what.text(), what.place(), nullptr}};
    return {};
  }

  RuleGroup read_group(RuleGroup::Kind kind, const Node& list, std::size_t depth) {
    RuleGroup group{kind, {}};
    for (const Node& item : list.items()) group.rules.push_back(read_rule(item, depth + 1));
    if (group.rules.empty()) report(list, "cohort.no_rules", "there is no rule in this list");
    return group;
  }

  Filter read_events(const Node& node, std::string_view what) {
    Filter filter = read_filter(node, diagnostics_);
    if (filter == Filter{}) {
      report(node, "cohort.any_event", fmt::format("{} does not say which events it means", what),
             "add kinds, context, object, course, outcome, source or where");
    }
    return filter;
  }

  std::optional<Micros> read_last(const Node& node) {
    const Node last = node["last"];
    if (!last.exists()) return std::nullopt;
    const Micros window = read_duration(last, kMicrosPerDay, diagnostics_);
    if (window == 0) report(last, "window.empty", "this window holds no time");
    return std::max<Micros>(window, 1);
  }

  Micros read_before(const Node& node, std::optional<Micros> last) {
    const Micros before = read_duration(node["before"], 0, diagnostics_);
    if (before == 0 || !last || before < *last) return before;
    report(node["before"], "window.empty", "this window ends before it begins",
           "'last: 36h, before: 12h' is what happened from 36 to 12 hours ago");
    return 0;
  }

  RuleCount read_count(const Node& node, bool none) {
    RuleCount count{.filter = read_events(node, none ? "'did_not'" : "'did'"),
                    .last = read_last(node)};
    count.before = read_before(node, count.last);
    const auto number = [&](const char* key, std::int64_t fallback) {
      return static_cast<std::uint32_t>(
          std::clamp<std::int64_t>(node[key].integer(fallback), 0, RuleCount::kMost));
    };
    if (none) {
      count.at_least = 0;
      count.at_most = 0;
      return count;
    }
    if (node["at_most"].exists()) {
      count.at_least = 0;
      count.at_most = std::min(number("at_most", 0), RuleCount::kMost - 1);
    }
    if (node["at_least"].exists()) count.at_least = std::max(number("at_least", 1), 1u);
    if (count.at_most && count.at_least > *count.at_most) {
      report(node["at_most"], "cohort.bounds", "no number of events is within these bounds");
    }
    return count;
  }

  RuleSum read_sum(const Node& node) {
    RuleSum sum{.of = read_value(node["of"].text(), node["of"].place(), diagnostics_),
                .filter = read_filter(node, diagnostics_),
                .last = read_last(node)};
    sum.before = read_before(node, sum.last);
    if (node["at_least"].exists()) sum.at_least = bound(node["at_least"]);
    if (node["at_most"].exists()) sum.at_most = bound(node["at_most"]);
    if (!sum.at_least && !sum.at_most) {
      report(node, "cohort.no_bounds", "this sum has no bounds", "add at_least or at_most");
    } else if (sum.at_least && sum.at_most && *sum.at_least > *sum.at_most) {
      report(node["at_most"], "cohort.bounds", "no sum is within these bounds");
    }
    return sum;
  }

  double bound(const Node& node) {
    const double number = node.number();
    if (std::abs(number) <= CohortProgram::kGreatestAmount) return number;
    report(node, "cohort.bound_too_large",
           fmt::format("{} is more than sums can be compared with", node.text()),
           fmt::format("at most {:.0f}", CohortProgram::kGreatestAmount));
    return 0;
  }

  RuleSequence read_sequence(const Node& node) {
    RuleSequence sequence{.last = read_last(node)};
    if (node["within"].exists()) sequence.within = read_duration(node["within"], 0, diagnostics_);
    for (const Node& step : node["steps"].items()) {
      sequence.steps.push_back(read_events(step, "this step"));
    }
    if (sequence.steps.size() > RuleSequence::kMostSteps) {
      report(node["steps"], "cohort.too_many_steps",
             fmt::format("a sequence has at most {} steps", RuleSequence::kMostSteps));
      sequence.steps.resize(RuleSequence::kMostSteps);
    }
    return sequence;
  }

  RuleGroup read_attributes(const Node& node) {
    RuleGroup all;
    for (Condition& condition : read_conditions(node, diagnostics_)) {
      all.rules.push_back({RuleAttribute{std::move(condition)}});
    }
    return all;
  }

  RuleCourse read_course(const Node& node) {
    if (definition_.node["per"].text("course") != "course") {
      report(node, "cohort.no_course", "a cohort per learner is of no course",
             "say 'per: course', or leave the rule out");
    }
    return {};
  }

  const workspace::Definition& definition_;
  workspace::Diagnostics& diagnostics_;
};

class Resolver {
 public:
  Resolver(std::vector<CohortDefinition>& cohorts, workspace::Diagnostics& diagnostics)
      : cohorts_(cohorts), states_(cohorts.size()), diagnostics_(diagnostics) {
    for (const CohortDefinition& cohort : cohorts) names_.push_back(cohort.name);
  }

  void run() {
    for (std::size_t i = 0; i < cohorts_.size(); ++i) resolve(i);
  }

 private:
  enum class State { kUntouched, kUnderWay, kDone };

  void resolve(std::size_t at) {
    if (states_[at] == State::kDone) return;
    states_[at] = State::kUnderWay;
    CohortDefinition& cohort = cohorts_[at];
    Hasher version;
    version.field(cohort.version);
    resolve_rule(cohort.who, cohort, version);
    cohort.version = to_hex(version.digest());
    const Symbols none;
    if (CohortProgram(cohort.who, Names(none)).too_large) {
      diagnostics_.add(cohort.who_place, "cohort.too_large",
                       fmt::format("with the cohorts that it refers to this asks for more than {} "
                                   "different filters or {} conditions",
                                   CohortProgram::kMostFilters, CohortProgram::kMostLeaves));
    }
    states_[at] = State::kDone;
  }

  void resolve_rule(Rule& rule, const CohortDefinition& of, Hasher& version) {
    if (auto* group = std::get_if<RuleGroup>(&rule.is)) {
      for (Rule& inner : group->rules) resolve_rule(inner, of, version);
    } else if (auto* reference = std::get_if<RuleCohort>(&rule.is)) {
      resolve_reference(*reference, of, version);
    }
  }

  void resolve_reference(RuleCohort& reference, const CohortDefinition& of, Hasher& version) {
    const auto report = [&](std::string reason, std::string message, std::string hint = "") {
      diagnostics_.add(reference.place, std::move(reason), std::move(message), std::move(hint));
    };
    const auto name = std::ranges::find(names_, reference.name);
    if (name == names_.end()) {
      return report("cohort.unknown", fmt::format("there is no cohort '{}'", reference.name),
                    did_you_mean(reference.name, names_));
    }
    const auto at = static_cast<std::size_t>(name - names_.begin());
    const CohortDefinition& other = cohorts_[at];
    if (states_[at] == State::kUnderWay) {
      return report("cohort.circle", other.name == of.name
                                         ? fmt::format("'{}' refers to itself", of.name)
                                         : fmt::format("'{}' refers to itself, by way of '{}'",
                                                       other.name, of.name));
    }
    if (other.per_course != of.per_course) {
      return report("cohort.per",
                    fmt::format("'{}' is per {} and this cohort per {}", other.name,
                                other.per_course ? "course" : "learner",
                                of.per_course ? "course" : "learner"),
                    "give both the same 'per'");
    }
    resolve(at);
    version.field(other.version);
    reference.rule = std::make_shared<const Rule>(other.who);
  }

  std::vector<CohortDefinition>& cohorts_;
  std::vector<State> states_;
  std::vector<std::string> names_;
  workspace::Diagnostics& diagnostics_;
};

}  // namespace

CohortDefinition parse_cohort(const workspace::Definition& definition,
                              workspace::Diagnostics& diagnostics) {
  return Parser(definition, diagnostics).parse();
}

void resolve_cohorts(std::vector<CohortDefinition>& cohorts, workspace::Diagnostics& diagnostics) {
  Resolver(cohorts, diagnostics).run();
}

}  // namespace waymark::fold
