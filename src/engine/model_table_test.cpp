// A file's rows as a model takes them.

#include "engine/model_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/models.h"
#include "engine/test_workspace.h"
#include "stats/random.h"

namespace waymark::engine {
namespace {

class ModelTable : public testing::Test {
 protected:
  ModelTable() {
    write_file_atomically(folder_.path() / "rows.csv",
                          "views,gender,passed\n3,f,yes\n5,m,no\n,f,\n8,m,yes\n");
    definition_.table = model::TableSource{.file = "rows.csv", .target = "passed", .yes = {"yes"}};
    definition_.table->except = {"gender"};
  }

  model::DataSet rows(TableRows which = TableRows::kLabelled) const {
    model::ModelDefinition asked = definition_;
    return table_rows(asked, read_table_file(folder_.path() / "rows.csv"), which);
  }

  TemporaryFolder folder_;
  model::ModelDefinition definition_;
};

TEST_F(ModelTable, RowsWithATargetTeachAndTheOthersAreScored) {
  EXPECT_EQ(rows().target, (std::vector<std::uint8_t>{1, 0, 1}));
  EXPECT_EQ(rows(TableRows::kUnlabelled).size(), 1u);
  EXPECT_EQ(rows().columns.size(), 1u);
}

TEST_F(ModelTable, GroupsToCompareAreColumnsThatNeedNotBeLearnedFrom) {
  definition_.fairness.by = {{"gender"}, {"gender", "views"}};
  const model::DataSet data = rows();
  ASSERT_EQ(data.attributes.size(), 2u);
  EXPECT_EQ(data.attributes[0].categories[data.attributes[0].codes[1]], "m");
  EXPECT_TRUE(rows(TableRows::kUnlabelled).attributes.empty());
  definition_.fairness.by = {{"gendre"}};
  EXPECT_EQ(reason_of([&] { rows(); }), "frame.column_missing");
}

// Else whoever is alphabetically last would be foretold.
TEST_F(ModelTable, OfTwoClassesOneIsSaidToBeForetold) {
  definition_.table->yes = {};
  EXPECT_EQ(rows().classes, (std::vector<std::string>{"no", "yes"}));
  definition_.table->target = "gender";
  EXPECT_EQ(reason_of([&] { rows(); }), "model.which_yes");
}

TEST_F(ModelTable, NumbersTooLargeToLearnFromAreAMistake) {
  write_file_atomically(folder_.path() / "rows.csv", "views,gender,passed\n3,f,yes\n1e39,m,no\n");
  EXPECT_EQ(reason_of([&] { rows(); }), "model.too_large");
}

TEST_F(ModelTable, AColumnThatIsAlmostOfNumbersIsToldOf) {
  std::string csv = "marks,grade\n";
  for (int i = 0; i < 30; ++i) csv += i == 7 ? "n/a,C\n" : fmt::format("{},{}\n", i, "AB"[i % 2]);
  write_file_atomically(folder_.path() / "marks.csv", csv);
  const Frame frame = read_table_file(folder_.path() / "marks.csv");
  EXPECT_EQ(almost_numbers(frame.column("marks")),
            "29 of 30 values of 'marks' are numbers, but all count as words, as 'n/a' is none");
  EXPECT_EQ(almost_numbers(frame.column("grade")), "");
}

TEST_F(ModelTable, AYesThatNoRowSaysIsAMistake) {
  definition_.table->yes = {"yess"};
  EXPECT_EQ(reason_of([&] { rows(); }), "frame.value_missing");
}

// 300 rows of three classes that overlap, and 60 to score.
class DecidedByCosts : public testing::Test {
 protected:
  DecidedByCosts() {
    stats::Random random(4);
    const auto noise = [&] { return static_cast<double>(random.below(1000)) / 1000 - 0.5; };
    std::string rows = "effort,marks,ending\n";
    for (int row = 0; row < 360; ++row) {
      const int ending = row % 3;
      rows += fmt::format("{:.3f},{:.3f},{}\n", ending + 1.5 * noise(), ending + 2 * noise(),
                          row < 300 ? std::vector{"gone", "pass", "top"}[ending] : "");
    }
    workspace_.write("data/rows.csv", rows);
  }

