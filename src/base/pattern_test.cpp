#include "base/pattern.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace waymark {
namespace {

TEST(Pattern, FindsTheFirstGroup) {
  const Pattern user("user with id '(\\d+)'");
  EXPECT_EQ(user.find("The user with id '126' viewed"), "126");
  EXPECT_EQ(user.find("nobody"), std::nullopt);
  EXPECT_EQ(Pattern("\\d+").find("a 17 b"), "17");
}

TEST(Pattern, MatchesAll) {
  const Pattern duration("[0-9]+[smhdw]");
  EXPECT_TRUE(duration.matches_all("30m"));
  EXPECT_FALSE(duration.matches_all("30m "));
}

TEST(Pattern, SaysWhatIsMalformed) { EXPECT_THROW(Pattern("(a"), Error); }

}  // namespace
}  // namespace waymark
