#include "model/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "base/error.h"
#include "model/linear.h"
#include "model/split.h"
#include "stats/class_forecast.h"
#include "stats/descriptive.h"
#include "stats/distribution.h"

namespace waymark::model {
namespace {

constexpr std::string_view kReadsTarget = "reads_target", kLateAsOf = "late_as_of",
                           kRandomSplit = "random_split", kStandIn = "stand_in";
constexpr std::string_view kTakeOut = "Take the feature out (`features: {except: […]}`)";
constexpr std::array<LeakRule, 7> kRules{
    {{kReadsTarget, "no feature reads events that tell the target, or that somebody has left",
      kTakeOut},
     {kLateAsOf, "no row is taken when its course is over", "Ask earlier (`as_of`)"},
     {kRandomSplit, "no row is tested by what later courses teach",
      "Part rows by time (`split: {test: last}`, or expanding)"},
     {kStandIn, "no feature alone tells the classes apart, or makes one all but certain", kTakeOut},
     {kRiskSet, "no row is of a learner known to have left by then",
      "Leave them out (`who: {until: …}`)"},
     {kEarlyMarks, "no feature is known to go by scores before they were given",
      "Let the source say when marks came (`received`), or take the features out (`features: "
      "{except: […]}`)"},
     {kDueDates, "no feature is known to go by when work was due instead of handed in",
      "Let the source say when work was handed in or marked (`time`, `received`), or take the "
      "features out (`features: {except: […]}`)"}}};

// The kinds of events that say what is to be foretold, or that a learner has left. (Where the
// target is an amount, or that something is done again, what was done before is what there is to
// learn.)
std::set<std::string> telling_kinds(const fold::FeaturesRequest& request) {
  std::set<std::string> kinds(request.who.until.begin(), request.who.until.end());
  const fold::Target& target = *request.target;
  if (!target.outcomes.empty() || !target.classes.empty()) {
    kinds.insert(target.kinds.begin(), target.kinds.end());
  }
  return kinds;
}

// ROC-AUC as far from 0.5, in either direction, as it is for every class.
double telling(const std::vector<double>& values, const DataSet& data) {
  double least = 1;
  bool is_known = false;  // not where all rows are of one class
  for (const double area : areas_of(values, data)) {
    if (std::isnan(area)) continue;
    is_known = true;
    least = std::min(least, std::max(area, 1 - area));
  }
  return is_known ? least : 0.5;
}

// How well the column's numbers tell the classes apart by their order.
double telling_by_order(const DataColumn& column, const DataSet& data) {
  if (column.categorical) return 0.5;
  std::vector<double> values = column.numbers;
  const double median = stats::median(values);
  if (std::isnan(median)) return 0.5;
  std::ranges::replace_if(
      values, [](double v) { return std::isnan(v); }, median);
  return telling(values, data);
}

// Which value each row has, of words and numbers alike, as numbers from 0 on.
std::vector<std::size_t> values_of(const DataColumn& column) {
  if (column.categorical) return {column.codes.begin(), column.codes.end()};
  std::vector<std::size_t> values;
  std::map<std::optional<double>, std::size_t> known;
  for (const double number : column.numbers) {
    const auto key = std::isnan(number) ? std::nullopt : std::optional(number);
    values.push_back(known.try_emplace(key, known.size()).first->second);
  }
  return values;
}

// How well its values do, each by the share of a class among its rows. Values tell many rows apart
// where nearly each row has its own.
double telling_by_value(const DataColumn& column, const DataSet& data) {
  const std::vector<std::size_t> values = values_of(column);
  const std::size_t count = values.empty() ? 0 : std::ranges::max(values) + 1;
  if (count * 10 > data.size()) return 0.5;
  std::vector<double> rows(count);
  for (const std::size_t value : values) rows[value] += 1;
  double least = 1;
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  for (std::size_t output = 0; output < outputs; ++output) {
    const auto positive = stats::one_against_rest(data.target, output, outputs);
    std::vector<double> hits(count);
    for (std::size_t row = 0; row < data.size(); ++row) hits[values[row]] += positive[row];
    std::vector<double> shares;
    for (const std::size_t value : values) shares.push_back(hits[value] / rows[value]);
    const double area = stats::Forecast(shares, positive).roc_auc();
    if (std::isnan(area)) return 0.5;  // a class that no row is of
    least = std::min(least, area);
  }
  return least;
}

bool is_missing(const DataColumn& column, std::size_t row) {
  return column.categorical ? column.codes[row] == 0 : std::isnan(column.numbers[row]);
}

double telling_by_presence(const DataColumn& column, const DataSet& data) {
  std::vector<double> there;
  for (std::size_t row = 0; row < data.size(); ++row) {
    there.push_back(is_missing(column, row) ? 0 : 1);
  }
  return telling(there, data);
}

// Rows that one thing said of them has in common.
struct Sign {
  std::string words;
  std::vector<double> by_class;  // how many of each

