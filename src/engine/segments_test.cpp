// Tiers and clusters, from definition files to tables and answers.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

// 30 learners who clicked once to eight times on as many days; some of them only in February.
class Segments : public testing::Test {
 protected:
  Segments() {
    std::string rows;
    for (int learner = 0; learner < 30; ++learner) {
      for (int click = 0; click <= learner * learner % 8; ++click) {
        rows += fmt::format("2025-{:02}-{:02}T09:00:00Z,learner {},page {}\n",
                            learner % 5 == 0 ? 2 : 3, 1 + click, learner, click % 3);
      }
    }
    workspace_.write_clicks(rows);
    workspace_.ingest();
    workspace_.write("measures/study.yaml",
                     "measure: features\nfeatures:\n  clicks: {count: true}\n"
                     "  pages: {distinct: object}\n"
                     "  gap: {gap_mean: true}\n");
    workspace_.write("measures/tiers.yaml",
                     "measure: tiers\nfeatures: study\nof: clicks\n"
                     "tiers: {power: 80, core: 30, casual: 0}\n");
    workspace_.write("measures/alike.yaml",
                     "measure: clusters\nfeatures: study\nof: [clicks, pages]\n"
                     "clusters: {from: 2, to: 4}\norder_by: clicks\nnames: [busy]\n");
  }

  TestWorkspace workspace_;
};

TEST_F(Segments, ClustersAreMadeAnewOnlyOfOtherFeatures) {
  workspace_.write("measures/alike.yaml",
                   "measure: clusters\nfeatures: study\nof: [clicks, pages]\n"
                   "as_of: {date: 2025-03-05}\nclusters: {from: 2, to: 4}\n");
  workspace_.build();
  query::Warehouse(Folders(workspace_.catalog().workspace).warehouse)
      .connection()
      .execute("UPDATE alike_profiles SET name = 'touched'");
  const auto touched = [&](const char* rows, const char* file) {
    workspace_.write_clicks(rows, file);
    workspace_.ingest();
    workspace_.build();
    EXPECT_EQ(workspace_.tables_made(), Lines{}) << "they are of these events";
    return workspace_.ask("SELECT count(*) > 0 FROM alike_profiles WHERE name = 'touched'");
  };
  EXPECT_EQ(touched("2025-03-06T09:10:00Z,learner 7,page 1\n", "data/clicks_b.csv"), Lines{"true"});
  EXPECT_EQ(touched("2025-03-04T09:10:00Z,learner 7,page 1\n", "data/clicks_c.csv"),
            Lines{"false"});
  const std::string contents = workspace_.contents();
  workspace_.build(true);
  EXPECT_EQ(difference(workspace_.contents(), contents), "");
}

TEST_F(Segments, TiersAsSqlGivesThem) {
  EXPECT_EQ(workspace_.tables_made(),
            (Lines{"sessions", "engagement", "engagement_contexts", "tiers", "tiers_bounds",
                   "alike", "alike_profiles", "alike_features", "alike_choice"}));
  const std::string ranked =
      "WITH counts AS (SELECT learner, count(*) AS clicks FROM events GROUP BY ALL), "
      "ranks AS (SELECT *, rank() OVER (ORDER BY clicks) AS first, count(*) OVER (PARTITION BY "
      "clicks) AS equal, count(*) OVER () AS n FROM counts), tiered AS (SELECT learner, clicks, "
      "100 * (first - 1 + equal / 2) / n AS percentile, CASE WHEN percentile >= 80 THEN 'power' "
      "WHEN percentile >= 30 THEN 'core' ELSE 'casual' END AS tier FROM ranks) ";
  EXPECT_EQ(workspace_.ask("SELECT learner, value::BIGINT, round(percentile, 9), tier FROM tiers "
                           "ORDER BY ALL"),
            workspace_.ask(ranked + "SELECT learner, clicks, round(percentile, 9), tier FROM "
                                    "tiered ORDER BY ALL"));
  const std::string bounds =
      "SELECT tier, count(*), round(count(*) / 30, 9), min(clicks)::DOUBLE, median(clicks), "
      "max(clicks)::DOUBLE FROM tiered GROUP BY ALL ORDER BY max(percentile) DESC";
  EXPECT_EQ(workspace_.ask("SELECT tier, learners, round(share, 9), lowest, median, highest FROM "
                           "tiers_bounds"),
            workspace_.ask(ranked + bounds));
  EXPECT_EQ(workspace_.ask(Question{.measure = "tiers", .where = {"value<=1"}}),
            workspace_.ask(ranked + "SELECT tier, count(*), 1.0::DOUBLE, 1.0::DOUBLE, 1.0::DOUBLE, "
                                    "1.0::DOUBLE FROM tiered WHERE clicks <= 1 GROUP BY ALL"));
}

