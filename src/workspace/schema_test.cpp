#include <gtest/gtest.h>

#include "workspace/mention.h"
#include "workspace/node.h"

namespace waymark::workspace {
namespace {

constexpr std::string_view kSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["gap"],
  "properties": {
    "gap": {"$ref": "#/$defs/duration"},
    "on": {"type": "array", "items": {"enum": ["course", "context"]}, "minItems": 1},
    "minimum": {"type": "integer", "minimum": 1},
    "value": {"oneOf": [
      {"type": "string"},
      {"type": "object", "properties": {"text": {"type": "string"}, "map": {"type": "object"}}, "additionalProperties": false}
    ]}
  },
  "$defs": {"duration": {"type": "string", "pattern": "[0-9]+[smhdw]", "description": "such as 30m or 7d"}}
})";

std::vector<std::string> mistakes(std::string_view yaml) {
  Diagnostics diagnostics;
  validate(parse_yaml(yaml, "m.yaml", diagnostics), kSchema, diagnostics);
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) texts.push_back(to_text(diagnostic));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Schema, AcceptsWhatFits) {
  EXPECT_EQ(mistakes("gap: 30m\non: [course]\nminimum: 2\nvalue: {text: x}\n"), Texts{});
  EXPECT_EQ(mistakes("gap: 30m\nvalue: 17\n"), Texts{});
}

TEST(Schema, ReportsEveryMistakeWithTheNearestWord) {
  EXPECT_EQ(mistakes("gap: soon\non: [corse]\nminimun: 2\n"),
            (Texts{"m.yaml:1:1: 'soon' does not have the form asked for (such as 30m or 7d)",
                   "m.yaml:2:6: 'corse' is none of: course, context (did you mean 'course'?)",
                   "m.yaml:3:1: 'minimun' is not a key here; known: gap, on, minimum, value (did "
                   "you mean 'minimum'?)"}));
}

TEST(Schema, ReportsWhatIsMissingAndOutOfRange) {
  EXPECT_EQ(mistakes("minimum: 0\n"),
            (Texts{"m.yaml:1:1: 'gap' is missing", "m.yaml:1:1: minimum: 0 is not at least 1"}));
  EXPECT_EQ(mistakes("gap: 30m\nminimum: 1.5\n"),
            (Texts{"m.yaml:2:1: expected a whole number, found '1.5'"}));
}

TEST(Schema, AlternativesAreJudgedByTheOneMeant) {
  EXPECT_EQ(
      mistakes("gap: 30m\nvalue: {txet: x}\n"),
      (Texts{"m.yaml:2:9: 'txet' is not a key here; known: text, map (did you mean 'text'?)"}));
}

// Through maps, lists, shared parts and the alternative that is meant.
TEST(Schema, SaysWhatDefinitionsName) {
  constexpr std::string_view schema = R"({"type": "object", "properties": {
    "kinds": {"$ref": "#/$defs/names", "x-names": "kind"},
    "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
    "of": {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/step"}]},
    "by_name": {"type": "object", "additionalProperties": {"type": "string", "x-names": "outcome"}}
  }, "$defs": {
    "names": {"type": ["string", "array"], "items": {"type": "string"}},
    "step": {"type": "object", "properties": {"source": {"type": "string", "x-names": "source"}}}
  }})";
  Diagnostics diagnostics;
  const Node node = parse_yaml(
      "kinds: [a, b]\nother: c\nsteps:\n  - {kinds: d}\n  - {source: e}\nof: {source: f}\n"
      "by_name: {kinds: g}\n",
      "m.yaml", diagnostics);
  std::vector<std::string> found;
  for (const Mention& mention : mentions(node, schema)) {
    for (const Node& name : mention.names.items())
      found.push_back(mention.of + " " + name.text() + " " + std::to_string(name.place().line));
  }
  EXPECT_EQ(found, (Texts{"kind a 1", "kind b 1", "source e 5", "source f 6", "outcome g 7"}));
}

}  // namespace
}  // namespace waymark::workspace
