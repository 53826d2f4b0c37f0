#include "fold/clusters.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fold/schemas.h"
#include "fold/story_table.h"
#include "stats/irises.h"
#include "stats/random.h"

namespace waymark::fold {
namespace {

const std::vector<FeaturesDefinition> kMeasures{
    {.name = "study",
     .features = {{.name = "clicks"},
                  {.name = "active_days"},
                  {.name = "days_late", .description = "days from due date to hand-in"},
                  {.name = "region", .aggregate = Aggregate::kAttributeText}}}};

ClustersDefinition parse(std::string_view yaml, workspace::Diagnostics& diagnostics) {
  return parse_clusters(story_definition("clusters", yaml, kClustersSchema, diagnostics), kMeasures,
                        Zone::utc(), diagnostics);
}

std::string mistakes_in(std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  parse(yaml, diagnostics);
  return in_words(diagnostics);
}

struct Sort {
  std::size_t learners;
  double clicks, days, late;
};

// Learners of some sorts, one sort after the other, each a little different.
FeatureTable features(const std::vector<Sort>& sorts) {
  FeatureTable table;
  table.number_names = {"clicks", "active_days", "days_late"};
  stats::Random random(4);
  const auto around = [&](double value) {
    return value + static_cast<double>(random.below(100)) / 100;
  };
  for (const Sort& sort : sorts) {
    for (std::size_t i = 0; i < sort.learners; ++i) {
      table.learner.push_back(static_cast<Code>(table.size() + 1));
      table.course.push_back(1);
      table.as_of.push_back(at("2026-03-02"));
      for (const double value : {sort.clicks, sort.days, sort.late}) {
        table.numbers.push_back(around(value));
      }
    }
  }
  return table;
}

ClusterTables clusters(std::string_view yaml, const FeatureTable& table) {
  workspace::Diagnostics diagnostics;
  const ClustersDefinition definition = parse(
      "features: study\nof: [clicks, active_days, days_late]\n" + std::string(yaml), diagnostics);
  EXPECT_EQ(in_words(diagnostics), "");
  std::vector<std::uint32_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return clusters_of(definition, table, rows);
}

const std::vector<Sort> kSorts{{30, 100, 20, -5}, {50, 40, 8, -1}, {20, 3, 1, 12}};

TEST(Clusters, AsManyAsLieApartTheLargestFirst) {
  const ClusterTables tables = clusters("", features(kSorts));
  EXPECT_EQ(tables.choices.clusters.size(), 7u);
  EXPECT_EQ(tables.choices.chosen, (std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0, 0}));
  EXPECT_GT(tables.choices.silhouette[1], 0.9);
  EXPECT_EQ(tables.choices.learners[1], 100u);
  EXPECT_EQ(tables.clusters.learners, (std::vector<std::uint64_t>{50, 30, 20}));
  EXPECT_EQ(tables.clusters.name,
            (std::vector<std::string>{"cluster 1", "cluster 2", "cluster 3"}));
  EXPECT_EQ(tables.clusters.stability, (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(tables.learners.cluster[0], 2u);
  EXPECT_EQ(tables.learners.cluster[30], 1u);
  EXPECT_EQ(tables.learners.cluster[99], 3u);
}

TEST(Clusters, AProfileSaysWhatDiffersInPlainWords) {
  const ClusterTables tables = clusters("", features(kSorts));
  EXPECT_EQ(tables.clusters.profile,
            (std::vector<std::string>{
                "much as usual",
                "twice the usual active days, twice the usual clicks, days from due date to "
                "hand-in below the usual",
                "days from due date to hand-in above the usual, hardly any clicks, less than half "
                "the usual active days"}));
  EXPECT_EQ(compare("clicks", 31, 10, true), "3 times the usual clicks");
  EXPECT_EQ(compare("clicks", 5, 10, true), "half the usual clicks");
  EXPECT_EQ(compare("clicks", 13, 10, true), "clicks above the usual");
  EXPECT_EQ(compare("lead", 31, 10, false), "lead above the usual");
}

// Twice the learners of another sort, and the largest cluster is another one; names that go by a
// feature stay.
TEST(Clusters, NamesStayWithTheirClusters) {
  const std::string_view named = "names: [eager, steady, lost]\norder_by: clicks";
  std::vector<Sort> more = kSorts;
  more[2].learners = 200;
  for (const FeatureTable& table : {features(kSorts), features(more)}) {
    const ClusterTables tables = clusters(named, table);
    EXPECT_EQ(tables.learners.name.front(), "eager");
    EXPECT_EQ(tables.learners.name[30], "steady");
    EXPECT_EQ(tables.learners.name.back(), "lost");
  }
  EXPECT_EQ(clusters("names: [most]", features(kSorts)).clusters.name,
            (std::vector<std::string>{"most", "cluster 2", "cluster 3"}));
}

TEST(Clusters, WhoLacksAFeatureIsInNone) {
  FeatureTable table = features(kSorts);
  table.numbers[2] = std::nan("");  // days_late of the first
  const ClusterTables tables = clusters("", table);
  EXPECT_EQ(tables.learners.cluster[0], 0u);
  EXPECT_EQ(tables.learners.name[0], "unknown");
  EXPECT_TRUE(std::isnan(tables.learners.distance[0]));
  EXPECT_EQ(tables.clusters.learners, (std::vector<std::uint64_t>{50, 29, 20}));
}

TEST(Clusters, ALogarithmBringsTheManyTogether) {
  // 10, 1,000 and 100,000 clicks: without it, two sorts are one.
  const FeatureTable table = features({{30, 10, 1, 0}, {30, 1'000, 1, 0}, {30, 100'000, 1, 0}});
  const auto chosen = [](const ClusterTables& tables) { return tables.clusters.cluster.size(); };
  EXPECT_EQ(chosen(clusters("clusters: {from: 2, to: 3}\nlog: clicks", table)), 3u);
}

TEST(Clusters, NobodyOrAllEqualOrAsManyAsAsked) {
  const ClusterTables nobody = clusters("", features({}));
  EXPECT_EQ(nobody.clusters.cluster.size(), 0u);
  FeatureTable equal = features({{5, 1, 1, 1}});
  std::ranges::fill(equal.numbers, 2);
  const ClusterTables one = clusters("", equal);
  EXPECT_EQ(one.clusters.learners, std::vector<std::uint64_t>{5});
  EXPECT_EQ(one.clusters.profile, std::vector<std::string>{"much as usual"});
  EXPECT_EQ(clusters("clusters: 4", features(kSorts)).clusters.cluster.size(), 4u);
}

ClusterTables of_irises(bool standardise, std::uint32_t fewest, std::uint32_t most) {
  ClustersDefinition definition{
      .features = {"sepal_length", "sepal_width", "petal_length", "petal_width"},
      .standardise = standardise,
      .fewest = fewest,
      .most = most};
  FeatureTable table;
  table.number_names = definition.features;
  for (const std::string& feature : definition.features) definition.words[feature] = feature;
  table.numbers = stats::irises().values;
  for (Code iris = 0; iris < table.numbers.size() / 4; ++iris) {
    table.learner.push_back(iris);
    table.course.push_back(1);
    table.as_of.push_back(at("2026-03-02"));
  }
  std::vector<std::uint32_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return clusters_of(definition, table, rows);
}

// Of scikit-learn, silhouette_score of KMeans on its irises; and the least inertia of fours that
// many thousand tries find where they are standardised, which few do.
TEST(Clusters, IrisesAsPublished) {
  const ClusterTables unscaled = of_irises(false, 2, 4);
  const double expected[]{0.681046169212, 0.552819012356, 0.498050504997};
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(unscaled.choices.silhouette[i], expected[i], 5e-13);
  double inertia = 0;
  for (const double distance : of_irises(true, 4, 4).learners.distance)
    inertia += distance * distance;
  EXPECT_NEAR(inertia, 114.0922, 5e-5);
}

TEST(Clusters, UnscaledDifferencesAreInStandardDeviationsAllTheSame) {
  const ClusterTables scaled = clusters("clusters: 3", features(kSorts));
  const ClusterTables unscaled = clusters("clusters: 3\nscale: none", features(kSorts));
  EXPECT_EQ(unscaled.clusters.learners, scaled.clusters.learners);
  EXPECT_EQ(unscaled.clusters.profile, scaled.clusters.profile);
  for (std::size_t i = 0; i < scaled.features.difference.size(); ++i)
    EXPECT_NEAR(unscaled.features.difference[i], scaled.features.difference[i], 1e-12);
}

TEST(Clusters, MistakesAreReportedWhereTheyAre) {
  const auto with = [](std::string_view more) {
    return mistakes_in("features: study\nof: [clicks, active_days]\n" + std::string(more));
  };
  EXPECT_EQ(with(""), "");
  EXPECT_EQ(with("log: days_late"),
            "measure.yaml:4:1: 'days_late' is not among the features under 'of'\n");
  EXPECT_EQ(with("order_by: click"),
            "measure.yaml:4:1: 'click' is not among the features under 'of' (did you mean "
            "'clicks'?)\n");
  EXPECT_EQ(with("clusters: {from: 5, to: 3}"),
            "measure.yaml:4:1: there is no number from 5 to 3 (the smaller one comes first)\n");
  EXPECT_EQ(with("clusters: 2\nnames: [a, b, c]"),
            "measure.yaml:5:1: 3 names for 2 clusters at most\n");
  EXPECT_EQ(mistakes_in("features: study\nof: [clicks, clicks]"),
            "measure.yaml:3:1: 'clicks' is listed twice, and would count twice\n");
  EXPECT_EQ(mistakes_in("features: study\nof: [clicks, region]"),
            "measure.yaml:3:1: feature 'region' of 'study' is a text, and no number\n");
}

}  // namespace
}  // namespace waymark::fold