  double rows() const { return std::accumulate(by_class.begin(), by_class.end(), 0.0); }
};

// Whether its numbers are 1 and 0.
bool is_flag(const DataColumn& column) {
  return !column.categorical && std::ranges::all_of(column.numbers, [](double number) {
    return number == 0 || number == 1 || std::isnan(number);
  });
}

// That the column is there; and each of its words, or that a flag is 1.
std::vector<Sign> signs_of(const DataColumn& column, const DataSet& data) {
  const bool flag = is_flag(column);
  std::map<std::string, Sign> signs;
  const auto count = [&](std::string words, std::size_t row) {
    Sign& sign = signs[words];
    sign.words = std::move(words);
    sign.by_class.resize(data.classes.size());
    sign.by_class[data.target[row]] += 1;
  };
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (is_missing(column, row)) continue;
    count("being there", row);
    if (column.categorical) count("being " + column.categories[column.codes[row]], row);
    if (flag && column.numbers[row] == 1) count("being 1", row);
  }
  std::vector<Sign> list;
  for (auto& [words, sign] : signs) {
    if (sign.rows() >= kFewRows * static_cast<double>(data.size())) list.push_back(std::move(sign));
  }
  return list;
}

// The first sign of each column, by its number, that makes a class all but certain, in words.
std::map<std::size_t, std::string> certain_signs(const DataSet& data) {
  std::vector<double> shares(data.classes.size());
  for (const std::uint8_t target : data.target)
    shares[target] += 1 / static_cast<double>(data.size());
  std::vector<std::pair<std::size_t, Sign>> signs;
  for (std::size_t column = 0; column < data.columns.size(); ++column) {
    for (Sign& sign : signs_of(data.columns[column], data))
      signs.emplace_back(column, std::move(sign));
  }
  const double looked_at = static_cast<double>(signs.size() * data.classes.size());
  std::map<std::size_t, std::string> found;
  for (const auto& [column, sign] : signs) {
    for (std::size_t c = 0; c < shares.size(); ++c) {
      const double rows = sign.rows(), hits = sign.by_class[c], share = shares[c];
      if (hits < rows * (1 - std::min(1 - kCertain, (1 - share) / 10))) continue;
      if (stats::binomial_tail(hits, rows, share) * looked_at > kByChance) continue;
      found.try_emplace(
          column, fmt::format("by {} makes '{}' all but certain ({} of {} such rows, {:.0f} % "
                              "of all)",
                              sign.words, data.classes[c], hits, rows, 100 * share));
    }
  }
  return found;
}

// How the column tells the classes apart by itself, in words; "" where it does not.
std::string alone(const DataColumn& column, const DataSet& data) {
  const double by_value = std::max(telling_by_order(column, data), telling_by_value(column, data));
  const double by_presence = telling_by_presence(column, data);
  if (std::max(by_value, by_presence) < kTellingAlone) return "";
  return fmt::format("alone tells the classes apart (ROC-AUC {:.3f}{})",
                     std::max(by_value, by_presence),
                     by_presence >= kTellingAlone ? ", by being there at all" : "");
}

double held_out_area(const DataSet& fit, const DataSet& check) {
  const auto predictor = LogisticTrainer(LogisticParameters{}).fit(fit);
  const auto p = to_probabilities(predictor->margins(check), predictor->outputs());
  return stats::ClassForecast(p, check.classes.size(), check.target).roc_auc();
}

DataSet without(DataSet data, const std::vector<std::string>& features) {
  std::erase_if(data.columns, [&](const DataColumn& c) {
    return std::ranges::find(features, c.feature) != features.end();
  });
  return data;
}

double area_of_first_part(const DataSet& data) {
  const HeldOut part = held_out_parts(data).parts.front();
  return held_out_area(select(data, part.fit), select(data, part.check));
}

}  // namespace

std::span<const LeakRule> leak_rules() { return kRules; }

std::vector<Leak> leaks_in(const ModelDefinition& definition,
                           const fold::FeaturesDefinition& measure) {
  const std::set<std::string> telling = telling_kinds(definition.request);
  std::vector<Leak> leaks;
  for (const fold::Feature& feature : measure.features) {
    if (std::ranges::find(definition.features, feature.name) == definition.features.end()) continue;
    for (const std::string& kind : feature.filter.kinds) {
      if (!telling.contains(kind)) continue;
      leaks.push_back({kReadsTarget,
                       fmt::format("'{}' reads events of kind {}, which tell what is to be "
                                   "foretold, or that the learner has left",
                                   feature.name, kind),
                       {feature.name}});
    }
  }
  return leaks;
}

