#include <gtest/gtest.h>

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
            (Texts{"m.yaml:1:1: 'gap' is missing", "m.yaml:1:1: 0 is not at least 1"}));
  EXPECT_EQ(mistakes("gap: 30m\nminimum: 1.5\n"),
            (Texts{"m.yaml:2:1: expected a whole number, found '1.5'"}));
}

TEST(Schema, AlternativesAreJudgedByTheOneMeant) {
  EXPECT_EQ(
      mistakes("gap: 30m\nvalue: {txet: x}\n"),
      (Texts{"m.yaml:2:9: 'txet' is not a key here; known: text, map (did you mean 'text'?)"}));
}

}  // namespace
}  // namespace waymark::workspace
