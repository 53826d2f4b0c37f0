// The example workspaces over the real data that they were written for.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "source/test_workspace.h"

namespace waymark::source {
namespace {

namespace fs = std::filesystem;

const fs::path kData = "../shared/data";

#define SKIP_WITHOUT(path) \
  if (!fs::exists(path)) GTEST_SKIP() << "NOT TESTED: " << (path) << " is not here"

SourceDefinition example(const fs::path& path) {
  SourceDefinition definition = TestWorkspace::definition(read_file(path));
  definition.name = path.stem();
  return definition;
}

TEST(Examples, EveryExampleSourceIsRight) {
  for (const auto& entry : fs::recursive_directory_iterator("examples")) {
    const fs::path& path = entry.path();
    if (path.parent_path().filename() != "sources" || path.extension() != ".yaml") continue;
    EXPECT_EQ(TestWorkspace::mistakes(read_file(path)), "") << path;
  }
}

// examples/oulad with all seven tables of the real data instead of the part that ships.
class Oulad : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(kData / "oulad");
    fs::create_directory(folder_.path() / "data");
    for (const auto& entry : fs::directory_iterator(kData / "oulad"))
      fs::create_symlink(fs::absolute(entry.path()),
                         folder_.path() / "data" / entry.path().filename());
    fs::copy_file("examples/oulad/data/presentations.csv",
                  folder_.path() / "data/presentations.csv");
  }
  Reading read(const SourceDefinition& definition) const {
    return read_all(definition, folder_.path(), find_files(definition, folder_.path()).at(0),
                    {.now = kTestNow}, 50'000);
  }
  Reading read(const std::string& name) const {
    return read(example("examples/oulad/sources/" + name + ".yaml"));
  }

  TemporaryFolder folder_;
};

std::map<std::string, std::size_t> kinds(const Reading& reading) {
  std::map<std::string, std::size_t> counts;
  for (const Event& event : reading.events) ++counts[event.kind];
  return counts;
}

TEST_F(Oulad, Enrolments) {
  const Reading reading = read("enrolments");
  EXPECT_EQ(reading.counts.records, 21'333u);
  EXPECT_EQ(reading.rejected(), "");
  // 15,000 of 21,333 registrations have no date of unregistration.
  EXPECT_EQ(kinds(reading),
            (std::map<std::string, std::size_t>{
                {"enrolled", 21'333}, {"result", 21'333}, {"unregistered", 6'333}}));
  EXPECT_EQ(reading.courses.size(), 15u);
  EXPECT_EQ(to_line(reading.events[0]),
            "11391|2013-04-25T00:00:00Z|enrolled||AAA/2013J||||1|module=AAA gender=male "
            "region=East Anglian Region education=HE Qualification deprivation=90-100% "
            "age=55<= prev_attempts=#0 credits=#240 disability=no")
      << "159 days before 1 October 2013";
  EXPECT_EQ(to_line(reading.events[1]), "11391|2014-06-26T00:00:00Z|result||AAA/2013J|||Pass|1|");
}

TEST_F(Oulad, Submissions) {
  const Reading reading = read("submissions");
  EXPECT_EQ(reading.counts.records, 121'738u);
  EXPECT_EQ(reading.counts.events, 121'738u);
  EXPECT_EQ(to_line(reading.events[0]),
            "11391|2013-10-19T00:00:00Z|submitted|1752|AAA/2013J|TMA|78||1|"
            "weight=#10 due_day=#19 days_late=#-1 is_banked=#0");
  std::map<std::string, std::size_t> contexts;
  std::size_t without_score = 0;
  for (const Event& event : reading.events) {
    ++contexts[event.context];
    without_score += std::isnan(event.score) ? 1 : 0;
    ASSERT_EQ(event.properties.size(), 4u);
  }
  EXPECT_EQ(without_score, 131u);
  EXPECT_EQ(contexts.size(), 3u);
}

TEST_F(Oulad, CoursesAndSitesAsSourcesOfTheirOwn) {
  const Reading courses = read(TestWorkspace::definition(R"(
files: data/courses.csv
lookup: {presentation: {file: data/presentations.csv, key: [code_presentation]}}
courses:
  - course: ${code_module}/${code_presentation}
    start: {day: "0", since: "${presentation.start}"}
    end: {day: "${module_presentation_length}", since: "${presentation.start}"}
)"));
  EXPECT_EQ(courses.courses.size(), 15u);
  EXPECT_EQ(courses.counts.received(), 0u);

  const Reading sites = read(TestWorkspace::definition(R"(
files: data/vle.csv
events:
  - kind: published
    learner: nobody
    object: ${id_site}
    time: "2013-02-01"
    properties: {first: {number: "${week_from}"}, last: {number: "${week_to}"}}
)"));
  EXPECT_EQ(sites.counts.events, 4'694u);
  std::size_t with_weeks = 0;
  for (const Event& event : sites.events) {
    const auto is_week = [](const auto& property) { return property.first == "first"; };
    with_weeks += std::ranges::any_of(event.properties, is_week) ? 1 : 0;
  }
  EXPECT_EQ(with_weeks, 4'694u - 3'906u);

  const Reading registrations = read(TestWorkspace::definition(R"(
files: data/studentRegistration.csv
lookup: {presentation: {file: data/presentations.csv, key: [code_presentation]}}
events:
  - kind: registered
    learner: ${id_student}
    time: {day: "${date_registration}", since: "${presentation.start}"}
)"));
  EXPECT_EQ(registrations.counts.events, 21'333u - 36u);
  EXPECT_EQ(registrations.counts.rejected, 36u) << "without a date of registration";
}

// The large table, without keeping its seven million events; with sanitizers only its beginning.
TEST_F(Oulad, Clicks) {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::uint64_t kEnough = 300'000;
#else
  constexpr std::uint64_t kEnough = 10'000'000;
#endif
  const SourceDefinition definition = example("examples/oulad/sources/clicks.yaml");
  const auto lookups = load_lookups(definition, folder_.path());
  EXPECT_EQ(lookup_warnings(definition, lookups), std::vector<std::string>{});
  SourceReader reader(definition, lookups, folder_.path(),
                      find_files(definition, folder_.path()).at(0), {.now = kTestNow});
  Counts counts;
  double clicks = 0;
  for (Chunk chunk; counts.records < kEnough && reader.next_chunk(chunk, 100'000);) {
    counts += chunk.counts;
    for (const double weight : chunk.events.weight) clicks += weight;
    EXPECT_EQ(std::ranges::count(chunk.events.context, kNoCode), 0) << "every site is known";
  }
  EXPECT_EQ(counts.events, counts.records);
  if (counts.records < kEnough) {
    EXPECT_EQ(counts.records, 7'035'828u);
    EXPECT_EQ(clicks, 25'804'801);
  }
}

class Moodle : public testing::Test {
 protected:
  void SetUp() override { SKIP_WITHOUT(kData / "moodle"); }
  static Reading read(const std::string& name) {
    const SourceDefinition definition = example("examples/moodle/sources/" + name + ".yaml");
    const fs::path folder = "examples/moodle";
    const auto files = find_files(definition, folder);
    EXPECT_EQ(files.size(), 1u);
    return read_all(definition, folder, files.at(0),
                    {.now = *parse_iso_time("2026-01-01", Zone::utc())}, 10'000);
  }
};

TEST_F(Moodle, TheCleanLog) {
  const Reading reading = read("events");
  EXPECT_EQ(reading.counts.records, 95'626u);
  EXPECT_EQ(reading.counts.events, 95'626u);
  std::set<std::string> learners;
  for (const Event& event : reading.events) learners.insert(event.learner.reveal());
  EXPECT_EQ(learners.size(), 130u);
}

// 12,201 rows. 10,319 begin with the user who acted; of the others, 1,652 name nobody (mostly the
// plug-in for plagiarism: "User viewed their submission inbox …") and 230 are Moodle's own grading
// ("The user with id '-1' updated the grade …").
TEST_F(Moodle, TheRawExport) {
  const Reading reading = read("raw_export");
  EXPECT_EQ(reading.counts.records, 12'201u);
  EXPECT_EQ(reading.counts.events, 10'319u);
  for (const Reject& reject : reading.rejects) EXPECT_EQ(reject.reason, "event.learner_missing");
  EXPECT_EQ(reading.counts.rejected, 1'652u + 230u);
  EXPECT_EQ(to_line(reading.events[0]),
            "3|2021-10-17T12:44:00Z|Log report viewed|Course: Object Oriented Programming(Spring "
            "2020 - S20 COMP 0328.1)|S20 COMP 0328.1|Logs|||1|description=The user with id '3' "
            "viewed the log report for the course with id '502'. origin=web User full name=- "
            "Affected user=- IP address=10.7.34.59");
  const auto is_ellipsis = [](const Event& event) {
    return event.object.ends_with("Continues\u2026");
  };
  EXPECT_GT(std::ranges::count_if(reading.events, is_ellipsis), 0) << "Windows-1252 became UTF-8";
}

}  // namespace
}  // namespace waymark::source
