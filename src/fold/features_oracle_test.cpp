// Features recomputed from their descriptions, one at a time, by loops over all events: slow and
// obvious.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "fold/features.h"
#include "fold/story.h"

namespace waymark::fold {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kDefinition = R"(
features:
  events:    {count: true}
  clicks:    {sum: weight, kinds: [click]}
  recent:    {sum: weight, kinds: [click], last: 7d}
  previous:  {sum: weight, kinds: [click], from: 14d, to: 7d}
  begun:     {count: true, since: start}
  passes:    {count: true, kinds: [submitted], outcome: [Pass], source: files}
  on_time:   {count: true, where: {late: {at_most: 0}, score: {above: 50}}}
  northern:  {count: true, where: {region: [r0, r2]}}
  elsewhere: {sum: weight, kinds: [click], where: {region: {is_not: r1}, weight: {above: 2}}}
  mean:      {mean: score}
  weighted:  {mean: score, weighted_by: weight}
  most:      {max: score, context: [context 1, context 2]}
  earliest:  {earliest: late}
  latest:    {latest: score, last: 14d}
  peak:      {max_day: weight}
  objects:   {distinct: object, last: 14d}
  contexts:  {distinct: context}
  days:      {active_days: true}
  weeks:     {active_weeks: true}
  longest:   {longest_streak: true}
  running:   {current_streak: true}
  away:      {recency: true}
  first:     {first_day: true}
  gap_mean:  {gap_mean: true}
  gap_sd:    {gap_sd: true}
  gap_max:   {gap_max: true}
  entropy:   {weekday_entropy: true}
  slope:     {slope: weight}
  trend:     {slope: active_days, last: 4w}
  ratio:     {ratio: [recent, clicks]}
  lateness:  {attribute: late, type: number, kinds: [submitted], last: 14d}
  region:    {attribute: region}
)";

// One (learner, course, as-of).
class Oracle {
 public:
  // Of all events of the learner.
  Oracle(const std::vector<Event>& all, const std::string& course, Micros as_of,
         std::optional<Micros> start, const Zone& zone)
      : as_of_(as_of), start_(start), zone_(zone) {
    for (const Event& event : all) {
      if (event.time >= as_of || event.received > as_of) continue;
      if (event.course == course) known_.push_back(event);
      if (event.course == course || event.course.empty()) said_.push_back(event);
    }
  }

  bool empty() const { return known_.empty(); }

