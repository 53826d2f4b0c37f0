#include "fold/tiers.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

const std::vector<FeaturesDefinition> kMeasures{
    {.name = "study",
     .features = {{.name = "clicks"}, {.name = "region", .aggregate = Aggregate::kAttributeText}}}};

TiersDefinition parse(std::string_view yaml, workspace::Diagnostics& diagnostics) {
  return parse_tiers(story_definition("tiers", yaml, kTiersSchema, diagnostics), kMeasures,
                     Zone::utc(), diagnostics);
}

std::string mistakes_in(std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  parse(yaml, diagnostics);
  return in_words(diagnostics);
}

// Learners 1, 2, … of courses, and how much they clicked.
FeatureTable features(const std::vector<std::pair<Code, double>>& learners) {
  FeatureTable table;
  table.number_names = {"clicks"};
  for (const auto& [course, clicks] : learners) {
    table.learner.push_back(static_cast<Code>(table.size() + 1));
    table.course.push_back(course);
    table.as_of.push_back(at("2026-03-02"));
    table.numbers.push_back(clicks);
  }
  return table;
}

TierTable tiers(std::string_view yaml, const FeatureTable& table) {
  workspace::Diagnostics diagnostics;
  const TiersDefinition definition = parse(yaml, diagnostics);
  EXPECT_EQ(in_words(diagnostics), "");
  std::vector<std::uint32_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return tiers_of(definition, table, rows);
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kStudy = "features: study\nof: clicks\n";
constexpr std::string_view kThree = "tiers: {power: 90, core: 50, casual: 0}\n";

std::string with(std::string_view more) { return std::string(kStudy) + std::string(more); }

TEST(Tiers, APercentileIsTheShareBelowAndHalfOfTheEqual) {
  const TierTable table =
      tiers(with(kThree), features({{1, 10}, {1, 20}, {1, 30}, {1, 40}, {1, 50}}));
  EXPECT_EQ(table.percentile, (std::vector<double>{10, 30, 50, 70, 90}));
  EXPECT_EQ(table.tier, (std::vector<std::string>{"casual", "casual", "core", "core", "power"}));
}

TEST(Tiers, EqualValuesAreInOneTier) {
  const TierTable table =
      tiers(with(kThree), features({{1, 0}, {1, 0}, {1, 0}, {1, 7}, {1, 7}, {1, 9}}));
  EXPECT_EQ(table.percentile,
            (std::vector<double>{25, 25, 25, 100 * 4 / 6.0, 100 * 4 / 6.0, 100 * 5.5 / 6}));
  EXPECT_EQ(table.tier,
            (std::vector<std::string>{"casual", "casual", "casual", "core", "core", "power"}));
  const TierTable same = tiers(with(kThree), features({{1, 3}, {1, 3}, {1, 3}}));
  EXPECT_EQ(same.tier, (std::vector<std::string>{"core", "core", "core"}));
}

TEST(Tiers, WithoutAValueUnknown) {
  const TierTable table = tiers(with(kThree), features({{1, kNone}, {1, 1}, {1, 2}}));
  EXPECT_TRUE(std::isnan(table.percentile[0]));
  EXPECT_EQ(table.percentile[1], 25);
  EXPECT_EQ(table.tier, (std::vector<std::string>{"unknown", "casual", "core"}));
}

TEST(Tiers, WithinTheCourseOrAmongAll) {
  const FeatureTable two = features({{1, 1}, {1, 2}, {2, 3}, {2, 4}});
  EXPECT_EQ(tiers(with(kThree), two).percentile, (std::vector<double>{25, 75, 25, 75}));
  EXPECT_EQ(tiers(with(std::string(kThree) + "within: all"), two).percentile,
            (std::vector<double>{12.5, 37.5, 62.5, 87.5}));
}

TEST(Tiers, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes_in(with(kThree)), "");
  EXPECT_EQ(mistakes_in(with("tiers: {power: 90, core: 50}")),
            "measure.yaml:4:1: learners below percentile 50 are in no tier (let one tier begin at "
            "0)\n");
  EXPECT_EQ(mistakes_in(with("tiers: {power: 50, core: 50, rest: 0}")),
            "measure.yaml:4:20: two tiers begin at percentile 50\n");
  EXPECT_EQ(mistakes_in(with("tiers: {unknown: 0}")),
            "measure.yaml:4:9: 'unknown' is the tier of learners without a value (give this one "
            "another name)\n");
  EXPECT_EQ(mistakes_in("features: stdy\nof: clicks\ntiers: {all: 0}"),
            "measure.yaml:2:1: no features measure is called 'stdy' (did you mean 'study'?)\n");
  EXPECT_EQ(mistakes_in("features: study\nof: click\ntiers: {all: 0}"),
            "measure.yaml:3:1: measure 'study' has no feature 'click' (did you mean 'clicks'?)\n");
  EXPECT_EQ(mistakes_in("features: study\nof: region\ntiers: {all: 0}"),
            "measure.yaml:3:1: feature 'region' of 'study' is a text, and no number\n");
}

}  // namespace
}  // namespace waymark::fold
