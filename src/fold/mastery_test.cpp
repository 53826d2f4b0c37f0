#include "fold/mastery.h"

#include <map>

#include "fold/columns.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

MasteryDefinition defined(std::string_view yaml) {
  return parsed("mastery", yaml, kMasterySchema, parse_mastery);
}

Measure<MasteryFold> mastery(std::string_view yaml, Micros as_of = kLatest) {
  const auto make = [definition = defined(yaml), as_of](const Names& names) {
    return MasteryFold(definition, names, as_of);
  };
  const auto tabulate = [make](const MasteryTable& rows, const Meaning& meaning) {
    const MasteryFold fold = make(Names(meaning.symbols));
    const auto cell = [&](Micros time) {
      return time == MasteryTable::kNever ? "" : time_cell(time, meaning.zone);
    };
    return Tabulator(rows.size(), meaning)
        .learners(rows.learner)
        .codes("skill", rows.skill, fold.skills())
        .numbers("known", rows.known)
        .numbers("mastered", rows.mastered)
        .column("mastered_since", rows.mastered_since, cell)
        .column("review_at", rows.review_at, cell)
        .numbers("next_right", rows.next_right)
        .numbers("answers", rows.answers)
        .numbers("correct", rows.correct)
        .times("first", rows.first)
        .times("last", rows.last)
        .take();
  };
  return {make, tabulate};
}

std::string mistakes_in(std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  parse_mastery(story_definition("mastery", yaml, kMasterySchema, diagnostics), diagnostics);
  return in_words(diagnostics);
}

constexpr std::string_view kNumbers =
    "correct: {outcome: right}\n"
    "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n";

std::string with(std::string_view yaml) { return std::string(kNumbers) + std::string(yaml); }

// Corbett and Anderson 1995, by hand: a right answer takes .4 to .36 / .48 = .75, then on to
// .75 + .25 * .3 = .825; a wrong one .825 to .0825 / (.0825 + .14) = .3708.
TEST(Mastery, EveryAnswerMovesWhatIsKnown) {
  const Story story(R"(
    learner | time             | kind     | object | outcome
    ann     | 2026-03-02 09:00 | answered | sums   | right
    ann     | 2026-03-02 09:10 | viewed   | sums   |
    ann     | 2026-03-03 09:00 | answered | sums   | wrong
    ann     | 2026-03-03 09:01 | answered | areas  | right
    bob     | 2026-03-04 09:00 | answered | sums   | right
    bob     | 2026-03-04 09:05 | answered |        | right
  )");
  story.gives(mastery(with("answers: {kinds: answered}\nmastered: {at: 0.7}")), R"(
    learner | skill | known  | mastered | mastered_since   | next_right | answers | correct | first            | last
    ann     | sums  | 0.3708 | 0        |                  | 0.5917     | 2       | 1       | 2026-03-02 09:00 | 2026-03-03 09:00
    ann     | areas | 0.7500 | 1        | 2026-03-03 09:01 | 0.7775     | 1       | 1       | 2026-03-03 09:01 | 2026-03-03 09:01
    bob     | sums  | 0.7500 | 1        | 2026-03-04 09:00 | 0.7775     | 1       | 1       | 2026-03-04 09:00 | 2026-03-04 09:00
  )");
  // As it was known on the third.
  story.gives(mastery(with("answers: {kinds: answered}"), at("2026-03-03")), R"(
    learner | skill | known  | answers
    ann     | sums  | 0.7500 | 1
  )");
}

TEST(Mastery, MasteredIsSinceTheLastTimeItWasNot) {
  Story(R"(
    learner | time             | object | outcome
    ann     | 2026-03-02 09:00 | sums   | right
    ann     | 2026-03-02 09:01 | sums   | right
    ann     | 2026-03-02 09:02 | sums   | wrong
    ann     | 2026-03-02 09:03 | sums   | wrong
    ann     | 2026-03-02 09:04 | sums   | right
    ann     | 2026-03-02 09:05 | sums   | right
    ann     | 2026-03-02 09:06 | sums   | right
  )")
      .gives(mastery(with("mastered: {at: 0.9}")), R"(
    learner | known  | mastered | mastered_since   | answers | correct
    ann     | 0.9966 | 1        | 2026-03-02 09:05 | 7       | 5
  )");
}

// By hand: .75 is known after the first answer, .4 before it; half of the .35 between them is left
// after two days. It is less than .7 after log2(.35 / .3) half-lives, 10 h 40 min 29 s.
TEST(Mastery, WhatWasLearnedFades) {
  const Story story(R"(
    learner | time             | object | outcome
    ann     | 2026-03-02 09:00 | sums   | right
    ann     | 2026-03-04 09:00 | sums   | right
    bob     | 2026-03-02 09:00 | sums   | wrong
  )");
  const auto fading = [&](Micros as_of) {
    return mastery(with("mastered: {at: 0.7}\ndecay: {half_life: 2d}"), as_of);
  };
  // As known an hour later, and two days later, to the microsecond that is not counted any more.
  story.gives(fading(at("2026-03-02 10:00")), R"(
    learner | known  | mastered | mastered_since   | review_at           | next_right
    ann     | 0.7450 | 1        | 2026-03-02 09:00 | 2026-03-02 19:40:29 | 0.7732
    bob     | 0.0769 | 0        |                  |                     | 0.4477
  )");
  story.gives(fading(at("2026-03-04 09:00")), R"(
    learner | known  | mastered | mastered_since | review_at           | next_right
    ann     | 0.5750 | 0        |                | 2026-03-02 19:40:29 | 0.62875
    bob     | 0.0769 | 0        |                |                     | 0.4477
  )");
  // .6125 before the second answer, and mastered anew by it.
  story.gives(fading(kLatest), R"(
    learner | known  | mastered | mastered_since   | review_at           | answers
    ann     | 0.8767 | 1        | 2026-03-04 09:00 | 2026-03-05 17:04:31 | 2
    bob     | 0.0769 | 0        |                  |                     | 1
  )");
  // Without it what is known stays, and nothing is ever to be reviewed.
  story.gives(mastery(with("mastered: {at: 0.7}"), at("2027-01-01")), R"(
    learner | known  | mastered_since   | review_at
    ann     | 0.9550 | 2026-03-02 09:00 |
    bob     | 0.0769 |                  |
  )");
}

