#include "model/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "model/sample.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

ModelDefinition definition() {
  ModelDefinition out{.name = "risk", .version = "v1", .title = "At risk"};
  out.purpose = "Tutors call those at risk.";
  out.request.as_of = {fold::CourseDay{49}};
  out.request.target = fold::Target{.kinds = {"result"}, .outcomes = {"Fail"}};
  out.measure = "study";
  out.features = {"score", "idle_days", "clicks", "noise", "constant", "region"};
  out.trainers = {{.name = "logistic", .parameters = {{"l2", 10}}},
                  {.name = "boosting",
                   .parameters = {{"rounds", 20}, {"learning_rate", 0.2}, {"leaf_weight", 2}}}};
  out.blend = true;
  out.texts = {"who: {}\n", "features: {}\n"};
  return out;
}

DataSet rows() { return with_normalised(sample(200), Normalisation::kRank); }

void quiet(std::size_t, std::size_t) {}

TrainingResult train_in(const fs::path& folder, std::size_t threads = 1) {
  return train(definition(), rows(), folder, threads, quiet);
}

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
    }
  }
  return files;
}

TEST(Model, TrainedTwiceIsTheSameByteForByte) {
  const TemporaryFolder a, b;
  const TrainingResult first = train_in(a.path(), 1), second = train_in(b.path(), 2);
  EXPECT_TRUE(first.is_new);
  EXPECT_EQ(first.version, second.version);
  const auto files = files_in(a.path());
  EXPECT_EQ(files.size(), 9u);
  EXPECT_EQ(files, files_in(b.path()));

  EXPECT_FALSE(train_in(a.path()).is_new);
  EXPECT_EQ(files, files_in(a.path()));
}

TEST(Model, VersionFollowsEverythingThatTrainingGoesBy) {
  const TemporaryFolder folder;
  const std::string version = train_in(folder.path()).version;
  ModelDefinition other = definition();
  other.trainers[0].parameters["l2"] = 11;
  EXPECT_NE(train(other, rows(), folder.path(), 1, quiet).version, version);
  other = definition();
  other.version = "v2";
  EXPECT_NE(train(other, rows(), folder.path(), 1, quiet).version, version);
  DataSet data = rows();
  data.columns[1].numbers[0] += 1;
  const TrainingResult last = train(definition(), data, folder.path(), 1, quiet);
  EXPECT_NE(last.version, version);
  EXPECT_EQ(latest_model(folder.path(), "risk"), last.directory);
  EXPECT_EQ(latest_model(folder.path(), "unknown"), std::nullopt);
}

TEST(Model, IsBetterThanTheBaselinesAndKnowsWhy) {
  const TemporaryFolder folder;
  const Model model = Model::load(train_in(folder.path()).directory);
  EXPECT_EQ(model.name(), "risk");
  EXPECT_EQ(model.definition_version(), "v1");
  const Evaluation& evaluation = model.evaluation();
  ASSERT_EQ(evaluation.candidates.size(), 5u);
  EXPECT_FALSE(evaluation.best().baseline);
  EXPECT_DOUBLE_EQ(evaluation.candidates[0].test.roc_auc.value, 0.5);
  const Figure area = evaluation.best().test.roc_auc;
  EXPECT_GT(area.value, 0.8);
  EXPECT_LT(area.low, area.value);
  EXPECT_GT(area.high, area.value);
  EXPECT_GT(evaluation.gain.value, 0);
  EXPECT_EQ(evaluation.training.rows, 400u);
  EXPECT_EQ(evaluation.test.rows, 200u);
  EXPECT_EQ(evaluation.undecided, 0u);
  EXPECT_EQ(evaluation.confusion.rows(), 200);
  EXPECT_EQ(evaluation.by_course.at(0).course, "A/2");
  EXPECT_EQ(model.importance().at(0).feature, "score");
  EXPECT_GT(model.importance().at(0).permutation, 0.1);
  for (const Importance& importance : model.importance()) {
    EXPECT_LE(importance.contribution, model.importance().at(0).contribution);
  }
  const auto direction = [&](const std::string& feature) {
    return std::ranges::find(model.importance(), feature, &Importance::feature)->direction;
  };
  EXPECT_LT(direction("score"), -0.7);
  EXPECT_GT(direction("idle_days"), 0.5);
  EXPECT_TRUE(std::isnan(direction("region")));
}

// Draws of rows are less calibrated than the rows: percentiles alone leave the figure out.
TEST(Model, AnIntervalHoldsItsCalibrationError) {
  const TemporaryFolder folder;
  const Model model = Model::load(train_in(folder.path()).directory);
  for (const Candidate& candidate : model.evaluation().candidates) {
    const Figure error = candidate.test.calibration_error;
    EXPECT_LE(error.low, error.value) << candidate.name;
    EXPECT_GE(error.high, error.value) << candidate.name;
    EXPECT_GE(error.low, 0) << candidate.name;
  }
}

TEST(Model, ScoresAndExplainsWhatItIsGiven) {
  const TemporaryFolder folder;
  const Model model = Model::load(train_in(folder.path()).directory);
  DataSet data = rows();
  data.target.clear();
  const std::vector<double> scores = model.score(data);
  ASSERT_EQ(scores.size(), data.size());
  const std::vector<std::uint32_t> wanted = {3, 200, 599};
  const auto reasons = model.explain(data, wanted, 3);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(reasons[i].probability[0], scores[wanted[i]], 1e-9);
    EXPECT_LE(reasons[i].raising.size(), 3u);
  }
  EXPECT_TRUE(model.score(select(data, {})).empty());
  data.columns.erase(data.columns.begin());
  EXPECT_THROW(model.score(data), Error);
}

