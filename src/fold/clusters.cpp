#include "fold/clusters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "stats/descriptive.h"
#include "stats/kmeans.h"
#include "stats/random.h"
#include "stats/silhouette.h"

namespace waymark::fold {
namespace {

// In a profile: so many features at most, that differ by so many standard deviations.
constexpr std::size_t kMostTold = 3;
constexpr double kWorthTelling = 0.4;

double log_of(double value) { return std::copysign(std::log1p(std::abs(value)), value); }

// One feature of those who have all of them.
struct Column {
  std::string feature;
  std::vector<double> values, scaled;
  double usual = 0;
  double mean = 0, deviation = 0;  // of what is scaled
  bool is_amount = true;           // never negative
};

class Clustering {
 public:
  Clustering(const ClustersDefinition& definition, const FeatureTable& features,
             std::span<const std::uint32_t> rows)
      : definition_(definition), features_(features), rows_(rows) {}

  ClusterTables run() {
    gather();
    choose();
    order();
    tell_clusters();
    tell_learners();
    return std::move(tables_);
  }

 private:
  void gather() {
    std::vector<std::size_t> at;
    for (const std::string& feature : definition_.features) {
      at.push_back(number_column(features_, feature));
      columns_.push_back({.feature = feature});
    }
    for (const std::uint32_t row : rows_) {
      const auto is_missing = [&](std::size_t c) { return std::isnan(features_.number(row, c)); };
      if (std::ranges::any_of(at, is_missing)) continue;
      known_.push_back(row);
      for (std::size_t c = 0; c < at.size(); ++c) {
        columns_[c].values.push_back(features_.number(row, at[c]));
      }
    }
    for (Column& column : columns_) scale(column);
    points_.columns = columns_.size();
    for (std::size_t i = 0; i < known_.size(); ++i) {
      for (const Column& column : columns_) points_.values.push_back(column.scaled[i]);
    }
  }

  void scale(Column& column) const {
    const auto& logged = definition_.logged;
    column.usual = stats::mean(column.values);
    column.is_amount = std::ranges::all_of(column.values, [](double value) { return value >= 0; });
    column.scaled = column.values;
    if (std::ranges::find(logged, column.feature) != logged.end()) {
      for (double& value : column.scaled) value = log_of(value);
    }
    column.mean = stats::mean(column.scaled);
    column.deviation = stats::standard_deviation(column.scaled);
    if (!definition_.standardise) return;
    for (double& value : column.scaled) value = in_deviations(column, value);
  }

  static double in_deviations(const Column& column, double value) {
    return column.deviation > 0 ? (value - column.mean) / column.deviation : 0;
  }

  // From the usual, in standard deviations.
  double difference(std::size_t cluster, std::size_t c) const {
    const double centre = clustering_.centres[cluster][c];
    return definition_.standardise ? centre : in_deviations(columns_[c], centre);
  }

  std::size_t restarts() const {
    return std::clamp(ClusterTables::kRowsOfRestarts / std::max<std::size_t>(1, known_.size()),
                      ClusterTables::kFewestRestarts, ClusterTables::kMostRestarts);
  }

  stats::KMeansOptions options(std::size_t clusters, std::size_t restarts) const {
    return {.clusters = clusters, .restarts = restarts, .seed = definition_.seed};
  }

  void choose() {
    std::vector<std::size_t> judged(known_.size());
    std::iota(judged.begin(), judged.end(), std::size_t{0});
    if (judged.size() > ClusterTables::kSilhouetteRows) {
      stats::Random(definition_.seed).shuffle(std::span(judged));
      judged.resize(ClusterTables::kSilhouetteRows);
      std::ranges::sort(judged);
    }
    stats::Points points{points_.columns, {}};
    for (const std::size_t row : judged) points.add(points_[row]);

    auto& choices = tables_.choices;
    std::size_t best = 0;
    for (std::uint32_t k = definition_.fewest; k <= definition_.most; ++k) {
      stats::Clustering clustering = stats::k_means(points_, options(k, restarts()));
      // Fewer than asked for: there are no more that differ.
      if (clustering.centres.size() < k && k != definition_.fewest) break;
      std::vector<std::uint32_t> cluster;
      for (const std::size_t row : judged) cluster.push_back(clustering.cluster[row]);
      choices.clusters.push_back(static_cast<std::uint32_t>(clustering.centres.size()));
      choices.silhouette.push_back(stats::mean_silhouette(points, cluster));
      choices.learners.push_back(judged.size());
      choices.chosen.push_back(0);
      const std::size_t last = choices.clusters.size() - 1;
      if (last != 0 && !(choices.silhouette[last] > choices.silhouette[best])) continue;
      best = last;
      clustering_ = std::move(clustering);
    }
    choices.chosen[best] = 1;
    stability_ = stats::cluster_stability(
        points_, clustering_, options(clustering_.centres.size(), ClusterTables::kResampleRestarts),
        ClusterTables::kResamples);
  }