TEST(Mastery, SkillsHaveNumbersOfTheirOwnAndAreNamedByWhatTheDefinitionSays) {
  const Story story(R"(
    learner | time             | context | object | outcome | topic
    ann     | 2026-03-02 09:00 | quiz    | q1     | right   | sums
    ann     | 2026-03-02 09:01 | quiz    | q2     | right   | areas
    ann     | 2026-03-02 09:02 | game    | q1     | wrong   |
  )");
  constexpr std::string_view kSkills =
      "correct: {outcome: right}\n"
      "skills:\n"
      "  sums: {known_first: 0.5, learn: 0.1, forget: 0.2, guess: 0.25, slip: 0.25}\n";
  story.gives(mastery(std::string(kSkills) + "skill: {property: topic}"), R"(
    learner | skill | known | next_right | answers
    ann     | sums  | 0.750 | 0.5625     | 1
  )");
  story.gives(mastery(with("skill: context")), R"(
    learner | skill | known | answers
    ann     | quiz  | 0.955 | 2
    ann     | game  | 0.077 | 1
  )");
}

TEST(Mastery, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes_in("correct: {outcome: right}\nother_skills: {known_first: 0.4, learn: 0.1, "
                        "guess: 0.6, slip: 0.5}"),
            "measure.yaml:3:58: who knows the skill is right 0.5 of the time, who does not 0.6: "
            "right answers would speak against knowing it (guess and slip must come to 1 at "
            "most)\n");
  EXPECT_EQ(mistakes_in(with("decay: {half_life: 0}")),
            "measure.yaml:4:9: nothing would be known for any time (half_life: 60d)\n");
  EXPECT_NE(mistakes_in(with("decay: {half_life: long}")), "");
  EXPECT_NE(mistakes_in("correct: {outcome: right}").find("no skill has numbers"),
            std::string::npos);
  EXPECT_NE(mistakes_in("other_skills: {known_first: 0.4, learn: 0.1, guess: 0.2, slip: 0.1}"), "");
  EXPECT_NE(mistakes_in(with("skills: {sums: {known_first: 2, learn: 0, guess: 0.1, slip: 0.1}}")),
            "");
}

TEST(Mastery, AStateOfAnotherDefinitionIsRejected) {
  Symbols symbols;
  const MasteryFold fold(defined(with("")), Names(symbols));
  ByteWriter writer;
  CodeIndex codes;
  codes.add(symbols.objects.intern("sums"));
  codes.save(writer);
  writer.values(std::vector<MasteryFold::Skill>());
  ByteReader reader(writer.bytes());
  EXPECT_THROW(fold.load(reader), Error);
}

// Against the model that fitted the numbers: what it says of the same answers.
TEST(Mastery, IsWhatTheModelSaysOfTheSameAnswers) {
  const stats::TracingModel model{
      .known_first = 0.3, .learn = 0.15, .forget = 0.05, .guess = {0.2}, .slip = {0.1}};
  const Measure<MasteryFold> measure = mastery(
      "correct: {kinds: [click]}\n"
      "other_skills: {known_first: 0.3, learn: 0.15, forget: 0.05, guess: 0.2, slip: 0.1}");
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const EventBatch events = random_events({.seed = seed});
    std::map<std::pair<std::string, std::string>, std::vector<std::uint8_t>> answers;
    for (const std::vector<std::size_t>& trail : trails_of(events)) {
      for (const std::size_t i : trail) {
        const std::string skill(events.objects.text(events.object[i]));
        if (skill.empty()) continue;
        answers[{std::string(events.learners.text(events.learner[i])), skill}].push_back(
            events.kinds.text(events.kind[i]) == "click");
      }
    }
    const TextTable rows = run_variants(measure, events, Zone::utc())
                               .with_columns({"learner", "skill", "known", "next_right"});
    ASSERT_EQ(rows.rows.size(), answers.size());
    for (const auto& row : rows.rows) {
      std::vector<std::uint8_t> correct = answers.at({row[0], row[1]});
      const auto size = static_cast<std::uint32_t>(correct.size());
      EXPECT_EQ(row[2], number_cell(stats::mastery(model, {{0, size}, correct, {}})[0]));
      correct.push_back(1);
      EXPECT_EQ(row[3], number_cell(stats::foretell(model, {{0, size + 1}, correct, {}}).back()));
    }
  }
}

}  // namespace
}  // namespace waymark::fold
