#include "fold/metric_definition.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace waymark::fold {
namespace {

using workspace::Node;

class Parser {
 public:
  Parser(const workspace::Definition& definition, std::span<const SeasonCalendar> calendars,
         workspace::Diagnostics& diagnostics)
      : node_(definition.node), calendars_(calendars), diagnostics_(diagnostics) {
    metric_.name = definition.name;
    metric_.version = definition.version;
  }

  MetricDefinition parse() {
    metric_.description = node_["description"].text();
    metric_.owner = node_["owner"].text();
    metric_.unit = read_unit(node_["unit"]);
    metric_.direction = node_["direction"].text();
    metric_.grain = read_grain(node_["grain"]);
    metric_.dimensions = read_dimensions(node_["dimensions"], diagnostics_);
    read_type();
    const Node baseline = node_["baseline"];
    metric_.baseline.last = static_cast<std::size_t>(
        baseline["last"].integer(static_cast<std::int64_t>(metric_.baseline.last)));
    metric_.baseline.width = baseline["width"].number(metric_.baseline.width);
    metric_.baseline.calendar = read_calendar(baseline["calendar"], calendars_, diagnostics_);
    if (metric_.baseline.calendar)
      metric_.version = version_with(metric_.version, *metric_.baseline.calendar);
    return std::move(metric_);
  }

 private:
  void report(const Node& node, std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(node.place(), std::move(reason), std::move(message), std::move(hint));
  }

  // Any word, but for one that is nearly one of those that reports know.
  std::string read_unit(const Node& node) {
    static const std::vector<std::string> kKnown{"count",   "learners", "events", "sessions",
                                                 "share",   "score",    "days",   "hours",
                                                 "minutes", "seconds",  "ratio"};
    const std::string unit = node.text();
    const bool is_known = std::ranges::find(kKnown, unit) != kKnown.end();
    if (const std::string hint = is_known ? "" : did_you_mean(unit, kKnown); !hint.empty())
      report(node, "unit.misspelt", fmt::format("no unit is called '{}'", unit), hint);
    return unit;
  }

  // Exactly one key says what the metric is.
  void read_type() {
    static constexpr const char* kTypes[]{"simple",     "ratio",      "derived",
                                          "cumulative", "conversion", "retention"};
    std::vector<std::size_t> given;
    for (std::size_t i = 0; i < std::size(kTypes); ++i) {
      if (node_[kTypes[i]].exists()) given.push_back(i);
    }
    if (given.size() != 1) {
      report(given.empty() ? node_ : node_[kTypes[given[1]]], "metric.type",
             given.empty() ? "what the metric is, is missing"
                           : fmt::format("a metric is one thing, and this is '{}' and '{}'",
                                         kTypes[given[0]], kTypes[given[1]]),
             "one of simple, ratio, derived, cumulative, conversion, retention");
      metric_.terms.emplace_back();
      return;
    }
    metric_.type = static_cast<MetricType>(given[0]);
    const Node node = node_[kTypes[given[0]]];
    metric_.place = node.place();
    switch (metric_.type) {
      case MetricType::kSimple:
        metric_.terms = {{{}, read_part(node)}};
        break;
      case MetricType::kRatio:
        metric_.terms = {read_term(node["numerator"]), read_term(node["denominator"])};
        break;
      case MetricType::kDerived:
        read_formula(node);
        break;
      case MetricType::kCumulative:
        metric_.terms = {read_term(node["of"])};
        metric_.window = static_cast<std::size_t>(node["window"].integer());
        break;
      case MetricType::kConversion:
        metric_.of = mention(node["funnel"]);
        metric_.step = mention(node["step"]);
        metric_.from = mention(node["from"]);
        break;
      case MetricType::kRetention:
        metric_.of = mention(node["measure"]);
        metric_.period = static_cast<std::size_t>(node["period"].integer());
        metric_.period_place = node["period"].place();
    }
  }

