// Funnels against a recomputation that reads the definition literally: it looks for the events of
// each attempt by searching the trail, not by a state.

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include "fold/story.h"

namespace waymark::fold {
namespace {

using Test = std::function<bool(const EventBatch&, std::size_t row)>;

struct Exclusion {
  Test test;
  std::size_t after, before;
};

// A funnel in plain C++, and the same in YAML.
struct Case {
  std::string yaml;
  std::vector<Test> steps;
  std::vector<Exclusion> exclusions;
  Test population = [](const EventBatch&, std::size_t) { return true; };
  enum { kOrdered, kAny, kStrict } order = kOrdered;
  std::optional<Micros> within;
  bool every = false, per_course = true;
};

Test kind(const std::string& name) {
  return [=](const EventBatch& events, std::size_t row) {
    return events.kinds.text(events.kind[row]) == name;
  };
}

struct Attempt {
  std::vector<std::optional<Micros>> at;
  std::size_t last = 0;  // the step reached last
  std::size_t over = 0;  // the position after which the next attempt may begin
  std::string ended_by = "open";
};

class Oracle {
 public:
  Oracle(const Case& c, const EventBatch& events, std::vector<std::size_t> rows)
      : case_(c), events_(events), rows_(std::move(rows)) {}

  std::vector<Attempt> attempts() const {
    std::vector<Attempt> all;
    for (std::size_t i = 0; i < rows_.size();) {
      const bool starts = case_.order == Case::kAny ? any_step(i).has_value() : is(0, i);
      if (!starts) {
        ++i;
        continue;
      }
      all.push_back(case_.order == Case::kAny ? in_any_order(i) : in_order(i));
      if (!case_.every) break;
      i = all.back().over;
    }
    return all;
  }

 private:
  bool is(std::size_t step, std::size_t i) const { return case_.steps[step](events_, rows_[i]); }
  Micros time(std::size_t i) const { return events_.time[rows_[i]]; }
  std::optional<std::size_t> any_step(std::size_t i) const {
    for (std::size_t step = 0; step < case_.steps.size(); ++step) {
      if (is(step, i)) return step;
    }
    return std::nullopt;
  }
  // The first position after `start` that is beyond the window.
  std::size_t window_end(std::size_t start) const {
    std::size_t i = start;
    while (i < rows_.size() && (!case_.within || time(i) <= time(start) + *case_.within)) ++i;
    return i;
  }
  bool asked_for(std::size_t i) const {
    const auto excludes = [&](const Exclusion& e) { return e.test(events_, rows_[i]); };
    return any_step(i) || std::ranges::any_of(case_.exclusions, excludes);
  }
  // What ends an attempt that nothing else ended.
  void run_out(Attempt& attempt, std::size_t beyond) const {
    if (beyond == rows_.size()) {
      attempt.over = beyond;
      if (case_.within) attempt.ended_by = "window";  // as of the end of time
      return;
    }
    attempt.over = beyond;
    attempt.ended_by = "window";
  }

  Attempt in_order(std::size_t start) const {
    Attempt attempt{std::vector<std::optional<Micros>>(case_.steps.size())};
    attempt.at[0] = time(start);
    const std::size_t beyond = window_end(start);
    std::size_t from = start + 1;
    for (std::size_t step = 1; step < case_.steps.size(); ++step) {
      std::size_t found = from;
      while (found < beyond && !is(step, found)) ++found;
      const std::size_t stop = first_hindrance(step, from, found);
      if (stop < found) {
        attempt.over = stop;
        attempt.ended_by = case_.order == Case::kStrict ? "interrupted" : "excluded";
        return attempt;
      }
      if (found == beyond) {
        run_out(attempt, beyond);
        return attempt;
      }
      attempt.at[step] = time(found);
      attempt.last = step;
      from = found + 1;
    }
    attempt.over = from;
    attempt.ended_by = "converted";
    return attempt;
  }

