// However events arrive, early, late or of new learners: what a build makes of what it made before
// is what it would make of all of them at once.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

void write_definitions(const TestWorkspace& workspace) {
  workspace.write("waymark.yaml", "name: test\ntime_zone: Europe/London\n");
  workspace.write("sources/clicks.yaml",
                  "files: data/clicks*.csv\n"
                  "arrival: event_time\n"
                  "events:\n"
                  "  - {kind: '${kind}', learner: '${learner}', course: '${course}', object: "
                  "'${item}', time: '${time}', weight: '${weight}', properties: {city: "
                  "'${city}'}}\n");
  const auto measure = [&](const char* name, const char* yaml) {
    workspace.write(fmt::format("measures/{}.yaml", name), yaml);
  };
  measure("starting",
          "measure: funnel\nwithin: 10d\nsteps:\n  - {name: saw, kinds: [view]}\n"
          "  - {name: clicked, kinds: [click]}\n");
  measure("back",
          "measure: retention\nstart: {kinds: [view, click]}\nreturn: {kinds: [click]}\n"
          "period: week\nperiods: 4\n");
  measure("skills",
          "measure: mastery\ncorrect: {kinds: [click]}\n"
          "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n");
  measure("stages", "measure: lifecycle\nactivity: {kinds: [click]}\nperiod: week\n");
  measure("quiet", "measure: cohort\nwho: {did_not: {kinds: [click], last: 14d}}\n");
  measure("ways", "measure: paths\nstates: object\n");
  measure("clicks", "measure: metric\nsimple: {sum: weight, events: {kinds: click}}\n");
  measure("active",
          "measure: metric\ngrain: day\nsimple: {distinct: learner}\ndimensions: [city, course]\n");
  measure("clicks_each", "measure: metric\nratio: {numerator: clicks, denominator: active}\n");
  measure("ever", "measure: metric\ncumulative: {of: active}\n");
  measure("visits", "measure: metric\nsimple: {count: true, table: sessions}\n");
  measure("half", "measure: metric\nderived: clicks / 2\n");
  measure("odd_days", "measure: anomalies\nmetric: active\ngrain: day\n");
  measure("mean_weight",
          "measure: metric\nsimple: {mean: weight, events: {kinds: view}}\ndimensions: [course]\n");
  measure("odd_weights",
          "measure: anomalies\nmetric: mean_weight\ngrain: day\nwhere: [object != page 1]\n");
  measure("odd_weeks", "measure: anomalies\nmetric: clicks_each\ngrain: week\nby: [course]\n");
  measure("study",
          "measure: features\nfeatures:\n  clicks: {count: true}\n  pages: {distinct: object}\n");
  measure("alike",
          "measure: clusters\nfeatures: study\nof: [clicks, pages]\nas_of: {date: 2025-03-20}\n"
          "clusters: {from: 2, to: 3}\n");
}

// Rows of one file. Days move on from file to file, but for some that lie before.
std::string rows(std::mt19937_64& random, int file) {
  const auto below = [&](std::uint64_t end) { return random() % end; };
  std::string text = "time,learner,kind,course,item,weight,city\n";
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t day = below(6) == 0 ? below(20) : 20 * file + below(20);
    const Micros time = 1'741'000'000 * kMicrosPerSecond +
                        static_cast<Micros>(day) * kMicrosPerDay +
                        static_cast<Micros>(below(96)) * 15 * kMicrosPerMinute;
    static constexpr const char* kCities[]{"Bath", "York", "", "", ""};
    text += fmt::format("{},learner {},{},course {},page {},{},{}\n", to_iso(time),
                        below(4 + 3 * file), below(3) == 0 ? "view" : "click", below(2), below(4),
                        below(9), kCities[below(5)]);
  }
  return text;
}

class CarryOn : public testing::TestWithParam<std::uint64_t> {};

TEST_P(CarryOn, ComesToWhatAllEventsAtOnceComeTo) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  std::mt19937_64 random(GetParam());
  const TestWorkspace workspace, at_once;
  write_definitions(workspace);
  write_definitions(at_once);
  for (int file = 0; file < 4; ++file) {
    const std::string text = rows(random, file);
    workspace.write(fmt::format("data/clicks{}.csv", file), text);
    at_once.write(fmt::format("data/clicks{}.csv", file), text);
    workspace.ingest();
    workspace.build();
  }
  at_once.ingest();
  at_once.build();
  EXPECT_EQ(difference(at_once.contents(), workspace.contents()), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, CarryOn, testing::Range<std::uint64_t>(1, 3));

}  // namespace
}  // namespace waymark::engine