  std::vector<double> numbers() const {
    const double clicks = sum(clicks_in(0, 10'000));
    const double recent = sum(clicks_in(0, 7));
    return {
        count(known_),
        clicks,
        recent,
        sum(clicks_in(7, 14)),
        count(filtered(known_, [&](const Event& e) { return start_ && e.time >= *start_; })),
        count(filtered(known_,
                       [](const Event& e) {
                         return e.kind == "submitted" && e.outcome == "Pass" && e.source == "files";
                       })),
        count(filtered(known_, [](const Event& e) { return late(e) <= 0 && e.score > 50; })),
        count(filtered(known_,
                       [](const Event& e) { return region(e) == "r0" || region(e) == "r2"; })),
        sum(filtered(known_,
                     [](const Event& e) {
                       return e.kind == "click" && !region(e).empty() && region(e) != "r1" &&
                              e.weight > 2;
                     })),
        mean(),
        weighted(),
        most(),
        earliest(),
        latest(),
        peak(),
        distinct(within(known_, 0, 14), &Event::object),
        distinct(known_, &Event::context),
        static_cast<double>(days().size()),
        weeks(),
        longest(),
        running(),
        days().empty() ? kMissing : static_cast<double>(day(as_of_) - *days().rbegin()),
        days().empty() || !start_ ? kMissing : static_cast<double>(*days().begin() - day(*start_)),
        gap_mean(),
        gap_deviation(),
        gap_maximum(),
        entropy(),
        start_ ? slope(weekly_weight(whole_weeks())) : kMissing,
        slope(weekly_days(4)),
        clicks == 0 ? kMissing : recent / clicks,
        lateness()};
  }

  std::string region() const {
    std::string last;
    for (const Event& event : said_) {
      if (!region(event).empty()) last = region(event);
    }
    return last;
  }

 private:
  using Events = std::vector<Event>;

  template <typename Test>
  static Events filtered(const Events& events, const Test& test) {
    Events kept;
    std::ranges::copy_if(events, std::back_inserter(kept), test);
    return kept;
  }
  static double count(const Events& events) { return static_cast<double>(events.size()); }
  static double sum(const Events& events) {
    double total = 0;
    for (const Event& event : events) total += event.weight;
    return total;
  }
  static double late(const Event& event) {
    for (const auto& [name, value] : event.properties) {
      if (name == "late") return std::get<double>(value);
    }
    return kMissing;
  }

  static std::string region(const Event& event) {
    for (const auto& [name, value] : event.properties) {
      if (name == "region") return std::get<std::string>(value);
    }
    return "";
  }

  std::int64_t day(Micros time) const { return zone_.local_day(time); }
  Micros ago(std::int64_t days) const {
    return zone_.to_utc(zone_.to_local(as_of_) - days * kMicrosPerDay);
  }
  Events within(const Events& events, std::int64_t to, std::int64_t from) const {
    return filtered(events, [&](const Event& e) {
      return e.time >= ago(from) && (to == 0 || e.time < ago(to));
    });
  }
  Events clicks_in(std::int64_t to, std::int64_t from) const {
    return within(filtered(known_, [](const Event& e) { return e.kind == "click"; }), to, from);
  }

  double mean() const {
    std::vector<double> scores;
    for (const Event& event : known_) {
      if (!std::isnan(event.score)) scores.push_back(event.score);
    }
    double total = 0;
    for (const double score : scores) total += score;
    return scores.empty() ? kMissing : total / static_cast<double>(scores.size());
  }
  double weighted() const {
    double products = 0;
    double weights = 0;
    for (const Event& event : known_) {
      if (std::isnan(event.score)) continue;
      products += event.score * event.weight;
      weights += event.weight;
    }
    return weights == 0 ? kMissing : products / weights;
  }
  double most() const {
    double most = kMissing;
    for (const Event& event : known_) {
      if (event.context != "context 1" && event.context != "context 2") continue;
      if (!std::isnan(event.score))
        most = std::isnan(most) ? event.score : std::max(most, event.score);
    }
    return most;
  }
  double earliest() const {
    for (const Event& event : known_) {
      if (!std::isnan(late(event))) return late(event);
    }
    return kMissing;
  }
  double latest() const {
    double latest = kMissing;
    for (const Event& event : within(known_, 0, 14)) {
      if (!std::isnan(event.score)) latest = event.score;
    }
    return latest;
  }
  double lateness() const {
    double latest = kMissing;
    for (const Event& event : within(said_, 0, 14)) {
      if (event.kind == "submitted" && !std::isnan(late(event))) latest = late(event);
    }
    return latest;
  }
  double peak() const {
    std::map<std::int64_t, double> by_day;
    for (const Event& event : known_) by_day[day(event.time)] += event.weight;
    double most = kMissing;
    for (const auto& [on, weight] : by_day) most = std::fmax(most, weight);
    return most;
  }
  static double distinct(const Events& events, std::string Event::*field) {
    std::set<std::string> texts;
    for (const Event& event : events) texts.insert(event.*field);
    texts.erase("");
    return static_cast<double>(texts.size());
  }

  std::set<std::int64_t> days() const {
    std::set<std::int64_t> days;
    for (const Event& event : known_) days.insert(day(event.time));
    return days;
  }
  std::int64_t week_of(const Event& event) const {
    for (std::int64_t week = 0;; ++week) {
      if (event.time >= ago(7 * (week + 1))) return week;
    }
  }
  double weeks() const {
    std::set<std::int64_t> weeks;
    for (const Event& event : known_) weeks.insert(week_of(event));
    return static_cast<double>(weeks.size());
  }
  double longest() const {
    double longest = 0;
    for (const std::int64_t first : days()) {
      double run = 0;
      for (std::int64_t at = first; days().contains(at); ++at) ++run;
      longest = std::max(longest, run);
    }
    return longest;
  }
  double running() const {
    double run = 0;
    std::int64_t at = day(as_of_);
    if (!days().contains(at)) --at;
    for (; days().contains(at); --at) ++run;
    return run;
  }
  std::vector<double> gaps() const {
    const auto set = days();
    const std::vector<std::int64_t> list(set.begin(), set.end());
    std::vector<double> gaps;
    for (std::size_t i = 1; i < list.size(); ++i) {
      gaps.push_back(static_cast<double>(list[i] - list[i - 1]));
    }
    return gaps;
  }
  double gap_mean() const {
    double total = 0;
    for (const double gap : gaps()) total += gap;
    return gaps().empty() ? kMissing : total / static_cast<double>(gaps().size());
  }
  double gap_maximum() const {
    double most = kMissing;
    for (const double gap : gaps()) most = std::fmax(most, gap);
    return most;
  }
  double gap_deviation() const {
    if (gaps().size() < 2) return kMissing;
    double squares = 0;
    for (const double gap : gaps()) squares += (gap - gap_mean()) * (gap - gap_mean());
    return std::sqrt(squares / static_cast<double>(gaps().size() - 1));
  }
  double entropy() const {
    std::map<std::int64_t, double> by_weekday;
    for (const std::int64_t on : days()) ++by_weekday[on % 7];
    double entropy = 0;
    for (const auto& [weekday, n] : by_weekday) {
      const double share = n / static_cast<double>(days().size());
      entropy -= share * std::log2(share);
    }
    return days().empty() ? kMissing : entropy;
  }

  std::size_t whole_weeks() const {
    std::size_t weeks = 0;
    while (ago(7 * (static_cast<std::int64_t>(weeks) + 1)) >= *start_) ++weeks;
    return weeks;
  }
  std::vector<double> weekly_weight(std::size_t weeks) const {
    std::vector<double> sums(weeks);
    for (const Event& event : known_) {
      const auto week = static_cast<std::size_t>(week_of(event));
      if (week < weeks) sums[weeks - 1 - week] += event.weight;
    }
    return sums;
  }
  std::vector<double> weekly_days(std::size_t weeks) const {
    std::vector<std::set<std::int64_t>> sets(weeks);
    for (const Event& event : known_) {
      const auto week = static_cast<std::size_t>(week_of(event));
      if (week < weeks) sets[weeks - 1 - week].insert(day(event.time));
    }
    std::vector<double> sums(weeks);
    std::ranges::transform(sets, sums.begin(),
                           [](const auto& set) { return static_cast<double>(set.size()); });
    return sums;
  }
  static double slope(const std::vector<double>& y) {
    if (y.size() < 2) return kMissing;
    const auto n = static_cast<double>(y.size());
    const double x_mean = (n - 1) / 2;
    double y_mean = 0;
    for (const double v : y) y_mean += v / n;
    double above = 0;
    double below = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      above += (static_cast<double>(i) - x_mean) * (y[i] - y_mean);
      below += (static_cast<double>(i) - x_mean) * (static_cast<double>(i) - x_mean);
    }
    return above / below;
  }

  Events known_, said_;
  Micros as_of_;
  std::optional<Micros> start_;
  const Zone& zone_;
};

void expect_equals_oracle(const EventBatch& events, const FeatureTable& table,
                          const FeaturesRequest& request, const Calendar& calendar,
                          const Zone& zone) {
  std::size_t row = 0;
  for (const auto& rows : trails_of(events)) {
    std::vector<std::string> courses;
    std::vector<Event> trail;
    for (const std::size_t i : rows) {
      const Event& event = trail.emplace_back(events.event(i));
      if (std::ranges::count(courses, event.course) == 0) courses.push_back(event.course);
    }
    for (const std::string& course : courses) {
      const auto dates = calendar.find(course);
      const std::optional<Micros> start =
          dates == calendar.end() ? std::nullopt : std::optional(dates->second.start);
      for (const AsOf& moment : request.as_of) {
        const auto* fixed = std::get_if<Micros>(&moment);
        if (fixed == nullptr && !start) continue;
        const Micros as_of = fixed ? *fixed
                                   : zone.to_utc(zone.to_local(*start) +
                                                 std::get<CourseDay>(moment).day * kMicrosPerDay);
        const Oracle oracle(trail, course, as_of, start, zone);
        if (oracle.empty()) continue;
        ASSERT_LT(row, table.size());
        ASSERT_EQ(table.as_of[row], as_of);
        const std::vector<double> expected = oracle.numbers();
        ASSERT_EQ(expected.size(), table.number_names.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
          const double actual = table.number(row, i);
          if (std::isnan(expected[i])) {
            EXPECT_TRUE(std::isnan(actual)) << table.number_names[i] << " is " << actual;
          } else {
            EXPECT_NEAR(actual, expected[i], 1e-9) << table.number_names[i];
          }
        }
        EXPECT_EQ(events.property_texts.text(table.texts[0].values[row]), oracle.region());
        ++row;
      }
    }
  }
  EXPECT_EQ(row, table.size());
}

FeaturesRequest request_of(const Zone& zone) {
  return {.as_of = {CourseDay{28}, at("2026-03-20 15:30", zone), CourseDay{10},
                    at("2026-06-01", zone)}};
}

Calendar calendar_of(const Zone& zone) { return {{"course 0", {at("2026-03-08", zone), kLatest}}}; }

FeatureTable run_whole(const EventBatch& events, const Zone& zone) {
  Symbols symbols = symbols_of(events);
  const auto fold = features(kDefinition, request_of(zone), calendar_of(zone), zone)
                        .make(Names(std::as_const(symbols)));
  return run(fold, EventSource(events, symbols, fold.reads(), 1, 1'000), 1);
}

TEST(FeaturesOracle, EqualsAnObviousRecomputation) {
  // Clocks went forward in the midst of the events.
  const Zone zone = Zone::named("Europe/London");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const EventBatch events = random_events({.seed = seed, .learners = 6, .most_events = 60});
    expect_equals_oracle(events, run_whole(events, zone), request_of(zone), calendar_of(zone),
                         zone);
  }
}

TEST(FeaturesOracle, AllVariantsAgree) {
  const Zone zone = Zone::named("Europe/London");
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    run_variants(features(kDefinition, request_of(zone), calendar_of(zone), zone),
                 random_events({.seed = seed, .learners = 5, .most_events = 25}), zone);
  }
}

TEST(FeaturesOracle, ALongTrailDoesNotDependOnHowItIsCut) {
  const Zone zone = Zone::named("Europe/London");
  const Measure<FeaturesFold> measure =
      features(kDefinition, request_of(zone), calendar_of(zone), zone);
  const EventBatch events = random_events({.seed = 9, .learners = 1, .most_events = 100'000});
  const TextTable whole = run_batch(measure, events, zone);
  EXPECT_TRUE(run_batch(measure, events, zone, {.slice_rows = 1}) == whole);
  EXPECT_TRUE(run_batch(measure, events, zone, {.slice_rows = 777}) == whole);
}

}  // namespace
}  // namespace waymark::fold
