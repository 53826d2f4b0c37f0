#include "engine/bench_plain.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>

namespace waymark::engine {
namespace {

// Calls visit(begin, end) for the events of each learner.
template <typename Visit>
void for_each_learner(const BenchEvents& events, const Visit& visit) {
  for (std::size_t begin = 0, end = 0; begin < events.size(); begin = end) {
    while (end < events.size() && events.learner[end] == events.learner[begin]) ++end;
    visit(begin, end);
  }
}

bool begins_session(const BenchEvents& events, std::size_t i) {
  return i == 0 || events.learner[i] != events.learner[i - 1] ||
         events.time[i] - events.time[i - 1] > kBenchGap;
}

void add_row(std::vector<double>& rows, std::initializer_list<std::uint64_t> numbers) {
  for (const std::uint64_t number : numbers) rows.push_back(static_cast<double>(number));
}

}  // namespace

std::vector<double> plain_sessions(const BenchEvents& events) {
  std::uint64_t sessions = 0;
  Micros duration = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool begins = begins_session(events, i);
    sessions += begins;
    duration += begins ? 0 : events.time[i] - events.time[i - 1];
  }
  return {static_cast<double>(sessions), static_cast<double>(duration)};
}

std::vector<double> plain_funnel(const BenchEvents& events) {
  std::vector<double> reached(kBenchSteps);
  std::size_t step = 0;  // the next of the learner
  Micros started = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i != 0 && events.learner[i] != events.learner[i - 1]) step = 0;
    if (events.kind[i] != step || step == kBenchSteps) continue;
    if (step == 0) started = events.time[i];
    if (events.time[i] - started > kBenchWindow) continue;
    ++reached[step++];
  }
  return reached;
}

std::vector<double> plain_retention(const BenchEvents& events) {
  constexpr Micros kWeek = 7 * kMicrosPerDay;
  std::map<std::size_t, std::array<std::uint64_t, kBenchWeeks>> returned;
  for_each_learner(events, [&](std::size_t begin, std::size_t end) {
    std::uint64_t active = 0;
    for (std::size_t i = begin; i < end; ++i) {
      active |=
          std::uint64_t{1} << static_cast<std::uint64_t>(events.time[i] - kBenchMonday) / kWeek;
    }
    const auto first = static_cast<std::size_t>(events.time[begin] - kBenchMonday) / kWeek;
    auto& cohort = returned[first];
    for (std::size_t week = 0; week < kBenchWeeks; ++week) {
      cohort[week] += active >> (first + week) & 1;
    }
  });
  std::vector<double> rows;
  for (const auto& [week, counts] : returned) {
    rows.push_back(static_cast<double>(week));
    rows.insert(rows.end(), counts.begin(), counts.end());
  }
  return rows;
}

// From 0, where a session begins, and from each context, to each context.
std::vector<double> plain_transitions(const BenchEvents& events) {
  const std::size_t contexts = kBenchContexts.size();
  std::vector<std::uint64_t> counts((contexts + 1) * contexts);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::size_t from = begins_session(events, i) ? 0 : events.context[i - 1] + std::size_t{1};
    ++counts[from * contexts + events.context[i]];
  }
  std::vector<double> rows;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) add_row(rows, {i, counts[i]});
  }
  return rows;
}

std::vector<double> plain_paths(const BenchEvents& events) {
  const std::size_t contexts = kBenchContexts.size();
  struct Run {
    std::uint64_t occurrences = 0, learners = 0;
    std::uint64_t last_learner = 0;  // from 1
  };
  std::vector<Run> runs(contexts * contexts * contexts);
  std::size_t length = 0;  // of the session so far
  std::size_t code = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    length = begins_session(events, i) ? 1 : length + 1;
    code = (code * contexts + events.context[i]) % runs.size();
    if (length < 3) continue;
    Run& run = runs[code];
    const std::uint64_t learner = events.learner[i] + std::uint64_t{1};
    ++run.occurrences;
    run.learners += run.last_learner != learner;
    run.last_learner = learner;
  }
  std::vector<double> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].occurrences != 0) add_row(rows, {i, runs[i].occurrences, runs[i].learners});
  }
  return rows;
}

std::vector<double> plain_actives(const BenchEvents& events) {
  std::vector<std::uint64_t> learners;  // by day
  std::uint32_t last_learner = 0;
  std::size_t last_day = 0;  // none
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events.course[i] != kBenchCourse) continue;
    const auto day = static_cast<std::size_t>(events.time[i] / kMicrosPerDay);
    if (day == last_day && events.learner[i] == last_learner) continue;
    last_day = day;
    last_learner = events.learner[i];
    if (day >= learners.size()) learners.resize(day + 1);
    ++learners[day];
  }
  std::vector<double> rows;
  for (std::size_t day = 0; day < learners.size(); ++day) {
    if (learners[day] != 0) add_row(rows, {day, learners[day]});
  }
  return rows;
}

std::vector<double> plain_cohort(const BenchEvents& events) {
  std::uint64_t members = 0;
  for_each_learner(events, [&](std::size_t begin, std::size_t end) {
    std::uint64_t did = 0, did_not = 0;
    for (std::size_t i = begin; i < end && events.time[i] < kBenchAsOf; ++i) {
      const std::uint64_t is_kind = events.kind[i] == 1;
      const std::uint64_t is_recent = events.time[i] >= kBenchAsOf - kBenchRecent;
      did += is_kind & is_recent;
      did_not += events.kind[i] == 3;
    }
    members += did >= kBenchTimes && did_not == 0;
  });
  return {static_cast<double>(members)};
}

std::vector<double> plain_stays(const BenchEvents& events) {
  std::uint64_t stays = 0;
  Micros length = 0;
  for_each_learner(events, [&](std::size_t begin, std::size_t end) {
    std::array<Micros, kBenchTimes> latest{};  // a ring
    std::size_t oldest = 0;
    Micros until = 0;  // of the stay so far
    for (std::size_t i = begin; i < end; ++i) {
      if (events.kind[i] != 1) continue;
      const Micros time = events.time[i];
      latest[oldest] = time;
      if (++oldest == kBenchTimes) oldest = 0;
      const Micros next = latest[oldest] + kBenchRecent;
      if (next <= time) continue;
      const bool begins = until < time;
      stays += begins;
      length += next - (begins ? time : until);
      until = next;
    }
  });
  return {static_cast<double>(stays), static_cast<double>(length)};
}

}  // namespace waymark::engine