TEST_F(Segments, AsOfAMomentOnlyWhatHappenedBefore) {
  const Micros march = *parse_iso_time("2025-03-01", Zone::utc());
  EXPECT_EQ(workspace_.ask(Question{.measure = "tiers", .by = {"learner"}, .as_of = march}).size(),
            6u);
  workspace_.write("measures/tiers.yaml",
                   "measure: tiers\nfeatures: study\nof: clicks\nas_of: {date: 2025-03-01}\n"
                   "tiers: {all: 0}\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"tiers", "tiers_bounds"}));
  EXPECT_EQ(workspace_.ask("SELECT count(*), max(as_of) FROM tiers"),
            Lines{"6|2025-03-01 00:00:00"});
}

TEST_F(Segments, ClustersHaveNamesAndProfilesAndSayHowManyWereTried) {
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT name, count(*) FROM alike GROUP BY ALL ORDER BY 1"),
            workspace_.ask("SELECT name, learners FROM alike_profiles ORDER BY 1"));
  EXPECT_EQ(workspace_.ask("SELECT name FROM alike_profiles ORDER BY cluster LIMIT 1"),
            Lines{"busy"});
  EXPECT_EQ(workspace_.ask("SELECT round(mean, 9) FROM alike_features WHERE feature = 'clicks' "
                           "ORDER BY cluster"),
            workspace_.ask("SELECT round(avg(clicks), 9) FROM alike JOIN (SELECT learner, count(*) "
                           "AS clicks FROM events GROUP BY ALL) USING (learner) GROUP BY cluster "
                           "ORDER BY cluster"));
  // Learners are of three sorts, so that four clusters cannot be made.
  EXPECT_EQ(workspace_.ask("SELECT clusters, learners, chosen FROM alike_choice ORDER BY ALL"),
            (Lines{"2|30|false", "3|30|true"}));
  EXPECT_EQ(workspace_.ask("SELECT silhouette = (SELECT max(silhouette) FROM alike_choice) FROM "
                           "alike_choice WHERE chosen"),
            Lines{"true"});
  EXPECT_EQ(workspace_.ask(Question{.measure = "alike"}).size(),
            workspace_.ask("FROM alike_profiles").size());
}

TEST_F(Segments, FollowTheirFeaturesButNotTheNumberOfBuckets) {
  workspace_.build();
  const std::string before = workspace_.contents();
  workspace_.write("waymark.yaml", "name: Test\nmemory_mb: 128\nbuckets: 16\n");
  workspace_.build();
  EXPECT_EQ(difference(workspace_.contents(), before), "");
  EXPECT_EQ(workspace_.tables_made(), Lines{});
  workspace_.write("measures/study.yaml",
                   "measure: features\nfeatures:\n  clicks: {count: true, object: page 1}\n"
                   "  pages: {distinct: object}\n");
  EXPECT_EQ(workspace_.tables_made(), (Lines{"tiers", "tiers_bounds", "alike", "alike_profiles",
                                             "alike_features", "alike_choice"}));
}

TEST_F(Segments, WhoHasNoValueIsUnknown) {
  workspace_.write("measures/tiers.yaml",
                   "measure: tiers\nfeatures: study\nof: gap\ntiers: {rare: 50, often: 0}\n");
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT count(*) FROM tiers WHERE tier = 'unknown'"),
            workspace_.ask("SELECT count(*) FROM (SELECT learner FROM events GROUP BY ALL HAVING "
                           "count(DISTINCT time::DATE) = 1)"));
}

}  // namespace
}  // namespace waymark::engine
