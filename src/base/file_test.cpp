#include "base/file.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace waymark {
namespace {

TEST(File, AtomicWriteReplacesAndLeavesNothingBehind) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.txt";
  write_file_atomically(path, "first");
  const MappedFile mapped(path);
  write_file_atomically(path, "second");
  EXPECT_EQ(read_file(path), "second");
  EXPECT_EQ(mapped.bytes(), "first");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(File, WhatCannotBeMappedOrWrittenIsNamed) {
  const TemporaryFolder folder;
  const auto why = [](const auto& act) {
    try {
      act();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string path = folder.path().string();
  EXPECT_EQ(why([&] { MappedFile mapped(folder.path()); }), path + " is a folder, not a file");
  EXPECT_EQ(why([&] { write_file_atomically(folder.path() / "no/a.txt", ""); }),
            "the folder " + path + "/no does not exist");
}

TEST(File, MissingFileIsNamed) {
  try {
    read_file("/nowhere/at/all");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos);
  }
}

}  // namespace
}  // namespace waymark
