#include "model/bundle.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "model/model.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

ModelDefinition definition() {
  ModelDefinition out{.name = "risk", .version = "v1", .title = "At risk"};
  out.request.as_of = {fold::CourseDay{49}};
  out.request.target = fold::Target{.kinds = {"result"}, .outcomes = {"Fail"}};
  out.features = {"score", "idle_days"};
  out.trainers = {{.name = "logistic", .parameters = {}}};
  out.texts = {"who: {}\n", "measure: features # of \"what\"\n"};
  return out;
}

std::string reason_of_unpacking(const fs::path& models, const std::string& text) {
  try {
    unpack(models, text);
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

TEST(Bundle, AnotherWorkspaceGetsTheSameVersion) {
  const TemporaryFolder here, there;
  const DataSet data = sample(60);
  const TrainingResult trained =
      train(definition(), data, here.path(), 1, [](std::size_t, std::size_t) {});
  const std::string packed = pack(trained.directory);
  const Unpacked unpacked = unpack(there.path(), packed);
  EXPECT_TRUE(unpacked.is_new);
  EXPECT_EQ(unpacked.name, "risk");
  EXPECT_EQ(unpacked.version, trained.version);
  const Model model = Model::load(there.path() / "risk" / trained.version);
  EXPECT_EQ(model.score(data), Model::load(trained.directory).score(data));
  EXPECT_EQ(model.texts().features, definition().texts.features);
  EXPECT_EQ(model.lineage(), Model::load(trained.directory).lineage());
  EXPECT_FALSE(unpack(there.path(), packed).is_new);

  write_file_atomically(there.path() / "risk" / trained.version / "card.md", "mine");
  EXPECT_EQ(reason_of_unpacking(there.path(), packed), "model.version_taken");
}

TEST(Bundle, WhatWasNotPackedIsRefusedAndLeavesNothing) {
  const TemporaryFolder here, there;
  const TrainingResult trained =
      train(definition(), sample(60), here.path(), 1, [](std::size_t, std::size_t) {});
  const std::string packed = pack(trained.directory);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = packed;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  EXPECT_EQ(reason_of_unpacking(there.path(), "not JSON"), "model.malformed");
  EXPECT_EQ(reason_of_unpacking(there.path(), "{}"), "model.malformed");
  EXPECT_EQ(reason_of_unpacking(there.path(), with("\"risk\"", "\"../risk\"")), "model.malformed");
  EXPECT_EQ(reason_of_unpacking(there.path(), with("\"risk\"", "\"other\"")), "model.malformed");
  EXPECT_EQ(reason_of_unpacking(there.path(), with("\"card.md\"", "\"../card.md\"")),
            "model.malformed");
  EXPECT_EQ(reason_of_unpacking(there.path(), with("# At risk", "# No risk")), "model.damaged");
  try {
    unpack(there.path(), with("# At risk", "# No risk"));
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()), "it was changed after it was exported; export it again");
  }
  EXPECT_TRUE(fs::is_empty(there.path()));
}

}  // namespace
}  // namespace waymark::model
