// Lifecycles against a recomputation that reads the definition literally: every day of every period
// is visited, and each stage asks the periods before it.

#include <algorithm>
#include <map>
#include <set>

#include "fold/columns.h"
#include "fold/lifecycle_story.h"
#include "fold/oracle.h"

namespace waymark::fold {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Case {
  std::string yaml;
  std::string unit = "week";
  bool per_course = true, own_zone = false, clicks = false, leaves = false;
  std::size_t activating = 0;  // results that it takes; 0: nothing is asked
  std::size_t engaged = 3, at_risk = 1, dormant = 4;
  LifecycleSetting setting = {.zone = Zone::named("Europe/London")};
};

std::string date(std::int64_t day) { return to_iso_date(day * kMicrosPerDay); }

// A learner's stages in a course, from the first period on.
class Oracle {
 public:
  Oracle(const Case& c, const EventBatch& events, const std::vector<std::size_t>& trail,
         const std::vector<std::size_t>& part)
      : case_(c), events_(events), part_(part) {
    for (const std::size_t i : part) {
      if (!is_active(i)) continue;
      zone_ = c.own_zone ? zone_at(events, trail, i) : c.setting.zone;
      break;
    }
    for (const std::size_t i : part) {
      if (is_active(i)) days_.insert(zone_.local_day(events.time[i]));
    }
  }

  struct Period {
    std::int64_t day;
    std::size_t active_days;
    std::string stage;
  };
  std::vector<Period> run() const {
    std::vector<Period> periods;
    if (days_.empty()) return periods;
    for (std::int64_t day = first_day_of(case_.unit, *days_.begin()); counts(day);
         day = next(day)) {
      periods.push_back({day, active_days(day), ""});
      if (!has_left(day)) periods.back().stage = stage(periods);
    }
    return periods;
  }

  // The latest period that is over, for this learner.
  std::int64_t latest() const {
    return first_day_of(case_.unit,
                        first_day_of(case_.unit, zone_.local_day(case_.setting.as_of)) - 1);
  }

 private:
  bool is(std::size_t i, std::string_view kind) const {
    return events_.time[i] < case_.setting.as_of && events_.kinds.text(events_.kind[i]) == kind;
  }
  bool is_active(std::size_t i) const {
    return case_.clicks ? is(i, "click") : events_.time[i] < case_.setting.as_of;
  }
  std::int64_t next(std::int64_t day) const { return first_day_after(case_.unit, day); }
  std::size_t active_days(std::int64_t day) const {
    std::size_t active = 0;
    for (const std::int64_t end = next(day); day < end; ++day) active += days_.count(day);
    return active;
  }

  bool counts(std::int64_t day) const {
    if (next(day) > zone_.local_day(case_.setting.as_of)) return false;
    const Micros begins = zone_.to_utc(day * kMicrosPerDay);
    const auto course = events_.courses.text(events_.course[part_.front()]);
    const auto dates = case_.setting.calendar.find(course);
    if (case_.per_course && dates != case_.setting.calendar.end() && begins >= dates->second.end) {
      return false;
    }
    return true;
  }

  // As it was known when the period was over.
  bool has_left(std::int64_t day) const {
    if (!case_.leaves) return false;
    const Micros begins = zone_.to_utc(day * kMicrosPerDay);
    const Micros end = zone_.to_utc(next(day) * kMicrosPerDay);
    Micros active = 0;
    for (const std::size_t i : part_) {
      if (is_active(i) && events_.time[i] < end) active = events_.time[i];
    }
    return std::ranges::any_of(part_, [&](std::size_t i) {
      return is(i, "unregistered") && active <= events_.time[i] && events_.time[i] < begins;
    });
  }

  bool is_activated(std::int64_t day) const {
    const Micros end = zone_.to_utc(next(day) * kMicrosPerDay);
    const auto activates = [&](std::size_t i) { return is(i, "result") && events_.time[i] < end; };
    return static_cast<std::size_t>(std::ranges::count_if(part_, activates)) >= case_.activating;
  }

  // Of the last of them; none where they have left.
  std::string stage(const std::vector<Period>& periods) const {
    const auto& [day, active, unknown] = periods.back();
    if (active != 0) {
      if (periods.size() == 1) return "new";
      if (periods[periods.size() - 2].stage == "dormant") return "resurrected";
      if (!is_activated(day)) return "new";
      return active >= case_.engaged ? "engaged" : "activated";
    }
    std::size_t quiet = 0;
    for (auto at = periods.rbegin(); at->active_days == 0; ++at) ++quiet;
    if (quiet >= case_.dormant) return "dormant";
    if (quiet >= case_.at_risk) return "at_risk";
    return is_activated(day) ? "activated" : "new";
  }

