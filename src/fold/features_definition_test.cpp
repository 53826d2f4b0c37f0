#include "fold/features_definition.h"

#include "fold/story.h"

namespace waymark::fold {
namespace {

std::string mistake(const std::string& features) {
  return mistakes("features", "features:\n" + features);
}

TEST(FeaturesDefinition, WhatIsComputedMustBeClear) {
  EXPECT_EQ(mistake("  a: {sum: weight, mean: score}"),
            "measure.yaml:3:3: feature 'a' computes several things: sum, mean (make each a feature "
            "of its own)\n");
  EXPECT_TRUE(mistake("  a: {kinds: [click]}")
                  .starts_with("measure.yaml:3:3: feature 'a' does not say what it computes (add "
                               "one of: count, sum, mean,"));
  EXPECT_EQ(mistake("  a: {active_days: false}"),
            "measure.yaml:3:7: expected 'true' (leave the key out, or set it to true)\n");
  EXPECT_EQ(mistake("  a: {distinct: objects}"),
            "measure.yaml:3:7: 'objects' cannot be counted; known: object, context, kind, outcome, "
            "source (did you mean 'object'?)\n");
  EXPECT_EQ(mistake("  a: {max: score, weighted_by: weight}"),
            "measure.yaml:3:19: only 'sum' and 'mean' can be weighted\n");
}

TEST(FeaturesDefinition, AWordNearAColumnIsHardlyAProperty) {
  EXPECT_EQ(mistake("  a: {mean: scor}"),
            "measure.yaml:3:7: no column is called 'scor' (did you mean 'score'? A property of "
            "that name is written 'property.scor')\n");
  EXPECT_EQ(mistake("  a: {mean: property.scor}\n  b: {count: true, where: {days_late: 1}}"), "");
}

TEST(FeaturesDefinition, RatiosAreOfOtherNumbers) {
  EXPECT_EQ(mistake("  clicks: {count: true}\n  a: {ratio: [click, clicks]}"),
            "measure.yaml:4:15: no feature here is called 'click' (did you mean 'clicks'?)\n");
  EXPECT_EQ(mistake("  a: {attribute: region}\n  b: {ratio: [a, a]}"),
            "measure.yaml:4:3: 'a' is a text (an attribute is a number with 'type: number')\n");
  EXPECT_EQ(mistake("  n: {count: true}\n  b: {ratio: [n, n], kinds: [click]}"),
            "measure.yaml:4:22: 'kinds' has no meaning here: a ratio or difference is of two "
            "features as they are (put it into those features)\n");
  EXPECT_EQ(mistake("  n: {count: true}\n  b: {ratio: [n, n, n]}"),
            "measure.yaml:4:7: expected two features (such as [quiz_clicks, clicks])\n");
}

TEST(FeaturesDefinition, NothingIsComputedFromItself) {
  EXPECT_EQ(mistake("  n: {count: true}\n  a: {ratio: [b, n]}\n  b: {difference: [n, c]}\n"
                    "  c: {ratio: [a, n]}"),
            "measure.yaml:6:3: 'c' is computed from itself, by way of 'a'\n");
  EXPECT_EQ(mistake("  a: {ratio: [a, a]}"),
            "measure.yaml:3:3: 'a' is computed from itself, by way of 'a'\n");
}

TEST(FeaturesDefinition, WindowsHoldTime) {
  EXPECT_EQ(mistake("  a: {count: true, from: 7d, to: 7d}"),
            "measure.yaml:3:20: this window holds no time: it begins no earlier than it ends (both "
            "are counted back from the as-of: 'from: 14d, to: 7d' is the week before the last)\n");
  EXPECT_EQ(mistake("  a: {count: true, last: 7d, to: 2d}"),
            "measure.yaml:3:20: 'last' stands beside 'from' or 'to' ('last: 14d' is short for "
            "'from: 14d'; 'to' says where it ends, ago)\n");
  EXPECT_EQ(mistake("  a: {count: true, where: {score: {above: 3, below: 3}}}"),
            "measure.yaml:3:28: no value of 'score' meets this condition\n");
}

TEST(FeaturesDefinition, AConditionIsOnATextOrANumber) {
  const auto where = [](const std::string& condition) {
    return mistake("  a: {count: true, where: {" + condition + "}}");
  };
  EXPECT_EQ(where("region: [London, Wales], age: {is_not: [old]}, code: {is: 7}, late: 0"), "");
  EXPECT_EQ(where("credits: [30, 60]"),
            "measure.yaml:3:28: '30' is a number, and a list means texts (write 'is: [...]' if the "
            "property holds texts that look like numbers, at_least and at_most if it holds "
            "numbers)\n");
  EXPECT_EQ(where("region: {is: London, at_most: 3}"),
            "measure.yaml:3:28: 'region' is either a text or a number ('is' and 'is_not' are for "
            "texts, the other keys for numbers)\n");
  EXPECT_EQ(
      where("region: {is: London, is_not: Wales}"),
      "measure.yaml:3:28: 'is' and 'is_not' cannot stand together ('is' alone says it all)\n");
  EXPECT_EQ(where("score: high"),
            "measure.yaml:3:28: 'score' is a number, not a text (such as {at_least: 1}; a property "
            "of that name is 'property.score')\n");
  EXPECT_EQ(where("region: []"), "measure.yaml:3:28: no value of 'region' meets this condition\n");
}

TEST(FeaturesDefinition, TheSchemaNamesUnknownKeys) {
  EXPECT_NE(mistake("  a: {count: true, kind: [click]}").find("did you mean 'kinds'?"),
            std::string::npos);
  EXPECT_NE(mistake("  Big Name: {count: true}"), "");
  EXPECT_NE(mistake("  a: {count: true, last: soon}"), "");
}

}  // namespace
}  // namespace waymark::fold
