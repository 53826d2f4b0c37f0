// What a person asks of answers to items, and what they are told.

#include "engine/items.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/test_workspace.h"
#include "stats/lsat.h"

namespace waymark::engine {
namespace {

// The admission test's answers as a file with a row each, `wrong` drawn as two options.
std::string lsat_rows() {
  std::string rows = "who,question,answer\n";
  int learner = 0;
  for (std::uint32_t pattern = 0; pattern < stats::kLsat.size(); ++pattern) {
    for (int i = 0; i < stats::kLsat[pattern]; ++i, ++learner) {
      for (std::uint32_t item = 0; item < 5; ++item) {
        const bool right = (pattern >> (4 - item) & 1) != 0;
        rows += fmt::format("{},q{},{}\n", learner, item + 1,
                            right              ? "right"
                            : learner % 3 == 0 ? "no"
                                               : "nearly");
      }
    }
  }
  return rows;
}

TEST(Items, AFileOfAnswersGivesThePublishedCurves) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "lsat.csv";
  // A second try does not count, nor does an answer without a question.
  write_file_atomically(file, lsat_rows() + "999,q1,nearly\n3,,right\n");
  ItemQuestion asked{.learner = "who", .item = "question", .correct = "answer=right"};
  asked.answer = "answer";
  const ItemStudy study = study_items(read_table_file(file), asked);
  EXPECT_EQ(study.answers, 5000u);
  EXPECT_EQ(study.repeated, 1u);
  EXPECT_EQ(study.left_out, 1u);
  EXPECT_EQ(study.learners.size(), 1000u);
  EXPECT_EQ(study.items.at(2), "q3");
  EXPECT_NEAR(study.fit.log_likelihood, -2466.65338, 1e-5);
  EXPECT_NEAR(study.fit.items.at(2).difficulty, -.2799, 3e-3);
  EXPECT_NEAR(study.analysis.items.at(2).share, .553, 1e-12);
  ASSERT_EQ(study.chosen.at(0).size(), 3u);
  EXPECT_EQ(study.options.at(study.chosen.at(0).at(0).option), "right");
  EXPECT_TRUE(study.chosen.at(0).at(0).correct);
  EXPECT_EQ(study.options.at(study.chosen.at(0).at(1).option), "nearly");

  asked.item = "questions";
  EXPECT_EQ(reason_of([&] { study_items(read_table_file(file), asked); }), "frame.column_missing");
  asked.item = "question";
  asked.correct = "who";
  EXPECT_EQ(reason_of([&] { study_items(read_table_file(file), asked); }), "frame.flag");
}

TEST(Items, OneItemTellsNothingButWhoGotItRight) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "one.csv";
  write_file_atomically(file, "who,item,right\n1,Q1,1\n2,Q1,0\n3,Q1,1\n4,Q1,1\n");
  ItemQuestion asked{.learner = "who", .item = "item", .correct = "right"};
  for (const auto model : {stats::ItemModel::kTwoParameter, stats::ItemModel::kRasch}) {
    asked.model = model;
    const ItemStudy study = study_items(read_table_file(file), asked);
    EXPECT_FALSE(study.fit.is_told(model));
    EXPECT_EQ(study.analysis.items.at(0).share, 0.75);
    EXPECT_TRUE(std::isnan(study.fit.items.at(0).discrimination));
    EXPECT_TRUE(std::isnan(study.fit.items.at(0).difficulty_error));
  }
}

}  // namespace
}  // namespace waymark::engine
