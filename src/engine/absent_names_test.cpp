#include "engine/absent_names.h"

#include <gtest/gtest.h>

#include "engine/doctor.h"
#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

// Learners of a course who read, and take quizzes that they pass or fail.
class AbsentNames : public testing::Test {
 protected:
  AbsentNames() {
    workspace_.write("data/clicks.csv",
                     "time,learner,kind,activity,outcome\n"
                     "2025-03-03T09:00:00Z,ann,enrolled,,\n"
                     "2025-03-03T09:10:00Z,ann,reading,page,\n"
                     "2025-03-03T09:20:00Z,ann,quiz,exam,passed\n"
                     "2025-03-04T09:00:00Z,ben,quiz,exam,failed\n");
    // A source says which kinds there are: what it names is no mention.
    workspace_.write(
        "sources/clicks.yaml",
        "files: data/clicks.csv\narrival: event_time\nevents:\n"
        "  - {kind: '${kind}', learner: '${learner}', course: c, context: '${activity}',\n"
        "     object: one, outcome: '${outcome}', time: '${time}', when: {learner: [ann, ben]}}\n"
        "  - {kind: certified, learner: '${learner}', time: '${time}', when: {learner: zoe}}\n");
  }

  Lines notes() const {
    workspace_.ingest();
    return absent_names(workspace_.catalog(), workspace_.build().reader);
  }

  TestWorkspace workspace_;
};

TEST_F(AbsentNames, AreToldOfOnceForEachMentionWithTheNearest) {
  workspace_.write("measures/walks.yaml",
                   "measure: paths\nstates: context\npopulation:\n  kinds: [quizz, reading]\n");
  workspace_.write("measures/sessions.yaml", "measure: sessions\nkinds: [redaing, reading]\n");
  workspace_.write("measures/engagement.yaml", "measure: engagement\nfirst_action: quizz\n");
  workspace_.write("measures/coming.yaml",
                   "measure: funnel\nsteps:\n  - {name: came, source: click}\n"
                   "  - name: sat\n    context:\n      - page\n      - exams\n"
                   "  - {name: passed, outcome: [pased]}\n");
  workspace_.write("measures/quiet.yaml",
                   "measure: cohort\nwho:\n  all:\n    - did_not: {last: 7d, kinds: certified}\n");
  EXPECT_EQ(
      notes(),
      (Lines{"measures/coming.yaml:3:18: no event is from source 'click' (did you mean "
             "'clicks'?)",
             "measures/coming.yaml:7:9: no event is in context 'exams' (did you mean "
             "'exam'?)",
             "measures/coming.yaml:8:30: no event has outcome 'pased' (did you mean "
             "'passed'?)",
             "measures/engagement.yaml:2:1: no event is of kind 'quizz' (did you mean "
             "'quiz'?)",
             "measures/quiet.yaml:4:27: no event is of kind 'certified'",
             "measures/sessions.yaml:2:9: no event is of kind 'redaing' (did you mean "
             "'reading'?)",
             "measures/walks.yaml:4:11: no event is of kind 'quizz' (did you mean 'quiz'?)"}));
}

TEST_F(AbsentNames, OfModelsToo) {
  workspace_.write("measures/study.yaml",
                   "measure: features\nfeatures:\n  quizzes: {count: true, kinds: quizes}\n");
  workspace_.write("models/risk.yaml",
                   "features: study\nwho: {enrolled: enroled, until: left}\nas_of: {day: 7}\n"
                   "target:\n  kind: quiz\n  classes: {good: [passed, excellent], bad: lost}\n"
                   "trainers: [logistic]\n");
  workspace_.write("models/leaving.yaml",
                   "model: survival\nfeatures: study\nas_of: {day: 7}\nat: [30]\n"
                   "target: {kind: departed}\n");
  EXPECT_EQ(notes(),
            (Lines{"measures/study.yaml:3:26: no event is of kind 'quizes' (did you mean 'quiz'?)",
                   "models/leaving.yaml:5:10: no event is of kind 'departed'",
                   "models/risk.yaml:2:7: no event is of kind 'enroled' (did you mean "
                   "'enrolled'?)",
                   "models/risk.yaml:2:26: no event is of kind 'left'",
                   "models/risk.yaml:6:40: no event has outcome 'lost'"}));
}

TEST_F(AbsentNames, OfOutagesToo) {
  workspace_.write("calendars/year.yaml",
                   "dates:\n  - {kind: outage, from: 2025-03-05, courses: [c, biology]}\n"
                   "  - {kind: outage, from: 2025-03-06, sources: clickz}\n");
  EXPECT_EQ(notes(), (Lines{"calendars/year.yaml:2:51: no event is in course 'biology'",
                            "calendars/year.yaml:3:38: no event is from source 'clickz' (did you "
                            "mean 'clicks'?)"}));
}

