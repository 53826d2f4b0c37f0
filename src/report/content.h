#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace waymark::report {

// What a report says, as plain values: the engine fills them, render() and render_text() read them.
//
// What is not known stays as it is by default: numbers NaN, counts 0, texts empty, parts absent.
// The section of an absent part says what is missing and which command brings it. Texts are plain
// and may hold anything, since they are escaped on their way out. Learners appear by pseudonym
// only.
//
// Groups of fewer than `smallest_group` learners are hidden by the report, so the engine hands them
// over as they are.

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// A local calendar day, counted from 1970-01-01 (Zone::local_day).
using Day = std::int64_t;

struct Days {
  Day first = 0;
  Day last = 0;
};

// A figure and its 95 % interval.
struct Estimate {
  double value = kUnknown;
  double low = kUnknown;
  double high = kUnknown;
};

struct Point {
  double x = kUnknown;
  double y = kUnknown;
};

// From `low` up to, and not including, `high`. `count` is of what the histogram is about;
// `learners` are those whom it concerns.
struct Bin {
  double low = 0;
  double high = 0;
  std::int64_t count = 0;
  std::int64_t learners = 0;
};

struct Week {
  Day start = 0;
  std::int64_t events = 0;
  std::int64_t learners = 0;  // with at least one event
};

// Why records were kept out, and where the first of them stands.
struct Rejection {
  std::string reason;   // stable: "event.time_missing"
  std::string example;  // "data/studentVle.csv:1043"
  std::int64_t count = 0;
  bool refused = false;  // left out by a rule of the definitions, not for a fault: no quarantine
};

struct Source {
  std::string name;
  std::int64_t files = 0;
  // received = stored + duplicate + quarantined + refused; the report says so if it is not.
  std::int64_t received = 0;
  std::int64_t stored = 0;
  std::int64_t duplicate = 0;
  std::int64_t quarantined = 0;
  std::int64_t refused = 0;
  std::vector<Rejection> rejections;  // the most frequent first
  std::optional<Days> days;           // of its stored events
  std::int64_t learners = 0;
  std::int64_t courses = 0;
};

// A course in one of its presentations. Engagement figures are unknown without that measure.
struct Course {
  std::string name;
  std::optional<Days> days;  // start and end
  std::int64_t learners = 0;
  std::int64_t events = 0;
  std::vector<Week> weeks;              // ascending; a week without events may be left out
  double active_days = kUnknown;        // median per learner
  double first_action_days = kUnknown;  // median, from the course's start
  double abandoned = kUnknown;          // share of learners
};

// What sessions join to.
struct Episodes {
  Micros gap = 0;  // a longer pause between sessions starts a new one
  std::int64_t count = 0;
  std::int64_t learners = 0;
  double per_learner = kUnknown, sessions = kUnknown, days = kUnknown;  // medians
};

struct Sessions {
  std::string definition;  // its name
  std::int64_t count = 0;
  std::int64_t learners = 0;
  Micros gap = 0;                      // a longer pause starts a new session
  std::vector<std::string> switch_on;  // so does a change of these
  bool day_clock = false;         // the sources know only the day, so a session is an active day
  double minutes = kUnknown;      // median
  double events = kUnknown;       // median
  double per_learner = kUnknown;  // median
  std::vector<Bin> by_minutes;    // counts sessions
  std::vector<Bin> by_events;     // counts sessions
  std::optional<Episodes> episodes = {};
};

// A kind of activity: what the event's context says (forum, quiz, …).
struct Modality {
  std::string name;
  std::int64_t events = 0;
  std::int64_t learners = 0;
  double hours = kUnknown;
};

// Over (learner, course).
struct Engagement {
  std::string definition;
  std::int64_t learners = 0;
  double active_days = kUnknown;        // median
  double first_action_days = kUnknown;  // median, from the course's start
  std::int64_t never_acted = 0;         // without a first action
  double abandoned = kUnknown;          // share
  Micros abandoned_after = 0;           // without an event for so long before the end
  std::vector<Bin> by_active_days;
  std::vector<Bin> by_first_action;  // days from the course's start
  std::vector<Modality> modalities;
};

