// The rules of the house that a program can check: floors, who may include which library, banned
// calls, files that nothing builds, lengths. Runs in the project's root.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// A room may include itself and rooms on floors below its own.
const std::map<std::string, int> kFloors{
    {"base", 0},    {"event", 1},  {"workspace", 1}, {"sql", 1},    {"stats", 1}, {"source", 2},
    {"journal", 2}, {"trail", 2},  {"fold", 2},      {"govern", 2}, {"query", 3}, {"model", 3},
    {"act", 3},     {"engine", 4}, {"report", 5},    {"server", 6}, {"cli", 7}};

// Each library has one room that wraps it.
const std::vector<std::pair<std::string, std::set<std::string>>> kLibraryRooms{
    {"rocksdb/", {"journal"}},
    {"duckdb", {"sql"}},
    {"xgboost/", {"model"}},
    {"Eigen/", {"model", "stats"}},
    {"boost/", {"stats"}},
    {"lbfgs", {"stats"}},
    {"yaml-cpp/", {"workspace"}},
    {"re2/", {"base"}},
    {"date/", {"base"}},
    {"xxhash", {"base"}},
    {"rapidjson/", {"base"}},
    {"simdjson", {"base", "source"}},
    {"zstd", {"journal", "source"}},
    {"zlib", {"source"}},
    {"openssl/", {"govern"}},
    {"CLI/", {"cli"}}};

struct Source {
  fs::path path;
  std::string room;
  std::vector<std::string> lines;
};

std::string whole(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all = [] {
    std::vector<Source> found;
    for (const auto& entry : fs::recursive_directory_iterator("src")) {
      const fs::path& path = entry.path();
      if (path.extension() != ".h" && path.extension() != ".cpp") continue;
      Source source{path, std::next(path.begin())->string(), {}};
      std::istringstream text(whole(path));
      for (std::string line; std::getline(text, line);) source.lines.push_back(line);
      found.push_back(std::move(source));
    }
    return found;
  }();
  return all;
}

std::string at(const Source& source, std::size_t line) {
  return source.path.string() + ":" + std::to_string(line + 1);
}

bool is_test(const Source& source) { return source.path.stem().string().ends_with("_test"); }

TEST(House, RoomsIncludeOnlyRoomsBelow) {
  const std::regex include("#include \"([a-z]+)/.*\"");
  for (const Source& source : sources()) {
    ASSERT_TRUE(kFloors.contains(source.room))
        << source.path << ": no floor is known for this room";
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(source.lines[i], match, include)) continue;
      const std::string room = match[1];
      ASSERT_TRUE(kFloors.contains(room)) << at(source, i) << ": no such room";
      EXPECT_TRUE(room == source.room || kFloors.at(room) < kFloors.at(source.room))
          << at(source, i) << ": " << source.room << " may not include " << room;
    }
  }
}

TEST(House, LibrariesStayInTheirRoom) {
  for (const Source& source : sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      if (!source.lines[i].starts_with("#include <")) continue;
      for (const auto& [prefix, rooms] : kLibraryRooms) {
        if (!source.lines[i].starts_with("#include <" + prefix)) continue;
        EXPECT_TRUE(rooms.contains(source.room))
            << at(source, i) << ": only " << *rooms.begin() << " may include this";
      }
    }
  }
}

TEST(House, NoBannedWords) {
  const std::vector<std::pair<std::regex, std::string>> banned{
      {std::regex(R"(using namespace)"), "name what you use"},
      {std::regex(R"(\bstd::(cout|cerr)\b)"), "the library does not print"},
      {std::regex(R"([^_a-z](printf|puts)\()"), "the library does not print"},
      {std::regex(R"(\bstd::regex\b)"), "use base/pattern.h: linear in the text"},
      {std::regex(R"(\b(std::)?(rand|srand|system|strcpy|sprintf|gets)\()"),
       "unsafe or not reproducible"},
      {std::regex(R"(sleep_for|sleep_until|\busleep\()"), "wait for a condition, not for time"},
      {std::regex(R"(\b(TODO|FIXME|XXX|HACK)\b)"), "do it or leave it"},
      {std::regex(R"(\bnew [A-Za-z_:]+[({;])"), "use make_unique or a container"}};
  for (const Source& source : sources()) {
    if (source.room == "cli" || is_test(source)) continue;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string code = source.lines[i].substr(0, source.lines[i].find("//"));
      for (const auto& [pattern, why] : banned) {
        EXPECT_FALSE(std::regex_search(code, pattern)) << at(source, i) << ": " << why;
      }
    }
  }
}

TEST(House, EveryFileIsBuilt) {
  const std::string build = whole("src/CMakeLists.txt");
  for (const Source& source : sources()) {
    const std::string name = fs::relative(source.path, "src").string();
    if (source.path.extension() == ".cpp") {
      EXPECT_NE(build.find(name), std::string::npos) << name << " is in no target";
      continue;
    }
    const auto includes = [&](const Source& other) {
      const std::string line = "#include \"" + name + "\"";
      return std::ranges::find(other.lines, line) != other.lines.end();
    };
    EXPECT_TRUE(std::ranges::any_of(sources(), includes)) << name << " is included by nothing";
  }
}

TEST(House, FilesAndGuidesStayShort) {
  for (const Source& source : sources()) {
    EXPECT_LE(source.lines.size(), 600u) << source.path << ": split it by what it holds";
  }
  const std::string guide = whole("ARCHITECTURE.md");
  EXPECT_LE(std::ranges::count(guide, '\n'), 400) << "ARCHITECTURE.md";
}

TEST(House, HeadersBeginWithPragmaOnce) {
  for (const Source& source : sources()) {
    if (source.path.extension() != ".h") continue;
    EXPECT_EQ(source.lines.at(0), "#pragma once") << source.path;
  }
}

TEST(House, EveryFormattedAlike) {
  if (std::system("clang-format --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "clang-format is not installed";
  EXPECT_EQ(std::system("find src tools fuzz -name '*.h' -o -name '*.cpp' | xargs clang-format "
                        "--dry-run -Werror"),
            0)
      << "run clang-format -i on the files named above";
}

}  // namespace
