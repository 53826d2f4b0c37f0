#include "model/importance.h"

#include <algorithm>
#include <numeric>

#include "base/parallel.h"
#include "stats/class_forecast.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

// The rows with the feature's columns shuffled together.
DataSet shuffled(const DataSet& data, const std::string& feature, stats::Random& random) {
  std::vector<std::uint32_t> order(data.size());
  std::iota(order.begin(), order.end(), 0u);
  random.shuffle(std::span(order));
  DataSet out = data;
  for (std::size_t c = 0; c < data.columns.size(); ++c) {
    const DataColumn& from = data.columns[c];
    if (from.feature != feature) continue;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (from.categorical) {
        out.columns[c].codes[i] = from.codes[order[i]];
      } else {
        out.columns[c].numbers[i] = from.numbers[order[i]];
      }
    }
  }
  return out;
}

}  // namespace

std::vector<Importance> importance_of(const Predictor& predictor,
                                      std::span<const FeatureFacts> features, const DataSet& test,
                                      std::uint64_t seed, std::size_t threads) {
  const auto area_on = [&](const DataSet& rows) {
    const std::vector<double> p = to_probabilities(predictor.margins(rows), predictor.outputs());
    return stats::ClassForecast(p, rows.classes.size(), rows.target).roc_auc();
  };
  const double whole = area_on(test);
  const std::map<std::string, double> shares = predictor.importance();
  std::vector<Importance> list(features.size());
  parallel_for(features.size(), threads, [&](std::size_t f) {
    Importance& importance = list[f];
    importance.feature = features[f].name;
    importance.label = features[f].label;
    for (const DataColumn& column : test.columns) {
      const auto share = shares.find(column.name);
      if (column.feature == importance.feature && share != shares.end()) {
        importance.share += share->second;
      }
    }
    stats::Random random(seed + f);
    for (std::size_t shuffle = 0; shuffle < kShuffles; ++shuffle) {
      const DataSet rows = shuffled(test, importance.feature, random);
      importance.permutation += (whole - area_on(rows)) / kShuffles;
    }
  });
  std::ranges::stable_sort(list, std::greater(), &Importance::permutation);
  return list;
}

}  // namespace waymark::model
