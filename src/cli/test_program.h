#pragma once

// For the tests of this room.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/json.h"

namespace waymark {

namespace fs = std::filesystem;

struct Outcome {
  int exit_code = 0;
  std::string output;  // standard output
};

inline Outcome shell(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  Outcome outcome;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    outcome.output.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

// The real binary and a real folder.
class Program : public testing::Test {
 protected:
  fs::path workspace() const { return folder_.path() / "w"; }
  Outcome waymark(const std::string& arguments, const std::string& before = "") const {
    return shell(fmt::format("{} {} -C {} {} 2>{}", before, WAYMARK_PROGRAM, workspace().string(),
                             arguments, (folder_.path() / "errors").string()));
  }
  std::string errors() const { return read_file(folder_.path() / "errors"); }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((workspace() / name).parent_path());
    write_file_atomically(workspace() / name, text);
  }
  void replace(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = read_file(workspace() / name);
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    write(name, text);
  }
  // The first cell of what the statement gives.
  std::int64_t ask(const std::string& statement) const {
    const Outcome outcome = waymark(fmt::format("--json sql \"SELECT ({}) AS n\"", statement));
    EXPECT_EQ(outcome.exit_code, 0) << errors();
    return Json::parse(outcome.output).array().at(0).at("n").integer();
  }
  void make_starter() const {
    const Outcome outcome = shell(fmt::format("{} init {}", WAYMARK_PROGRAM, workspace().string()));
    ASSERT_EQ(outcome.exit_code, 0);
  }

  TemporaryFolder folder_;
};

}  // namespace waymark