  // The clusters' numbers, less 1.
  void order() {
    const std::size_t clusters = clustering_.centres.size();
    sizes_.assign(clusters, 0);
    for (const std::uint32_t cluster : clustering_.cluster) ++sizes_[cluster];
    for (Column& column : columns_) means_.push_back(means_of(column));
    const auto by = std::ranges::find(columns_, definition_.order_by, &Column::feature);
    const auto key = [&](std::size_t cluster) {
      return by == columns_.end()
                 ? static_cast<double>(sizes_[cluster])
                 : means_[static_cast<std::size_t>(by - columns_.begin())][cluster];
    };
    ordered_.resize(clusters);
    std::iota(ordered_.begin(), ordered_.end(), std::size_t{0});
    std::ranges::stable_sort(ordered_, std::greater(), key);
    numbers_.resize(clusters);
    for (std::size_t i = 0; i < clusters; ++i) numbers_[ordered_[i]] = i;
  }

  std::vector<double> means_of(const Column& column) const {
    std::vector<double> means(sizes_.size());
    for (std::size_t i = 0; i < known_.size(); ++i) {
      means[clustering_.cluster[i]] += column.values[i];
    }
    for (std::size_t k = 0; k < means.size(); ++k) means[k] /= static_cast<double>(sizes_[k]);
    return means;
  }

  std::string name_of(std::size_t number) const {
    return number < definition_.names.size() ? definition_.names[number]
                                             : fmt::format("cluster {}", number + 1);
  }

  void tell_clusters() {
    for (std::size_t number = 0; number < ordered_.size(); ++number) {
      const std::size_t cluster = ordered_[number];
      auto& table = tables_.clusters;
      table.cluster.push_back(static_cast<std::uint32_t>(number + 1));
      table.name.push_back(name_of(number));
      table.learners.push_back(sizes_[cluster]);
      table.share.push_back(static_cast<double>(sizes_[cluster]) /
                            static_cast<double>(known_.size()));
      table.stability.push_back(stability_[cluster]);
      table.profile.push_back(profile_of(cluster));
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        auto& features = tables_.features;
        features.cluster.push_back(static_cast<std::uint32_t>(number + 1));
        features.name.push_back(name_of(number));
        features.feature.push_back(columns_[c].feature);
        features.mean.push_back(means_[c][cluster]);
        features.usual.push_back(columns_[c].usual);
        features.difference.push_back(difference(cluster, c));
      }
    }
  }

  std::string profile_of(std::size_t cluster) const {
    std::vector<std::size_t> told(columns_.size());
    std::iota(told.begin(), told.end(), std::size_t{0});
    std::ranges::stable_sort(told, std::greater(),
                             [&](std::size_t c) { return std::abs(difference(cluster, c)); });
    std::vector<std::string> words;
    for (const std::size_t c : told) {
      if (words.size() == kMostTold || std::abs(difference(cluster, c)) < kWorthTelling) break;
      const Column& column = columns_[c];
      words.push_back(compare(definition_.words.at(column.feature), means_[c][cluster],
                              column.usual, column.is_amount));
    }
    return words.empty() ? "much as usual" : fmt::format("{}", fmt::join(words, ", "));
  }

  void tell_learners() {
    auto& table = tables_.learners;
    std::size_t point = 0;
    for (const std::uint32_t row : rows_) {
      table.learner.push_back(features_.learner[row]);
      table.course.push_back(features_.course[row]);
      table.as_of.push_back(features_.as_of[row]);
      if (point == known_.size() || known_[point] != row) {
        table.cluster.push_back(0);
        table.name.emplace_back("unknown");
        table.distance.push_back(std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      const std::uint32_t cluster = clustering_.cluster[point];
      table.cluster.push_back(static_cast<std::uint32_t>(numbers_[cluster] + 1));
      table.name.push_back(name_of(numbers_[cluster]));
      table.distance.push_back(
          std::sqrt(stats::squared_distance(points_[point], clustering_.centres[cluster])));
      ++point;
    }
  }

  const ClustersDefinition& definition_;
  const FeatureTable& features_;
  std::span<const std::uint32_t> rows_;
  std::vector<std::uint32_t> known_;  // of the rows, those with all features
  std::vector<Column> columns_;
  stats::Points points_;
  stats::Clustering clustering_;
  std::vector<double> stability_;  // by k-means' numbers, as are sizes and means
  std::vector<std::uint64_t> sizes_;
  std::vector<std::vector<double>> means_;      // by feature
  std::vector<std::size_t> ordered_, numbers_;  // k-means' numbers in order, and the way back
  ClusterTables tables_;
};

}  // namespace

std::string compare(const std::string& words, double mean, double usual, bool is_amount) {
  const double times = is_amount && usual > 0 ? mean / usual : std::nan("");
  if (times >= 2.5) return fmt::format("{:.0f} times the usual {}", times, words);
  if (times >= 1.75) return fmt::format("twice the usual {}", words);
  if (times < 0.1) return fmt::format("hardly any {}", words);
  if (times < 0.4) return fmt::format("less than half the usual {}", words);
  if (times < 0.6) return fmt::format("half the usual {}", words);
  return fmt::format("{} {} the usual", words, mean > usual ? "above" : "below");
}

ClusterTables clusters_of(const ClustersDefinition& definition, const FeatureTable& features,
                          std::span<const std::uint32_t> rows) {
  return Clustering(definition, features, rows).run();
}

}  // namespace waymark::fold