  const Case& case_;
  const EventBatch& events_;
  const std::vector<std::size_t>& part_;
  Zone zone_ = case_.setting.zone;
  std::set<std::int64_t> days_;
};

struct Expected {
  Rows stays, periods, transitions;
  std::map<std::string, std::size_t> seen;  // stages
};

Expected expected(const Case& c, const EventBatch& events) {
  Expected wanted;
  std::map<std::vector<std::string>, std::size_t> periods, transitions;
  for (const auto& trail : trails_of(events)) {
    std::map<std::string, std::vector<std::size_t>> parts;
    for (const std::size_t row : trail) {
      parts[c.per_course ? std::string(events.courses.text(events.course[row])) : ""].push_back(
          row);
    }
    const std::string learner(events.learners.text(events.learner[trail.front()]));
    for (const auto& [course, part] : parts) {
      const Oracle oracle(c, events, trail, part);
      std::string before;
      std::int64_t last = 0;
      for (const auto& [day, active, stage] : oracle.run()) {
        if (stage.empty()) {
          if (!before.empty()) ++transitions[{course, date(day), before, ""}];
          before.clear();
          continue;
        }
        if (stage != before) {
          wanted.stays.push_back({learner, course, stage, date(day), "", "0"});
        }
        wanted.stays.back()[4] = date(day);
        wanted.stays.back()[5] = day == oracle.latest() ? "1" : "0";
        ++periods[{course, date(day), stage}];
        ++transitions[{course, date(day), before, stage}];
        ++wanted.seen[stage];
        before = stage;
        last = day;
      }
      if (!before.empty() && last != oracle.latest()) {
        ++transitions[{course, date(first_day_after(c.unit, last)), before, ""}];
      }
    }
  }
  const auto flatten = [](const auto& counts, Rows& rows) {
    for (const auto& [key, count] : counts) {
      rows.push_back(key);
      rows.back().push_back(std::to_string(count));
    }
  };
  flatten(periods, wanted.periods);
  flatten(transitions, wanted.transitions);
  std::ranges::sort(wanted.stays);
  return wanted;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  std::size_t number = 0;
  for (const char* unit : {"day", "week", "month"}) {
    for (const bool clicks : {false, true}) {
      for (const bool leaves : {false, true}) {
        for (const std::size_t activating : {0, 3}) {
          const bool slow = number % 5 < 2;
          Case c{.unit = unit,
                 .per_course = (number + number / 2) % 2 == 0,
                 .own_zone = number % 3 == 0,
                 .clicks = clicks,
                 .leaves = leaves,
                 .activating = activating};
          c.engaged = c.unit == "day" ? 1 : slow ? 4 : 2;
          c.at_risk = slow ? 2 : 1;
          c.dormant = slow ? 3 : 2;
          c.yaml = fmt::format(
              "period: {}\nengaged: {{active_days: {}}}\nat_risk: {{after: {}}}\n"
              "dormant: {{after: {}}}\n",
              unit, c.engaged, c.at_risk, c.dormant);
          if (clicks) c.yaml += "activity: {kinds: click}\n";
          if (leaves) c.yaml += "left: {kinds: unregistered}\n";
          if (activating != 0) {
            c.yaml += fmt::format("activated: {{kinds: result, at_least: {}}}\n", activating);
          }
          if (!c.per_course) c.yaml += "per: learner\n";
          if (c.own_zone) c.yaml += "time_zone: {property: zone}\n";
          c.setting.as_of = at(number % 7 < 2 ? "2026-04-12 11:30" : "2026-07-20 11:30");
          if (number % 5 != 0) {
            c.setting.calendar = {{"course 0", {.end = at("2026-04-20")}},
                                  {"course 1", {.end = at("2026-05-05 11:30")}}};
          }
          ++number;
          all.push_back(std::move(c));
        }
      }
    }
  }
  return all;
}

Rows sorted_rows(const TextTable& table, const std::vector<std::string>& columns) {
  Rows rows = table.with_columns(columns).rows;
  std::ranges::sort(rows);
  return rows;
}

// What is told of a period once it is over is what is told of it later.
TEST(LifecycleOracle, ThePastStaysAsItWas) {
  for (const Case& c : cases()) {
    if (c.own_zone) continue;  // learners' periods are not over at one moment
    SCOPED_TRACE(c.yaml);
    const EventBatch events = random_events({.seed = 7, .learners = 20, .most_events = 60});
    const auto as_of = [&](const char* moment) {
      LifecycleSetting setting = c.setting;
      setting.as_of = at(moment);
      return sorted_rows(run_batch(lifecycle_periods(c.yaml, setting), events, Zone::utc()),
                         {"period", "course", "stage", "learners"});
    };
    const Rows then = as_of("2026-04-20 12:00");
    ASSERT_FALSE(then.empty());
    Rows now = as_of("2026-07-20 12:00");
    std::erase_if(now, [&](const auto& row) { return row[0] > then.back()[0]; });
    EXPECT_EQ(now, then);
  }
}

TEST(LifecycleOracle, EveryStageEqualsAVisitToEveryDay) {
  std::map<std::string, std::size_t> seen;
  for (const Case& c : cases()) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << "\n" << c.yaml);
      const bool all_variants = seed == 1;
      const EventBatch events =
          random_events({.seed = seed,
                         .learners = all_variants ? std::size_t{4} : std::size_t{12},
                         .most_events = all_variants ? std::size_t{12} : std::size_t{90}});
      const Expected wanted = expected(c, events);
      const auto rows = [&](const Measure<LifecycleFold>& measure) {
        return all_variants
                   ? run_variants(measure, events, Zone::utc())
                   : run_batch(measure, events, Zone::utc(), {.buckets = 2, .slice_rows = 7});
      };
      EXPECT_EQ(sorted_rows(rows(lifecycle(c.yaml, c.setting)),
                            {"learner", "course", "stage", "first_period", "last_period", "lasts"}),
                wanted.stays);
      EXPECT_EQ(sorted_rows(run_batch(lifecycle_periods(c.yaml, c.setting), events, Zone::utc()),
                            {"course", "period", "stage", "learners"}),
                wanted.periods);
      EXPECT_EQ(
          sorted_rows(run_batch(lifecycle_transitions(c.yaml, c.setting), events, Zone::utc()),
                      {"course", "period", "from_stage", "to_stage", "learners"}),
          wanted.transitions);
      for (const auto& [stage, count] : wanted.seen) seen[stage] += count;
    }
  }
  // The streams have all that there is to tell apart.
  for (const std::string_view stage : kStageWords)
    EXPECT_GT(seen[std::string(stage)], 100u) << stage;
}

}  // namespace
}  // namespace waymark::fold