// What people steer by, in one of its periods.
struct MetricPeriod {
  Day start = 0;
  double value = kUnknown;
  double usual = kUnknown;  // of earlier periods, and the band around it
  double low = kUnknown;
  double high = kUnknown;
  std::int64_t learners = 0;  // behind it; unknown: 0
};
struct Metric {
  std::string name;
  std::string description, owner, unit;
  std::string direction;  // "higher" or "lower" is better; or empty
  std::string grain;      // "day", "week", "month"
  std::vector<MetricPeriod> periods;
};

struct FunnelStep {
  std::string name;
  std::int64_t attempts = 0;  // that came so far
  std::int64_t learners = 0;
  double share = kUnknown;           // of the attempts
  double median_seconds = kUnknown;  // from the step before
};
struct Funnel {
  std::string name;
  std::string reading;  // how its figures are to be read: "Within 7d of the first step."
  std::vector<FunnelStep> steps;
};

struct RetentionPeriod {
  std::int64_t period = 0;       // counted from the start
  std::int64_t last_period = 0;  // of a bracket, else the same
  std::int64_t observed = 0;     // for whom it is over
  Estimate share;                // of those who were there
  double open_share = 1;         // of its days, those that no calendar closes
};
struct Retention {
  std::string name;
  std::string reading;  // how its figures are to be read; empty: as they are called
  std::string unit;     // "day", "week", "month"
  std::vector<RetentionPeriod> periods;
};

struct Cohort {
  std::string name;
  std::vector<std::string> words;  // its rules, line by line
  std::int64_t members = 0;        // at the end of the data
  std::int64_t ever_members = 0;
};

struct Transition {
  std::string from, to;
  std::int64_t count = 0;
  std::int64_t learners = 0;
  double share = kUnknown;  // of all that leaves `from`
};
struct Paths {
  std::string name;
  std::vector<Transition> transitions;  // the most frequent first
};

// Where learners stand in a lifecycle, from the best to the worst. Those in the first ones are at
// work.
inline constexpr std::array<std::string_view, 6> kStages{"engaged",     "activated", "new",
                                                         "resurrected", "at risk",   "dormant"};
inline constexpr std::size_t kStagesAtWork = 4, kAtRisk = 4, kDormant = 5;
inline constexpr std::size_t kGone = kStages.size();  // left, or the course was over

struct StagePeriod {
  Day start = 0;
  std::array<std::int64_t, kStages.size()> learners{};
};
struct Passing {
  std::size_t from = 0, to = 0;  // stages of a period and the next; or kGone
  std::int64_t count = 0;        // over all periods
  std::int64_t learners = 0;
};
struct Lifecycle {
  std::string name;
  std::string unit;                  // "day", "week", "month"
  std::int64_t engaged_days = 0;     // of a period, or more: engaged
  std::int64_t at_risk = 0;          // periods without activity, or more
  std::int64_t dormant = 0;          // likewise
  std::vector<StagePeriod> periods;  // ascending
  std::vector<Passing> passings;     // by stages
};

struct Tier {
  std::string name;
  std::int64_t count = 0;  // of learners, once for each course of theirs
  std::int64_t learners = 0;
  double median = kUnknown;
  double total = kUnknown;  // of all its learners; unknown where adding up says nothing
};
struct Tiers {
  std::string name;
  std::string feature;      // plain words: "clicks"
  std::vector<Tier> tiers;  // the highest first
};

// How far a group lies from what is usual, in one of its features.
struct Trait {
  std::string feature;  // plain words
  double mean = kUnknown;
  double usual = kUnknown;
  double difference = kUnknown;  // in standard deviations
};
struct Cluster {
  std::string name;
  std::string profile;     // what sets it apart, in words; empty: of those who are in none
  std::int64_t count = 0;  // of learners, once for each course of theirs
  std::int64_t learners = 0;
  double stability = kUnknown;  // 1: found again whoever is left out
  std::vector<Trait> traits;    // the same features in each
};
struct Clusters {
  std::string name;
  double silhouette = kUnknown;  // how far they lie apart: 1 at best, 0 not at all
  std::vector<Cluster> clusters;
};

// Where learners stand in a skill. Faded is what was mastered, until time without an answer took
// it; known is more likely than not, or less.
inline constexpr std::array<std::string_view, 4> kStandings{"mastered", "faded", "likely known",
                                                            "hardly known"};
