#include "workspace/difference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "workspace/schemas.h"

namespace waymark::workspace {
namespace {

using Lines = std::vector<std::string>;

// "definition path: before -> after", of two texts of measures/visits.yaml.
Lines differences_of(const std::string& before, const std::string& after) {
  const std::map<std::string, std::string_view> schemas{{"waymark", kWaymarkSchema},
                                                        {"funnel", "{}"}};
  const auto open = [&](const std::string& yaml) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path() / "measures");
    write_file_atomically(folder.path() / "waymark.yaml", "name: Test\n");
    if (!yaml.empty()) write_file_atomically(folder.path() / "measures/visits.yaml", yaml);
    Diagnostics diagnostics;
    return Workspace::open(folder.path(), schemas, diagnostics);
  };
  Lines lines;
  for (const Difference& found : differences(open(before), open(after))) {
    lines.push_back(
        fmt::format("{} {}: {} -> {}", found.definition, found.path, found.before, found.after));
  }
  return lines;
}

TEST(Differences, OfValuesWhereverTheyStand) {
  EXPECT_EQ(
      differences_of("measure: funnel\nwithin: 7d\nper: learner\n",
                     "per: learner  # as ever\nmeasure: 'funnel'\nwithin: 14d\nopen: {a: 1}\n"),
      (Lines{"funnel visits within: 7d -> 14d", "funnel visits open:  -> {a: 1}"}));
}

TEST(Differences, OfItemsByTheirName) {
  EXPECT_EQ(differences_of("measure: funnel\nsteps: [{name: look, kinds: [a]}, {name: buy}]\n",
                           "measure: funnel\nsteps: [{name: pay}, {name: look, kinds: [a, b]}]\n"),
            (Lines{"funnel visits steps[look].kinds[2]:  -> b",
                   "funnel visits steps[buy]: {name: buy} -> ",
                   "funnel visits steps[pay]:  -> {name: pay}"}));
  EXPECT_EQ(differences_of("measure: funnel\nsteps: [{name: a}, {name: b}]\n",
                           "measure: funnel\nsteps: [{name: b}, {name: a}]\n"),
            (Lines{"funnel visits steps: [{name: a}, {name: b}] -> [{name: b}, {name: a}]"}));
}

TEST(Differences, OfItemsBetweenEqualOnes) {
  EXPECT_EQ(differences_of("measure: funnel\nkinds: [a, b, d]\n",
                           "measure: funnel\nkinds: [a, b, c, d]\n"),
            Lines{"funnel visits kinds[3]:  -> c"});
}

TEST(Differences, OfWholeDefinitions) {
  EXPECT_EQ(differences_of("", "measure: funnel\n"),
            Lines{"funnel visits :  -> {measure: funnel}"});
  EXPECT_EQ(differences_of("measure: funnel\n", "measure: funnel # the same\n"), Lines{});
}

}  // namespace
}  // namespace waymark::workspace