TEST(Model, TheTestDecidesNothing) {
  const TemporaryFolder a, b;
  DataSet data = rows();
  const Model honest = Model::load(train(definition(), data, a.path(), 1, quiet).directory);
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.cohort[row] == 2) data.target[row] ^= 1;
  }
  const Model flipped = Model::load(train(definition(), data, b.path(), 1, quiet).directory);
  EXPECT_EQ(honest.score(data), flipped.score(data));
  EXPECT_EQ(honest.decision().threshold, flipped.decision().threshold);
  EXPECT_EQ(honest.evaluation().chosen, flipped.evaluation().chosen);
  EXPECT_NEAR(honest.evaluation().best().test.roc_auc.value,
              1 - flipped.evaluation().best().test.roc_auc.value, 1e-12);
}

TEST(Model, ATestOfOneClassHasNoRankingButAModel) {
  const TemporaryFolder folder;
  DataSet data = rows();
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.cohort[row] == 2) data.target[row] = 1;
  }
  const Model model = Model::load(train(definition(), data, folder.path(), 1, quiet).directory);
  EXPECT_TRUE(std::isnan(model.evaluation().best().test.roc_auc.value));
  EXPECT_NE(model.card().find("not defined"), std::string::npos);
}

TEST(Model, TheCardSaysWhatIsNeeded) {
  const TemporaryFolder folder;
  const Model model = Model::load(train_in(folder.path()).directory);
  for (const char* part :
       {"# At risk", model.version().c_str(), "Tutors call", "as of day 49", "outcome Fail",
        "400 rows", "prior (baseline)", "rule (baseline)", "(the model)", "## Calibration",
        "## By course", "## What drives it", "## Limits"}) {
    EXPECT_NE(model.card().find(part), std::string::npos) << part;
  }
}

std::string reason_of_loading(const fs::path& directory) {
  try {
    Model::load(directory);
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

// Without the syncing to disk that would make hundreds of these slow.
void overwrite(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void replace_in(const fs::path& path, const std::string& from, const std::string& to) {
  std::string text = read_file(path);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  overwrite(path, text.replace(at, from.size(), to));
}

// So that a changed file passes the checksum, as one made by an enemy would.
void sign(const fs::path& directory, const std::string& file, const std::string& old_bytes,
          const std::string& new_bytes) {
  overwrite(directory / file, new_bytes);
  replace_in(directory / "manifest.json", to_hex(hash128(old_bytes)), to_hex(hash128(new_bytes)));
}

TEST(Model, DamageIsNoticedAndMended) {
  const TemporaryFolder folder;
  const fs::path directory = train_in(folder.path()).directory;
  EXPECT_EQ(reason_of_loading(folder.path() / "none"), "model.missing");
  for (const char* file :
       {"model.json", "metrics.json", "judged.json", "importance.json", "card.md", "model.yaml"}) {
    const auto before = files_in(folder.path());
    std::string bytes = read_file(directory / file);
    bytes[bytes.size() / 2] ^= 1;
    overwrite(directory / file, bytes);
    EXPECT_EQ(reason_of_loading(directory), "model.damaged") << file;
    fs::remove(directory / file);
    EXPECT_NE(reason_of_loading(directory), "") << file;
    EXPECT_TRUE(train_in(folder.path()).is_new);
    EXPECT_EQ(files_in(folder.path()), before);
  }
  overwrite(directory / "manifest.json", "{");
  EXPECT_EQ(reason_of_loading(directory), "model.malformed");
  write_file_atomically(folder.path() / "risk" / "latest", "../../elsewhere");
  EXPECT_THROW(latest_model(folder.path(), "risk"), Error);
}

TEST(Model, AHostileFileIsRefusedOrHarmless) {
  const TemporaryFolder folder;
  const fs::path directory = train_in(folder.path()).directory;
  const DataSet data = rows();
  const std::uint64_t seed = 99;
  SCOPED_TRACE(seed);
  stats::Random random(seed);
  const std::string pieces[] = {"-1", "1e308", "null", "[]", "{}", "99999999999", "\"\"", "true"};
  for (const std::string file : {"model.json", "metrics.json", "judged.json", "importance.json"}) {
    const std::string good = read_file(directory / file);
    const std::string manifest = read_file(directory / "manifest.json");
    for (int round = 0; round < 150; ++round) {
      std::string bad = good;
      // One number or word is exchanged for something else, or the file ends early.
      std::size_t at = random.below(bad.size());
      at = bad.find_first_of("0123456789tf", at);
      if (at == std::string::npos || round % 10 == 0) {
        bad.resize(random.below(bad.size()));
      } else {
        const std::size_t end = bad.find_first_of(",]}", at);
        bad.replace(at, end - at, pieces[random.below(std::size(pieces))]);
      }
      sign(directory, file, good, bad);
      try {
        const Model model = Model::load(directory);
        model.score(data);
        model.explain(data, std::vector<std::uint32_t>{0, 1, 2}, 3);
        model.decision();
      } catch (const Error& error) {
        EXPECT_TRUE(error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kInvalid)
            << error.reason();
      }
      overwrite(directory / file, good);
      overwrite(directory / "manifest.json", manifest);
    }
  }
}

}  // namespace
}  // namespace waymark::model