  std::size_t first_hindrance(std::size_t step, std::size_t from, std::size_t to) const {
    for (std::size_t i = from; i < to; ++i) {
      if (case_.order == Case::kStrict) return i;
      for (const Exclusion& e : case_.exclusions) {
        if (e.after < step && step <= e.before && e.test(events_, rows_[i])) return i;
      }
    }
    return to;
  }

  Attempt in_any_order(std::size_t start) const {
    Attempt attempt{std::vector<std::optional<Micros>>(case_.steps.size())};
    std::set<std::size_t> missing;
    for (std::size_t step = 0; step < case_.steps.size(); ++step) missing.insert(step);
    const std::size_t beyond = window_end(start);
    for (std::size_t i = start; i < beyond; ++i) {
      const auto next = std::ranges::find_if(missing, [&](std::size_t s) { return is(s, i); });
      if (next != missing.end()) {
        attempt.at[*next] = time(i);
        attempt.last = *next;
        missing.erase(next);
        if (!missing.empty()) continue;
        attempt.over = i + 1;
        attempt.ended_by = "converted";
        return attempt;
      }
      for (const Exclusion& e : case_.exclusions) {
        if (!e.test(events_, rows_[i])) continue;
        attempt.over = i;
        attempt.ended_by = "excluded";
        return attempt;
      }
    }
    run_out(attempt, beyond);
    return attempt;
  }

  const Case& case_;
  const EventBatch& events_;
  std::vector<std::size_t> rows_;
};

std::vector<std::string> row_of(std::string_view learner, std::string_view course,
                                std::size_t number, const Attempt& attempt) {
  std::vector<std::string> row{std::string(learner), std::string(course), std::to_string(number)};
  std::size_t reached = 0;
  for (const auto& time : attempt.at) {
    row.push_back(time ? std::to_string(*time) : "");
    if (time) ++reached;
  }
  row.insert(row.end(), {std::to_string(reached), std::to_string(attempt.last), attempt.ended_by});
  return row;
}

// Sorted, as the order of a learner's courses is not what this is about.
std::vector<std::vector<std::string>> expected(const Case& c, const EventBatch& events) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& trail : trails_of(events)) {
    std::map<std::string, std::vector<std::size_t>> parts;
    for (const std::size_t row : trail) {
      if (!c.population(events, row)) continue;
      parts[c.per_course ? std::string(events.courses.text(events.course[row])) : ""].push_back(
          row);
    }
    for (const auto& [course, part] : parts) {
      std::size_t number = 0;
      for (const Attempt& attempt : Oracle(c, events, part).attempts()) {
        rows.push_back(
            row_of(events.learners.text(events.learner[trail.front()]), course, ++number, attempt));
      }
    }
  }
  std::ranges::sort(rows);
  return rows;
}

// Driven in every way, or in batch alone.
std::vector<std::vector<std::string>> actual(const Case& c, const EventBatch& events,
                                             bool all_variants) {
  Measure<FunnelFold> measure = funnel(c.yaml);
  measure.tabulate = [](const FunnelTable& table, const Meaning& meaning) {
    TextTable text{{"learner"}, {}};
    for (std::size_t i = 0; i < table.size(); ++i) {
      Attempt attempt{{}, table.furthest[i], 0, std::string(to_text(table.ended_by[i]))};
      for (const auto& at : table.at) {
        attempt.at.push_back(at[i] == FunnelTable::kNever ? std::nullopt : std::optional(at[i]));
      }
      text.rows.push_back(row_of(meaning.learners.text(table.learner[i]),
                                 meaning.symbols.courses.text(table.course[i]), table.attempt[i],
                                 attempt));
    }
    return text;
  };
  auto rows =
      (all_variants ? run_variants(measure, events, Zone::utc())
                    : run_batch(measure, events, Zone::utc(), {.buckets = 2, .slice_rows = 7}))
          .rows;
  std::ranges::sort(rows);
  return rows;
}

