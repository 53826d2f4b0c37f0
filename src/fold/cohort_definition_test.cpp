#include "fold/cohort_definition.h"

#include "base/hash.h"
#include "fold/cohort_words.h"
#include "fold/schemas.h"
#include "fold/story.h"

namespace waymark::fold {
namespace {

std::string mistake(const std::string& who) { return mistakes("cohort", "who: " + who); }

TEST(CohortDefinition, ARuleSaysOneThingAndMeansSomething) {
  EXPECT_EQ(mistake("{did: {kinds: click}}"), "");
  EXPECT_EQ(mistake("{did: {kinds: click}, cohort: x}"),
            "measure.yaml:2:28: this rule says two things, 'did' and 'cohort' (put them below "
            "'all:' or 'any:', each as an item of the list)\n");
  EXPECT_EQ(mistake("{course: running}"), "");
  EXPECT_EQ(mistake("{course: running}\nper: learner"),
            "measure.yaml:2:7: a cohort per learner is of no course (say 'per: course', or leave "
            "the rule out)\n");
  EXPECT_EQ(mistake("{did: {last: 14d}}"),
            "measure.yaml:2:7: 'did' does not say which events it means (add kinds, context, "
            "object, course, outcome, source or where)\n");
  EXPECT_EQ(mistake("{any: []}"), "measure.yaml:2:7: there is no rule in this list\n");
  EXPECT_EQ(mistake("{did: {kinds: x, at_least: 3, at_most: 2}}"),
            "measure.yaml:2:36: no number of events is within these bounds\n");
  EXPECT_EQ(mistake("{did: {kinds: x, last: 0}}"),
            "measure.yaml:2:23: this window holds no time\n");
  EXPECT_EQ(mistake("{did: {kinds: x, last: 2d, before: 1d}}"), "");
  EXPECT_EQ(
      mistake("{did: {kinds: x, last: 1d, before: 1d}}"),
      "measure.yaml:2:33: this window ends before it begins ('last: 36h, before: 12h' is what "
      "happened from 36 to 12 hours ago)\n");
  EXPECT_EQ(mistake("{sum: {of: weight}}"),
            "measure.yaml:2:7: this sum has no bounds (add at_least or at_most)\n");
  EXPECT_EQ(mistake("{sum: {of: wieght, at_least: 1}}"),
            "measure.yaml:2:13: no column is called 'wieght' (did you mean 'weight'? A property of "
            "that name is written 'property.wieght')\n");
  EXPECT_NE(mistake("{did: {kind: x}}").find("did you mean 'kinds'?"), std::string::npos);
  EXPECT_NE(mistake("{didnt: {kinds: x}}").find("'didnt' is not a key here"), std::string::npos);
}

TEST(CohortDefinition, LimitsHaveTheirMistakes) {
  std::string deep = "{did: {kinds: x}}";
  for (std::size_t i = 0; i < CohortDefinition::kDeepest; ++i) {
    deep.insert(0, "{not: ").append("}");
  }
  EXPECT_NE(mistake(deep).find("rules lie in one another more than 32 deep"), std::string::npos);
  std::string many = "{any: [";
  for (int i = 0; i < 65; ++i) many += "{did: {kinds: x" + std::to_string(i) + "}}, ";
  EXPECT_EQ(mistake(many + "]}"),
            "measure.yaml:2:1: with the cohorts that it refers to this asks for more than 64 "
            "different filters or 64 conditions\n");
  std::string steps = "{sequence: {steps: [";
  for (int i = 0; i < 17; ++i) steps += "{kinds: x}, ";
  EXPECT_EQ(mistake(steps + "]}}"), "measure.yaml:2:18: a sequence has at most 16 steps\n");
  EXPECT_NE(mistake("{sum: {of: weight, at_least: 1e13}}").find("more than sums can be compared"),
            std::string::npos);
  EXPECT_NE(mistake("{did: {kinds: x, at_least: 1001}}"), "");
}

// Cohorts by name, each the text after `who:`.
using Texts = std::vector<std::pair<std::string, std::string>>;
struct Resolved {
  explicit Resolved(const Texts& texts) {
    workspace::Diagnostics diagnostics;
    for (const auto& [name, text] : texts) {
      const workspace::Node node =
          workspace::parse_yaml("measure: cohort\nwho: " + text, name + ".yaml", diagnostics);
      workspace::validate(node, kCohortSchema, diagnostics);
      cohorts.push_back(parse_cohort({name, "cohort", node, node.content_hash()}, diagnostics));
    }
    resolve_cohorts(cohorts, diagnostics);
    for (const auto& mistake : diagnostics.sorted()) mistakes += to_text(mistake) + "\n";
  }
  std::vector<CohortDefinition> cohorts;
  std::string mistakes;
};

TEST(CohortDefinition, ReferencesAreResolvedOrReported) {
  EXPECT_EQ(Resolved({{"a", "{cohort: b}"}, {"b", "{did: {kinds: x}}"}}).mistakes, "");
  EXPECT_EQ(Resolved({{"quiet", "{not: {cohort: newcomer}}"}, {"newcomers", "{did: {kinds: x}}"}})
                .mistakes,
            "quiet.yaml:2:13: there is no cohort 'newcomer' (did you mean 'newcomers'?)\n");
  EXPECT_EQ(Resolved(Texts{{"a", "{cohort: a}"}}).mistakes, "a.yaml:2:7: 'a' refers to itself\n");
  EXPECT_EQ(Resolved({{"a", "{cohort: b}"}, {"b", "{any: [{cohort: c}]}"}, {"c", "{cohort: a}"}})
                .mistakes,
            "c.yaml:2:7: 'a' refers to itself, by way of 'c'\n");
  EXPECT_EQ(Resolved({{"a", "{cohort: b}"}, {"b", "{did: {kinds: x}}\nper: learner"}}).mistakes,
            "a.yaml:2:7: 'b' is per learner and this cohort per course (give both the same "
            "'per')\n");
}

TEST(CohortDefinition, AVersionCoversWhatItRefersToAndNoTests) {
  const auto version = [](const std::string& b) {
    return Resolved({{"a", "{cohort: b}"}, {"b", b}}).cohorts.front().version;
  };
  EXPECT_EQ(version("{did: {kinds: x}}"), version("{did: {kinds: x}}\ntests: []"));
  EXPECT_EQ(version("{did: {kinds: x}}"), version("{did: {kinds: x}}\nper: course"));
  EXPECT_NE(version("{did: {kinds: x}}"), version("{did: {kinds: y}}"));
}

TEST(CohortDefinition, AReferenceMeansTheOthersRuleAtTheSameMoment) {
  const Resolved both({{"both", "{all: [{cohort: quiet}, {not: {cohort: left}}]}"},
                       {"quiet", "{did_not: {kinds: click, last: 7d}}"},
                       {"left", "{did: {kinds: left}}"}});
  EXPECT_EQ(both.mistakes, "");
  Story(R"(
    learner | time       | kind
    ann     | 2026-03-01 | click
    ann     | 2026-03-10 | left
  )")
      .gives(Measure<CohortFold>{[&](const Names& names) {
               return CohortFold(both.cohorts.front(), names);
             }},
             R"(
    learner | entered          | exited
    ann     | 2026-03-08 00:00 | 2026-03-10 00:00
  )");
}

TEST(CohortDefinition, TestsAreReadWithTheirMistakes) {
  const auto tests = [](const std::string& text) {
    return mistakes("cohort", "who: {did: {kinds: x}}\ntests:\n" + text);
  };
  EXPECT_EQ(tests("  - events: |\n      learner | time\n      ann | 2026-03-01\n"
                  "    expect: {as_of: 2026-03-02, in: ann}\n"),
            "");
  EXPECT_EQ(tests("  - events: |\n      lerner | time\n      ann | 2026-03-01\n"
                  "    expect: {as_of: 2026-03-02, in: ann}\n"),
            "measure.yaml:5:1: no column is called 'lerner' (did you mean 'learner'? A property of "
            "that name is written 'property.lerner')\n"
            "measure.yaml:5:1: a table of events needs the column 'learner'\n");
  EXPECT_EQ(tests("  - events: |\n      learner | time | score\n      ann | yesterday | x\n"
                  "      bob |\n      cid | | 3\n"
                  "    expect: {as_of: soon, in: ann, out: [ann]}\n"),
            "measure.yaml:6:1: 'x' is no number for 'score'\n"
            "measure.yaml:6:1: 'yesterday' is no time (such as 2026-03-02 09:00)\n"
            "measure.yaml:7:1: this line has 2 cells and the first has 3\n"
            "measure.yaml:8:1: this event has no time\n"
            "measure.yaml:9:14: 'soon' is no time (such as 2026-03-02 or 2026-03-02 09:00)\n"
            "measure.yaml:9:36: 'ann' is expected to be in and out\n");
  EXPECT_EQ(tests("  - expect: {as_of: 2026-03-02}\n"),
            "measure.yaml:4:5: this test expects nothing (add in: [learner], out: [learner] or "
            "rows)\n");
  EXPECT_EQ(mistakes("funnel",
                     "steps: [{name: a, kinds: x}, {name: b, kinds: y}]\n"
                     "tests:\n  - expect: {as_of: 2026-03-02, in: ann}\n"),
            "measure.yaml:4:5: only cohorts have learners who are in or out (say rows: a table of "
            "what must come out)\n");
}

TEST(CohortDefinition, IsToldInWordsThatNobodyMisreads) {
  const Resolved resolved({{"at_risk", R"(
  all:
    - did: {kinds: enrolled, before: 14d}
    - did_not: {kinds: [click, view], where: {region: {is_not: [London, Leeds]}, weight: {above: 2}}, last: 2w}
    - any:
        - sum: {of: score, kinds: quiz, last: 36h, before: 12h, at_most: 40}
        - did: {kinds: quiz, at_most: 3}
        - sequence: {steps: [{kinds: read}, {kinds: quiz, outcome: Fail}], within: 90m}
        - did: {context: forum, at_least: 2, at_most: 5}
    - not: {attributes: {education: degree, age: {at_least: 18, below: 30}}}
    - course: running
    - cohort: home
description: Registered, and hardly there.
)"},
                           {"home", "{attributes: {region: Wales}}"}});
  EXPECT_EQ(resolved.mistakes, "");
  EXPECT_EQ(describe(resolved.cohorts.front()), R"(at_risk
Registered, and hardly there.

About each learner in each course, by the events of that course alone; from the learner's
first event there on. In the cohort at a moment is who meets this, by what happened before that moment:

  - ALL of these are true:
    - there was at least 1 event whose kind is "enrolled", more than 14 days ago
    - there was no event whose kind is "click" or "view", AND whose weight is more than 2, AND whose region is known and is neither "Leeds" nor "London", in the last 14 days
    - AT LEAST ONE of these is true:
      - the sum of score over all events whose kind is "quiz", at most 36 hours and more than 12 hours ago, is at most 40 (0 where there are none)
      - there were no more than 3 events (perhaps none) whose kind is "quiz", at any time before
      - there were these events, each later than the one before, the last at most 90 minutes after the first; the last at any time before:
        1. an event whose kind is "read"
        2. an event whose kind is "quiz", AND whose outcome is "Fail"
      - there were from 2 to 5 events whose context is "forum", at any time before
    - this is NOT true:
      - ALL of these are true:
        - the last known age is at least 18 and less than 30
        - the last known education is "degree"
    - the course runs: it has begun and has not ended (without dates, it always runs)
    - in the cohort "home" at the same moment, that is:
      - the last known region is "Wales"

"In the last" and "ago" count back from the moment, to the microsecond; a day is 24 hours.
What happened exactly at the beginning of a window is in it, what happens at the moment itself is not.
What is not known meets no condition; what an event without a course says is known in all courses.
)");
}

}  // namespace
}  // namespace waymark::fold
