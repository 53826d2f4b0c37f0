#include "workspace/node.h"

#include <gtest/gtest.h>

namespace waymark::workspace {
namespace {

Node parse(std::string_view text) {
  Diagnostics diagnostics;
  Node node = parse_yaml(text, "a.yaml", diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  return node;
}

std::string first_mistake(std::string_view text) {
  Diagnostics diagnostics;
  parse_yaml(text, "a.yaml", diagnostics);
  return diagnostics.empty() ? "" : to_text(diagnostics.sorted().front());
}

TEST(Node, OfNothingStandsInItsFile) {
  for (const char* text : {"", "# only a comment\n"}) {
    Diagnostics diagnostics;
    EXPECT_EQ(parse_yaml(text, "m.yaml", diagnostics).place().file, "m.yaml");
  }
}

TEST(Node, KnowsWhereThingsStand) {
  const Node node = parse("gap: 30m\n\nminimum:\n  events: 2\n");
  EXPECT_EQ(node["gap"].text(), "30m");
  EXPECT_EQ(node["minimum"]["events"].integer(), 2);
  EXPECT_EQ(node["minimum"]["events"].place().line, 4u);
  EXPECT_EQ(node["minimum"]["events"].place().column, 3u);
  EXPECT_FALSE(node["absent"]["deeper"].exists());
  EXPECT_EQ(node["minimum"]["absent"].place().line, 3u);
}

TEST(Node, AScalarIsAListOfOne) {
  EXPECT_EQ(parse("kinds: click")["kinds"].texts(), std::vector<std::string>{"click"});
  EXPECT_EQ(parse("kinds: [a, b]")["kinds"].texts(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(parse("x: 1")["kinds"].texts().empty());
}

TEST(Node, ContentHashIsBlindToFormOnly) {
  const std::string hash = parse("a: 1\nb: [x, y]\n").content_hash();
  EXPECT_EQ(parse("# note\nb:\n  - 'x'\n  - y\na: \"1\"\n").content_hash(), hash);
  EXPECT_NE(parse("a: 1\nb: [y, x]\n").content_hash(), hash);
  EXPECT_NE(parse("a: 1\nb: [x, y, {}]\n").content_hash(), hash);
}

TEST(Node, IsTextInUtf8) {
  EXPECT_EQ(first_mistake("a: 1\nb: [caf\xff\xff, \xe9]\n"),
            "a.yaml:2:8: a definition file is text in UTF-8");
  EXPECT_EQ(first_mistake("\xef\xbb\xbf"
                          "a: caf\u00e9\n"),
            "");
}

TEST(Node, MistakesHaveAPlace) {
  EXPECT_EQ(first_mistake("a: 1\na: 2\n"), "a.yaml:2:1: 'a' stands here a second time");
  EXPECT_TRUE(first_mistake("a: [1, 2\nb: 3").starts_with("a.yaml:"))
      << first_mistake("a: [1, 2\nb: 3");
  EXPECT_EQ(first_mistake("a: 1\n---\nb: 2\n"),
            "a.yaml:2:1: a definition file holds one YAML document; a second one starts here");
}

// What yaml-cpp would read for ever.
TEST(Node, WhatBelongsWithinBracketsBeginsNothing) {
  for (const char* text : {", a: 1", ",", ", }", "# note\n, a: {b: 2}}}"}) {
    EXPECT_TRUE(first_mistake(text).ends_with("not YAML: nothing begins like this")) << text;
  }
  EXPECT_EQ(first_mistake("# note\n, a"), "a.yaml:2:1: not YAML: nothing begins like this");
  EXPECT_NE(first_mistake("--- a: 1\n---\n, b"), "");
  EXPECT_EQ(first_mistake(""), "");
  EXPECT_EQ(first_mistake("# nothing\n"), "");
  EXPECT_EQ(first_mistake("---\na: 1\n...\n"), "");
}

TEST(Node, AnAliasBombIsRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(first_mistake(bomb).find("more than 100,000 values"), std::string::npos);
}

}  // namespace
}  // namespace waymark::workspace
