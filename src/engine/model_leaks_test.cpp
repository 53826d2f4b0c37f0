#include "engine/model_leaks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "engine/models.h"
#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

using Names = std::vector<std::string>;

// Two runs of a course, 60 learners each: all click, every third leaves on day 9, half of the
// others fail, and all hand in what somebody marks days later.
class ModelLeaks : public testing::Test {
 protected:
  ModelLeaks() {
    workspace_.write("data/courses.csv",
                     "course,starts,ends\nA/1,2025-01-01,2025-04-01\nA/2,2025-05-01,2025-08-01\n");
    workspace_.write("sources/courses.yaml",
                     "files: data/courses.csv\nevents: []\ncourses:\n  - course: ${course}\n"
                     "    start: ${starts}\n    end: ${ends}\n");
    write_source("arrival: event_time", "");
    std::string rows = "time,learner,course,kind,outcome,score,marked\n";
    for (int learner = 0; learner < 120; ++learner) {
      const int run = learner < 60 ? 1 : 2, month = run == 1 ? 1 : 5;
      const auto add = [&](int later, int day, const char* kind, const char* outcome,
                           const char* score) {
        const std::string date = fmt::format("2025-{:02}-", month + later);
        rows += fmt::format("{0}{1:02}T09:00:00Z,{2},A/{3},{4},{5},{6},{0}{7:02}T09:00:00Z\n", date,
                            day, learner, run, kind, outcome, score, day + 9);
      };
      const bool leaves = learner % 3 == 0, fails = leaves || learner % 2 == 0;
      for (int day = 1; day <= 7 + (leaves ? 0 : learner % 5); ++day) add(0, day, "click", "", "");
      add(0, 5, "submitted", "", fails && learner % 7 != 0 ? "40" : "70");
      if (leaves) add(0, 9, "left", "", "");
      add(2, 19, "result", fails ? "Fail" : "Pass", "");
    }
    workspace_.write("data/clicks.csv", rows);
    workspace_.write("measures/study.yaml",
                     "measure: features\nfeatures:\n"
                     "  clicks: {count: true, kinds: [click]}\n"
                     "  handed_in: {count: true, kinds: [submitted]}\n"
                     "  score: {mean: score, kinds: [submitted]}\n"
                     "  passed: {count: true, kinds: [submitted], where: {score: {at_least: 40}}}\n"
                     "  share: {ratio: [passed, handed_in]}\n"
                     "  clicked_score: {mean: score, kinds: [click]}\n");
    define("risk", "who: {enrolled: click}\n");
  }

  void write_source(const std::string& arrival, const std::string& received) const {
    workspace_.write("sources/clicks.yaml",
                     "files: data/clicks.csv\n" + arrival +
                         "\nevents:\n"
                         "  - kind: submitted\n    when: {kind: submitted}\n"
                         "    learner: ${learner}\n    course: ${course}\n    time: ${time}\n"
                         "    score: ${score}\n" +
                         received +
                         "  - kind: ${kind}\n    when: {kind: [click, left, result]}\n"
                         "    learner: ${learner}\n    course: ${course}\n    time: ${time}\n"
                         "    outcome: ${outcome}\n");
  }

  void define(const std::string& name, const std::string& more,
              const std::string& features = "study") const {
    workspace_.write("models/" + name + ".yaml",
                     "features: " + features +
                         "\nas_of: {day: 10}\n"
                         "target: {kind: result, outcome: Fail}\ntrainers: [logistic]\n" +
                         more);
  }

  Names accused() const {
    const Catalog catalog = workspace_.catalog();
    const auto& definition = catalog.model("risk");
    Names all;
    for (const auto& leak : early_marks(catalog, definition, catalog.features_of(definition))) {
      all.push_back(fmt::format("{} {}", leak.rule, fmt::join(leak.features, " ")));
    }
    return all;
  }

