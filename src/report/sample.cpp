#include "report/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace waymark::report {
namespace {

constexpr Day kFirstWeek = 15'732;  // Monday, 28 January 2013
constexpr int kWeeks = 124;

// A small generator of its own, so that the sample is the same on every machine.
class Noise {
 public:
  double uniform() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 11) / 9007199254740992.0;
  }
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_ = 20'261'122;
};

struct Presentation {
  const char* suffix;
  int week;
};
constexpr Presentation kPresentations[] = {
    {"2013B", 0}, {"2013J", 35}, {"2014B", 52}, {"2014J", 87}};

Course course(const std::string& name, int start, std::int64_t learners, Noise& noise) {
  Course out;
  out.name = name;
  out.days = Days{kFirstWeek + 7 * start + 3, kFirstWeek + 7 * start + 3 + 262};
  out.learners = learners;
  for (int week = std::max(0, start - 3); week <= std::min(kWeeks - 1, start + 37); ++week) {
    const int t = week - start;
    double share = t < 0 ? 0.25 + 0.12 * (3 + t) : 0.82 * std::exp(-0.017 * t);
    share +=
        (t > 0 && t % 6 == 5 ? 0.07 : 0.0) - (t % 35 == 10 ? 0.18 : 0.0) + 0.02 * noise.normal();
    if (t > 34) share *= 0.45;
    const auto active = std::llround(static_cast<double>(learners) * std::clamp(share, 0.01, 1.0));
    const auto events = std::llround(static_cast<double>(active) * (13 + 4 * noise.uniform()));
    out.weeks.push_back({kFirstWeek + 7 * week, events, active});
    out.events += events;
  }
  out.active_days = 20 + 50 * noise.uniform();
  out.first_action_days = -9 + 12 * noise.uniform();
  out.abandoned = 0.16 + 0.25 * noise.uniform();
  return out;
}

void add_courses(Content& content, Noise& noise) {
  constexpr const char* kModules[] = {"AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG"};
  constexpr std::int64_t kSizes[] = {383, 1767, 2214, 1303, 1052, 1900, 860};
  for (std::size_t module = 0; module < std::size(kModules); ++module) {
    for (const auto& [suffix, week] : kPresentations) {
      const bool runs = !(module == 0 && suffix[4] == 'B') && !(module == 2 && suffix[3] == '3') &&
                        !((module == 4 || module == 6) && suffix == std::string("2013B"));
      if (!runs) continue;
      const auto size = kSizes[module] + std::llround(120 * noise.normal());
      content.courses.push_back(
          course(fmt::format("{}/{}", kModules[module], suffix), week, size, noise));
    }
  }
  content.courses.push_back(course("HHH/2014J (pilot)", 87, 7, noise));
  for (int week = 0; week < kWeeks; ++week) {
    Week all{kFirstWeek + 7 * week, 0, 0};
    for (const Course& one : content.courses) {
      for (const Week& w : one.weeks) {
        if (w.start == all.start) all.events += w.events, all.learners += w.learners;
      }
    }
    all.learners = all.learners * 94 / 100;
    content.weeks.push_back(all);
    content.events += all.events;
  }
}

