// Membership against a recomputation that reads the rules literally: as of each moment at which
// anything can change, and a microsecond later, it searches all events before that moment.

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "fold/story.h"

namespace waymark::fold {
namespace {

using Events = std::vector<Event>;

// Of the courses that random streams have; events of none have no dates.
const Calendar& courses() {
  static const Calendar dates{
      {"course 0", {.start = at("2026-03-04 07:30"), .end = at("2026-03-25")}},
      {"course 1", {.start = at("2026-02-01"), .end = at("2026-03-12 12:00")}}};
  return dates;
}

double number_of(const Event& event, const Value& value) {
  if (value.kind == Value::Kind::kWeight) return event.weight;
  if (value.kind == Value::Kind::kScore) return event.score;
  for (const auto& [name, held] : event.properties) {
    if (name == value.property && std::holds_alternative<double>(held)) {
      return std::get<double>(held);
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string text_of(const Event& event, const Value& value) {
  for (const auto& [name, held] : event.properties) {
    if (name == value.property && std::holds_alternative<std::string>(held)) {
      return std::get<std::string>(held);
    }
  }
  return "";
}

bool has_value(const Condition& condition, const Event& event) {
  return condition.texts.empty() ? !std::isnan(number_of(event, condition.value))
                                 : !text_of(event, condition.value).empty();
}

bool meets(const Condition& condition, const Event& event) {
  if (!has_value(condition, event)) return false;
  if (!condition.texts.empty()) {
    const bool listed = std::ranges::count(condition.texts, text_of(event, condition.value)) != 0;
    return listed != condition.is_not;
  }
  const double number = number_of(event, condition.value);
  return condition.at_least <= number && number <= condition.at_most;
}

bool passes(const Filter& filter, const Event& event) {
  const auto allows = [](const std::vector<std::string>& list, const std::string& text) {
    return list.empty() || std::ranges::count(list, text) != 0;
  };
  return allows(filter.kinds, event.kind) && allows(filter.contexts, event.context) &&
         allows(filter.courses, event.course) && allows(filter.sources, event.source) &&
         std::ranges::all_of(filter.where, [&](const Condition& c) { return meets(c, event); });
}

// A learner, or a learner in a course, as of a moment. `said`: all events of the learner that may
// say what an attribute is.
class Oracle {
 public:
  Oracle(const Events& all, const Events& said, Micros as_of)
      : as_of_(as_of), known_(before(all, as_of)), said_(before(said, as_of)) {}

  bool is_in(const Rule& who) const { return !known_.empty() && met(who); }

 private:
  bool met(const Rule& rule) const {
    return std::visit([&](const auto& is) { return met(is); }, rule.is);
  }
  bool met(const RuleGroup& group) const {
    const auto each = [&](const Rule& rule) { return met(rule); };
    return group.kind == RuleGroup::Kind::kAll   ? std::ranges::all_of(group.rules, each)
           : group.kind == RuleGroup::Kind::kAny ? std::ranges::any_of(group.rules, each)
                                                 : !met(group.rules.front());
  }
  bool met(const RuleCohort& cohort) const { return met(*cohort.rule); }
  // As of a moment what comes at it is not known yet.
  bool met(const RuleCourse&) const {
    const auto dates = courses().find(known_.front().course);
    return dates == courses().end() ||
           (dates->second.start < as_of_ && as_of_ <= dates->second.end);
  }

  bool in_window(const Event& event, const std::optional<Micros>& last, Micros before = 0) const {
    return (!last || event.time >= as_of_ - *last) && event.time < as_of_ - before;
  }

  bool met(const RuleCount& count) const {
    const auto counts = [&](const Event& event) {
      return passes(count.filter, event) && in_window(event, count.last, count.before);
    };
    const auto number = static_cast<std::uint32_t>(std::ranges::count_if(known_, counts));
    return number >= count.at_least && (!count.at_most || number <= *count.at_most);
  }

  // The streams' values are halves, which doubles add without error.
  bool met(const RuleSum& sum) const {
    double total = 0;
    for (const Event& event : known_) {
      const double value = number_of(event, sum.of);
      if (passes(sum.filter, event) && in_window(event, sum.last, sum.before) &&
          !std::isnan(value)) {
        total += value;
      }
    }
    return (!sum.at_least || total >= *sum.at_least) && (!sum.at_most || total <= *sum.at_most);
  }

  bool met(const RuleSequence& sequence) const {
    for (std::size_t first = 0; first < known_.size(); ++first) {
      if (passes(sequence.steps.front(), known_[first]) && completed(sequence, first)) return true;
    }
    return false;
  }
  // Whether a chain from this event on comes to its end: the steps between as early as can be.
  bool completed(const RuleSequence& sequence, std::size_t first) const {
    std::size_t at = first + 1;
    for (std::size_t step = 1; step + 1 < sequence.steps.size(); ++step, ++at) {
      while (at < known_.size() && !passes(sequence.steps[step], known_[at])) ++at;
    }
    for (; at < known_.size(); ++at) {
      if (passes(sequence.steps.back(), known_[at]) && in_window(known_[at], sequence.last) &&
          (!sequence.within || known_[at].time - known_[first].time <= *sequence.within)) {
        return true;
      }
    }
    return false;
  }

  bool met(const RuleAttribute& attribute) const {
    bool is_met = false;
    for (const Event& event : said_) {
      if (has_value(attribute.condition, event)) is_met = meets(attribute.condition, event);
    }
    return is_met;
  }

  static std::span<const Event> before(const Events& events, Micros as_of) {
    return {events.begin(), std::ranges::lower_bound(events, as_of, {}, &Event::time)};
  }

  Micros as_of_;
  std::span<const Event> known_, said_;
};

// How long after an event something may change.
void note_delays(const Rule& rule, std::set<Micros>& delays) {
  const auto note = [&](const auto& is) {
    using Is = std::decay_t<decltype(is)>;
    if constexpr (std::is_same_v<Is, RuleGroup>) {
      for (const Rule& inner : is.rules) note_delays(inner, delays);
    } else if constexpr (std::is_same_v<Is, RuleCohort>) {
      note_delays(*is.rule, delays);
    } else if constexpr (!std::is_same_v<Is, RuleAttribute> && !std::is_same_v<Is, RuleCourse>) {
      delays.insert(is.last.value_or(0));
      if constexpr (!std::is_same_v<Is, RuleSequence>) delays.insert(is.before);
    }
  };
  std::visit(note, rule.is);
}

using Stays = std::vector<std::pair<Micros, Micros>>;
using Key = std::pair<std::string, std::string>;

// A change seen from one moment to the next is an entry or an exit at the former.
Stays expected(const Rule& who, const Events& events, const Events& said) {
  std::set<Micros> delays{0};
  note_delays(who, delays);
  std::set<Micros> moments;
  for (const Event& event : said) {
    for (const Micros delay : delays) {
      for (const Micros near : {-1, 0, 1}) moments.insert(event.time + delay + near);
    }
  }
  if (const auto dates = courses().find(events.front().course); dates != courses().end()) {
    for (const Micros change : {dates->second.start, dates->second.end}) {
      for (const Micros near : {-1, 0, 1}) moments.insert(change + near);
    }
  }
  Stays stays;
  bool was_in = false;
  Micros before = 0;
  for (const Micros moment : moments) {
    const bool is_in = Oracle(events, said, moment).is_in(who);
    if (is_in != was_in) {
      EXPECT_EQ(before, moment - 1);
      if (is_in) stays.emplace_back(before, CohortTable::kNever);
      if (!is_in) stays.back().second = before;
    }
    was_in = is_in;
    before = moment;
  }
  return stays;
}

std::map<Key, Stays> expected(const CohortDefinition& cohort, const EventBatch& events) {
  std::map<Key, Stays> all;
  for (const auto& rows : trails_of(events)) {
    Events trail;
    std::map<Key, Events> parts;
    for (const std::size_t row : rows) {
      const Event& event = trail.emplace_back(events.event(row));
      parts[{event.learner.reveal(), cohort.per_course ? event.course : ""}].push_back(event);
    }
    for (const auto& [key, part] : parts) {
      Events said;
      std::ranges::copy_if(trail, std::back_inserter(said), [&](const Event& event) {
        return !cohort.per_course || event.course.empty() || event.course == key.second;
      });
      if (Stays stays = expected(cohort.who, part, said); !stays.empty()) all[key] = stays;
    }
  }
  return all;
}

constexpr const char* kRules[] = {
    "{did: {kinds: click, at_least: 3, last: 2d}}",
    "{all: [{did: {kinds: click, at_least: 3, last: 14d}}, {did_not: {kinds: unregistered}}]}",
    "{did_not: {kinds: [click, submitted], last: 30m}}",
    "{did: {kinds: click, at_least: 2, at_most: 4, last: 1d}}",
    "{not: {did: {kinds: click, at_least: 2, at_most: 4}}}",
    "{did: {kinds: enrolled, at_least: 2, before: 1d}}",
    "{any: [{did_not: {kinds: click, before: 30m}}, {did: {kinds: result, last: 1h}}]}",
    "{sum: {of: weight, kinds: click, last: 1d, at_least: 8}}",
    "{sum: {of: late, last: 3d, at_least: -2, at_most: 1.5}}",
    "{not: {sum: {of: score, kinds: submitted, at_most: 100}}}",
    "{did: {kinds: click, at_least: 2, last: 2d, before: 3h}}",
    "{did_not: {kinds: [click, submitted], last: 1d, before: 30m}}",
    "{not: {did: {kinds: click, at_most: 3, last: 3d, before: 1d}}}",
    "{sum: {of: weight, kinds: click, last: 2d, before: 1h, at_least: 4, at_most: 12}}",
    "{sum: {of: late, before: 1d, at_least: 0.5}}",
    "{course: running}",
    "{all: [{course: running}, {did: {kinds: click, last: 2d}}]}",
    "{any: [{not: {course: running}}, {did: {kinds: click, at_least: 3, last: 1d}}]}",
    "{sequence: {steps: [{kinds: click}, {kinds: submitted}], within: 1h}}",
    "{sequence: {steps: [{kinds: click}, {kinds: click}, {kinds: submitted}], within: 1d, last: "
    "2d}}",
    "{sequence: {steps: [{kinds: click}, {source: api}, {kinds: [click, result]}], last: 30m}}",
    "{did: {course: course 1, at_least: 2, last: 1d}}",
    "{attributes: {region: [r0, r2]}}",
    "{not: {attributes: {region: {is_not: r1}, late: {above: 0}}}}",
    "{any: [{did: {kinds: click, at_least: 6, before: 1d}}, {sum: {of: weight, last: 1d, at_least: "
    "8}}]}",
    "{all: [{not: {any: [{did: {kinds: submitted, at_least: 4}}, {attributes: {region: r1}}]}}, "
    "{did: {kinds: click, last: 1d}}]}",
    "{all: [{any: [{did: {kinds: click, last: 30m}}, {attributes: {region: r1}}]}, {not: {all: "
    "[{did_not: {kinds: enrolled, last: 2d}}, {sum: {of: weight, last: 2d, at_least: 10}}]}}]}",
};

std::map<Key, Stays> actual(const CohortDefinition& cohort, const EventBatch& events,
                            bool all_variants) {
  std::map<Key, Stays> all;
  Measure<CohortFold> measure{
      [&](const Names& names) { return CohortFold(cohort, names, kLatest, courses()); },
      [&](const CohortTable& table, const Meaning& meaning) {
        all.clear();
        for (std::size_t i = 0; i < table.size(); ++i) {
          all[{std::string(meaning.learners.text(table.learner[i])),
               std::string(meaning.symbols.courses.text(table.course[i]))}]
              .emplace_back(table.entered[i], table.exited[i]);
        }
        TextTable text{{"learner", "stays"}, {}};
        for (const auto& [key, stays] : all) {
          std::string cells = key.second;
          for (const auto& [entered, exited] : stays) {
            cells += " " + std::to_string(entered) + "-" + std::to_string(exited);
          }
          text.rows.push_back({key.first, cells});
        }
        return text;
      }};
  if (all_variants) {
    run_variants(measure, events, Zone::utc());
  } else {
    run_batch(measure, events, Zone::utc(), {.buckets = 2, .slice_rows = 7});
  }
  return all;
}

TEST(CohortOracle, EveryRuleEqualsALiteralSearch) {
  for (const char* rule : kRules) {
    std::size_t entered = 0, exited = 0;
    const bool is_of_course = std::string_view(rule).find("course:") != std::string_view::npos;
    for (const char* per : {"course", "learner"}) {
      if (is_of_course && std::string_view(per) == "learner") continue;
      const CohortDefinition cohort =
          cohort_definition(std::string("per: ") + per + "\nwho: " + rule);
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << " per " << per << " " << rule);
        const bool all_variants = seed == 1;
        const EventBatch events =
            random_events({.seed = seed,
                           .learners = all_variants ? std::size_t{3} : std::size_t{8},
                           .most_events = all_variants ? std::size_t{12} : std::size_t{60}});
        const auto wanted = expected(cohort, events);
        EXPECT_EQ(actual(cohort, events, all_variants), wanted);
        for (const auto& [key, stays] : wanted) {
          entered += stays.size();
          exited += stays.size() - (stays.back().second == CohortTable::kNever ? 1 : 0);
        }
      }
    }
    // The streams have what there is to tell apart.
    EXPECT_GT(entered, 10u) << rule;
    if (std::string_view(rule).find("last") == std::string_view::npos) continue;
    EXPECT_GT(exited, 5u) << rule;
  }
}

TEST(CohortOracle, ALongTrailEqualsALiteralSearch) {
  const EventBatch events = random_events({.seed = 7, .learners = 2, .most_events = 300});
  for (const char* rule : kRules) {
    SCOPED_TRACE(rule);
    const CohortDefinition cohort = cohort_definition(std::string("who: ") + rule);
    EXPECT_EQ(actual(cohort, events, false), expected(cohort, events));
  }
}

// As of any moment, only what was before it counts: ending there is the same as having no more.
TEST(CohortOracle, AsOfAMomentIsTheEventsBeforeIt) {
  const EventBatch events = random_events({.seed = 9, .learners = 6, .most_events = 40});
  for (const char* rule : kRules) {
    SCOPED_TRACE(rule);
    const CohortDefinition cohort = cohort_definition(std::string("who: ") + rule);
    const auto all = run_batch(Measure<CohortFold>{[&](const Names& names) {
                                 return CohortFold(cohort, names, kLatest, courses());
                               }},
                               events, Zone::utc());
    for (const char* time : {"2026-03-05 12:00", "2026-03-20", "2026-04-11 09:00"}) {
      EventBatch before;
      for (std::size_t row = 0; row < events.size(); ++row) {
        if (events.time[row] < at(time)) before.append(events, row);
      }
      TextTable wanted{all.header, {}};
      for (auto row : all.rows) {
        if (row[2] >= time) continue;
        if (row[3] >= time) row[3] = "";
        wanted.rows.push_back(std::move(row));
      }
      Measure<CohortFold> as_of{
          [&](const Names& names) { return CohortFold(cohort, names, at(time), courses()); }};
      EXPECT_TRUE(run_batch(as_of, before, Zone::utc()) == wanted) << time;
    }
  }
}

}  // namespace
}  // namespace waymark::fold