// Wherever a definition can name one: keys, values, conditions, lists, other measures' rows. Once
// in each definition; not where it is named in another.
TEST_F(AbsentNames, OfPropertiesToo) {
  workspace_.write("data/clicks.csv",
                   "time,learner,kind,activity,outcome,action,tries\n"
                   "2025-03-03T09:00:00Z,ann,quiz,exam,passed,open,1\n");
  workspace_.write("measures/study.yaml",
                   "measure: features\nfeatures:\n  acton: {sum: nosuch, description: acton}\n"
                   "  tried: {sum: tries, where: {actions: [x]}}\n  kinds: {sum: kind}\n");
  workspace_.write("measures/sat.yaml", "measure: events\nwhere:\n  acton: open\n");
  workspace_.write("measures/sessions.yaml", "measure: sessions\nswitch_on: [course, acton]\n");
  workspace_.write("measures/keen.yaml",
                   "measure: cohort\nwho:\n  all:\n    - attributes: {regoin: [north]}\n"
                   "    - attributes: {tries: {at_least: 1}}\n");
  const std::string metric =
      "measure: metric\nunit: learners\nowner: us\ndescription: Who is there.\n";
  workspace_.write("measures/there.yaml", metric +
                                              "dimensions: [action, acton]\n"
                                              "simple: {distinct: learner, events: sat}\n");
  workspace_.write("measures/long.yaml",
                   metric + "simple: {mean: events, table: sessions, where: \"converted > 2\"}\n");
  workspace_.write("models/leaving.yaml",
                   "model: survival\nfeatures: study\nas_of: {day: 7}\nat: [30]\n"
                   "target: {kind: quiz, sum: trials, reaches: 3}\n");
  const std::string meant = " (did you mean 'action'?)";
  EXPECT_EQ(notes(),
            (Lines{"measures/keen.yaml:4:20: no event has the property 'regoin'",
                   "measures/long.yaml:5:41: no event has the property 'converted'",
                   "measures/sat.yaml:3:3: no event has the property 'acton'" + meant,
                   "measures/sessions.yaml:2:21: no event has the property 'acton'" + meant,
                   "measures/study.yaml:3:11: no event has the property 'nosuch'",
                   "measures/study.yaml:4:31: no event has the property 'actions'" + meant,
                   "measures/study.yaml:5:11: no event has the property 'kind'",
                   "measures/there.yaml:5:22: no event has the property 'acton'" + meant,
                   "models/leaving.yaml:5:22: no event has the property 'trials' (did you mean "
                   "'tries'?)"}));
}

// A metric names a file with `measure: events`, which is no kind; what that file names counts.
TEST_F(AbsentNames, ANameForEventsIsNoKind) {
  workspace_.write("measures/acting.yaml", "measure: events\nkinds: [quiz, essay]\n");
  const std::string metric =
      "measure: metric\nunit: learners\nowner: us\ndescription: Who is there.\n";
  workspace_.write("measures/there.yaml", metric + "simple: {distinct: learner, events: acting}\n");
  workspace_.write("measures/here.yaml",
                   metric + "simple: {distinct: learner, events: {kinds: page}}\n");
  EXPECT_EQ(notes(), (Lines{"measures/acting.yaml:2:15: no event is of kind 'essay'",
                            "measures/here.yaml:5:38: no event is of kind 'page'"}));
}

// Some of several outcomes may not have been had yet, some contexts be in other courses, objects
// may open later; and where nothing has been ingested, nothing is known.
TEST_F(AbsentNames, OfWhatMayComeThereIsNone) {
  workspace_.write("measures/sat.yaml",
                   "measure: events\nkinds: quiz\nobject: two\noutcome: [failed, certified]\n"
                   "context: [exam, wiki]\n");
  EXPECT_EQ(notes(), Lines{});
  workspace_.write("measures/sat.yaml", "measure: events\ncontext: [wiki, forum]\n");
  EXPECT_EQ(notes(), (Lines{"measures/sat.yaml:2:11: no event is in context 'wiki'",
                            "measures/sat.yaml:2:17: no event is in context 'forum'"}));

  const TestWorkspace empty;
  empty.write_clicks("");
  empty.write("measures/sat.yaml", "measure: events\nkinds: quiz\n");
  empty.ingest();
  EXPECT_EQ(absent_names(empty.catalog(), empty.build().reader), Lines{});
  empty.write_clicks("2025-03-03T09:00:00Z,ann,page 1\n");
  empty.ingest();
  EXPECT_EQ(absent_names(empty.catalog(), empty.build().reader),
            Lines{"measures/sat.yaml:2:1: no event is of kind 'quiz'"});
}

TEST_F(AbsentNames, TheDoctorSaysSoAndFindsNoFault) {
  workspace_.write("measures/sessions.yaml", "measure: sessions\nkinds: quizz\n");
  notes();
  Silent silent;
  Lines definitions;
  for (const Finding& finding : examine(workspace_.folder(), silent)) {
    EXPECT_TRUE(finding.healthy) << finding.what;
    if (finding.part == "definitions") definitions.push_back(finding.what);
  }
  EXPECT_EQ(definitions, (Lines{"no mistakes",
                                "measures/sessions.yaml:2:1: no event is of kind 'quizz' (did you "
                                "mean 'quiz'?)"}));
}

}  // namespace
}  // namespace waymark::engine
