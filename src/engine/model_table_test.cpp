// A file's rows as a model takes them.

#include "engine/model_table.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/test_workspace.h"

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

TEST_F(ModelTable, AYesThatNoRowSaysIsAMistake) {
  definition_.table->yes = {"yess"};
  EXPECT_EQ(reason_of([&] { rows(); }), "frame.value_missing");
}

}  // namespace
}  // namespace waymark::engine
