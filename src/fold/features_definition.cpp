#include "fold/features_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/text.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

// What stands to the right of an aggregate's key.
enum class Argument { kTrue, kValue, kTrueOrValue, kWeekly, kDistinct, kTwoFeatures, kProperty };

struct Keyword {
  std::string_view key;
  Aggregate aggregate;
  Argument argument;
};

constexpr Keyword kKeywords[] = {
    {"count", Aggregate::kCount, Argument::kTrueOrValue},
    {"sum", Aggregate::kSum, Argument::kValue},
    {"mean", Aggregate::kMean, Argument::kValue},
    {"min", Aggregate::kMinimum, Argument::kValue},
    {"max", Aggregate::kMaximum, Argument::kValue},
    {"earliest", Aggregate::kEarliest, Argument::kValue},
    {"latest", Aggregate::kLatest, Argument::kValue},
    {"max_day", Aggregate::kMaximumDay, Argument::kValue},
    {"distinct", Aggregate::kDistinct, Argument::kDistinct},
    {"active_days", Aggregate::kActiveDays, Argument::kTrue},
    {"active_weeks", Aggregate::kActiveWeeks, Argument::kTrue},
    {"longest_streak", Aggregate::kLongestStreak, Argument::kTrue},
    {"current_streak", Aggregate::kCurrentStreak, Argument::kTrue},
    {"recency", Aggregate::kRecency, Argument::kTrue},
    {"first_day", Aggregate::kFirstDay, Argument::kTrue},
    {"gap_mean", Aggregate::kGapMean, Argument::kTrue},
    {"gap_sd", Aggregate::kGapDeviation, Argument::kTrue},
    {"gap_max", Aggregate::kGapMaximum, Argument::kTrue},
    {"weekday_entropy", Aggregate::kWeekdayEntropy, Argument::kTrue},
    {"slope", Aggregate::kSlope, Argument::kWeekly},
    {"ratio", Aggregate::kRatio, Argument::kTwoFeatures},
    {"difference", Aggregate::kDifference, Argument::kTwoFeatures},
    {"attribute", Aggregate::kAttribute, Argument::kProperty},
};

const std::vector<std::string> kDistinctWords{"object", "context", "kind", "outcome", "source"};

// Reads one definition; its members are what every step needs.
class Parser {
 public:
  Parser(const workspace::Definition& definition, workspace::Diagnostics& diagnostics)
      : definition_(definition), diagnostics_(diagnostics) {}

  FeaturesDefinition parse() {
    FeaturesDefinition features{.name = definition_.name, .version = definition_.version};
    members_ = definition_.node["features"].members();
    for (const auto& [name, node] : members_) names_.push_back(name);
    for (const auto& [name, node] : members_) features.features.push_back(feature(name, node));
    check_derived(features.features);
    return features;
  }

 private:
  Feature feature(const std::string& name, const Node& node) {
    Feature feature{.name = name, .description = node["description"].text()};
    std::vector<std::string_view> found;
    for (const Keyword& keyword : kKeywords) {
      if (!node[keyword.key].exists()) continue;
      found.push_back(keyword.key);
      if (found.size() > 1) continue;
      feature.aggregate = keyword.aggregate;
      argument(keyword.argument, node[keyword.key], node, feature);
    }
    if (found.size() != 1) report_aggregates(name, node, found);
    read_weight(node, feature);
    feature.filter = read_filter(node, diagnostics_);
    read_window(node, feature.window);
    if (feature.is_derived()) check_derived_keys(node);
    return feature;
  }

  void report_aggregates(const std::string& name, const Node& node,
                         const std::vector<std::string_view>& found) {
    std::vector<std::string_view> keys;
    for (const Keyword& keyword : kKeywords) keys.push_back(keyword.key);
    if (found.empty()) {
      diagnostics_.add(node.place(), "feature.aggregate_missing",
                       fmt::format("feature '{}' does not say what it computes", name),
                       fmt::format("add one of: {}", fmt::join(keys, ", ")));
    } else {
      diagnostics_.add(
          node.place(), "feature.aggregate_twice",
          fmt::format("feature '{}' computes several things: {}", name, fmt::join(found, ", ")),
          "make each a feature of its own");
    }
  }

  void argument(Argument kind, const Node& node, const Node& whole, Feature& feature) {
    switch (kind) {
      case Argument::kTrue:
        expect_true(node);
        break;
      case Argument::kTrueOrValue:
        if (node.text() != "true") feature.value = value(node);
        break;
      case Argument::kValue:
        feature.value = value(node);
        break;
      case Argument::kWeekly:
        read_weekly(node, feature);
        break;
      case Argument::kDistinct:
        read_distinct(node, feature);
        break;
      case Argument::kTwoFeatures:
        read_operands(node, feature);
        break;
      case Argument::kProperty:
        feature.property = node.text();
        if (whole["type"].text("text") == "text") feature.aggregate = Aggregate::kAttributeText;
        break;
    }
  }

  void expect_true(const Node& node) {
    if (node.text() == "true") return;
    diagnostics_.add(node.place(), "feature.flag", "expected 'true'",
                     "leave the key out, or set it to true");
  }

  Value value(const Node& node) { return read_value(node.text(), node.place(), diagnostics_); }

