#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/models.h"
#include "engine/plan.h"
#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

// Three runs of a course, 60 learners each: half of them click on every day and pass, the others on
// every third and fail. In the third run nobody could come in the week before the model's day.
class ModelOutages : public testing::Test {
 protected:
  ModelOutages() {
    workspace_.write("data/courses.csv",
                     "course,starts,ends\nA/1,2025-01-01,2025-04-01\nA/2,2025-05-01,2025-08-01\n"
                     "A/3,2025-09-01,2025-12-01\n");
    workspace_.write("sources/courses.yaml",
                     "files: data/courses.csv\nevents: []\ncourses:\n  - course: ${course}\n"
                     "    start: ${starts}\n    end: ${ends}\n");
    std::string rows = "time,learner,course,kind,outcome\n";
    for (int learner = 0; learner < 180; ++learner) {
      const int run = learner / 60, month = 1 + 4 * run;
      const bool fails = learner % 2 == 0;
      // Some are not as they look.
      const bool is_busy = fails == (learner % 11 == 0);
      for (int day = 1; day <= 21; ++day) {
        if (run == 2 && day > 14) break;
        if (!is_busy && (day + learner) % 3 != 0) continue;
        rows += fmt::format("2025-{:02}-{:02}T09:00:00Z,{},A/{},click,\n", month, day, learner,
                            run + 1);
      }
      rows += fmt::format("2025-{:02}-19T09:00:00Z,{},A/{},result,{}\n", month + 2, learner,
                          run + 1, fails ? "Fail" : "Pass");
    }
    workspace_.write("data/clicks.csv", rows);
    workspace_.write("sources/clicks.yaml",
                     "files: data/clicks.csv\narrival: event_time\nevents:\n"
                     "  - kind: ${kind}\n    learner: ${learner}\n    course: ${course}\n"
                     "    time: ${time}\n    outcome: ${outcome}\n");
    workspace_.write("measures/study.yaml",
                     "measure: features\nfeatures:\n"
                     "  last_week: {count: true, kinds: [click], last: 7d}\n"
                     "  before: {count: true, kinds: [click], to: 7d}\n");
    workspace_.write("models/risk.yaml",
                     "features: study\nwho: {enrolled: click}\nas_of: {day: 21}\n"
                     "target: {kind: result, outcome: Fail}\ntrainers: [logistic]\n"
                     "split: {test: last}\noutages: {calendar: year, peers: before}\n");
    outage("2024-01-01");  // long before
    workspace_.ingest();
  }

  void outage(const std::string& dates) const {
    workspace_.write("calendars/year.yaml", "dates: [{kind: outage, from: " + dates + "}]\n");
  }

  std::string train() {
    const Catalog catalog = workspace_.catalog();
    journal::Journal journal = open_journal(catalog);
    Silent silent;
    const Derived derived = bring_up_to_date(catalog, journal, false, kTestNow, silent);
    const auto outcome = engine::train(catalog, journal, derived.reader, catalog.model("risk"),
                                       true, kTestNow, silent);
    return model::Model::load(workspace_.folder() / ".waymark" / "models" / "risk" /
                              outcome.version)
        .card();
  }

  // How many of the third run are called, and how many of these fail.
  std::vector<std::string> called() const {
    const Catalog catalog = workspace_.catalog();
    journal::Journal journal = open_journal(catalog);
    Silent silent;
    const Derived derived = bring_up_to_date(catalog, journal, false, kTestNow, silent);
    score(catalog, journal, derived.reader, catalog.model("risk"), kTestNow, silent);
    return workspace_.ask(
        "SELECT count(*) FILTER (at_risk), count(*) FILTER (at_risk AND learner::INT % 2 = 0), "
        "count(*) FILTER (reasons::VARCHAR LIKE '%outage%') > 0 FROM predictions_risk");
  }

  TestWorkspace workspace_;
};

