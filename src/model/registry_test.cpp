#include "model/registry.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/file.h"

namespace waymark::model {
namespace {

namespace fs = std::filesystem;

class RegistryTest : public testing::Test {
 protected:
  Registry read() const { return Registry::read(folder_.path(), "risk"); }
  Registry append(HistoryEntry entry) const {
    return Registry::append(folder_.path(), "risk", [&](const Registry&) { return entry; });
  }
  Registry promote(const std::string& version) const { return append(read().promote(version)); }
  fs::path file() const { return folder_.path() / "risk" / "history.jsonl"; }

  TemporaryFolder folder_;
};

std::string reason_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

TEST_F(RegistryTest, TellsWhatIsLiveSinceWhenByWhomAndWhy) {
  EXPECT_EQ(read().live(), std::nullopt);
  append({.at = 1 * kMicrosPerDay, .act = Act::kTrain, .version = "a"});
  HistoryEntry entry = read().promote("a");
  entry.at = 2 * kMicrosPerDay;
  entry.by = "ann";
  entry.reason = "first, \"good\"\nenough";
  entry.overridden = {"tpr_gap: 0.2"};
  append(entry);
  const Registry registry = read();
  EXPECT_EQ(registry.live(), "a");
  EXPECT_EQ(registry.live_since(), 2 * kMicrosPerDay);
  EXPECT_EQ(registry.trained_at("a"), 1 * kMicrosPerDay);
  const HistoryEntry& last = registry.history().back();
  EXPECT_EQ(last.by, "ann");
  EXPECT_EQ(last.reason, "first, \"good\"\nenough");
  EXPECT_EQ(last.overridden, std::vector<std::string>{"tpr_gap: 0.2"});
  EXPECT_EQ(registry.stage("b"), Stage::kTrained);
}

TEST_F(RegistryTest, RollsBackStepByStepToWhatWasLive) {
  EXPECT_EQ(reason_of([&] { read().roll_back(); }), "model.nothing_before");
  for (const char* version : {"a", "b", "c"}) promote(version);
  EXPECT_EQ(read().history().back().replaced, "b");
  EXPECT_EQ(append(read().roll_back()).live(), "b");
  EXPECT_EQ(append(read().roll_back()).live(), "a");
  EXPECT_EQ(reason_of([&] { read().roll_back(); }), "model.nothing_before");
  // What was left by a rollback is not gone back to.
  EXPECT_EQ(promote("d").live(), "d");
  EXPECT_EQ(append(read().roll_back()).live(), "a");
}

TEST_F(RegistryTest, WhatIsRetiredIsNotRolledBackTo) {
  for (const char* version : {"a", "b", "c"}) promote(version);
  EXPECT_EQ(reason_of([&] { read().retire("c"); }), "model.stage");
  append(read().retire("b"));
  EXPECT_EQ(read().stage("b"), Stage::kRetired);
  EXPECT_EQ(reason_of([&] { read().retire("b"); }), "model.stage");
  EXPECT_EQ(append(read().roll_back()).live(), "a");
  EXPECT_EQ(promote("b").stage("b"), Stage::kLive);
}

TEST_F(RegistryTest, ShadowsStandBesideWhatIsLive) {
  promote("a");
  EXPECT_EQ(reason_of([&] { read().shadow("a"); }), "model.stage");
  append(read().shadow("b"));
  append(read().shadow("c"));
  EXPECT_EQ(read().shadows(), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(reason_of([&] { read().shadow("b"); }), "model.stage");
  EXPECT_EQ(promote("b").shadows(), std::vector<std::string>{"c"});
  EXPECT_TRUE(append(read().retire("c")).shadows().empty());
  EXPECT_EQ(reason_of([&] { read().promote("b"); }), "model.stage");
}

TEST_F(RegistryTest, ALineCutShortWasNeverAcknowledged) {
  promote("a");
  const std::string whole = read_file(file());
  promote("b");
  const std::string both = read_file(file());
  for (std::size_t size = whole.size(); size < both.size(); ++size) {
    std::ofstream(file(), std::ios::binary) << both.substr(0, size);
    EXPECT_EQ(read().live(), "a");
    EXPECT_EQ(promote("c").live(), "c");
    EXPECT_EQ(read().history().size(), 2u);
  }
}

TEST_F(RegistryTest, DamageIsNotOverlooked) {
  promote("a");
  promote("b");
  const std::string good = read_file(file());
  for (const std::string& bad : {"{}\n" + good, good + "\n", good + "[]\n", "x" + good}) {
    std::ofstream(file(), std::ios::binary) << bad;
    EXPECT_EQ(reason_of([&] { read(); }), "model.history_damaged") << bad;
    EXPECT_EQ(reason_of([&] { promote("c"); }), "model.history_damaged");
    EXPECT_EQ(read_file(file()), bad);
  }
}

TEST_F(RegistryTest, WritersWaitForEachOther) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        Registry::append(folder_.path(), "risk", [](const Registry& registry) {
          return registry.promote(std::to_string(registry.history().size()));
        });
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const Registry registry = read();
  ASSERT_EQ(registry.history().size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(registry.history()[i].version, std::to_string(i));
}

TEST_F(RegistryTest, AVersionIsFoundByWhatItBeginsWith) {
  for (const char* version : {"abcd1", "abcd2", "abff1", "00.unfinished"}) {
    fs::create_directories(folder_.path() / "risk" / version);
    write_file_atomically(folder_.path() / "risk" / version / "manifest.json", "{}");
  }
  const auto find = [&](const std::string& wanted) {
    return find_version(folder_.path(), "risk", wanted);
  };
  EXPECT_EQ(versions_of(folder_.path(), "risk"),
            (std::vector<std::string>{"abcd1", "abcd2", "abff1"}));
  EXPECT_EQ(find("abff"), "abff1");
  EXPECT_EQ(find("abcd2"), "abcd2");
  for (const std::string wanted : {"abcd", "abf", "nope", "live", "latest"}) {
    EXPECT_EQ(reason_of([&] { find(wanted); }), "model.version_missing") << wanted;
  }
  try {
    find("abf");
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'abf' is too short"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("4 digits or more"), std::string::npos);
  }
  promote("abcd1");
  write_file_atomically(folder_.path() / "risk" / "latest", "abcd2\n");
  EXPECT_EQ(find("live"), "abcd1");
}

}  // namespace
}  // namespace waymark::model
