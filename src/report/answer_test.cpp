// A measure's answer as a chart: what it draws, and that it is a file like any other.

#include "report/answer.h"

#include <gtest/gtest.h>

#include "report/markup.h"

namespace waymark::report {
namespace {

AnswerTable retention() {
  return {.title = "Retention",
          .columns = {{"period", true}, {"share", true}, {"low", true}, {"high", true}},
          .rows = {{"0", "1", "1", "1"}, {"1", "0.5", "0.4", "0.6"}, {"2", "", "", ""}},
          .labels = {0},
          .value = 1,
          .words = "Share who came back",
          .unit = "share",
          .low = 2,
          .high = 3};
}

AnswerTable metric() {
  return {.title = "Active by week",
          .columns =
              {{"week"}, {"city"}, {"value", true}, {"usual", true}, {"low", true}, {"high", true}},
          .rows = {{"2014-03-03", "Bath", "10", "", "", ""},
                   {"2014-03-10", "Bath", "20", "12", "8", "16"},
                   {"2014-03-17", "Bath", "15", "14", "9", "19"}},
          .labels = {},
          .day = 0,
          .value = 2,
          .words = "Learners who acted",
          .unit = "learners",
          .usual = 3,
          .usual_low = 4,
          .usual_high = 5};
}

std::size_t count_of(const Markup& page, std::string_view css) {
  std::size_t found = 0;
  for (const Element& element : page.elements) {
    const auto at = element.attributes.find("class");
    found +=
        at != element.attributes.end() && (" " + at->second + " ").find(css) != std::string::npos;
  }
  return found;
}

Markup sound(const std::string& text) {
  Markup markup = take_apart(text);
  EXPECT_EQ(markup.fault, "");
  return markup;
}

TEST(Answer, IntervalsAreWhiskersAndSharesPercent) {
  const Markup picture = sound(render_answer_picture(retention()));
  EXPECT_EQ(count_of(picture, " bar "), 3u);
  EXPECT_EQ(count_of(picture, " whisker "), 2u * 3)
      << "a line and its two ends; none of what is unknown";
  EXPECT_TRUE(picture.shows("50.0%"));
  EXPECT_TRUE(picture.shows("none"));
  EXPECT_TRUE(picture.shows("Share who came back. Whiskers show the 95 % interval."));
}

TEST(Answer, WhatIsByTimeIsALineWithWhatIsUsualAndItsBand) {
  const Markup page = sound(render_answer_picture(metric()));
  EXPECT_EQ(count_of(page, " bar "), 0u);
  EXPECT_EQ(count_of(page, " line t1 "), 1u);
  EXPECT_EQ(count_of(page, " usual "), 1u);
  EXPECT_EQ(count_of(page, " area t0 "), 1u) << "the band, from where it is known";
  AnswerTable several = metric();
  several.labels = {1};
  several.rows.push_back({"2014-03-10", "York", "7", "", "", ""});
  const Markup rows = sound(render_answer_picture(several));
  EXPECT_TRUE(rows.shows("Bath"));
  EXPECT_TRUE(rows.shows("York"));
  EXPECT_TRUE(rows.shows("20")) << "the highest of the first";
}

TEST(Answer, APictureNeedsNothingBesideIt) {
  for (const AnswerTable& table : {retention(), metric()}) {
    const std::string text = render_answer_picture(table);
    EXPECT_TRUE(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    EXPECT_EQ(text.find("var("), text.npos) << "editors know no variables";
    EXPECT_EQ(text.find("<html"), text.npos);
    EXPECT_NE(text.find(".line.t1 { fill: none; stroke: #1f6aa5;"), text.npos);
  }
}

TEST(Answer, APageSaysItsTitleOnceAndHasTheNumbers) {
  const Markup page = sound(render_answer(metric()));
  std::size_t said = 0;
  for (const Element& element : page.elements)
    said += element.text == "Active by week" && element.tag != "title";
  EXPECT_EQ(said, 1u);
  EXPECT_TRUE(page.shows("Learners who acted"));
  EXPECT_EQ(count_of(page, " number "), 4u * 4) << "headings and rows";
}

TEST(Answer, OfNothingThereIsNothing) {
  AnswerTable nothing = retention();
  nothing.rows.clear();
  EXPECT_TRUE(sound(render_answer(nothing)).shows("There is nothing to show."));
  EXPECT_TRUE(sound(render_answer_picture(nothing)).shows("There is nothing to show."));
}

}  // namespace
}  // namespace waymark::report
