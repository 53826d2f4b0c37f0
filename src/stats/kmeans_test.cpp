#include "stats/kmeans.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "stats/irises.h"
#include "stats/random.h"
#include "stats/silhouette.h"

namespace waymark::stats {
namespace {

// Three heaps that lie far apart, 40 points each.
Points heaps() {
  Points points{2, {}};
  Random random(5);
  for (const double at : {0.0, 100.0, 300.0}) {
    for (int i = 0; i < 40; ++i) {
      points.add(std::vector{at + static_cast<double>(random.below(10)),
                             static_cast<double>(random.below(10))});
    }
  }
  return points;
}

// Of scikit-learn, KMeans and silhouette_score on its irises. The inertia of the best clustering of
// three is as old as the method: 78.85.
TEST(KMeans, IrisesAsPublished) {
  const Points points = irises();
  const double expected[][2]{{152.347951760358, 0.681046169212},
                             {78.851441426146, 0.552819012356},
                             {57.228473214286, 0.498050504997}};
  for (std::size_t k = 2; k <= 4; ++k) {
    const Clustering clustering = k_means(points, {.clusters = k, .restarts = 50});
    EXPECT_NEAR(clustering.inertia, expected[k - 2][0], 1e-10) << k;
    EXPECT_NEAR(mean_silhouette(points, clustering.cluster), expected[k - 2][1], 5e-13) << k;
  }
}

TEST(KMeans, FindsWhatLiesApart) {
  const Points points = heaps();
  const Clustering clustering = k_means(points, {.clusters = 3});
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(clustering.cluster[i], clustering.cluster[i / 40 * 40]) << i;
  }
  for (std::size_t k = 0; k < 3; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < 40; ++i) sum += points[k * 40 + i][0];
    EXPECT_NEAR(clustering.centres[clustering.cluster[k * 40]][0], sum / 40, 1e-12);
  }
}

TEST(KMeans, IsTheSameForASeedAndBestAmongItsRestarts) {
  const Points points = irises();
  const Clustering one = k_means(points, {.clusters = 5, .restarts = 1, .seed = 3});
  EXPECT_EQ(one.cluster, k_means(points, {.clusters = 5, .restarts = 1, .seed = 3}).cluster);
  EXPECT_LE(k_means(points, {.clusters = 5, .restarts = 20, .seed = 3}).inertia, one.inertia);
}

TEST(KMeans, HasNoMoreClustersThanDistinctPoints) {
  const Points twice{1, {1, 1, 1, 4, 4}};
  const Clustering clustering = k_means(twice, {.clusters = 4});
  EXPECT_EQ(clustering.centres.size(), 2u);
  EXPECT_EQ(clustering.inertia, 0);
  EXPECT_EQ(k_means({1, {}}, {.clusters = 2}).centres.size(), 0u);
  const Clustering single = k_means({2, {7, 8}}, {.clusters = 3});
  EXPECT_EQ(single.cluster, std::vector<std::uint32_t>{0});
}

// Every clustering that rounds end with is one in which no point is nearer to another centre, and
// no cluster is empty, however many points are equal.
TEST(KMeans, NoPointIsNearerToAnotherCentre) {
  Random random(17);
  for (int trial = 0; trial < 200; ++trial) {
    Points points{1 + random.below(3), {}};
    const std::size_t size = 1 + random.below(40);
    for (std::size_t i = 0; i < size * points.columns; ++i) {
      points.values.push_back(static_cast<double>(random.below(6)));
    }
    const Clustering clustering =
        k_means(points, {.clusters = 1 + random.below(7), .restarts = 2, .seed = random.next()});
    std::vector<std::size_t> sizes(clustering.centres.size());
    double inertia = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double own = squared_distance(points[i], clustering.centres[clustering.cluster[i]]);
      for (std::size_t k = 0; k < sizes.size(); ++k) {
        EXPECT_LE(own, squared_distance(points[i], clustering.centres[k]) + 1e-12) << trial;
      }
      inertia += own;
      ++sizes[clustering.cluster[i]];
    }
    EXPECT_NEAR(clustering.inertia, inertia, 1e-9) << trial;
    for (const std::size_t in_cluster : sizes) EXPECT_GT(in_cluster, 0u) << trial;
  }
}

TEST(ClusterStability, TellsHeapsFromArbitraryCuts) {
  const Points points = heaps();
  const KMeansOptions three{.clusters = 3, .restarts = 4, .seed = 2};
  for (const double stability : cluster_stability(points, k_means(points, three), three, 20)) {
    EXPECT_EQ(stability, 1);
  }
  // Points spread evenly have no clusters; seven of them are found anew each time.
  Points even{2, {}};
  Random random(8);
  for (int i = 0; i < 300; ++i) {
    even.add(std::vector{static_cast<double>(random.below(1000)),
                         static_cast<double>(random.below(1000))});
  }
  const KMeansOptions seven{.clusters = 7, .restarts = 4, .seed = 2};
  const auto stability = cluster_stability(even, k_means(even, seven), seven, 20);
  EXPECT_LT(std::accumulate(stability.begin(), stability.end(), 0.0) / 7, 0.8);
}

TEST(Silhouette, OfAPointAloneIsZeroAndOfOneClusterMissing) {
  // By hand: 0 and 2 have a = 2, b = 10 and 8; 10 is alone.
  const Points points{1, {0, 2, 10}};
  EXPECT_NEAR(mean_silhouette(points, std::vector<std::uint32_t>{0, 0, 1}), (0.8 + 0.75) / 3,
              1e-15);
  EXPECT_TRUE(std::isnan(mean_silhouette(points, std::vector<std::uint32_t>{0, 0, 0})));
  EXPECT_TRUE(std::isnan(mean_silhouette({1, {}}, {})));
  // Of clusters that a sample leaves out, nothing is asked.
  EXPECT_NEAR(mean_silhouette(points, std::vector<std::uint32_t>{0, 0, 5}), (0.8 + 0.75) / 3,
              1e-15);
}

}  // namespace
}  // namespace waymark::stats
