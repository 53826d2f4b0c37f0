#include "report/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "base/text.h"
#include "report/hostile.h"
#include "report/html.h"

namespace waymark::report {
namespace {

// What a compact number says: "1.25M" -> 1'250'000.
double read_back(std::string text) {
  double unit = 1;
  for (const auto& [suffix, size] :
       std::map<std::string, double>{{"k", 1e3}, {"M", 1e6}, {"bn", 1e9}, {"tn", 1e12}}) {
    if (!text.ends_with(suffix)) continue;
    text.resize(text.size() - suffix.size());
    unit = size;
  }
  std::erase(text, ',');
  return parse_number(text).value_or(kUnknown) * unit;
}

TEST(Compact, IsShortAndTellsThreeDigits) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-3, 14.9);
  for (int i = 0; i < 5'000; ++i) {
    const double value = std::pow(10, exponent(random)) * (i % 2 == 0 ? 1 : -1);
    const std::string text = compact(value);
    EXPECT_LE(text.size(), 9u) << text;
    EXPECT_NEAR(read_back(text), value, 0.0051 * std::fabs(value)) << text;
  }
  for (const double round : {0.0, 1.0, 10.0, 999.0, 1e3, 1e4, 1e5, 1e6, 1e9, 1e12, 1e14})
    EXPECT_EQ(read_back(compact(round)), round);
}

TEST(Percent, OfSomeIsNeverNoneAndOfNotAllIsNeverAll) {
  for (const int decimals : {0, 1, 2}) {
    for (const double some : {1e-9, 1e-4, 0.004, 0.005}) {
      EXPECT_NE(percent(some, decimals), percent(0, decimals)) << some;
      EXPECT_NE(percent(1 - some, decimals), percent(1, decimals)) << some;
    }
  }
  EXPECT_EQ(percent(0), "0%");
  EXPECT_EQ(percent(1), "100%");
  EXPECT_EQ(percent(0.934), "93%");
}

TEST(Numbers, ThatAreNotFiniteAreADash) {
  for (const double value : extreme_values()) {
    if (std::isfinite(value)) continue;
    for (const std::string& text :
         {percent(value), decimal(value, 2), compact(value), days(value), minutes(value)})
      EXPECT_EQ(text, "–");
    EXPECT_EQ(interval({0.5, value, 1}, 2), "");
  }
}

TEST(Shortened, IsNeverWiderAndSaysWhereItCut) {
  for (const std::string& hostile : hostile_texts()) {
    const std::string text = cleaned(hostile);
    for (const std::size_t width : {1u, 2u, 7u, 80u}) {
      const std::string cut = shortened(text, width);
      EXPECT_LE(display_width(cut), width);
      EXPECT_EQ(valid_utf8(cut), cut);
      if (cut != text) {
        EXPECT_TRUE(cut.ends_with("…"));
        EXPECT_TRUE(text.starts_with(cut.substr(0, cut.size() - 3)));
      }
    }
  }
}

TEST(List, NamesTheFirstAndCountsTheRest) {
  EXPECT_EQ(list({}), "");
  EXPECT_EQ(list({"a"}), "a");
  EXPECT_EQ(list({"a", "b"}), "a and b");
  EXPECT_EQ(list({"a", "b", "c"}, 3), "a, b and c");
  EXPECT_EQ(list({"a", "b", "c", "d"}, 2), "a, b and 2 more");
}

}  // namespace
}  // namespace waymark::report
