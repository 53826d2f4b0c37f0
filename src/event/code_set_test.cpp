#include "event/code_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace waymark {
namespace {

TEST(CodeSet, KnowsWhatItHolds) {
  const CodeSet set({9, 4, 4, kAbsentCode, 300});
  EXPECT_EQ(set.codes(), (std::vector<Code>{4, 9, 300}));
  for (const Code code : {Code{0}, Code{3}, Code{5}, Code{301}, kAbsentCode}) {
    EXPECT_FALSE(set.has(code)) << code;
  }
  for (const Code code : set.codes()) EXPECT_TRUE(set.has(code)) << code;
  EXPECT_FALSE(CodeSet().has(0));
  EXPECT_FALSE(CodeSet({kAbsentCode}).has(kAbsentCode));
}

// Against one look at each.
template <typename T>
void expect_finds(std::mt19937& random) {
  for (int round = 0; round < 2000; ++round) {
    std::vector<Code> wanted(random() % 4);
    for (Code& code : wanted) code = random() % 400;
    std::vector<T> codes(random() % 1500);
    const std::uint32_t highest = 1 + random() % 300;
    for (T& code : codes) code = static_cast<T>(random() % highest);
    const auto first = std::ranges::find_first_of(codes, wanted);
    EXPECT_EQ(CodeSet(wanted).find(codes.data(), codes.size()),
              static_cast<std::size_t>(first - codes.begin()));
  }
}

TEST(CodeSet, FindsTheFirstAmongNumbersOfEveryWidth) {
  std::mt19937 random(1);
  expect_finds<std::uint8_t>(random);
  expect_finds<std::uint16_t>(random);
  expect_finds<std::uint32_t>(random);
}

}  // namespace
}  // namespace waymark