std::vector<Leak> leaks_in(const DataSet& data, const SplitRule& split) {
  std::vector<Leak> leaks;
  const auto late = static_cast<std::size_t>(std::ranges::count_if(data.cohort, [&](auto cohort) {
    return data.cohorts[cohort].as_of >= data.cohorts[cohort].end;
  }));
  if (late > 0) {
    leaks.push_back(
        {kLateAsOf, fmt::format("{} of {} rows are taken when their course is over: what became "
                                "of the learner is known by then",
                                late, data.size())});
  }
  std::set<Micros> starts;
  for (const std::uint32_t cohort : data.cohort) starts.insert(data.cohorts[cohort].start);
  if (split.kind == SplitRule::Kind::kFolds && starts.size() > 1) {
    leaks.push_back({kRandomSplit,
                     fmt::format("learners are parted at random, and courses start on {} days: "
                                 "rows are tested by what later courses teach, which nobody knows "
                                 "in time",
                                 starts.size())});
  }
  if (data.target.empty()) return leaks;  // classes are still to be cut
  const std::map<std::size_t, std::string> certain = certain_signs(data);
  std::set<std::string> accused;
  for (std::size_t i = 0; i < data.columns.size(); ++i) {
    const DataColumn& column = data.columns[i];
    std::string how = alone(column, data);
    if (const auto sign = certain.find(i); how.empty() && sign != certain.end()) how = sign->second;
    if (how.empty() || !accused.insert(column.feature).second) continue;
    leaks.push_back(
        {kStandIn,
         fmt::format("'{}' {}, so it is likely to be known only afterwards", column.feature, how),
         {column.feature}});
  }
  return leaks;
}

std::string gained_by(const std::vector<std::string>& features, const DataSet& data) try {
  if (data.target.empty()) return "";  // classes are still to be cut
  return fmt::format("ROC-AUC of held-out rows {:.3f} with, {:.3f} without",
                     area_of_first_part(data), area_of_first_part(without(data, features)));
} catch (const Error&) {
  return "";  // too few rows to hold any out
}

std::string gained_by_the_gone(const DataSet& all, const DataSet& there) try {
  if (all.target.empty()) return "";
  return fmt::format("ROC-AUC of held-out rows {:.3f} with them, {:.3f} of those still there",
                     area_of_first_part(all), area_of_first_part(there));
} catch (const Error&) {
  return "";
}

std::string gained_by_chance(const DataSet& data) try {
  if (data.target.empty()) return "";
  const auto area = [&](const HeldOut& part) {
    return held_out_area(select(data, part.fit), select(data, part.check));
  };
  HeldOut parted;
  std::uint32_t row = 0;
  for (const std::uint32_t learner : learner_numbers(data)) {
    (learner % 5 == 4 ? parted.check : parted.fit).push_back(row++);
  }
  return fmt::format("ROC-AUC {:.3f} of learners parted at random, {:.3f} of the latest courses",
                     area(parted), area(held_out_parts(data).parts.back()));
} catch (const Error&) {
  return "";  // too few rows to hold any out
}

void LeakJudgement::expect_none() const {
  if (refused.empty()) return;
  throw Error(ErrorCode::kInvalid, "model.leak",
              fmt::format("the model would know what it is to foretell:\n  {}\nOr say why it is "
                          "none: `allow: {{rule: reason}}`",
                          fmt::join(refused, "\n  ")));
}

LeakJudgement judged_leaks(const ModelDefinition& definition, const DataSet& data) {
  std::vector<Leak> leaks = definition.leaks;
  std::ranges::move(leaks_in(data, definition.split), std::back_inserter(leaks));
  LeakJudgement judgement;
  for (const LeakRule& rule : kRules) {
    const auto reason = definition.allowed.find(std::string(rule.name));
    bool found = false;
    for (const Leak& leak : leaks) {
      if (leak.rule != rule.name) continue;
      found = true;
      std::string words = leak.message;
      std::string gain = leak.gained;
      if (gain.empty() && !leak.features.empty()) gain = gained_by(leak.features, data);
      if (leak.rule == kRandomSplit) gain = gained_by_chance(data);
      if (!gain.empty()) words += "; " + gain;
      if (reason != definition.allowed.end()) {
        words += ". Allowed: " + reason->second;
      } else {
        judgement.refused.push_back(fmt::format("{}: {}. {}", rule.name, words, rule.remedy));
      }
      judgement.card += fmt::format("- `{}`: {}\n", rule.name, words);
    }
    const bool can_tell = !definition.table || rule.name == kStandIn;
    if (!found && can_tell)
      judgement.card += fmt::format("- `{}`: passed; {}.\n", rule.name, rule.passed);
  }
  judgement.card +=
      definition.table
          ? "- Nothing else can be told of a file's rows: they do not say when they, or "
            "what is in their columns, were written.\n"
          : "- No feature is dated after the cut-off: they are made of events that "
            "happened, and had arrived, before the as-of only.\n";
  judgement.card +=
      "- Nothing is fitted before rows are parted: missing values, encodings, scaling, balancing, "
      "calibration and thresholds are learned within training rows only.\n";
  return judgement;
}

}  // namespace waymark::model
