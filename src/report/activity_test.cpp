#include "report/activity.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "base/file.h"
#include "trail/builder.h"
#include "trail/test_events.h"

namespace waymark::report {
namespace {

Activity activity_of(const std::vector<Event>& events, const Zone& zone,
                     const std::vector<std::string>& kinds) {
  const TemporaryFolder folder;
  trail::TrailBuilder builder(folder.path() / "trail", {.buckets = 4, .afresh = true});
  EventBatch batch;
  for (const Event& event : events) batch.append(event);
  if (!batch.empty()) builder.add(batch);
  builder.finish(1, 1);
  return count_activity(trail::TrailReader::open(folder.path() / "trail"), zone, kinds);
}

// The Monday of a local day, by the calendar of the standard library.
Day monday_of(Micros time, const Zone& zone) {
  const std::chrono::sys_days day{std::chrono::days{zone.local_day(time)}};
  return (day - (std::chrono::weekday{day} - std::chrono::Monday)).time_since_epoch().count();
}

std::vector<std::string> texts_of(const std::vector<Week>& weeks) {
  std::vector<std::string> texts;
  for (const Week& week : weeks)
    texts.push_back(fmt::format("{} {} {}", week.start, week.events, week.learners));
  return texts;
}

// The weeks of some events, by sets of learners.
template <typename IsWanted>
std::vector<std::string> weeks_of(const std::vector<Event>& events, const Zone& zone,
                                  const IsWanted& is_wanted) {
  std::map<Day, std::pair<std::int64_t, std::set<std::string>>> weeks;
  for (const Event& event : events) {
    if (!is_wanted(event)) continue;
    auto& [count, learners] = weeks[monday_of(event.time, zone)];
    ++count;
    learners.insert(event.learner.reveal());
  }
  std::vector<std::string> texts;
  for (const auto& [start, week] : weeks)
    texts.push_back(fmt::format("{} {} {}", start, week.first, week.second.size()));
  return texts;
}

template <typename Field>
std::int64_t different(const std::vector<Event>& events, const Field& field) {
  std::set<std::string> values;
  for (const Event& event : events) values.insert(field(event));
  values.erase("");
  return static_cast<std::int64_t>(values.size());
}

std::vector<Event> of(const std::vector<Event>& events, std::string Event::*field,
                      const std::string& value) {
  std::vector<Event> some;
  std::ranges::copy_if(events, std::back_inserter(some),
                       [&](const Event& event) { return event.*field == value; });
  return some;
}

std::string learner_of(const Event& event) { return event.learner.reveal(); }
std::string course_of(const Event& event) { return event.course; }

// Everything, counted the long way.
void expect_counted(const std::vector<Event>& events, const Zone& zone,
                    const std::vector<std::string>& kinds) {
  const Activity activity = activity_of(events, zone, kinds);
  const auto counts = [&](const Event& event) {
    return kinds.empty() || std::ranges::find(kinds, event.kind) != kinds.end();
  };
  EXPECT_EQ(texts_of(activity.weeks), weeks_of(events, zone, counts));
  EXPECT_EQ(activity.courses.size(), static_cast<std::size_t>(different(events, course_of)));
  for (const auto& [name, course] : activity.courses) {
    const auto some = of(events, &Event::course, name);
    EXPECT_EQ(course.events, static_cast<std::int64_t>(some.size()));
    EXPECT_EQ(course.learners, different(some, learner_of));
    EXPECT_EQ(texts_of(course.weeks), weeks_of(some, zone, counts));
  }
  for (const auto& [name, source] : activity.sources) {
    const auto some = of(events, &Event::source, name);
    EXPECT_EQ(source.learners, different(some, learner_of));
    EXPECT_EQ(source.courses, different(some, course_of));
    EXPECT_EQ(source.first, std::ranges::min(some, {}, &Event::time).time);
    EXPECT_EQ(source.last, std::ranges::max(some, {}, &Event::time).time);
  }
}

TEST(Activity, IsCountedAsSetsWouldCountIt) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    std::vector<Event> events = trail::random_events(seed, 4'000, 60);
    for (std::size_t i = 0; i < events.size(); i += 9) events[i].course.clear();
    for (const char* zone : {"Etc/UTC", "Europe/London", "Asia/Kathmandu", "America/St_Johns"}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << zone);
      expect_counted(events, Zone::named(zone), {});
      expect_counted(events, Zone::named(zone), {"kind 1", "kind 4", "never seen"});
    }
  }
}

TEST(Activity, OfAWeekThatTheClockRepeatsIsCountedOnce) {
  // Havana's clocks go back from Sunday 1:00 to 0:00; Amman's went back on a Friday at midnight.
  for (const auto& [zone, from] : std::vector<std::pair<const char*, const char*>>{
           {"America/Havana", "2023-11-05T02:00:00Z"}, {"Asia/Amman", "2006-10-26T19:00:00Z"}}) {
    std::vector<Event> events;
    const Micros start = *parse_iso_time(from, Zone::utc());
    for (int i = 0; i < 20 * 12; ++i) {
      events.push_back(trail::make_event(fmt::format("learner {}", i % 3),
                                         start + i * 20 * kMicrosPerMinute, i));
      events.back().course = "c";
    }
    expect_counted(events, Zone::named(zone), {});
  }
}

TEST(Activity, OfNothingIsNothing) {
  const Activity activity = activity_of({}, Zone::utc(), {});
  EXPECT_TRUE(activity.sources.empty());
  EXPECT_TRUE(activity.courses.empty());
  EXPECT_TRUE(activity.weeks.empty());
}

}  // namespace
}  // namespace waymark::report
