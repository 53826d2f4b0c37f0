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
                  "'${city}', zone: '${zone}'}}\n");
  workspace.write("sources/courses.yaml",
                  "files: data/courses.csv\nevents: []\n"
                  "courses:\n  - {course: '${course}', start: '${start}', end: '${end}', "
                  "properties: {subject: '${subject}'}}\n");
  // One ends while events still come, one does not, and one has no dates.
  workspace.write("data/courses.csv",
                  "course,start,end,subject\ncourse 0,2025-03-01,2025-04-10,one\n"
                  "course 1,2025-03-08,2025-07-01,one\n");
  workspace.write("calendars/spring.yaml",
                  "dates:\n  - {kind: holiday, from: 2025-03-24, to: 2025-04-06}\n");
  const auto measure = [&](const char* name, const char* yaml) {
    workspace.write(fmt::format("measures/{}.yaml", name), yaml);
  };
  measure("engagement", "measure: engagement\nabandoned_after: 9d\n");
  measure("engaged_by_clicks",
          "measure: engagement\nkinds: [click]\nenrolled: [view]\nfirst_action: [leave]\n"
          "revisit: session\nsession_gap: 2h\nabandoned_after: 13d\n");
  measure("visits", "measure: sessions\ngap: 2h\nswitch_on: course\nepisodes: {gap: 3d}\n");
  const std::string steps =
      "steps:\n  - {name: saw, kinds: [view], conversion: came}\n"
      "  - {name: clicked, kinds: [click]}\n";
  measure("starting", ("measure: funnel\nwithin: 10d\n" + steps).c_str());
  measure("again", ("measure: funnel\nwithin: 4d\ncount: every\nper: learner\n" + steps).c_str());
  measure(
      "either",
      ("measure: funnel\norder: any\nwithin: 15d\nexclude: {kinds: [leave]}\n" + steps).c_str());
  measure("some_day", ("measure: funnel\n" + steps).c_str());
  const std::string back =
      "measure: retention\nstart: {kinds: [view, click]}\nreturn: {kinds: [click]}\n";
  measure("back", (back + "period: week\nperiods: 6\n").c_str());
  measure("back_at_home",
          (back + "period: day\nbrackets: [0, 1-3, 4-20]\nper: learner\ntime_zone: {property: "
                  "zone}\ncalendar: spring\nclosed_days: normalise\n")
              .c_str());
  measure("back_ever", (back + "period: month\nperiods: 2\nmode: unbounded\n").c_str());
  measure("back_in_term",
          (back + "period: week\nperiods: 6\ncalendar: spring\nclosed_days: exclude\n").c_str());
  const std::string skills =
      "measure: mastery\ncorrect: {kinds: [click]}\n"
      "other_skills: {known_first: 0.4, learn: 0.3, guess: 0.2, slip: 0.1}\n";
  measure("skills", skills.c_str());
  measure("fading_skills", (skills + "decay: {half_life: 9d}\n").c_str());
  measure("stages", "measure: lifecycle\nactivity: {kinds: [click]}\nperiod: week\n");
  measure("days_at_home",
          "measure: lifecycle\nactivity: {kinds: [click, view]}\nactivated: {kinds: [view]}\n"
          "left: {kinds: [leave]}\nper: learner\nperiod: day\ntime_zone: {property: zone}\n");
  measure("quiet", "measure: cohort\nwho: {did_not: {kinds: [click], last: 14d}}\n");
  measure("seasoned",
          "measure: cohort\nwho:\n  all:\n"
          "    - did: {kinds: [click], at_least: 2, before: 6d}\n"
          "    - any:\n        - sum: {of: weight, kinds: click, last: 8d, at_least: 9}\n"
          "        - sequence: {steps: [{kinds: view}, {kinds: click}], within: 5d, last: 20d}\n"
          "        - cohort: quiet\n");
  measure("ways",
          "measure: paths\nstates: object\norder: 2\nsequences: {longest: 3}\n"
          "paths: {to: page 1}\npredict: true\n");
  measure("clicks", "measure: metric\nsimple: {sum: weight, events: {kinds: click}}\n");
  measure("active",
          "measure: metric\ngrain: day\nsimple: {distinct: learner}\ndimensions: [city, course]\n");
  measure("clicks_each", "measure: metric\nratio: {numerator: clicks, denominator: active}\n");
  measure("ever", "measure: metric\ncumulative: {of: active}\n");
  measure("visits_begun", "measure: metric\nsimple: {count: true, table: sessions}\n");
  measure("coming", "measure: metric\nconversion: {funnel: starting, step: clicked}\n");
  measure("coming_back", "measure: metric\nretention: {measure: back, period: 2}\n");
  measure("half", "measure: metric\nderived: clicks / 2\n");
  measure("odd_days", "measure: anomalies\nmetric: active\ngrain: day\n");
  measure("odd_days_beside_the_run_before",
          "measure: anomalies\nmetric: active\ngrain: day\nby: [course]\nrepeats: subject\n"
          "calendar: spring\n");
  measure("mean_weight",
          "measure: metric\nsimple: {mean: weight, events: {kinds: view}}\ndimensions: [course]\n");
  measure("odd_weights",
          "measure: anomalies\nmetric: mean_weight\ngrain: day\nwhere: [object != page 1]\n");
  measure("odd_weeks", "measure: anomalies\nmetric: clicks_each\ngrain: week\nby: [course]\n");
  measure("study",
          "measure: features\nfeatures:\n  clicks: {count: true, kinds: [click], last: 20d}\n"
          "  pages: {distinct: object}\n  days: {active_days: true}\n");
  const std::string tiers =
      "measure: tiers\nfeatures: study\nof: clicks\ntiers: {high: 60, low: 0}\n";
  measure("now", tiers.c_str());
  measure("early", (tiers + "as_of: {day: 30}\n").c_str());
  measure("alike",
          "measure: clusters\nfeatures: study\nof: [clicks, pages]\nas_of: {date: 2025-03-20}\n"
          "clusters: {from: 2, to: 3}\n");
  workspace.write("models/leaving.yaml",
                  "model: survival\nfeatures: study\non: [clicks, days]\nas_of: {day: 4}\n"
                  "target: {kind: leave}\nmethods: [cox]\nat: [7]\n");
}

// Rows of one file. Days move on from file to file, but for some that lie before; most learners
// have events in few files only, and then rest.
std::string rows(std::mt19937_64& random, int file) {
  const auto below = [&](std::uint64_t end) { return random() % end; };
  const auto any_of = [&](std::initializer_list<const char*> words) {
    return words.begin()[below(words.size())];
  };
  std::string text = "time,learner,kind,course,item,weight,city,zone\n";
  for (int i = 0; i < (file == 0 ? 80 : 15); ++i) {
    const std::uint64_t day = below(8) == 0 ? below(14) : 14 * file + below(14);
    const Micros time = 1'741'000'000 * kMicrosPerSecond +
                        static_cast<Micros>(day) * kMicrosPerDay +
                        static_cast<Micros>(below(96)) * 15 * kMicrosPerMinute;
    text += fmt::format("{},learner {},{},course {},page {},{},{},{}\n", to_iso(time),
                        file == 0 ? below(12) : below(3) + 3 * file,
                        any_of({"view", "view", "view", "click", "click", "click", "leave"}),
                        below(3), below(4), below(9), any_of({"Bath", "York", "", "", ""}),
                        any_of({"Pacific/Auckland", "America/New_York", "", ""}));
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