  std::string decided_by(const std::string& decide) const {
    workspace_.write("models/ending.yaml",
                     "rows: {file: data/rows.csv}\ntarget: {column: ending}\n"
                     "split: {test: {folds: 3}}\ntrainers: [{logistic: {l2: 1}}]\n" +
                         decide);
    const Catalog catalog = workspace_.catalog();
    journal::Journal journal = open_journal(catalog);
    Silent silent;
    const Derived derived = bring_up_to_date(catalog, journal, false, kTestNow, silent);
    const model::ModelDefinition& ending = catalog.model("ending");
    const auto outcome = train(catalog, journal, derived.reader, ending, true, kTestNow, silent);
    score(catalog, journal, derived.reader, ending, kTestNow, silent);
    return model::Model::load(workspace_.folder() / ".waymark" / "models" / "ending" /
                              outcome.version)
        .card();
  }

  std::vector<std::string> ask(const std::string& sql) const { return workspace_.ask(sql); }

  TestWorkspace workspace_;
};

TEST_F(DecidedByCosts, TheMatrixChangesWhatIsCalledAsBruteForceDoes) {
  const std::string likeliest = "SELECT count(*) FILTER (called = 'gone') FROM predictions_ending";
  decided_by("");
  const auto before = ask(likeliest);
  const std::string card = decided_by(
      "decide: {cost: {matrix: {top: {pass: 1, gone: 1}, gone: {pass: 8, top: 9}, pass: {gone: 2, "
      "top: 1}}}}\n");
  EXPECT_NE(ask(likeliest), before);
  // What each call is expected to cost, in SQL; nobody is called what costs more than another.
  EXPECT_EQ(
      ask("WITH costs AS (SELECT called, 8 * probability_gone + probability_top AS pass, "
          "9 * probability_gone + probability_pass AS top, "
          "2 * probability_pass + probability_top AS gone FROM predictions_ending) "
          "SELECT count(*), count(DISTINCT called), count(*) FILTER (called = CASE least(pass, "
          "top, gone) WHEN pass THEN 'pass' WHEN top THEN 'top' ELSE 'gone' END) FROM costs"),
      std::vector<std::string>{"60|3|60"});
  for (const char* part :
       {"| gone | 0 | 8 | 9 |", "expected to cost least", "everybody gone (the"}) {
    EXPECT_NE(card.find(part), std::string::npos) << part << "\n" << card;
  }
}

TEST_F(DecidedByCosts, ThereIsRoomForSoManyOfAClass) {
  const std::string card = decided_by("decide: {capacity: 7, of: gone}\n");
  EXPECT_EQ(ask("SELECT count(*) FROM predictions_ending WHERE called = 'gone'"),
            std::vector<std::string>{"7"});
  EXPECT_EQ(ask("SELECT min(probability_gone) FILTER (called = 'gone') >= max(probability_gone) "
                "FILTER (called <> 'gone') FROM predictions_ending"),
            std::vector<std::string>{"true"});
  EXPECT_NE(card.find("gone the 7 rows where that is likeliest"), std::string::npos) << card;
}

TEST_F(DecidedByCosts, ClassesThatTheFileDoesNotHaveAreAMistake) {
  EXPECT_EQ(reason_of([&] { decided_by("decide: {capacity: 7, of: gome}\n"); }), "model.decide");
  EXPECT_EQ(reason_of([&] {
              decided_by("decide: {cost: {matrix: {top: {pass: 1}, pass: {top: 1}}}}\n");
            }),
            "model.decide");
}

}  // namespace
}  // namespace waymark::engine
