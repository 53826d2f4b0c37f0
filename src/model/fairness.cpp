#include "model/fairness.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "fold/feature_rows.h"
#include "model/explanation.h"
#include "model/stored.h"
#include "stats/class_forecast.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr std::size_t kPermutations = 999;
constexpr double kChance = 0.05;
constexpr std::size_t kMostNamed = 4;
constexpr const char* kUnknown = "(not known)";

constexpr std::array<std::pair<Gate, std::string_view>, 6> kGates{
    {{Gate::kDisparateImpact, "disparate_impact"},
     {Gate::kTprGap, "tpr_gap"},
     {Gate::kFprGap, "fpr_gap"},
     {Gate::kCalibrationGap, "calibration_gap"},
     {Gate::kAbroca, "abroca"},
     {Gate::kLeftGap, "left_gap"}}};

// Which group each row is of by this column: its word, its number or, of many numbers, between
// which quartiles that lies.
std::vector<std::string> group_names(const DataColumn& column) {
  std::vector<std::string> names;
  for (const std::uint32_t code : column.codes) {
    const std::string& text = column.categories[code];
    names.push_back(text.empty() ? kUnknown : text);
  }
  std::vector<double> known;
  std::ranges::copy_if(column.numbers, std::back_inserter(known),
                       [](double number) { return !std::isnan(number); });
  std::set<double> cuts;
  if (std::set(known.begin(), known.end()).size() > kMostNumbers) {
    for (const double share : {0.25, 0.5, 0.75}) cuts.insert(stats::quantile(known, share));
  }
  for (const double number : column.numbers) {
    const auto above = cuts.lower_bound(number);
    if (std::isnan(number)) {
      names.push_back(kUnknown);
    } else if (cuts.empty()) {
      names.push_back(in_words(number));
    } else if (above == cuts.begin()) {
      names.push_back("up to " + in_words(*above));
    } else if (above == cuts.end()) {
      names.push_back("above " + in_words(*cuts.rbegin()));
    } else {
      names.push_back(fmt::format("above {} to {}", in_words(*std::prev(above)), in_words(*above)));
    }
  }
  return names;
}