inline constexpr std::size_t kMastered = 0, kFaded = 1;

struct Skill {
  std::string name;
  std::int64_t learners = 0;  // with an answer
  std::array<std::int64_t, kStandings.size()> standing{};
  double known = kUnknown, next_right = kUnknown;  // means over these learners
};
struct Mastery {
  std::string name;
  double mastered_at = kUnknown;
  double half_life_days = kUnknown;  // unknown: nothing fades
  std::vector<Skill> skills;         // first what most learners have not mastered
};

// A number that is watched, in one of its periods; unknown what it is not judged by.
struct WatchedPeriod {
  Day start = 0;
  double value = kUnknown;
  double expected = kUnknown;
  std::int64_t learners = 0;  // behind it; unknown: 0
};
struct Alert {
  std::size_t series = 0;
  bool above = false;     // what was expected; else below
  bool critical = false;  // half or twice of it, or worse
  bool ongoing = false;
  Days days;             // from its first period's to its last one's start
  std::size_t peak = 0;  // the worst of the series' periods; of what lasts, the last of them
  // Of what was too little in one period and lasted: over how many it was found, and their means.
  std::int64_t over = 1;
  double value = kUnknown, expected = kUnknown;
};
struct WatchedSeries {
  std::string of;                      // "BBB/2013J"; empty: there is but one
  std::vector<WatchedPeriod> periods;  // ascending
};
struct Anomalies {
  std::string name;
  std::string metric, unit, owner;
  std::string grain;                  // "day", "week", "month"
  std::int64_t watched = 0;           // series; of those without an alert nothing is here
  std::vector<WatchedSeries> series;  // with an alert, the worst first
  std::vector<Alert> alerts;          // the worst first
};

// From a day on, the share of a group that is still without it.
struct SurvivalStep {
  double day = kUnknown;
  double share = kUnknown;
  std::int64_t at_risk = 0;  // still watched, just before
};
struct SurvivalCurve {
  std::string feature, value;  // whose; both empty: of all
  std::int64_t learners = 0;
  double log_rank = kUnknown;  // probability that groups like these lie as far apart by chance
  std::vector<SurvivalStep> steps;
};
struct SurvivalEffect {
  std::string input, unit;
  Estimate ratio;
  double p = kUnknown;
};
struct SurvivalJudged {
  std::string method;
  bool chosen = false;
  double days = kUnknown;
  Estimate concordance, brier;
  Estimate brier_over_chosen;  // by how much more than the chosen method's
};
struct Survival {
  std::string name, description;
  std::string method, ratio;            // "Cox's proportional hazards", "hazard x"
  std::vector<SurvivalCurve> curves;    // all first, then feature by feature
  std::vector<SurvivalEffect> effects;  // the surest first
  std::vector<SurvivalJudged> judged;   // of each method, by days
  std::int64_t learned_from = 0, judged_on = 0;
};

// Learners whose predicted probability fell into one part of the scale, and the share of them for
// whom it came true.
struct CalibrationBin {
  double predicted = kUnknown;  // mean
  Estimate observed;
  std::int64_t learners = 0;
};

// One trainer's model, or a baseline, on the test set.
struct Candidate {
  std::string name;  // "Gradient boosting", "Everyone at the base rate"
  bool baseline = false;
  Estimate roc_auc;
  Estimate pr_auc;
  Estimate macro_f1;
  Estimate accuracy;
  Estimate brier;
  std::vector<Point> roc;  // false-positive rate, true-positive rate
  std::vector<Point> pr;   // recall, precision
  std::vector<CalibrationBin> calibration;
};

// One class of several, beside the others, on the test set.
struct ClassQuality {
  std::string name;
  std::int64_t there = 0, called = 0;  // learners of whom it came true; who were called so
  Estimate precision, recall;          // right of those called; found of those there
  Estimate f1;
  std::vector<std::int64_t> called_as;  // what those there were called, by class
  Estimate roc_auc;                     // against the rest
  std::vector<Point> roc;               // likewise: false-positive rate, true-positive rate
  std::vector<CalibrationBin> calibration;
};