// Nobody can be said to do little in days on which nobody could come.
TEST_F(ModelOutages, WhatIsCountedOnDaysThatWereOutIsNoTarget) {
  workspace_.write("models/risk.yaml",
                   "features: study\nwho: {enrolled: click}\nas_of: {day: 13}\n"
                   "target: {kind: click, count: true, within: {days: 7}, cut: {at: [5]}, "
                   "classes: [few, many]}\n"
                   "trainers: [logistic]\nsplit: {test: last}\n"
                   "outages: {calendar: year, peers: before}\n");
  EXPECT_NE(train().find("- Test: 60 rows of 60 learners, 0.0 % positive; 1 course presentations "
                         "that start on 2025-09-01 (A/3)"),
            std::string::npos)
      << train();
  outage("2025-09-15, to: 2025-09-21");
  const std::string card = train();
  EXPECT_EQ(card.find("A/3"), std::string::npos) << card;
  outage("2025-09-15, to: 2025-09-21, courses: A/2");
  EXPECT_NE(train().find("start on 2025-09-01 (A/3)"), std::string::npos) << "of another course";
  EXPECT_NE(card.find("start on 2025-05-01 (A/2)"), std::string::npos) << card;
  EXPECT_NE(card.find("Courses in which any of these days was out are left out."),
            std::string::npos)
      << card;
}

TEST_F(ModelOutages, ADayThatIsAddedAsksForOtherRows) {
  train();
  const auto planned = [&] {
    const Catalog catalog = workspace_.catalog();
    const journal::Journal journal = open_journal(catalog, true);
    Silent silent;
    return plan(catalog, journal, silent).models.at(0).change;
  };
  EXPECT_EQ(planned(), PlannedModel::Change::kNone);
  outage("2025-09-15, to: 2025-09-21");
  EXPECT_EQ(planned(), PlannedModel::Change::kData);
  train();
  outage("2025-09-15, to: 2025-09-21, courses: A/2");
  EXPECT_EQ(planned(), PlannedModel::Change::kData) << "other courses";
  train();
  EXPECT_EQ(planned(), PlannedModel::Change::kNone);
}

// The third run's last week went by without anybody; that another run or source was out then is no
// reason.
TEST_F(ModelOutages, OnlyOfTheCourseAndTheSourceThatWereOut) {
  workspace_.write("measures/study.yaml",
                   "measure: features\nfeatures:\n"
                   "  last_week: {count: true, kinds: [click], last: 7d, source: clicks}\n"
                   "  before: {count: true, kinds: [click], to: 7d}\n");
  const auto spoiled = [&](const std::string& of) {
    outage("2025-09-15, to: 2025-09-21" + of);
    return train().find("- 60 of the 60 test rows have such values.") != std::string::npos;
  };
  EXPECT_TRUE(spoiled(", courses: [A/1, A/3]"));
  EXPECT_EQ(called(), std::vector<std::string>{"30|27|true"});
  const std::string card = train();
  EXPECT_NE(card.find("outages on 2025-09-15 to 2025-09-21 (courses A/1, A/3)."), std::string::npos)
      << card;
  EXPECT_NE(card.find("- 0 of the 120 training rows have such values."), std::string::npos) << card;
  const std::string all = "SELECT * FROM predictions_risk ORDER BY ALL";
  const auto of_third_run = workspace_.ask(all);

  EXPECT_TRUE(spoiled(", sources: clicks"));
  EXPECT_EQ(called(), std::vector<std::string>{"30|27|true"});
  EXPECT_FALSE(spoiled(", courses: A/2"));
  EXPECT_EQ(called(), std::vector<std::string>{"60|30|false"});
  const auto unheeded = workspace_.ask(all);
  EXPECT_FALSE(spoiled(", sources: courses"));
  EXPECT_EQ(called(), std::vector<std::string>{"60|30|false"});
  EXPECT_NE(unheeded, of_third_run);
}

TEST_F(ModelOutages, ADayThatIsAddedLaterCountsForScoresAtOnce) {
  const std::string card = train();
  EXPECT_NE(card.find("- 0 of the 60 test rows have such values."), std::string::npos) << card;
  const auto unheeded = called();
  EXPECT_EQ(unheeded, std::vector<std::string>{"60|30|false"}) << "nobody clicked";
  outage("2025-09-15, to: 2025-09-21");
  EXPECT_EQ(called(), std::vector<std::string>{"30|27|true"});
  EXPECT_NE(train().find("- 60 of the 60 test rows have such values."), std::string::npos);
}

}  // namespace
}  // namespace waymark::engine
