// What a person asks of a file of lifetimes, and what they are told.

#include "engine/survival.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/test_workspace.h"
#include "sql/database.h"
#include "stats/rossi.h"

namespace waymark::engine {
namespace {

class Survival : public testing::Test {
 protected:
  Survival() {
    std::string rows = "week,how,aid,age,race,experience,married,parole,convictions\n";
    for (const auto& row : stats::kRossi) {
      rows += fmt::format("{},{},{},{},{},{},{},{},{}\n", row[0], row[1] == 1 ? "arrested" : "free",
                          row[2] == 1 ? "paid" : "none", row[3], row[4], row[5], row[6], row[7],
                          row[8]);
    }
    rows += "20,arrested,NA,30,1,1,1,1,1\n";
    write_file_atomically(file(), rows);
  }

  std::filesystem::path file() const { return folder_.path() / "rossi.csv"; }
  SurvivalStudy study(const SurvivalQuestion& question) const {
    return study_survival(read_table_file(file()), question);
  }
  static SurvivalQuestion question() {
    SurvivalQuestion asked{.time = "week", .event = "how=arrested"};
    asked.on = {"aid", "age", "race", "experience", "married", "parole", "convictions"};
    return asked;
  }

  TemporaryFolder folder_;
};

TEST_F(Survival, AFileOfWordsAndNumbersGivesThePublishedFit) {
  const SurvivalStudy found = study(question());
  EXPECT_EQ(found.rows, 432u);
  EXPECT_EQ(found.left_out, 1u);
  EXPECT_EQ(found.events, 114u);
  const SurvivalRegression& regression = found.regression.value();
  EXPECT_EQ(regression.columns.at(0), "aid=paid");
  EXPECT_NEAR(regression.effects().coefficient.at(0), -.379422166486, 1e-8);
  EXPECT_NEAR(regression.effects().coefficient.at(6), .091497080985, 1e-8);
  EXPECT_NEAR(regression.concordance.value(), .640329247, 1e-8);
  // Held-out rows are foretold worse than learned ones, better than by chance.
  EXPECT_LT(regression.trial->concordance, regression.concordance.value());
  EXPECT_GT(regression.trial->concordance, 0.55);
  ASSERT_EQ(regression.trial->brier.size(), 3u);
  for (const auto& brier : regression.trial->brier) {
    EXPECT_LT(brier.score, brier.without_columns + 0.005);
  }
}

TEST_F(Survival, EveryModelForetellsMoreThanChance) {
  for (const stats::SurvivalMethod model :
       {stats::SurvivalMethod::kWeibull, stats::SurvivalMethod::kLogNormal,
        stats::SurvivalMethod::kLogLogistic, stats::SurvivalMethod::kDiscrete}) {
    SurvivalQuestion asked = question();
    asked.model = model;
    asked.at = {52};
    const SurvivalStudy found = study(asked);
    EXPECT_GT(found.regression->trial->concordance, 0.55);
    EXPECT_EQ(found.regression->trial->brier.at(0).time, 52);
    EXPECT_FALSE(found.regression->proportional.has_value());
  }
}

// Yes and no are words in a file of text, and 1 and 0 where a file or a database says that they are
// true and false.
TEST_F(Survival, EventsAreYesOrTrueOrOne) {
  const auto events = [](const std::filesystem::path& of, const std::string& event) {
    return study_survival(read_table_file(of), {.time = "t", .event = event}).events;
  };
  const std::filesystem::path text = folder_.path() / "flags.csv";
  write_file_atomically(text,
                        "t,yes,true,one,word\n5,yes,true,1,finished\n6,no,false,0,left\n"
                        "9,yes,true,1,on their way\n");
  EXPECT_EQ(events(text, "yes=yes"), 2u);
  EXPECT_EQ(events(text, "true=true"), 2u);
  EXPECT_EQ(events(text, "true"), 2u);
  EXPECT_EQ(events(text, "one"), 2u);
  EXPECT_EQ(events(text, "one=1.0"), 2u);
  const auto said = [&](const std::string& event) -> std::string {
    try {
      events(text, event);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_NE(said("yes").find("yes=yes; there is: no, yes"), std::string::npos) << said("yes");
  EXPECT_NE(said("word=finishd").find("did you mean 'finished'?"), std::string::npos);
  EXPECT_NE(said("one=2").find("there is: 0, 1"), std::string::npos) << said("one=2");
  const std::filesystem::path typed = folder_.path() / "flags.parquet";
  sql::Database::in_memory().connect().query(fmt::format(
      "COPY (SELECT * FROM (VALUES (5, true), (6, false), (9, true)) AS rows(t, e)) TO {}",
      sql::quoted_text(typed.string())));
  for (const char* event : {"e", "e=true", "e=1"}) EXPECT_EQ(events(typed, event), 2u) << event;
  EXPECT_EQ(events(typed, "e=false"), 1u);
}

TEST_F(Survival, WordsAreComparedWithTheMostFrequent) {
  const std::filesystem::path of = folder_.path() / "words.csv";
  write_file_atomically(of, "t,e,why\n1,1,a\n2,1,b\n3,1,c\n4,0,b\n5,1,c\n6,1,b\n7,0,\n");
  SurvivalQuestion asked{.time = "t", .event = "e"};
  asked.on = {"why"};
  const auto columns = study_survival(read_table_file(of), asked).regression->columns;
  EXPECT_EQ(columns, (std::vector<std::string>{"why=a", "why=c"}));
}

TEST_F(Survival, GroupsAreComparedWithinStrata) {
  SurvivalQuestion asked{.time = "week", .event = "how=arrested"};
  asked.by = {"aid", "race"};
  const SurvivalStudy found = study(asked);
  ASSERT_EQ(found.groups.size(), 4u);
  EXPECT_EQ(found.groups[3].name, "aid=paid, race=1");
  EXPECT_EQ(found.groups[0].events.rows + found.groups[1].events.rows, 216u);
  EXPECT_EQ(found.log_rank->test.degrees, 3u);
  EXPECT_TRUE(std::isnan(found.groups[0].median.time));
  asked.by = {"aid"};
  asked.strata = {"race"};
  EXPECT_EQ(study(asked).log_rank->test.degrees, 1u);
  asked.by = {};
  EXPECT_FALSE(study(asked).log_rank.has_value());
}

TEST_F(Survival, TimesAreZeroOrMoreAndFinite) {
  const std::filesystem::path of = folder_.path() / "times.csv";
  const auto said = [&](const std::string& time, const std::string& start) -> std::string {
    write_file_atomically(of, "from,t,e\n-9,3,1\n-9,5,0\n-9," + time + ",1\n");
    try {
      const SurvivalStudy found =
          study_survival(read_table_file(of), {.time = "t", .event = "e", .start = start});
      return fmt::format("{} rows, {} left out", found.rows, found.left_out);
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "survival.time");
      return error.what();
    }
  };
  for (const char* time : {"-1", "inf", "-inf"}) {
    EXPECT_NE(said(time, "").find(
                  fmt::format("column 't' says {}; a time must be 0 or more, and finite", time)),
              std::string::npos)
        << said(time, "");
  }
  EXPECT_EQ(said("0", ""), "3 rows, 0 left out");
  for (const char* time : {"", "nan"}) EXPECT_EQ(said(time, ""), "2 rows, 1 left out");
  // A clock may have any beginning.
  EXPECT_EQ(said("-1", "from"), "3 rows, 0 left out");
  EXPECT_NE(said("inf", "from").find("column 't' says inf; a time must be finite"),
            std::string::npos);
}

TEST_F(Survival, WhatAColumnCannotTellIsSaid) {
  const std::filesystem::path of = folder_.path() / "stays.csv";
  std::string rows = "weeks,left,region,rain,year,age,months\n";
  for (int i = 0; i < 40; ++i) {
    const int region = i % 3, age = 20 + i * 7 % 31;
    rows += fmt::format("{},{},{},{},2026,{},{}\n", 1 + i * 5 % 17, i % 4 > 0 ? 1 : 0,
                        region == 0   ? "Wales"
                        : region == 1 ? "London"
                                      : "Kent",
                        0.1 + region * 0.7, age, 12 * age);
  }
  write_file_atomically(of, rows);
  SurvivalQuestion asked{.time = "weeks", .event = "left"};
  asked.strata = {"region"};
  asked.on = {"year", "region", "rain", "age", "months"};
  const SurvivalRegression regression =
      study_survival(read_table_file(of), asked).regression.value();
  EXPECT_EQ(regression.columns, (std::vector<std::string>{"year", "region=Kent", "region=London",
                                                          "rain", "age", "months"}));
  const std::string within = "is the same within each stratum";
  EXPECT_EQ(regression.silent,
            (std::vector<std::string>{"is the same in all rows", within, within, within, "",
                                      "says nothing that the columns before it do not"}));
  // Without strata regions differ.
  asked.strata = {};
  asked.on = {"region"};
  EXPECT_EQ(study_survival(read_table_file(of), asked).regression->silent,
            (std::vector<std::string>{"", ""}));

  write_file_atomically(of, "t,e,x\n1,1,1e300\n2,1,-1e300\n3,0,4\n");
  asked = {.time = "t", .event = "e"};
  asked.on = {"x"};
  EXPECT_EQ(reason_of([&] { study_survival(read_table_file(of), asked); }), "survival.too_large");
}

TEST_F(Survival, WhatMakesNoSenseIsSaid) {
  const auto reason = [&](const auto& change) {
    SurvivalQuestion asked = question();
    change(asked);
    return reason_of([&] { study(asked); });
  };
  using Question = SurvivalQuestion;
  EXPECT_EQ(reason([](Question& q) { q.time = "weak"; }), "frame.column_missing");
  EXPECT_EQ(reason([](Question& q) { q.time = "how"; }), "frame.not_a_number");
  EXPECT_EQ(reason([](Question& q) { q.event = "age"; }), "frame.flag");
  EXPECT_EQ(reason([](Question& q) { q.event = "how!=free"; }), "frame.flag");
  EXPECT_EQ(reason([](Question& q) { q.event = "how"; }), "frame.flag");
  EXPECT_EQ(reason([](Question& q) { q.event = "how=lost"; }), "frame.value_missing");
  EXPECT_EQ(reason([](Question& q) { q.event = "race=2"; }), "frame.value_missing");
  EXPECT_EQ(reason([](Question& q) { q.start = "week"; }), "survival.time");
  EXPECT_EQ(reason([](Question& q) {
              q.model = stats::SurvivalMethod::kWeibull;
              q.strata = {"race"};
            }),
            "survival.model");
  EXPECT_EQ(reason_of([&] { read_table_file(folder_.path() / "none.csv"); }), "file.missing");
}

}  // namespace
}  // namespace waymark::engine
