#include "model/predictor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "model/linear.h"
#include "model/neural.h"
#include "model/stored.h"
#include "model/trainer.h"
#include "model/trees.h"
#include "stats/calibration.h"

namespace waymark::model {
namespace {

// Blends of blends are never written, so a file that nests them is not ours.
std::shared_ptr<const Predictor> read_single(const Json& json) {
  const std::string& kind = json.at("kind").string();
  if (kind == "linear") return LinearPredictor::read(json);
  if (kind == "trees") return TreePredictor::read(json);
  if (kind == "neural") return NeuralPredictor::read(json);
  malformed("an unknown kind of predictor");
}

}  // namespace

std::shared_ptr<const Predictor> read_predictor(const Json& json) {
  if (json.at("kind").string() != "blend") return read_single(json);
  std::vector<std::shared_ptr<const Predictor>> members;
  for (const Json& member : json.at("members").array()) members.push_back(read_single(member));
  if (members.empty()) malformed("a blend of nothing");
  for (const auto& member : members) {
    if (member->outputs() != members.front()->outputs()) malformed("a blend of unlike members");
  }
  return std::make_shared<BlendPredictor>(std::move(members));
}

std::vector<double> to_probabilities(std::vector<double> margins, std::size_t outputs) {
  if (outputs == 1) {
    for (double& margin : margins) margin = stats::logistic(margin);
    return margins;
  }
  for (std::size_t begin = 0; begin < margins.size(); begin += outputs) {
    const auto row = std::span(margins).subspan(begin, outputs);
    const double most = *std::ranges::max_element(row);
    double sum = 0;
    for (double& margin : row) sum += margin = std::exp(margin - most);
    for (double& margin : row) margin /= sum;
  }
  return margins;
}

double class_loss(std::span<double> margins, std::uint8_t truth) {
  if (margins.size() == 1) {
    const double z = margins[0];
    margins[0] = stats::logistic(z) - truth;
    return std::max(z, 0.0) - truth * z + std::log1p(std::exp(-std::abs(z)));
  }
  const double most = *std::ranges::max_element(margins), given = margins[truth] - most;
  double sum = 0;
  for (double& margin : margins) sum += margin = std::exp(margin - most);
  for (double& margin : margins) margin /= sum;
  margins[truth] -= 1;
  return std::log(sum) - given;
}

std::vector<double> prior_margins(const DataSet& data) {
  std::vector<double> share(data.classes.size());
  double all = 0;
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double weight = data.weight.empty() ? 1 : data.weight[row];
    share[data.target[row]] += weight;
    all += weight;
  }
  for (double& value : share) value /= all;
  if (share.size() == 2) return {stats::logit(share[1])};
  for (double& value : share) value = std::log(std::max(value, 1e-12));
  return share;
}

Contributions by_column(const DataSet& data, const std::vector<std::string>& origins,
                        std::vector<double> base, const std::vector<double>& values) {
  std::map<std::string_view, std::size_t> position;
  for (std::size_t i = 0; i < data.columns.size(); ++i) position.emplace(data.columns[i].name, i);
  std::vector<std::size_t> target;
  for (const std::string& origin : origins) target.push_back(position.at(origin));
  Contributions out{.columns = data.columns.size(), .base = std::move(base)};
  const std::size_t lines = data.size() * out.base.size();
  out.values.resize(lines * out.columns);
  for (std::size_t line = 0; line < lines; ++line) {
    for (std::size_t i = 0; i < origins.size(); ++i) {
      out.values[line * out.columns + target[i]] += values[line * origins.size() + i];
    }
  }
  return out;
}

std::map<std::string, double> by_column(const std::vector<std::string>& origins,
                                        const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  std::map<std::string, double> shares;
  for (std::size_t i = 0; i < origins.size(); ++i) {
    if (sum > 0) shares[origins[i]] += values[i] / sum;
  }
  return shares;
}

}  // namespace waymark::model
