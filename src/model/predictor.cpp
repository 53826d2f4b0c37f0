#include "model/predictor.h"

#include <numeric>

#include "base/error.h"
#include "model/linear.h"
#include "model/stored.h"
#include "model/trainer.h"
#include "model/trees.h"

namespace waymark::model {
namespace {

// Blends of blends are never written, so a file that nests them is not ours.
std::shared_ptr<const Predictor> read_single(const Json& json) {
  const std::string& kind = json.at("kind").string();
  if (kind == "linear") return LinearPredictor::read(json);
  if (kind == "trees") return TreePredictor::read(json);
  malformed("an unknown kind of predictor");
}

}  // namespace

std::shared_ptr<const Predictor> read_predictor(const Json& json) {
  if (json.at("kind").string() != "blend") return read_single(json);
  std::vector<std::shared_ptr<const Predictor>> members;
  for (const Json& member : json.at("members").array()) members.push_back(read_single(member));
  if (members.empty()) malformed("a blend of nothing");
  return std::make_shared<BlendPredictor>(std::move(members));
}

Contributions by_column(const DataSet& data, const std::vector<std::string>& origins, double base,
                        const std::vector<double>& values) {
  std::map<std::string_view, std::size_t> position;
  for (std::size_t i = 0; i < data.columns.size(); ++i) position.emplace(data.columns[i].name, i);
  std::vector<std::size_t> target;
  for (const std::string& origin : origins) target.push_back(position.at(origin));
  Contributions out{.columns = data.columns.size(), .base = base};
  out.values.resize(data.size() * out.columns);
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (std::size_t i = 0; i < origins.size(); ++i) {
      out.values[row * out.columns + target[i]] += values[row * origins.size() + i];
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
