#include "base/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace waymark {
namespace {

TEST(Text, FindsTheNearestWord) {
  const std::vector<std::string> known{"learner", "object", "course", "time"};
  EXPECT_EQ(nearest_word("lerner", known), "learner");
  EXPECT_EQ(nearest_word("tmie", known), "time");
  EXPECT_EQ(nearest_word("banana", known), "");
}

TEST(Text, ReadsWholeNumbersOnly) {
  EXPECT_EQ(parse_number("-3.5"), -3.5);
  EXPECT_EQ(parse_number("+4"), 4);
  for (const char* text : {"", "3x", "nan", "inf", "1,5", " 3"})
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

TEST(Text, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(valid_utf8("\xE2\x82\xAC"), "\xE2\x82\xAC");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");  // surrogate
  EXPECT_EQ(valid_utf8("a\xE2\x82"), "a\xEF\xBF\xBD\xEF\xBF\xBD");     // cut
}

TEST(Text, GroupsThousands) {
  EXPECT_EQ(with_thousands(7035828), "7,035,828");
  EXPECT_EQ(with_thousands(-1000), "-1,000");
  EXPECT_EQ(with_thousands(999), "999");
}

}  // namespace
}  // namespace waymark