  void read_formula(const Node& node) {
    metric_.text = node.text();
    metric_.formula = Expression::parse(metric_.text, node.place(), diagnostics_);
    for (const std::string& name : metric_.formula.names()) {
      metric_.terms.push_back({{name, node.place()}, {}});
    }
    if (metric_.formula.empty() || !metric_.terms.empty()) return;
    report(node, "expression.invalid", "this says the same whatever happens",
           "name the metrics that it is made of");
  }

  MetricTerm read_term(const Node& node) {
    if (node.is_map()) return {{}, read_part(node)};
    return {mention(node), {}};
  }

  MetricPart read_part(const Node& node) {
    using Aggregate = MetricPart::Aggregate;
    static const std::vector<std::pair<std::string, Aggregate>> aggregates{
        {"count", Aggregate::kCount},     {"distinct", Aggregate::kDistinct},
        {"sum", Aggregate::kSum},         {"mean", Aggregate::kMean},
        {"median", Aggregate::kQuantile}, {"percentile", Aggregate::kQuantile}};
    MetricPart part;
    std::string first;
    for (const auto& [key, aggregate] : aggregates) {
      const Node value = node[key];
      if (!value.exists()) continue;
      if (!first.empty()) {
        report(value, "metric.aggregate",
               fmt::format("'{}' and '{}' cannot both be the number", first, key),
               "make two metrics");
        break;
      }
      first = key;
      part.aggregate = aggregate;
      if (key == "percentile") {
        part.column = mention(value["of"]);
        part.quantile = value["at"].number() / 100;
      } else if (key != "count") {
        part.column = mention(value);
      }
    }
    if (first.empty()) {
      report(node, "metric.aggregate", "which number is meant is missing",
             "one of count, distinct, sum, mean, median, percentile");
    }
    read_rows(node, part);
    return part;
  }

  void read_rows(const Node& node, MetricPart& part) {
    const Node events = node["events"];
    if (node["table"].exists()) part.table = mention(node["table"]);
    if (node["table"].exists() && events.exists()) {
      report(events, "metric.two_sources", "the number is either of events or of a table's rows",
             "leave one of them out");
    }
    if (events.is_map()) part.filter = read_filter(events, diagnostics_);
    if (events.is_scalar()) part.events = mention(events);
    for (const Node& item : node["where"].items()) part.where.push_back(mention(item));
  }

  const Node& node_;
  std::span<const SeasonCalendar> calendars_;
  workspace::Diagnostics& diagnostics_;
  MetricDefinition metric_;
};

}  // namespace

Mention mention(const Node& node) { return {node.text(), node.place()}; }

PeriodUnit read_grain(const Node& node) { return period_unit(node.text("week")); }

std::vector<Mention> read_dimensions(const Node& names, workspace::Diagnostics& diagnostics) {
  std::vector<std::string> taken{"period",    "value",    "numerator", "denominator",
                                 "n",         "complete", "baseline",  "band_low",
                                 "band_high", "day",      "week",      "month"};
  std::vector<Mention> dimensions;
  for (const Node& name : names.items()) {
    if (std::ranges::find(taken, name.text()) != taken.end()) {
      diagnostics.add(name.place(), "metric.dimension",
                      fmt::format("'{}' stands in the metric's table already", name.text()));
      continue;
    }
    taken.push_back(name.text());
    dimensions.push_back(mention(name));
  }
  return dimensions;
}

EventsDefinition parse_events(const workspace::Definition& definition,
                              workspace::Diagnostics& diagnostics) {
  EventsDefinition events{definition.name, definition.version,
                          read_filter(definition.node, diagnostics)};
  if (events.filter == Filter{}) {
    diagnostics.add(definition.node.place(), "events.any_event",
                    "this does not say which events it means",
                    "add kinds, context, object, course, outcome, source or where");
  }
  return events;
}

MetricDefinition parse_metric(const workspace::Definition& definition,
                              std::span<const SeasonCalendar> calendars,
                              workspace::Diagnostics& diagnostics) {
  return Parser(definition, calendars, diagnostics).parse();
}

}  // namespace waymark::fold
