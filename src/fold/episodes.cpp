#include "fold/episodes.h"

#include <algorithm>

#include "fold/code_index.h"
#include "fold/local_clock.h"

namespace waymark::fold {
namespace {

struct Episode {
  Code course = kNoCode;
  Micros start = 0, end = 0, active = 0;
  std::uint64_t sessions = 0, events = 0;
  double weight = 0;
  std::int64_t last_day = 0;
  std::uint32_t active_days = 0;
};

void add_session(const SessionTable& sessions, std::size_t row, LocalClock& clock,
                 Episode& episode) {
  const Micros start = sessions.start[row];
  const Micros end = sessions.end[row];
  std::int64_t first_day = clock.day(start);
  const std::int64_t last_day = clock.day(end);
  if (episode.sessions == 0) {
    episode.course = sessions.course[row];
    episode.start = start;
  } else {
    first_day = std::max(first_day, episode.last_day + 1);
  }
  episode.active_days +=
      static_cast<std::uint32_t>(std::max<std::int64_t>(0, last_day - first_day + 1));
  episode.last_day = last_day;
  episode.end = end;
  episode.active += end - start;
  ++episode.sessions;
  episode.events += sessions.events[row];
  episode.weight += sessions.weight[row];
}

void add_row(const Episode& episode, Code learner, std::uint32_t number, EpisodeTable& table) {
  table.learner.push_back(learner);
  table.course.push_back(episode.course);
  table.number.push_back(number);
  table.start.push_back(episode.start);
  table.end.push_back(episode.end);
  table.sessions.push_back(episode.sessions);
  table.events.push_back(episode.events);
  table.weight.push_back(episode.weight);
  table.active_ms.push_back(episode.active / 1'000);
  table.active_days.push_back(episode.active_days);
}

}  // namespace

void add_episodes(const SessionTable& sessions, const SessionsDefinition& definition,
                  const Zone& zone, EpisodeTable& table) {
  LocalClock clock(zone);
  CodeIndex courses;
  std::vector<std::vector<Episode>> by_course;
  for (std::size_t row = 0; row < sessions.size();) {
    const Code learner = sessions.learner[row];
    courses.clear();
    by_course.clear();
    for (; row < sessions.size() && sessions.learner[row] == learner; ++row) {
      const auto [index, is_new] =
          courses.add(definition.switch_on_course ? sessions.course[row] : kNoCode);
      if (is_new) by_course.emplace_back();
      std::vector<Episode>& episodes = by_course[index];
      if (is_new || sessions.start[row] - episodes.back().end > *definition.episode_gap) {
        episodes.emplace_back();
      }
      add_session(sessions, row, clock, episodes.back());
    }
    for (const std::vector<Episode>& episodes : by_course) {
      std::uint32_t number = 0;
      for (const Episode& episode : episodes) add_row(episode, learner, ++number, table);
    }
  }
}

}  // namespace waymark::fold
