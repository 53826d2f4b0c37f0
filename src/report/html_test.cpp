#include "report/html.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "report/hostile.h"
#include "report/markup.h"
#include "report/number.h"

namespace waymark::report {
namespace {

TEST(Html, TextNeverBreaksOutOfItsPlace) {
  for (const std::string& text : hostile_texts()) {
    if (text.empty()) continue;
    const Html markup = element("p", {{"title", text}}, text) + element("br", {{"class", text}});
    const Markup parts = take_apart(element("div", {}, markup).markup());
    ASSERT_EQ(parts.fault, "") << text;
    ASSERT_EQ(parts.elements.size(), 3u) << text;
    EXPECT_EQ(parts.elements[1].text, shortened(cleaned(text), kLongestText));
    EXPECT_EQ(parts.elements[1].attributes.at("title"), cleaned(text));
    EXPECT_EQ(parts.elements[2].attributes.at("class"), cleaned(text));
  }
}

TEST(Html, AnAttributeWithoutAValueIsLeftOut) {
  const Markup parts = take_apart(element("rect", {{"rx", ""}, {"x", "0"}}).markup());
  EXPECT_EQ(parts.elements.at(0).attributes, (std::map<std::string, std::string>{{"x", "0"}}));
}

TEST(Html, CleanedTextCannotSteerWhatShowsIt) {
  for (const std::string& text : hostile_texts()) {
    const std::string clean = cleaned(text);
    EXPECT_EQ(valid_utf8(clean), clean);
    EXPECT_EQ(cleaned(clean), clean);
    for (const char c : clean) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  }
}

TEST(Html, CleanedTextCannotTurnTheDirectionOfOthers) {
  // The characters with Unicode's property Bidi_Control, and the separators of lines.
  for (const std::string_view turn :
       {"\u061C", "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202B", "\u202C", "\u202D",
        "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    EXPECT_EQ(cleaned("a" + std::string(turn) + "b"), "a\uFFFDb");
  }
}

TEST(Html, CleanedTextKeepsEveryScript) {
  for (const std::string_view text :
       {"Einführung in die Ökonomie", "مقدمة في الإحصاء", "מבוא", "统计学导论", "통계학",
        "👩‍🎓📚", "e\u0301", "naïve “quotes” – …", "a b"}) {
    EXPECT_EQ(cleaned(text), text);
  }
  EXPECT_EQ(cleaned("a\tb\nc"), "a b c");
}

}  // namespace
}  // namespace waymark::report