// Steps that overlap: a passed submission is a submission, clicks are asked for twice.
std::vector<Case> cases() {
  const Test passed = [](const EventBatch& events, std::size_t row) {
    return events.kinds.text(events.kind[row]) == "submitted" && events.score[row] >= 50;
  };
  const Test unsubscribed = kind("unregistered");
  const Test late = [](const EventBatch& events, std::size_t row) {
    return events.kinds.text(events.kind[row]) == "click" && events.weight[row] >= 7;
  };
  const Test files = [](const EventBatch& events, std::size_t row) {
    return events.sources.text(events.source[row]) == "files";
  };
  std::vector<Case> all;
  for (const char* order : {"ordered", "any", "strict"}) {
    for (const char* within : {"", "0", "1h", "3d"}) {
      for (const bool every : {false, true}) {
        for (const bool per_course : {true, false}) {
          for (const bool narrowed : {false, true}) {
            Case c;
            c.yaml = R"(
steps:
  - {name: click, kinds: click}
  - {name: again, kinds: click}
  - {name: passed, kinds: submitted, where: {score: {at_least: 50}}}
  - {name: submitted, kinds: submitted}
)";
            c.steps = {kind("click"), kind("click"), passed, kind("submitted")};
            c.yaml += std::string("order: ") + order + "\n";
            c.order = order[0] == 'o'   ? Case::kOrdered
                      : order[0] == 'a' ? Case::kAny
                                        : Case::kStrict;
            if (*within != '\0') {
              c.yaml += std::string("within: ") + within + "\n";
              c.within = *within == '0'   ? 0
                         : *within == '1' ? 60 * kMicrosPerMinute
                                          : 3 * kMicrosPerDay;
            }
            if (every) c.yaml += "count: every\n";
            if (!per_course) c.yaml += "per: learner\n";
            c.every = every;
            c.per_course = per_course;
            if (narrowed) {
              c.yaml += "population: {source: files}\n";
              c.population = files;
            }
            if (narrowed && c.order == Case::kOrdered) {
              c.yaml +=
                  "exclude:\n  - {kinds: unregistered, between: [again, submitted]}\n"
                  "  - {kinds: click, where: {weight: {at_least: 7}}}\n";
              c.exclusions = {{unsubscribed, 1, 3}, {late, 0, 3}};
            } else if (narrowed && c.order == Case::kAny) {
              c.yaml += "exclude: {kinds: unregistered}\n";
              c.exclusions = {{unsubscribed, 0, 3}};
            }
            all.push_back(std::move(c));
          }
        }
      }
    }
  }
  return all;
}

TEST(FunnelOracle, EveryModeEqualsALiteralSearch) {
  std::size_t attempts = 0;
  std::map<std::string, std::size_t> ends;
  for (const Case& c : cases()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << c.yaml);
      const bool all_variants = seed == 1;
      const EventBatch events =
          random_events({.seed = seed,
                         .learners = all_variants ? std::size_t{3} : std::size_t{8},
                         .most_events = all_variants ? std::size_t{12} : std::size_t{60}});
      const auto wanted = expected(c, events);
      EXPECT_EQ(actual(c, events, all_variants), wanted);
      attempts += wanted.size();
      for (const auto& row : wanted) ++ends[row.back()];
    }
  }
  // The streams have all that there is to tell apart.
  EXPECT_GT(attempts, 1000u);
  for (const char* end : {"open", "converted", "window", "excluded", "interrupted"}) {
    EXPECT_GT(ends[end], 10u) << end;
  }
}

TEST(FunnelOracle, ALongTrailEqualsALiteralSearch) {
  const EventBatch events = random_events({.seed = 7, .learners = 3, .most_events = 3'000});
  for (const Case& c : cases()) {
    if (!c.every || !c.within) continue;
    SCOPED_TRACE(c.yaml);
    EXPECT_EQ(actual(c, events, false), expected(c, events));
  }
}

}  // namespace
}  // namespace waymark::fold
