#include "model/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "model/stored.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

constexpr const char* kOfPeers = " (as of peers: an outage hides the learner's own)";

void replace(std::string& text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), by);
}

std::vector<double> directions_of(const DataColumn& column, const DataSet& data) {
  std::vector<std::uint32_t> known;
  std::vector<double> values;
  for (std::uint32_t row = 0; row < column.numbers.size(); ++row) {
    if (std::isnan(column.numbers[row])) continue;
    known.push_back(row);
    values.push_back(column.numbers[row]);
  }
  DataSet rows{.classes = data.classes};
  for (const std::uint32_t row : known) rows.target.push_back(data.target[row]);
  std::vector<double> areas = areas_of(values, rows);
  for (double& area : areas) area = std::isnan(area) ? 0 : area - 0.5;
  return areas;
}

// What a feature's own column says in each row of a data set.
class Teller {
 public:
  Teller(const FeatureFacts& facts, const DataSet& data)
      : facts_(facts), data_(data), column_(data.find(facts.name)) {
    if (column_ == nullptr || column_->categorical) return;
    std::vector<std::vector<double>> peers(data.cohorts.size());
    for (std::size_t row = 0; row < data.size(); ++row) {
      peers[data.cohort[row]].push_back(column_->numbers[row]);
    }
    for (const auto& values : peers) {
      typical_.push_back(stats::median(values));
      mean_.push_back(stats::mean(values));
    }
  }

  // Empty where there is nothing to say.
  std::string words(std::uint32_t row, std::size_t output, double contribution) const {
    if (column_ == nullptr || !facts_.told) return "";
    if (column_->categorical) {
      const std::string& category = column_->categories[column_->codes[row]];
      return sentence(category.empty() ? "not known" : category, "", "");
    }
    const double value = column_->numbers[row];
    const std::string said = in_words(value);
    double typical = typical_[data_.cohort[row]];
    const bool is_typical = in_words(typical) == said;
    if (is_typical) typical = mean_[data_.cohort[row]];
    const std::string usual = in_words(typical);
    if (said == usual) return "";
    if (facts_.direction[output] * (value - typical) * contribution < 0) return "";
    const bool is_own = column_->spoiled.empty() || column_->spoiled[row] == 0;
    return sentence(said, usual, is_typical ? "mean" : "typical") + (is_own ? "" : kOfPeers);
  }

 private:
  // `which`: what is typical, where the label does not say it in its own way.
  std::string sentence(const std::string& value, const std::string& typical,
                       std::string_view which) const {
    std::string text = facts_.label;
    const bool says_typical = text.find("{typical}") != std::string::npos;
    if (text.find("{value}") == std::string::npos) text += ": {value}";
    if (!says_typical && !typical.empty()) text += fmt::format(" ({}: {})", which, typical);
    replace(text, "{typical}", typical);
    replace(text, "{value}", value);
    return text;
  }

  const FeatureFacts& facts_;
  const DataSet& data_;
  const DataColumn* column_;
  std::vector<double> typical_, mean_;  // by cohort
};

// For each column of `data`, the number of the feature that it tells of; features.size() for none.
std::vector<std::size_t> feature_of_column(const DataSet& data,
                                           std::span<const FeatureFacts> features) {
  std::vector<std::size_t> numbers;
  for (const DataColumn& column : data.columns) {
    const auto found = std::ranges::find(features, column.feature, &FeatureFacts::name);
    numbers.push_back(static_cast<std::size_t>(found - features.begin()));
  }
  return numbers;
}

void keep_strongest(std::vector<Reason>& reasons, std::size_t most) {
  std::ranges::stable_sort(reasons, std::greater(),
                           [](const Reason& reason) { return std::abs(reason.contribution); });
  if (reasons.size() > most) reasons.resize(most);
}

}  // namespace

void write(JsonWriter& out, const FeatureFacts& facts) {
  out.begin_object().key("name").string(facts.name).key("label").string(facts.label);
  out.key("told").boolean(facts.told);
  write_numbers(out.key("direction"), facts.direction);
  out.end_object();
}