  void read_weekly(const Node& node, Feature& feature) {
    if (node.text() == "events") {
      feature.weekly = Weekly::kEvents;
    } else if (node.text() == "active_days") {
      feature.weekly = Weekly::kActiveDays;
    } else {
      feature.value = value(node);
    }
  }

  void read_distinct(const Node& node, Feature& feature) {
    const auto found = std::ranges::find(kDistinctWords, node.text());
    if (found != kDistinctWords.end()) {
      feature.distinct = static_cast<Distinct>(found - kDistinctWords.begin());
      return;
    }
    diagnostics_.add(node.place(), "feature.distinct_unknown",
                     fmt::format("'{}' cannot be counted; known: {}", node.text(),
                                 fmt::join(kDistinctWords, ", ")),
                     did_you_mean(node.text(), kDistinctWords));
  }

  void read_operands(const Node& node, Feature& feature) {
    const std::vector<Node> items = node.items();
    if (items.size() != 2) {
      diagnostics_.add(node.place(), "feature.operands", "expected two features",
                       "such as [quiz_clicks, clicks]");
      feature.aggregate = Aggregate::kCount;
      return;
    }
    const auto left = position(items[0]);
    const auto right = position(items[1]);
    if (left && right) {
      feature.left = *left;
      feature.right = *right;
    } else {
      feature.aggregate = Aggregate::kCount;
    }
  }

  std::optional<std::size_t> position(const Node& name) {
    const auto found = std::ranges::find(names_, name.text());
    if (found == names_.end()) {
      diagnostics_.add(name.place(), "feature.unknown",
                       fmt::format("no feature here is called '{}'", name.text()),
                       did_you_mean(name.text(), names_));
      return std::nullopt;
    }
    return static_cast<std::size_t>(found - names_.begin());
  }

  void read_weight(const Node& node, Feature& feature) {
    const Node weight = node["weighted_by"];
    if (!weight.exists()) return;
    feature.weighted_by = value(weight);
    if (feature.aggregate == Aggregate::kSum || feature.aggregate == Aggregate::kMean) return;
    diagnostics_.add(weight.place(), "feature.weight_unused",
                     "only 'sum' and 'mean' can be weighted");
  }

  void read_window(const Node& node, Window& window) {
    const Node last = node["last"];
    const Node from = node["from"];
    if (last.exists() && (from.exists() || node["to"].exists())) {
      diagnostics_.add(last.place(), "window.twice", "'last' stands beside 'from' or 'to'",
                       "'last: 14d' is short for 'from: 14d'; 'to' says where it ends, ago");
    }
    const Node begin = last.exists() ? last : from;
    if (begin.exists()) window.from = read_duration(begin, 0, diagnostics_);
    window.to = read_duration(node["to"], 0, diagnostics_);
    window.since_start = node["since"].text() == "start";
    if (window.from && *window.from <= window.to) {
      diagnostics_.add(begin.place(), "window.empty",
                       "this window holds no time: it begins no earlier than it ends",
                       "both are counted back from the as-of: 'from: 14d, to: 7d' is the week "
                       "before the last");
    }
  }

  void check_derived_keys(const Node& node) {
    for (const char* key : {"kinds", "context", "object", "outcome", "source", "where", "last",
                            "from", "to", "since"}) {
      if (!node[key].exists()) continue;
      diagnostics_.add(node[key].place(), "feature.key_unused",
                       fmt::format("'{}' has no meaning here: a ratio or difference is of two "
                                   "features as they are",
                                   key),
                       "put it into those features");
    }
  }

  // Depth first; a derived feature that leads back to itself or to a text becomes a plain count.
  void check_derived(std::vector<Feature>& features) {
    enum class Mark : std::uint8_t { kNew, kOpen, kDone };
    std::vector<Mark> marks(features.size(), Mark::kNew);
    const auto visit = [&](auto&& self, std::size_t at) -> bool {
      Feature& feature = features[at];
      if (marks[at] == Mark::kOpen) return false;
      if (marks[at] == Mark::kDone || !feature.is_derived()) return true;
      marks[at] = Mark::kOpen;
      for (const std::size_t operand : {feature.left, feature.right}) {
        if (features[operand].is_text()) {
          report(at, "feature.not_a_number", fmt::format("'{}' is a text", features[operand].name),
                 "an attribute is a number with 'type: number'");
          feature.aggregate = Aggregate::kCount;
        } else if (!self(self, operand)) {
          report(at, "feature.cycle",
                 fmt::format("'{}' is computed from itself, by way of '{}'", feature.name,
                             features[operand].name));
          feature.aggregate = Aggregate::kCount;
        }
      }
      marks[at] = Mark::kDone;
      return true;
    };
    for (std::size_t at = 0; at < features.size(); ++at) visit(visit, at);
  }

  void report(std::size_t feature, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(members_[feature].second.place(), std::move(reason), std::move(message),
                     std::move(hint));
  }

  const workspace::Definition& definition_;
  workspace::Diagnostics& diagnostics_;
  std::vector<std::pair<std::string, Node>> members_;
  std::vector<std::string> names_;
};

}  // namespace

FeaturesDefinition parse_features(const workspace::Definition& definition,
                                  workspace::Diagnostics& diagnostics) {
  return Parser(definition, diagnostics).parse();
}

}  // namespace waymark::fold
