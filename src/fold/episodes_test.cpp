#include "fold/episodes.h"

#include "fold/story.h"

namespace waymark::fold {
namespace {

TEST(Episodes, APauseBetweenSessionsLongerThanTheGapStartsANewOne) {
  Story(R"(
    learner | time                | weight
    ann     | 2026-03-02 09:00    | 2
    ann     | 2026-03-02 09:10    | 1
    ann     | 2026-03-02 23:50    | 1
    ann     | 2026-03-03 00:05    | 1
    ann     | 2026-03-10 00:05    | 1
    ann     | 2026-03-17 00:05:01 | 5
    bob     | 2026-03-02 09:45    | 1
  )")
      .gives(episodes("gap: 30m\nepisodes: {gap: 7d}"), R"(
    learner | number | start               | end                 | sessions | events | weight | active_ms | active_days
    ann     | 1      | 2026-03-02 09:00    | 2026-03-10 00:05    | 3        | 5      | 6      | 1500000   | 3
    ann     | 2      | 2026-03-17 00:05:01 | 2026-03-17 00:05:01 | 1        | 1      | 5      | 0         | 1
    bob     | 1      | 2026-03-02 09:45    | 2026-03-02 09:45    | 1        | 1      | 1      | 0         | 1
  )");
}

TEST(Episodes, WhereSessionsSwitchOnCourseEachCourseHasItsOwn) {
  const Story story(R"(
    learner | time             | course
    ann     | 2026-03-02 09:00 | maths
    ann     | 2026-03-03 09:00 | art
    ann     | 2026-03-08 09:00 | maths
    ann     | 2026-03-12 09:00 | art
  )");
  story.gives(episodes("switch_on: course\nepisodes: {gap: 7d}"), R"(
    learner | course | number | start            | end              | sessions
    ann     | maths  | 1      | 2026-03-02 09:00 | 2026-03-08 09:00 | 2
    ann     | art    | 1      | 2026-03-03 09:00 | 2026-03-03 09:00 | 1
    ann     | art    | 2      | 2026-03-12 09:00 | 2026-03-12 09:00 | 1
  )");
  story.gives(episodes("episodes: {gap: 7d}"), R"(
    learner | course | number | start            | end              | sessions
    ann     | maths  | 1      | 2026-03-02 09:00 | 2026-03-12 09:00 | 4
  )");
}

TEST(Episodes, SessionsBelowTheMinimumBelongToNone) {
  Story(R"(
    learner | time
    ann     | 2026-03-02 09:00
    ann     | 2026-03-02 09:01
    ann     | 2026-03-08 09:00
    ann     | 2026-03-14 09:00
    ann     | 2026-03-14 09:01
    bob     | 2026-03-14 09:01
  )")
      .gives(episodes("minimum: {events: 2}\nepisodes: {gap: 7d}"), R"(
    learner | number | start            | sessions | events
    ann     | 1      | 2026-03-02 09:00 | 1        | 2
    ann     | 2      | 2026-03-14 09:00 | 1        | 2
  )");
}

TEST(Episodes, TheirDaysAreLocal) {
  const Story story(R"(
    learner | time
    ann     | 2026-03-02 23:50
    ann     | 2026-03-03 00:05
    ann     | 2026-03-03 12:00
  )",
                    Zone::named("Asia/Tokyo"));
  story.gives(episodes("gap: 30m\nepisodes: {gap: 1d}"), R"(
    learner | start            | sessions | active_days
    ann     | 2026-03-02 23:50 | 2        | 2
  )");
}

TEST(Episodes, MistakesAreReportedWhereTheyAre) {
  EXPECT_EQ(mistakes("sessions", "gap: 2h\nepisodes: {gap: 90m}"),
            "measure.yaml:3:12: episodes join sessions, so their gap must be longer than that of "
            "the sessions (such as 7d)\n");
  EXPECT_NE(mistakes("sessions", "episodes: {}"), "");
}

// Sessions and their episodes keep every event and every session.
TEST(Episodes, LoseNothing) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const EventBatch events = random_events({.seed = seed});
    Symbols symbols = symbols_of(events);
    for (const bool by_course : {false, true}) {
      const SessionsDefinition definition{.switch_on_course = by_course,
                                          .episode_gap = 2 * kMicrosPerDay};
      const SessionsFold fold(definition, Names(symbols));
      const SessionTable sessions = run(fold, EventSource(events, symbols, fold.reads(), 3, 7), 2);
      EpisodeTable episodes;
      add_episodes(sessions, definition, Zone::utc(), episodes);
      std::uint64_t of_episodes = 0, in_episodes = 0;
      for (std::size_t i = 0; i < episodes.size(); ++i) {
        of_episodes += episodes.sessions[i];
        in_episodes += episodes.events[i];
        if (episodes.number[i] == 1) continue;
        EXPECT_GT(episodes.start[i], episodes.end[i - 1] + 2 * kMicrosPerDay);
      }
      EXPECT_EQ(of_episodes, sessions.size());
      EXPECT_EQ(in_episodes, events.size());
    }
  }
}

}  // namespace
}  // namespace waymark::fold
