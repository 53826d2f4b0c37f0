#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace waymark {
namespace {

TEST(Json, ReadsWhatItWrote) {
  JsonWriter out;
  out.begin_object()
      .key("name")
      .string("caf\xC3\xA9 \"x\"\n")
      .key("n")
      .integer(7)
      .key("third")
      .number(1.0 / 3);
  out.key("list")
      .begin_array()
      .boolean(true)
      .null()
      .number(std::numeric_limits<double>::infinity())
      .end_array();
  out.end_object();
  const Json json = Json::parse(out.take());
  EXPECT_EQ(json.at("name").string(), "caf\xC3\xA9 \"x\"\n");
  EXPECT_EQ(json.at("n").integer(), 7);
  EXPECT_EQ(json.at("third").number(), 1.0 / 3);
  EXPECT_TRUE(json.at("list").array()[2].is_null());
  EXPECT_EQ(json.find("absent"), nullptr);
}

TEST(Json, RepairsTextThatIsNotUtf8) {
  JsonWriter out;
  out.string("a\xFF z");
  EXPECT_EQ(out.take(), "\"a\xEF\xBF\xBD z\"");
}

TEST(Json, SaysWhatIsWrong) {
  EXPECT_THROW(Json::parse("{\"a\":"), Error);
  EXPECT_THROW(Json::parse("[1]").at("a"), Error);
  EXPECT_THROW(Json::parse("{}").at("a"), Error);
}

}  // namespace
}  // namespace waymark