  // Why training refuses the model; "" where it does not.
  std::string refusal(const std::string& name) const {
    workspace_.ingest();
    const Catalog catalog = workspace_.catalog();
    journal::Journal journal = open_journal(catalog);
    Silent silent;
    const Derived derived = bring_up_to_date(catalog, journal, false, kTestNow, silent);
    try {
      train(catalog, journal, derived.reader, catalog.model(name), false, kTestNow, silent);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  TestWorkspace workspace_;
};

TEST_F(ModelLeaks, ScoresCountBeforeTheyAreGiven) {
  EXPECT_EQ(accused(), Names{"early_marks score passed share"});
  write_source("arrival: event_time", "    received: ${marked}\n");
  EXPECT_EQ(accused(), Names{}) << "the source says when";
  write_source("arrival: ingest_time", "");
  EXPECT_EQ(accused(), Names{}) << "known when they came in";
}

// What a source that knows only when work was due would say.
// A misspelt outcome, or kind, leaves rows of one class, or none: that is no leak of the features.
TEST_F(ModelLeaks, AMisspeltTargetIsSaidInsteadOfLeaks) {
  const auto misspelt = [&](const char* from, const char* to) {
    std::string text = read_file(workspace_.folder() / "models/risk.yaml");
    text.replace(text.find(from), std::string_view(from).size(), to);
    workspace_.write("models/risk.yaml", text);
    return refusal("risk");
  };
  const std::string outcome = misspelt("outcome: Fail", "outcome: Fial");
  EXPECT_NE(outcome.find("nothing to tell apart"), std::string::npos) << outcome;
  EXPECT_NE(outcome.find("no event has outcome 'Fial' (did you mean 'Fail'?)"), std::string::npos)
      << outcome;
  EXPECT_NE(outcome.find("outcomes that events have: "), std::string::npos) << outcome;
  const std::string kind = misspelt("kind: result", "kind: reslut");
  EXPECT_NE(kind.find("no event is of kind 'reslut' (did you mean 'result'?)"), std::string::npos)
      << kind;
}

TEST_F(ModelLeaks, WorkCountsFromWhenItWasDue) {
  const auto with = [&](int spread, const std::string& more) {
    std::string rows = "time,learner,course,kind,outcome,score,marked,work\n";
    for (int learner = 0; learner < 120; ++learner) {
      const int run = learner < 60 ? 1 : 2, month = run == 1 ? 1 : 5;
      for (int day = 1; day <= 7; ++day) {
        rows +=
            fmt::format("2025-{:02}-{:02}T09:00:00Z,{},A/{},click,,,,\n", month, day, learner, run);
      }
      for (int work = 3; work <= 6; ++work) {
        rows += fmt::format(
            "2025-{0:02}-{1:02}T0{2}:00:00Z,{3},A/{4},submitted,,{5},"
            "2025-{0:02}-20T09:00:00Z,w{6}\n",
            month, work, learner * spread % 10, learner, run, 40 + learner % 50, work);
      }
      rows += fmt::format("2025-{:02}-19T09:00:00Z,{},A/{},result,{},,,\n", month + 2, learner, run,
                          learner % 2 == 0 ? "Fail" : "Pass");
    }
    workspace_.write("data/clicks.csv", rows);
    write_source("arrival: event_time", "    object: ${work}\n" + more);
    workspace_.ingest({.replace = true, .now = kTestNow});
  };
  define("risk", "who: {enrolled: click}\nallow: {early_marks: tutors mark on the day}\n");
  with(0, "");
  EXPECT_NE(refusal("risk").find(
                "due_dates: 'handed_in', 'score', 'passed', 'share' go by events of kind "
                "submitted of the source clicks, in which 8 of 8 objects have one and "
                "the same time"),
            std::string::npos)
      << refusal("risk");
  define("risk", "who: {enrolled: click}\n", "{measure: study, only: [clicks, clicked_score]}");
  EXPECT_EQ(refusal("risk"), "") << "no feature goes by them";
  define("risk",
         "who: {enrolled: click}\nallow: {early_marks: no, due_dates: tests in the class room}\n");
  EXPECT_EQ(refusal("risk"), "");
  define("risk", "who: {enrolled: click}\nallow: {early_marks: tutors mark on the day}\n");
  with(3, "");
  EXPECT_EQ(refusal("risk"), "") << "each has a time of their own";
  with(0, "    received: ${marked}\n");
  EXPECT_EQ(refusal("risk"), "") << "the source says when marks came";
}

TEST_F(ModelLeaks, LearnersWhoHadLeftAreRows) {
  define("other", "who: {enrolled: click, until: left}\n");
  const std::string refused = refusal("risk");
  EXPECT_NE(
      refused.find("early_marks: 'score', 'passed', 'share' go by scores of the source clicks"),
      std::string::npos)
      << refused;
  EXPECT_NE(refused.find("ROC-AUC of held-out rows"), std::string::npos) << refused;
  EXPECT_NE(refused.find("risk_set: 40 of 120 rows are of learners who had left by then, "
                         "as `who` of other has it (until: left)"),
            std::string::npos)
      << refused;
  EXPECT_NE(refused.find("of those still there. Leave them out (`who: {until: …}`)"),
            std::string::npos)
      << refused;
  define("risk",
         "who: {enrolled: click, until: left}\nallow: {early_marks: tutors mark on the day}\n");
  EXPECT_EQ(refusal("risk"), "");
  define("risk",
         "who: {enrolled: click}\n"
         "allow: {early_marks: tutors mark on the day, risk_set: all who ever came}\n");
  EXPECT_EQ(refusal("risk"), "");
  workspace_.remove("models/other.yaml");
  define("risk", "who: {enrolled: click}\nallow: {early_marks: tutors mark on the day}\n");
  EXPECT_EQ(refusal("risk"), "") << "nobody says what leaving is";
}

}  // namespace
}  // namespace waymark::engine
