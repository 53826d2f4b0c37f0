#include "fold/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "fold/reading.h"

namespace waymark::fold {
namespace {

using workspace::Node;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class ConditionReader {
 public:
  ConditionReader(const std::string& name, const Node& node, workspace::Diagnostics& diagnostics)
      : name_(name), node_(node), diagnostics_(diagnostics) {
    condition_.value = read_value(name, node.place(), diagnostics);
  }

  Condition read() {
    if (node_.is_map()) {
      for (const auto& [key, bound] : node_.members()) read_bound(key, bound);
    } else if (node_.is_scalar() && parse_number(node_.text())) {
      narrow(node_.number(), node_.number());
    } else {
      read_plain_texts();
    }
    check();
    std::ranges::sort(condition_.texts);
    return std::move(condition_);
  }

 private:
  void report(std::string reason, std::string message, std::string hint = "") {
    diagnostics_.add(node_.place(), std::move(reason), std::move(message), std::move(hint));
  }

  void narrow(double low, double high) {
    condition_.at_least = std::max(condition_.at_least, low);
    condition_.at_most = std::min(condition_.at_most, high);
    is_bounded_ = true;
  }

  void read_bound(const std::string& key, const Node& bound) {
    const double number = bound.number();
    if (key == "equals") narrow(number, number);
    if (key == "at_least") narrow(number, kInfinity);
    if (key == "at_most") narrow(-kInfinity, number);
    if (key == "above") narrow(std::nextafter(number, kInfinity), kInfinity);
    if (key == "below") narrow(-kInfinity, std::nextafter(number, -kInfinity));
    if (key != "is" && key != "is_not") return;
    ++text_keys_;
    condition_.texts = bound.texts();
    condition_.is_not = key == "is_not";
  }

  // A list without a key means texts, and would never find the numbers that it shows.
  void read_plain_texts() {
    ++text_keys_;
    condition_.texts = node_.texts();
    const auto is_number = [](const std::string& text) { return parse_number(text).has_value(); };
    const auto number = std::ranges::find_if(condition_.texts, is_number);
    if (number == condition_.texts.end()) return;
    report("condition.number_in_list",
           fmt::format("'{}' is a number, and a list means texts", *number),
           "write 'is: [...]' if the property holds texts that look like numbers, at_least and "
           "at_most if it holds numbers");
  }

  void check() {
    if (text_keys_ > 1) {
      report("condition.is_and_is_not", "'is' and 'is_not' cannot stand together",
             "'is' alone says it all");
    } else if (text_keys_ != 0 && is_bounded_) {
      report("condition.text_and_number", fmt::format("'{}' is either a text or a number", name_),
             "'is' and 'is_not' are for texts, the other keys for numbers");
    } else if (text_keys_ != 0 && condition_.value.kind != Value::Kind::kProperty) {
      report(
          "condition.column_is_number", fmt::format("'{}' is a number, not a text", name_),
          fmt::format("such as {{at_least: 1}}; a property of that name is 'property.{}'", name_));
    } else if ((text_keys_ != 0 && condition_.texts.empty()) ||
               condition_.at_least > condition_.at_most) {
      report("condition.empty", fmt::format("no value of '{}' meets this condition", name_));
    }
  }

  const std::string& name_;
  const Node& node_;
  workspace::Diagnostics& diagnostics_;
  Condition condition_;
  int text_keys_ = 0;
  bool is_bounded_ = false;
};

}  // namespace

Value read_value(std::string_view word, const workspace::Place& place,
                 workspace::Diagnostics& diagnostics) {
  static const std::vector<std::string> columns{"weight", "score", "duration_ms"};
  if (word == "weight") return {Value::Kind::kWeight, ""};
  if (word == "score") return {Value::Kind::kScore, ""};
  if (word == "duration_ms") return {Value::Kind::kDuration, ""};
  return {Value::Kind::kProperty, read_property(word, place, columns, diagnostics)};
}

std::vector<Condition> read_conditions(const Node& node, workspace::Diagnostics& diagnostics) {
  std::vector<Condition> conditions;
  for (const auto& [name, bounds] : node.members()) {
    conditions.push_back(ConditionReader(name, bounds, diagnostics).read());
  }
  std::ranges::sort(conditions);
  return conditions;
}

std::vector<std::string> Filter::properties() const {
  std::vector<std::string> properties;
  for (const Condition& condition : where) {
    if (condition.value.kind == Value::Kind::kProperty)
      properties.push_back(condition.value.property);
  }
  return properties;
}

Filter read_filter(const Node& node, workspace::Diagnostics& diagnostics) {
  Filter filter{.kinds = node["kinds"].texts(),
                .contexts = node["context"].texts(),
                .objects = node["object"].texts(),
                .courses = node["course"].texts(),
                .outcomes = node["outcome"].texts(),
                .sources = node["source"].texts(),
                .where = read_conditions(node["where"], diagnostics)};
  for (auto* list : {&filter.kinds, &filter.contexts, &filter.objects, &filter.courses,
                     &filter.outcomes, &filter.sources}) {
    std::ranges::sort(*list);
  }
  return filter;
}

}  // namespace waymark::fold
