#include "model/importance.h"

#include <algorithm>
#include <cmath>
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

DataSet evenly_spaced(const DataSet& data, std::size_t most) {
  std::vector<std::uint32_t> rows;
  const std::size_t step = (data.size() + most - 1) / most;
  for (std::size_t row = 0; row < data.size(); row += step) {
    rows.push_back(static_cast<std::uint32_t>(row));
  }
  return select(data, rows);
}

double correlation(std::span<const double> x, std::span<const double> y) {
  double n = 0, sum_x = 0, sum_y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) continue;
    n += 1, sum_x += x[i], sum_y += y[i];
    xx += x[i] * x[i], yy += y[i] * y[i], xy += x[i] * y[i];
  }
  return (xy - sum_x * sum_y / n) / std::sqrt((xx - sum_x * sum_x / n) * (yy - sum_y * sum_y / n));
}

// What all columns of a feature add to the margins of the rows together.
void add_contribution(const DataSet& rows, const Contributions& parts, Importance& importance) {
  const std::size_t outputs = parts.base.size();
  std::vector<double> sums(rows.size() * outputs);
  const DataColumn* own = rows.find(importance.feature);
  for (std::size_t line = 0; line < sums.size(); ++line) {
    const auto of_line = parts.at(line / outputs, line % outputs);
    for (std::size_t column = 0; column < parts.columns; ++column) {
      if (rows.columns[column].feature == importance.feature) sums[line] += of_line[column];
    }
    importance.contribution += std::abs(sums[line]) / static_cast<double>(sums.size());
  }
  const bool is_directed = outputs == 1 && own != nullptr && !own->categorical;
  importance.direction = is_directed ? correlation(own->numbers, sums) : kMissing;
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
  const DataSet explained = evenly_spaced(test, kExplained);
  const Contributions parts = predictor.contributions(explained);
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
    add_contribution(explained, parts, importance);
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