FeatureFacts read_facts(const Json& json) {
  return {.name = json.at("name").string(),
          .label = json.at("label").string(),
          .told = json.at("told").boolean(),
          .direction = stored_numbers(json.at("direction"))};
}

std::string in_words(double number) {
  if (std::isnan(number)) return "not known";
  const double size = std::abs(number);
  if (number == std::round(number) || size >= 100) {
    return with_thousands(static_cast<std::int64_t>(std::clamp(std::round(number), -9e18, 9e18)));
  }
  std::string text = size >= 10 ? fmt::format("{:.1f}", number) : fmt::format("{:.2f}", number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::vector<FeatureFacts> feature_facts(const DataSet& training,
                                        const std::map<std::string, std::string>& labels,
                                        std::span<const std::string> unsaid) {
  std::vector<FeatureFacts> facts;
  for (const DataColumn& column : training.columns) {
    if (column.name != column.feature) continue;
    FeatureFacts fact{.name = column.name,
                      .told = std::ranges::find(unsaid, column.name) == unsaid.end()};
    const auto label = labels.find(column.name);
    fact.label = label != labels.end() ? label->second : column.name;
    if (label == labels.end()) std::ranges::replace(fact.label, '_', ' ');
    fact.direction = column.categorical
                         ? std::vector<double>(stats::outputs_of(training.classes.size()))
                         : directions_of(column, training);
    facts.push_back(std::move(fact));
  }
  return facts;
}

std::vector<Explanation> explanations(const Predictor& predictor, const Calibrator& calibrator,
                                      std::span<const FeatureFacts> features,
                                      const Decision& decision, const DataSet& data,
                                      std::span<const std::uint32_t> rows, std::size_t most) {
  const DataSet wanted = select(data, rows);
  const std::size_t outputs = predictor.outputs();
  const std::vector<double> probability =
      calibrator.apply(to_probabilities(predictor.margins(wanted), outputs));
  std::vector<Explanation> out = explanations(
      predictor.contributions(wanted), decision.called(probability), features, data, rows, most);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto p = std::span(probability).subspan(i * outputs, outputs);
    out[i].probability.assign(p.begin(), p.end());
  }
  return out;
}

std::vector<Explanation> explanations(const Contributions& parts,
                                      std::span<const std::uint8_t> about,
                                      std::span<const FeatureFacts> features, const DataSet& data,
                                      std::span<const std::uint32_t> rows, std::size_t most) {
  const std::size_t outputs = parts.base.size();
  const std::vector<std::size_t> feature_of = feature_of_column(data, features);
  std::vector<Teller> tellers;
  for (const FeatureFacts& facts : features) tellers.emplace_back(facts, data);

  std::vector<Explanation> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Explanation explanation{.probability = {}, .about = outputs == 1 ? std::size_t{0} : about[i]};
    std::vector<double> sums(features.size() + 1);
    for (std::size_t output = 0; output < outputs; ++output) {
      const double factor = output == explanation.about ? 1 : -1 / static_cast<double>(outputs - 1);
      const auto parts_of_row = parts.at(i, output);
      for (std::size_t column = 0; column < parts.columns; ++column) {
        sums[feature_of[column]] += factor * parts_of_row[column];
      }
    }
    for (std::size_t f = 0; f < features.size(); ++f) {
      if (std::abs(sums[f]) < kWeakest) continue;
      std::string words = tellers[f].words(rows[i], explanation.about, sums[f]);
      if (words.empty()) continue;
      (sums[f] > 0 ? explanation.raising : explanation.lowering)
          .push_back({features[f].name, std::move(words), sums[f]});
    }
    keep_strongest(explanation.raising, most);
    keep_strongest(explanation.lowering, most);
    out.push_back(std::move(explanation));
  }
  return out;
}

std::string to_json(const Explanation& explanation) {
  JsonWriter out;
  out.begin_array();
  for (const auto* side : {&explanation.raising, &explanation.lowering}) {
    for (const Reason& reason : *side) {
      out.begin_object().key("words").string(reason.words);
      out.key("effect").number(reason.contribution).end_object();
    }
  }
  return out.end_array().take();
}

}  // namespace waymark::model