void add_sources(Content& content) {
  const Days days{kFirstWeek - 22, kFirstWeek + 7 * kWeeks - 1};
  Source clicks{"clicks", 1, 7'035'828, 7'035'811, 0, 17, 0};
  clicks.rejections = {{"event.time_malformed", "data/studentVle.csv.zst:104233", 11, false},
                       {"row.columns_wrong", "data/studentVle.csv.zst:3114873", 6, false}};
  clicks.days = days;
  clicks.learners = 18'204;
  clicks.courses = 22;
  Source enrolments{"enrolments", 1, 53'871, 47'902, 0, 31, 5'938};
  enrolments.rejections = {{"rule.when_not_met", "data/studentInfo.csv:2", 5'938, true},
                           {"lookup.missing", "data/studentInfo.csv:8021", 31, false}};
  enrolments.days = Days{days.first - 290, days.last};
  enrolments.learners = 19'117;
  enrolments.courses = 22;
  Source assessments{"assessments", 2, 173'912, 119'204, 54'535, 173, 0};
  assessments.rejections = {{"number.malformed", "data/studentAssessment.csv:1512", 173, false}};
  assessments.days = Days{days.first, days.last};
  assessments.learners = 15'340;
  assessments.courses = 22;
  content.sources = {clicks, enrolments, assessments};
}

std::vector<Bin> bins(std::vector<double> limits, const std::vector<std::int64_t>& counts,
                      int each) {
  std::vector<Bin> out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out.push_back(
        {limits[i], limits[i + 1], counts[i], std::min<std::int64_t>(counts[i], 18'000) / each});
  }
  return out;
}

void add_measures(Content& content) {
  const double more = std::numeric_limits<double>::infinity();
  Sessions sessions;
  sessions.definition = "sessions";
  sessions.count = 1'204'118;
  sessions.learners = 18'204;
  sessions.gap = 30 * kMicrosPerMinute;
  sessions.switch_on = {"course"};
  sessions.minutes = 18;
  sessions.events = 5;
  sessions.per_learner = 52;
  sessions.by_minutes = bins(
      {0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, more},
      {281'004, 139'820, 124'003, 111'480, 174'221, 148'903, 92'114, 80'322, 31'200, 15'870, 5'181},
      2);
  sessions.by_events = bins({1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, more},
                            {201'004, 164'220, 134'003, 101'480, 154'221, 148'903, 122'114, 80'322,
                             51'200, 31'870, 13'181, 1'600},
                            3);
  sessions.episodes = Episodes{7 * kMicrosPerDay, 84'116, 18'204, 4, 9, 31};
  content.sessions = sessions;
  sessions.definition = "short_sessions";
  sessions.gap = 5 * kMicrosPerMinute;
  sessions.episodes.reset(), sessions.by_minutes.clear(), sessions.by_events.clear();
  content.other_sessions = {sessions};

  Engagement engagement;
  engagement.definition = "engagement";
  engagement.learners = 21'333;
  engagement.active_days = 46;
  engagement.first_action_days = -4;
  engagement.never_acted = 2'340;
  engagement.abandoned = 0.27;
  engagement.abandoned_after = 21 * kMicrosPerDay;
  engagement.by_active_days = bins(
      {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 260},
      {3120, 2480, 2110, 1904, 1799, 1710, 1502, 1389, 1204, 1022, 1490, 818, 431, 214, 88, 4}, 1);
  engagement.by_first_action =
      bins({-30, -21, -14, -7, 0, 1, 3, 7, 14, 28, 56, more},
           {812, 1904, 3822, 5021, 2233, 1702, 1288, 998, 704, 330, 179}, 1);
  engagement.modalities = {
      {"oucontent", 2'310'554, 17'902, 61'204}, {"forumng", 1'279'917, 15'770, 24'310},
      {"homepage", 1'201'771, 18'190, 4'022},   {"quiz", 918'001, 12'033, 30'118},
      {"subpage", 610'200, 17'031, 6'090},      {"resource", 221'877, 15'204, 5'511},
      {"ouwiki", 190'330, 7'020, 4'022},        {"url", 110'802, 14'822, 2'204},
      {"externalquiz", 61'033, 5'111, 2'590},   {"oucollaborate", 31'288, 3'040, 1'290},
      {"dataplus", 18'044, 1'201, 340},         {"glossary", 6'530, 1'940, 120},
      {"htmlactivity", 2'002, 401, 41},         {"repeatactivity", 7, 5, 0.2}};
  content.engagement = engagement;
}

void add_further_measures(Content& content, Noise& noise) {
  Metric metric{"active_learners",
                "Learners who did something",
                "Course team",
                "learners",
                "higher",
                "week",
                {}};
  for (int week = 0; week < kWeeks; ++week) {
    const bool has_past = week >= 4;
    metric.periods.push_back({kFirstWeek + 7 * week, 5'000 + std::floor(900 * noise.normal()),
                              has_past ? 5'000 : kUnknown, has_past ? 3'900 : kUnknown,
                              has_past ? 6'100 : kUnknown, week == 2 ? 7 : 5'000});
  }
  content.metrics = {std::move(metric)};
  content.funnels = {{"onboarding",
                      "Within 4w of the first step; a learner's first attempt.",
                      {{"enrolled", 21'333, 19'117, 1, kUnknown},
                       {"first click", 20'102, 18'033, 0.942, 86'400},
                       {"first quiz", 12'011, 11'204, 0.563, 1'209'600},
                       {"first prize", 6, 6, 0.0003, 7'209'600}}}};
  content.retentions = {{"return", "Returned in the period or later.", "week", {}}};
  for (int week = 0; week < 30; ++week) {
    const double share = std::exp(-0.04 * week);
    content.retentions[0].periods.push_back({week,
                                             week == 7 ? 9 : week,
                                             week == 29 ? 4 : 19'117 - 200 * week,
                                             {share, share - 0.01, share + 0.01},
                                             week == 11   ? 5.0 / 7
                                             : week == 12 ? 0.9993
                                                          : 1});
  }
  content.cohorts = {
      {"quiet",
       {"In quiet is whoever", "  - has come since the beginning;", "  - now does not."},
       1'204,
       5'077},
      {"prize_winners", {"In prize_winners is whoever won."}, 6, 6}};
  content.paths = {{"walks",
                    {{"homepage", "forumng", 301'002, 15'204, 0.41},
                     {"forumng", "homepage", 202'110, 14'900, 0.33},
                     {"quiz", "lottery", 12, 3, 0.01}}}};
}

// How long until learners leave; a group that is too small to show among them.
void add_survival(Content& content) {
  Survival survival{"leaving", "How long learners stay.", "Cox's proportional hazards", "hazard x"};
  const auto curve = [](const char* feature, const char* value, std::int64_t learners,
                        double daily) {
    SurvivalCurve made{feature, value, learners, *feature == 0 ? kUnknown : 0.0002, {}};
    for (int day = 1; day <= 200; ++day) {
      made.steps.push_back(
          {static_cast<double>(day), std::exp(-daily * day), learners - learners * day / 250});
    }
    return made;
  };
  survival.curves = {curve("", "", 18'004, 0.0015), curve("education", "A levels", 9'003, 0.001),
                     curve("education", "none", 8'998, 0.002),
                     curve("education", "unheard of", 3, 0.01)};
  survival.effects = {{"clicks", "log(1 + x)", {0.81, 0.78, 0.84}, 1e-9},
                      {"education = none", "yes or no", {1.42, 1.28, 1.57}, 1e-4},
                      {"age = 35-55", "yes or no", {0.99, 0.9, 1.1}, 0.8}};
  survival.judged = {
      {"Cox's proportional hazards", true, 28, {0.701, 0.69, 0.712}, {0.0561, 0.052, 0.0602}, {}},
      {"Weibull's accelerated failure",
       false,
       28,
       {0.7, 0.689, 0.711},
       {0.0563, 0.0522, 0.0604},
       {0.0002, -0.0001, 0.0005}},
      {"curve of all",
       false,
       28,
       {0.5, 0.5, 0.5},
       {0.0588, 0.0545, 0.0631},
       {0.0027, 0.0012, 0.0042}}};
  survival.learned_from = 11'430;
  survival.judged_on = 6'215;
  content.survivals = {survival};
}

// Groups of learners, and what was unusual; each with one that is too small to show.
void add_groups(Content& content, Noise& noise) {
  Lifecycle lifecycle{"stages", "week", 3, 1, 4, {}, {}};
  for (int week = 0; week < 40; ++week) {
    const std::int64_t at_work = 9'000 - 150 * week;
    lifecycle.periods.push_back({kFirstWeek + 7 * week,
                                 {at_work / 3, at_work / 2, week < 6 ? 2'000 : 4, 60 + week,
                                  2'000 + 20 * week, 100 * week}});
  }
  for (std::size_t from = 0; from < kStages.size(); ++from) {
    for (std::size_t to = 0; to <= kGone; ++to)
      lifecycle.passings.push_back({from, to, 40'000 / static_cast<std::int64_t>(1 + from + to),
                                    from == 3 && to == kGone ? 3 : 4'000});
  }
  content.lifecycles = {lifecycle};
  content.tiers = {{"activity",
                    "clicks",
                    {{"power", 1'767, 1'728, 1'498, 3'154'068},
                     {"core", 7'063, 6'906, 587, 4'862'518},
                     {"casual", 7'056, 6'847, 219, 1'814'980},
                     {"dormant", 1'759, 1'693, 18, 67'891},
                     {"unheard_of", 4, 4, 0, 33}}}};
  const std::vector<std::string> features{"clicks", "active days", "clicks in the forum"};
  const auto traits = [&](double difference) {
    std::vector<Trait> all;
    for (const std::string& feature : features)
      all.push_back({feature, 100 + 50 * difference, 100, difference + 0.2 * noise.normal()});
    return all;
  };
  content.clusters = {{"ways_of_studying",
                       0.21,
                       {{"every day", "twice the usual clicks", 4'930, 4'813, 0.95, traits(1.1)},
                        {"steady", "much as usual", 9'301, 8'932, 0.96, traits(0.1)},
                        {"absent", "hardly any clicks", 3'414, 3'346, 0.7, traits(-1.4)},
                        {"hermits", "no forum at all", 5, 5, 0.6, traits(-2)},
                        {"few", "few clicks", 1'360, 1'357, 0.9, traits(-1)}}}};
  content.masteries = {{"skills",
                        0.95,
                        60,
                        {{"fractions", 1'204, {301, 212, 402, 289}, 0.612, 0.652},
                         {"long division", 40, {12, 3, 20, 5}, 0.71, 0.7},
                         {"spherical geometry", 9, {0, 0, 2, 7}, 0.31, 0.3}}}};
  Anomalies anomalies{"unusual_days", "active_learners", "learners", "Platform", "day", 22, {}, {}};
  for (const char* course : {"BBB/2013J", "DDD/2014B"}) {
    WatchedSeries series{course, {}};
    for (int day = 0; day < 200; ++day) {
      const double expected = 700 + 90 * noise.normal();
      const double value = day == 60 ? 55 : day == 150 ? 7 : std::floor(expected);
      series.periods.push_back({kFirstWeek + day, value, day < 20 ? kUnknown : std::round(expected),
                                std::llround(value)});
    }
    anomalies.series.push_back(std::move(series));
  }
  anomalies.alerts = {
      {0, false, true, false, {kFirstWeek + 60, kFirstWeek + 62}, 60},
      {1, false, false, true, {kFirstWeek + 150, kFirstWeek + 199}, 150},
      {0, false, false, false, {kFirstWeek + 90, kFirstWeek + 110}, 110, 14, 480, 702}};
  content.anomalies = {std::move(anomalies)};
}

struct Scored {
  double probability;
  bool at_risk;
};

Estimate around(double value, double half) { return {value, value - half, value + half}; }

// Learners whose score tells the two groups apart by `distance` standard deviations.
std::vector<Scored> score(int n, double distance, Noise& noise) {
  std::vector<Scored> all;
  for (int i = 0; i < n; ++i) {
    const bool at_risk = noise.uniform() < 0.42;
    const double x = noise.normal() + (at_risk ? distance / 2 : -distance / 2);
    all.push_back({1 / (1 + std::exp(-(distance * x + std::log(0.42 / 0.58)))), at_risk});
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.probability > b.probability; });
  return all;
}

Candidate evaluate(const std::string& name, const std::vector<Scored>& all) {
  Candidate out{name};
  double positives = 0, hits = 0, misses = 0, area = 0, average = 0, squares = 0;
  for (const Scored& one : all) positives += one.at_risk;
  const double negatives = static_cast<double>(all.size()) - positives;
  for (const Scored& one : all) {
    hits += one.at_risk, misses += !one.at_risk;
    if (one.at_risk) average += hits / (hits + misses) / positives;
    if (!one.at_risk) area += hits / positives / negatives;
    squares += std::pow(one.probability - one.at_risk, 2) / static_cast<double>(all.size());
    out.roc.push_back({misses / negatives, hits / positives});
    if (hits + misses > 15) out.pr.push_back({hits / positives, hits / (hits + misses)});
  }
  for (int decile = 9; decile >= 0; --decile) {
    CalibrationBin bin{0, {}, 0};
    double came_true = 0;
    for (const Scored& one : all) {
      if (std::min(9, static_cast<int>(10 * one.probability)) != decile) continue;
      bin.predicted =
          std::isfinite(bin.predicted) ? bin.predicted + one.probability : one.probability;
      came_true += one.at_risk;
      ++bin.learners;
    }
    if (bin.learners == 0) continue;
    const auto n = static_cast<double>(bin.learners);
    bin.predicted /= n;
    const double share = came_true / n, half = 1.96 * std::sqrt(share * (1 - share) / n);
    bin.observed = {share, std::max(0.0, share - half), std::min(1.0, share + half)};
    out.calibration.push_back(bin);
  }
  out.roc_auc = around(area, 0.008);
  out.pr_auc = around(average, 0.011);
  out.brier = around(squares, 0.005);
  return out;
}

void add_predictions(Model& model, const Content& content, Noise& noise) {
  const std::vector<Reason> reasons = {
      {"nothing handed in since the start (course median: 2)", 2.1},
      {"no click for 24 days", 1.7},
      {"average score 31, among the lowest tenth of the course", 1.4},
      {"clicks fell from 84 to 6 in the last two weeks", 1.1},
      {"second attempt at this module", 0.7},
      {"handed in 4 days late on average", 0.5},
      {"active on 31 of 49 days", -0.8},
      {"visited 42 different pages", -0.5},
      {"120 credits studied at once", 0.4},
  };
  double probability = 0.991;
  for (int i = 0; i < 60; ++i) {
    Prediction one;
    one.learner = fmt::format("L-{:06x}", static_cast<int>(noise.uniform() * 0xFFFFFF));
    const auto at =
        static_cast<std::size_t>(noise.uniform() * static_cast<double>(content.courses.size()));
    one.course = content.courses[at].name;
    one.probability = probability;
    const auto from = static_cast<std::size_t>(noise.uniform() * 4);
    for (const std::size_t r : {from, from + 2, from + 5}) {
      one.reasons.push_back(reasons[r]);
      one.reasons.back().effect *= 0.6 + 0.5 * noise.uniform();
    }
    model.predictions.push_back(one);
    probability -= 0.004 * noise.uniform();
  }
  for (const Course& course : content.courses) {
    if (course.name.find("2014J") == std::string::npos) continue;
    model.expected.push_back(
        {course.name, course.learners * 84 / 100, 0.28 + 0.3 * noise.uniform()});
    model.scored += model.expected.back().learners;
  }
}

Fairness fairness() {
  return {"disability",
          "",
          {{"N",
            6'204,
            around(0.41, 0.012),
            around(0.38, 0.012),
            around(0.71, 0.018),
            around(0.15, 0.012),
            {}},
           {"Y", 660, around(0.50, 0.038), around(0.49, 0.038), around(0.78, 0.045),
            around(0.20, 0.043), around(1.29, 0.11)},
           {"(smaller groups)", 12, around(0.31, 0.2), around(0.29, 0.2), around(0.67, 0.3),
            around(0.11, 0.1), around(0.77, 0.5)}}};
}

Model model(const Content& content, Noise& noise) {
  Model out;
  out.name = "at_risk";
  out.version = "20261122T101500-5e1f";
  out.outcome = "fail or withdraw";
  out.as_of = "day 49 of the course";
  out.train_learners = 11'562;
  out.test_learners = 6'871;
  out.train_courses = {"2013B", "2013J", "2014B"};
  out.test_courses = {"2014J"};
  const auto boosting = score(6'871, 1.62, noise);
  Candidate best = evaluate("Gradient boosting", boosting);
  best.macro_f1 = around(0.784, 0.009);
  Candidate logistic = evaluate("Logistic regression", score(6'871, 1.5, noise));
  logistic.macro_f1 = around(0.771, 0.009);
  Candidate clicks = evaluate("Fewest clicks first", score(6'871, 0.7, noise));
  clicks.macro_f1 = around(0.641, 0.010);
  clicks.baseline = true;
  Candidate rate{
      "Everyone at the base rate", true, around(0.5, 0), around(0.42, 0.012), around(0.367, 0.003),
      around(0.244, 0.002)};
  out.candidates = {best, logistic, clicks, rate};
  out.base_rate = static_cast<double>(std::count_if(boosting.begin(), boosting.end(),
                                                    [](auto& s) { return s.at_risk; })) /
                  static_cast<double>(boosting.size());
  out.fairness = {fairness()};
  out.broken = {"disparate_impact of disability 'Y' beside 'N' is 1.290 [1.180, 1.400]"};
  for (const std::int64_t k : {100, 250, 500, 1000, 2000}) {
    const auto hits =
        std::count_if(boosting.begin(), boosting.begin() + k, [](auto& s) { return s.at_risk; });
    out.called.push_back({k, hits});
  }
  out.drivers = {{"Average score so far, within the course", 0.214, -1},
                 {"Days since the last click", 0.158, 1},
                 {"Assessments handed in", 0.131, -1},
                 {"Days late when handing in", 0.082, 1},
                 {"Active days in the last two weeks", 0.074, -1},
                 {"Clicks, ranked within the course", 0.061, -1},
                 {"Trend of clicks per week", 0.055, -1},
                 {"Earlier attempts at the module", 0.043, 1},
                 {"Highest education on entry", 0.037, 0},
                 {"Credits studied at once", 0.031, 1},
                 {"Regularity of study days (entropy over the week)", 0.026, 0},
                 {"Share of clicks on quizzes", 0.021, -1},
                 {"Day of registration", 0.018, 0}};
  add_predictions(out, content, noise);
  return out;
}

}  // namespace

Content sample() {
  Noise noise;
  Content content;
  content.title = "Open University";
  content.time_zone = "Europe/London";
  content.generated_at = 1'795'342'500 * kMicrosPerSecond;
  content.learners = 19'117;
  content.days = Days{kFirstWeek - 22, kFirstWeek + 7 * kWeeks - 1};
  add_sources(content);
  add_courses(content, noise);
  add_measures(content);
  add_further_measures(content, noise);
  content.models.push_back(model(content, noise));
  add_groups(content, noise);
  add_survival(content);
  content.method = {"waymark 0.1.0",
                    "waymark report --workspace examples/oulad",
                    "9c1e77aa03b5d2f4",
                    7,
                    {{"sources", "clicks", "4b1f09c2d8e7a365"},
                     {"sources", "enrolments", "1dd5e0b7719a4c2e"},
                     {"sources", "assessments", "f0829c6b11de5a47"},
                     {"measures", "sessions", "77aa10b9c4e2f358"},
                     {"measures", "engagement", "c3d9e1f2a0b45678"},
                     {"measures", "study", "a9b8c7d6e5f40312"},
                     {"models", "at_risk", "0f1e2d3c4b5a6978"}},
                    {}};
  content.attributions = {
      {"Open University Learning Analytics Dataset, Kuzilek, Hlosta and Zdrahal (2017)",
       "CC BY 4.0", "https://doi.org/10.1038/sdata.2017.171"}};
  return content;
}

Content sample_of_classes() {
  Content content = sample();
  Model& model = content.models.front();
  model.name = "engagement";
  model.outcome.clear();
  model.called.clear(), model.fairness.clear(), model.broken.clear();
  for (Candidate& candidate : model.candidates) {
    candidate.accuracy = around(candidate.macro_f1.value + 0.04, 0.012);
    candidate.roc.clear(), candidate.pr.clear();
  }
  const std::vector<CalibrationBin> bins = model.candidates[model.chosen].calibration;
  Noise noise;
  model.candidates[model.chosen].calibration.clear();
  const std::vector<std::vector<std::int64_t>> called = {
      {1'904, 306, 38, 3}, {412, 2'217, 401, 4}, {29, 388, 1'128, 2}, {1, 4, 3, 31}};
  const std::vector<std::string> names = {"none", "low", "high", "top"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    ClassQuality one{names[i], 0, 0, {}, {}, {}, called[i], {}, {}, bins};
    for (std::size_t other = 0; other < names.size(); ++other) {
      one.there += called[i][other];
      one.called += called[other][i];
    }
    const auto hits = static_cast<double>(called[i][i]);
    one.precision = around(hits / static_cast<double>(one.called), 0.02);
    one.recall = around(hits / static_cast<double>(one.there), 0.02);
    one.f1 = around(2 * hits / static_cast<double>(one.called + one.there), 0.015);
    const Candidate against_rest =
        evaluate(one.name, score(500, 1.2 + 0.4 * static_cast<double>(i), noise));
    one.roc_auc = against_rest.roc_auc, one.roc = against_rest.roc;
    model.fairness.push_back(fairness());
    model.fairness.back().about = names[i];
    model.classes.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < model.predictions.size(); ++i) {
    model.predictions[i].called = names[i % (names.size() - 1)];  // nobody is called the last
  }
  for (Expected& expected : model.expected) expected.shares = {0.31, 0.43, 0.22, 0.04};
  return content;
}

Content large_sample() {
  Content content = sample();
  const Course course = content.courses.front();
  content.courses.clear();
  for (int i = 0; i < 500; ++i) {
    content.courses.push_back(course);
    content.courses.back().name = fmt::format("Course number {} of the faculty", i);
    content.courses.back().learners += i;
  }
  const Source source = content.sources.front();
  content.sources.clear();
  for (int i = 0; i < 60; ++i) {
    content.sources.push_back(source);
    content.sources.back().name = fmt::format("source_{}", i);
  }
  Model& model = content.models.front();
  model.drivers.clear();
  for (int i = 0; i < 40; ++i)
    model.drivers.push_back({fmt::format("Driver number {}", i), 0.2 / (i + 1), i % 3 - 1});
  model.expected.clear();
  model.scored = 0;
  for (const Course& one : content.courses) {
    model.expected.push_back({one.name, one.learners, 0.3});
    model.scored += one.learners;
  }
  for (std::size_t i = 0; i < model.predictions.size(); ++i)
    model.predictions[i].course = content.courses[7 * i].name;
  return content;
}

}  // namespace waymark::report
