#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fold/clusters_definition.h"

namespace waymark::fold {

// Learners who are alike in some features.
//
// Each feature counts as its distance from the mean in standard deviations or, unscaled, as it is,
// where the definition says so of the logarithm (of 1 + its size, its sign kept); one that is the
// same for all counts nothing. Who lacks any of the features is in no cluster. Clusters are those
// of k-means (stats/kmeans.h); of the numbers of clusters asked for, the one with the highest mean
// silhouette is taken, the smaller among equals. The silhouette is that of all learners or, beyond
// kSilhouetteRows, of so many drawn with the seed. Stability is that of all learners.
//
// Clusters are numbered from 1: by size, or by the mean of a feature, the largest first. The names
// in the definition go to them in this order, so that they stay where they belong when clusters
// are computed again; who is left over is called "cluster 4".
//
// Equal learners in the same order of rows give equal clusters.
struct ClusterTables {
  static constexpr std::size_t kSilhouetteRows = 3'000;
  // k-means is tried as often as the rows go into this, within the bounds: the best of few tries
  // may be worse than the best there is.
  static constexpr std::size_t kRowsOfRestarts = 200'000;
  static constexpr std::size_t kFewestRestarts = 10, kMostRestarts = 1'000;
  static constexpr std::size_t kResamples = 20, kResampleRestarts = 3;

  struct Learners {
    std::vector<Code> learner, course;
    std::vector<Micros> as_of;
    std::vector<std::uint32_t> cluster;  // 0: in none
    std::vector<std::string> name;       // "unknown" where in none
    std::vector<double> distance;        // to the cluster's centre, in what is clustered; or NaN
  } learners;
  struct Clusters {
    std::vector<std::uint32_t> cluster;
    std::vector<std::string> name;
    std::vector<std::uint64_t> learners;
    std::vector<double> share;         // of those who are in any
    std::vector<double> stability;     // stats::cluster_stability
    std::vector<std::string> profile;  // what sets them apart, in words
  } clusters;
  struct Features {  // a row per cluster and feature
    std::vector<std::uint32_t> cluster;
    std::vector<std::string> name, feature;
    std::vector<double> mean, usual;  // of the cluster, and of all who are in any
    std::vector<double> difference;   // in standard deviations of the feature, or its logarithm
  } features;
  struct Choices {  // a row per number of clusters that was tried
    std::vector<std::uint32_t> clusters;
    std::vector<double> silhouette;
    std::vector<std::uint64_t> learners;  // whom the silhouette is of
    std::vector<std::uint8_t> chosen;
  } choices;
};

// Of these rows of the features.
ClusterTables clusters_of(const ClustersDefinition& definition, const FeatureTable& features,
                          std::span<const std::uint32_t> rows);

// "twice the usual clicks", of a feature whose mean differs enough to be worth telling. Only where
// the feature is never negative can it be told how many times as much it is.
std::string compare(const std::string& words, double mean, double usual, bool is_amount);

}  // namespace waymark::fold