// How a group of learners fares on the test set.
struct GroupTreated {
  std::string group;
  std::int64_t learners = 0;
  Estimate came_true, called;
  Estimate found, alarmed;  // called, of those of whom it came true, and of the others
  Estimate ratio;           // of `called` to the largest group's; unknown of that one
  Estimate left;            // to people, of all; `called` is then of the others
};
struct Fairness {
  std::string by;                    // "age and disability"
  std::string about;                 // of several classes the one that is called; else empty
  std::vector<GroupTreated> groups;  // the largest first
};

// Of the `called` test learners with the highest probability, how many it came true for.
struct Called {
  std::int64_t called = 0;
  std::int64_t hits = 0;
};

struct Driver {
  std::string label;         // plain words: "Days since the last click"
  double weight = kUnknown;  // share of the ROC-AUC that all drivers lose when shuffled
  int direction = 0;         // of a higher value: +1 raises the probability, -1 lowers it, 0 mixed
};

// Why one learner's probability is what it is.
struct Reason {
  std::string text;          // plain words: "no assessment handed in"
  double effect = kUnknown;  // > 0 raises, in log-odds
};

struct Prediction {
  std::string learner;  // pseudonym
  std::string course;   // as in Content::courses
  double probability = kUnknown;
  std::vector<Reason> reasons;  // the strongest first
  std::string called = {};      // of several classes the one that all this is about
};

// The mean prediction of a course: how much of it is expected to be at risk.
struct Expected {
  std::string course;
  std::int64_t learners = 0;
  double probability = kUnknown;
  std::vector<double> shares = {};  // of several classes: the mean prediction of each
};

struct Model {
  std::string name;     // "at_risk"
  std::string version;  // of the trained model
  std::string outcome;  // after "will": "fail or withdraw"
  std::string as_of;    // "day 49 of the course"; empty: of the rows of a file
  std::int64_t train_learners = 0;
  std::int64_t test_learners = 0;
  std::vector<std::string> train_courses;
  std::vector<std::string> test_courses;
  double base_rate = kUnknown;        // of the outcome among the test learners
  std::vector<ClassQuality> classes;  // of a model of more than two; the outcome is then unsaid
  std::vector<Candidate> candidates;
  std::size_t chosen = 0;  // the candidate that predicts
  std::vector<Fairness> fairness;
  std::vector<std::string> broken;  // limits of fairness that do not hold, a sentence each
  std::vector<Called> called;       // of the chosen one, ascending
  std::vector<Driver> drivers;      // the strongest first
  std::int64_t scored = 0;
  std::vector<Expected> expected;
  std::vector<Prediction> predictions;  // the highest probability first; not necessarily all
                                        // scored, and of several classes some of each

  // Which have no course, and no moment as of which they are known.
  bool is_of_file() const { return as_of.empty(); }
};

struct Definition {
  std::string kind;  // folder: "sources", "measures", "models"
  std::string name;
  std::string version;  // content hash
};

struct Attribution {
  std::string text;
  std::string licence;
  std::string url;  // becomes a link if it is http or https
};

// What it takes to get the same report again.
struct Method {
  std::string program;  // "waymark 0.1.0"
  std::string command;
  std::string data_version;  // hash of the journal's content
  std::int64_t generation = 0;
  std::vector<Definition> definitions;
  std::vector<std::string> limits;  // sentences, beside those that the report itself knows
};

struct Content {
  std::string title;      // the workspace's name
  std::string time_zone;  // that all days are of
  Micros generated_at = 0;
  std::int64_t smallest_group = 10;
  std::int64_t learners = 0;
  std::int64_t events = 0;
  std::optional<Days> days;
  std::vector<Source> sources;
  std::vector<Week> weeks;  // of all courses together
  std::vector<Course> courses;
  std::optional<Sessions> sessions;
  std::vector<Sessions> other_sessions;  // by other definitions; without bins
  std::optional<Engagement> engagement;
  std::vector<Metric> metrics;
  std::vector<Funnel> funnels;
  std::vector<Retention> retentions;
  std::vector<Cohort> cohorts;
  std::vector<Paths> paths;
  std::vector<Lifecycle> lifecycles;
  std::vector<Tiers> tiers;
  std::vector<Clusters> clusters;
  std::vector<Mastery> masteries;
  std::vector<Anomalies> anomalies;
  std::vector<Survival> survivals;
  std::vector<Model> models;
  Method method;
  std::vector<Attribution> attributions;
};

}  // namespace waymark::report