// "35-55, 55<=", or "Chad, Fiji, Mali, Peru and 7 more".
std::string together(std::vector<std::string> names) {
  std::ranges::sort(names);
  const std::size_t more = names.size() > kMostNamed ? names.size() - kMostNamed : 0;
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

struct Group {
  std::string name;
  std::vector<std::uint32_t> members;  // positions among the test rows
};

// The largest first. Nobody can take the shown from the whole and see fewer than kLeastShown.
std::vector<Group> groups_of(const std::vector<std::string>& names) {
  std::map<std::string, std::vector<std::uint32_t>> members;
  for (std::uint32_t i = 0; i < names.size(); ++i) members[names[i]].push_back(i);
  std::vector<Group> groups;
  for (auto& [name, rows] : members) groups.push_back({name, std::move(rows)});
  const auto size = [](const Group& group) { return group.members.size(); };
  std::ranges::stable_sort(groups, std::ranges::greater(), size);
  Group smaller;
  std::vector<std::string> taken;
  while (!groups.empty() && (size(groups.back()) < kLeastShown ||
                             (size(smaller) > 0 && size(smaller) < kLeastShown))) {
    smaller.members.insert(smaller.members.end(), groups.back().members.begin(),
                           groups.back().members.end());
    taken.push_back(std::move(groups.back().name));
    groups.pop_back();
  }
  smaller.name = together(std::move(taken));
  if (size(smaller) >= kLeastShown) groups.push_back(std::move(smaller));
  std::ranges::stable_sort(groups, std::ranges::greater(), size);
  return groups;
}

template <typename T>
std::vector<T> picked(std::span<const T> values, const std::vector<std::uint32_t>& rows) {
  std::vector<T> out;
  for (const std::uint32_t row : rows) out.push_back(values[row]);
  return out;
}

// One class against the rest, by test row.
struct Judged {
  std::string about;
  std::vector<double> probability;
  std::vector<std::uint8_t> called, positive, left;
};

// What is called counts where nobody is asked instead; the probabilities are there for all.
stats::GroupRates rates_of(const Judged& rows, const std::vector<std::uint32_t>& members) {
  const std::span<const double> probability = rows.probability;
  const std::span<const std::uint8_t> called = rows.called, positive = rows.positive;
  const auto rates = [&](const std::vector<std::uint32_t>& of) {
    return stats::group_rates(picked(probability, of), picked(called, of), picked(positive, of));
  };
  stats::GroupRates all = rates(members);
  std::vector<std::uint32_t> decided;
  std::ranges::copy_if(members, std::back_inserter(decided),
                       [&](std::uint32_t row) { return rows.left[row] == 0; });
  if (decided.size() == members.size()) return all;
  const stats::GroupRates made = rates(decided);
  all.selected = made.selected;
  all.true_positive = made.true_positive;
  all.false_positive = made.false_positive;
  return all;
}

std::vector<GroupFairness> judge_groups(const std::vector<Group>& groups, const Judged& rows,
                                        std::uint64_t seed) {
  const std::span<const double> probability = rows.probability;
  const std::span<const std::uint8_t> positive = rows.positive;
  std::vector<GroupFairness> out;
  for (const Group& group : groups) {
    GroupFairness& judged = out.emplace_back();
    judged.group = group.name;
    judged.rates = rates_of(rows, group.members);
    judged.left.whole = static_cast<double>(group.members.size());
    for (const std::uint32_t row : group.members) judged.left.part += rows.left[row];
    if (&group == &groups.front()) continue;
    std::vector<std::uint32_t> both = groups.front().members;
    both.insert(both.end(), group.members.begin(), group.members.end());
    std::vector<std::uint8_t> in_second(both.size());
    std::fill(in_second.begin() + static_cast<std::ptrdiff_t>(groups.front().members.size()),
              in_second.end(), std::uint8_t{1});
    judged.abroca = stats::curve_gap(picked(probability, both), picked(positive, both), in_second,
                                     kPermutations, seed);
  }
  return out;
}

double smallest(std::initializer_list<double> values) { return std::min(values); }

std::string with_interval(const stats::Estimate& estimate) {
  if (std::isnan(estimate.value)) return "not defined";
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

bool is_broken(Gate gate, double limit, const GateValue& value) {
  if (std::isnan(value.value.value)) return false;
  switch (gate) {
    case Gate::kDisparateImpact:
      return value.value.value < limit || value.value.value > 1 / limit;
    case Gate::kAbroca:
      return value.value.value > limit && *value.probability < kChance;
    default:
      return std::abs(value.value.value) > limit;
  }
}

std::string bound_of(Gate gate, double limit) {
  if (gate == Gate::kDisparateImpact)
    return fmt::format("lie between {:.2f} and {:.2f}", limit, 1 / limit);
  if (gate == Gate::kAbroca) return fmt::format("be {:g} at most", limit);
  return fmt::format("lie between -{0:g} and {0:g}", limit);
}

std::string told(const GateValue& value) {
  if (!value.probability) return with_interval(value.value);
  return fmt::format("{:.3f} (p {:.3f})", value.value.value, *value.probability);
}

void write_share(JsonWriter& out, std::string_view name, const stats::Share& share) {
  const stats::Estimate estimate = stats::share_of(share);
  out.key(name).begin_object().key("part").number(share.part).key("whole").number(share.whole);
  out.key("value").number(estimate.value).key("low").number(estimate.interval.low);
  out.key("high").number(estimate.interval.high).end_object();
}

stats::Share read_share(const Json& json) {
  return {stored_number(json.at("part")), stored_number(json.at("whole"))};
}

void write_group(JsonWriter& out, const GroupFairness& group, const GroupFairness& largest) {
  const stats::GroupRates& rates = group.rates;
  out.begin_object().key("group").string(group.group);
  write_share(out, "selected", rates.selected);
  write_share(out, "true_positive", rates.true_positive);
  write_share(out, "false_positive", rates.false_positive);
  write_share(out, "observed", rates.observed);
  write_share(out, "left", group.left);
  out.key("predicted").number(rates.predicted).key("roc_auc").number(rates.roc_auc);
  out.key("abroca").begin_object().key("area").number(group.abroca.area);
  out.key("probability").number(group.abroca.probability).end_object();
  if (&group != &largest) {
    out.key("beside_the_largest").begin_object();
    for (const auto& [gate, name] : kGates) {
      const GateValue value = value_of(gate, group, largest);
      out.key(name).begin_object().key("value").number(value.value.value);
      if (!value.probability) {
        out.key("low").number(value.value.interval.low);
        out.key("high").number(value.value.interval.high);
      }
      out.end_object();
    }
    out.end_object();
  }
  out.end_object();
}

GroupFairness read_group(const Json& json) {
  GroupFairness group{.group = json.at("group").string()};
  stats::GroupRates& rates = group.rates;
  rates.selected = read_share(json.at("selected"));
  rates.true_positive = read_share(json.at("true_positive"));
  rates.false_positive = read_share(json.at("false_positive"));
  rates.observed = read_share(json.at("observed"));
  rates.rows = static_cast<std::size_t>(std::max(0.0, rates.observed.whole));
  rates.positives = static_cast<std::size_t>(std::max(0.0, rates.observed.part));
  rates.predicted = stored_or_missing(json.at("predicted"));
  rates.roc_auc = stored_or_missing(json.at("roc_auc"));
  group.left = {0, rates.observed.whole};  // of models that were trained before it was asked
  if (const Json* left = json.find("left")) group.left = read_share(*left);
  group.abroca = {stored_or_missing(json.at("abroca").at("area")),
                  stored_or_missing(json.at("abroca").at("probability"))};
  return group;
}

// The difference of two groups in mean prediction less share that came true. The predictions are
// given, so what is uncertain is the shares.
stats::Estimate calibration_gap(const stats::GroupRates& one, const stats::GroupRates& other) {
  const stats::Estimate observed = stats::share_difference(one.observed, other.observed);
  const double predicted = one.predicted - other.predicted;
  return {predicted - observed.value,
          {predicted - observed.interval.high, predicted - observed.interval.low}};
}

}  // namespace

std::string_view in_words(Gate gate) {
  return std::ranges::find(kGates, gate, &std::pair<Gate, std::string_view>::first)->second;
}

std::vector<std::string> FairnessRule::features() const {
  std::vector<std::string> names;
  for (const std::vector<std::string>& one : by) {
    for (const std::string& name : one) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

FairnessRule read_fairness_rule(const workspace::Node& node,
                                const fold::FeaturesDefinition& measure,
                                workspace::Diagnostics& diagnostics) {
  FairnessRule rule = read_fairness_rule(node);
  rule.by.clear();
  for (const workspace::Node& item : node["by"].items()) {
    auto names = fold::read_feature_names(item, measure, "model", diagnostics);
    if (!names.empty()) rule.by.push_back(std::move(names));
  }
  return rule;
}

FairnessRule read_fairness_rule(const workspace::Node& node) {
  FairnessRule rule;
  for (const workspace::Node& item : node["by"].items()) rule.by.push_back(item.texts());
  for (const auto& [gate, name] : kGates) {
    if (node["gates"][name].exists()) rule.gates[gate] = node["gates"][name].number();
  }
  rule.least = static_cast<std::size_t>(node["least"].integer(30));
  return rule;
}

Fairness judge_fairness(const FairnessRule& rule, const DataSet& test,
                        std::span<const double> probability, std::span<const std::uint8_t> called,
                        std::span<const std::uint8_t> left, std::uint64_t seed) {
  const std::size_t outputs = stats::outputs_of(test.classes.size());
  std::vector<Judged> judged;
  for (std::size_t output = 0; output < outputs; ++output) {
    Judged& one = judged.emplace_back();
    if (outputs > 1) one.about = test.classes[output];
    for (std::size_t row = 0; row < test.size(); ++row) {
      one.probability.push_back(probability[row * outputs + output]);
    }
    one.called = stats::one_against_rest(called, output, outputs);
    one.positive = stats::one_against_rest(test.target, output, outputs);
    one.left.assign(left.begin(), left.end());
  }
  Fairness out{.least = rule.least, .gates = rule.gates, .attributes = {}};
  for (const std::vector<std::string>& by : rule.by) {
    std::vector<std::string> names(test.size());
    for (const std::string& feature : by) {
      const auto column = std::ranges::find(test.attributes, feature, &DataColumn::name);
      WAYMARK_CHECK(column != test.attributes.end());
      const std::vector<std::string> of_column = group_names(*column);
      for (std::size_t row = 0; row < test.size(); ++row) {
        names[row] += (names[row].empty() ? "" : " · ") + of_column[row];
      }
    }
    const std::vector<Group> groups = groups_of(names);
    for (const Judged& one : judged) {
      out.attributes.push_back({by, one.about, judge_groups(groups, one, seed)});
    }
  }
  return out;
}

GateValue value_of(Gate gate, const GroupFairness& group, const GroupFairness& largest) {
  const stats::GroupRates &one = group.rates, &other = largest.rates;
  const auto negatives = [](const stats::GroupRates& rates) {
    return static_cast<double>(rates.rows - rates.positives);
  };
  const auto shares = [](const stats::Share& a, const stats::Share& b) {
    return std::min(a.whole, b.whole);
  };
  switch (gate) {
    case Gate::kDisparateImpact:
      return {stats::share_ratio(one.selected, other.selected), std::nullopt,
              shares(one.selected, other.selected)};
    case Gate::kTprGap:
      return {stats::share_difference(one.true_positive, other.true_positive), std::nullopt,
              shares(one.true_positive, other.true_positive)};
    case Gate::kFprGap:
      return {stats::share_difference(one.false_positive, other.false_positive), std::nullopt,
              shares(one.false_positive, other.false_positive)};
    case Gate::kCalibrationGap:
      return {calibration_gap(one, other), std::nullopt, shares(one.observed, other.observed)};
    case Gate::kLeftGap:
      return {stats::share_difference(group.left, largest.left), std::nullopt,
              shares(group.left, largest.left)};
    case Gate::kAbroca:
      break;
  }
  return {{group.abroca.area, {kMissing, kMissing}},
          group.abroca.probability,
          smallest({one.observed.part, other.observed.part, negatives(one), negatives(other)})};
}

namespace {

// Calls visit(what, gate, limit, value): "tpr_gap of region 'north' beside 'south'".
template <typename Visit>
void for_each_gate(const Fairness& fairness, const Visit& visit) {
  for (const AttributeFairness& attribute : fairness.attributes) {
    for (std::size_t i = 1; i < attribute.groups.size(); ++i) {
      const GroupFairness &group = attribute.groups[i], &largest = attribute.groups.front();
      for (const auto& [gate, limit] : fairness.gates) {
        visit(fmt::format("{} of {} '{}' beside '{}'{}", in_words(gate),
                          fmt::join(attribute.by, " and "), group.group, largest.group,
                          attribute.about.empty() ? "" : fmt::format(" as to {}", attribute.about)),
              gate, limit, value_of(gate, group, largest));
      }
    }
  }
}

bool is_judged(const Fairness& fairness, const GateValue& value) {
  return value.fewest >= static_cast<double>(fairness.least);
}

}  // namespace

std::vector<std::string> broken_gates(const Fairness& fairness) {
  std::vector<std::string> broken;
  for_each_gate(
      fairness, [&](const std::string& what, Gate gate, double limit, const GateValue& value) {
        if (!is_judged(fairness, value) || !is_broken(gate, limit, value)) return;
        broken.push_back(
            fmt::format("{} is {}, and must {}", what, told(value), bound_of(gate, limit)));
      });
  return broken;
}

std::vector<std::string> unjudged_gates(const Fairness& fairness) {
  std::vector<std::string> unjudged;
  for_each_gate(fairness, [&](const std::string& what, Gate, double, const GateValue& value) {
    if (is_judged(fairness, value)) return;
    unjudged.push_back(fmt::format("{}: {} rows behind a share, {} are needed", what, value.fewest,
                                   fairness.least));
  });
  return unjudged;
}

std::string in_words(const Fairness& fairness) {
  std::string text;
  bool any_left = false;
  const auto percent = [](const stats::Share& share) {
    return share.whole == 0 ? "-" : fmt::format("{:.1f} %", 100 * share.value());
  };
  for (const AttributeFairness& attribute : fairness.attributes) {
    if (!attribute.about.empty())
      text += fmt::format("Of {}, against the rest:\n\n", attribute.about);
    const bool leaves_some = std::ranges::any_of(
        attribute.groups, [](const GroupFairness& group) { return group.left.part > 0; });
    text += fmt::format(
        "| {} | rows | positive | predicted | called | called of positive | called of the rest | "
        "ROC-AUC | called, ratio | gap among positive | gap among the rest | ABROCA |{}\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|{}\n",
        fmt::join(attribute.by, " and "),
        leaves_some ? " left to people | gap of those left |" : "", leaves_some ? "---|---|" : "");
    any_left = any_left || leaves_some;
    for (const GroupFairness& group : attribute.groups) {
      const GroupFairness& largest = attribute.groups.front();
      const stats::GroupRates& rates = group.rates;
      std::string name = group.group;
      std::ranges::replace(name, '|', '/');
      text += fmt::format("| {} | {} | {} | {:.1f} % | {} | {} | {} | {} |", name,
                          with_thousands(rates.rows), percent(rates.observed),
                          100 * rates.predicted, percent(rates.selected),
                          percent(rates.true_positive), percent(rates.false_positive),
                          std::isnan(rates.roc_auc) ? "-" : fmt::format("{:.3f}", rates.roc_auc));
      for (const Gate gate :
           {Gate::kDisparateImpact, Gate::kTprGap, Gate::kFprGap, Gate::kAbroca}) {
        text +=
            &group == &largest ? " |" : fmt::format(" {} |", told(value_of(gate, group, largest)));
      }
      if (leaves_some) {
        text += fmt::format(" {} |", with_interval(stats::share_of(group.left)));
        text += &group == &largest
                    ? " |"
                    : fmt::format(" {} |", told(value_of(Gate::kLeftGap, group, largest)));
      }
      text += "\n";
    }
    text += "\n";
  }
  text += fmt::format(
      "On the test rows; called are those of whom the model calls it. Each group beside the "
      "largest, "
      "in brackets 95 % intervals (Newcombe's of differences, Koopman's of ratios); ABROCA is the "
      "area between the ROC curves, p how often chance alone gives as much. Groups of fewer than "
      "{} are taken together, with the next larger if need be, and have the names of all.{}\n\n",
      kLeastShown,
      any_left
          ? " Those who are left to people are called nothing: shares of the called are of the "
            "others."
          : "");
  if (fairness.gates.empty()) return text + "No gates are set.\n";
  std::vector<std::string> gates;
  for (const auto& [gate, limit] : fairness.gates) {
    gates.push_back(fmt::format("{} {:g}", in_words(gate), limit));
  }
  const std::vector<std::string> broken = broken_gates(fairness);
  const std::vector<std::string> unjudged = unjudged_gates(fairness);
  text += fmt::format("Gates, for groups of at least {}: {}.{}\n", fairness.least,
                      fmt::join(gates, ", "),
                      !broken.empty()    ? " Broken:\n"
                      : unjudged.empty() ? " All hold."
                                         : " None that was judged is broken.");
  for (const std::string& gate : broken) text += fmt::format("- {}\n", gate);
  if (!unjudged.empty()) text += "\nNot judged, as too few are behind it:\n\n";
  for (const std::string& gate : unjudged) text += fmt::format("- {}\n", gate);
  return text;
}

void write(JsonWriter& out, const Fairness& fairness) {
  out.begin_object().key("least").integer(static_cast<std::int64_t>(fairness.least));
  out.key("gates").begin_object();
  for (const auto& [gate, limit] : fairness.gates) out.key(in_words(gate)).number(limit);
  out.end_object().key("attributes").begin_array();
  for (const AttributeFairness& attribute : fairness.attributes) {
    out.begin_object();
    write_texts(out.key("by"), attribute.by);
    out.key("about").string(attribute.about);
    out.key("groups").begin_array();
    for (const GroupFairness& group : attribute.groups) {
      write_group(out, group, attribute.groups.front());
    }
    out.end_array().end_object();
  }
  out.end_array().key("broken");
  write_texts(out, broken_gates(fairness));
  out.end_object();
}

Fairness read_fairness(const Json& json) {
  Fairness fairness{.least = stored_count(json.at("least"))};
  for (const auto& [gate, name] : kGates) {
    if (const Json* limit = json.at("gates").find(name))
      fairness.gates[gate] = stored_number(*limit);
  }
  for (const Json& item : json.at("attributes").array()) {
    AttributeFairness& attribute = fairness.attributes.emplace_back();
    attribute.by = stored_texts(item.at("by"));
    if (const Json* about = item.find("about")) attribute.about = about->string();
    for (const Json& group : item.at("groups").array()) {
      attribute.groups.push_back(read_group(group));
    }
  }
  return fairness;
}

}  // namespace waymark::model
