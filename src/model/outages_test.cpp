// Which rows outages of one course or source spoil, day by day.

#include "model/outages.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

namespace waymark::model {
namespace {

constexpr Micros kDay = kMicrosPerDay;

workspace::Node parse(std::string_view yaml, const char* file) {
  workspace::Diagnostics diagnostics;
  workspace::Node node = workspace::parse_yaml(yaml, file, diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  return node;
}

struct Feature {
  const char* yaml;
  std::set<std::string> sources;  // none: all
  int from, to;                   // days before the as-of
};
const std::map<std::string, Feature> kFeatures = {
    {"all", {"{count: true, last: 6d}", {}, 6, 0}},
    {"clicks", {"{count: true, last: 6d, source: clicks}", {"clicks"}, 6, 0}},
    {"marks", {"{sum: score, from: 9d, to: 3d, source: [marks, app]}", {"marks", "app"}, 9, 3}},
};

fold::FeaturesDefinition study() {
  std::string yaml = "measure: features\nfeatures:\n";
  for (const auto& [name, feature] : kFeatures) {
    yaml += fmt::format("  {}: {}\n", name, feature.yaml);
  }
  yaml += "  away: {recency: true, source: clicks}\n  change: {difference: [clicks, marks]}\n";
  workspace::Diagnostics diagnostics;
  auto measure = fold::parse_features({"study", "features", parse(yaml, "measures/study.yaml"), ""},
                                      diagnostics);
  EXPECT_TRUE(diagnostics.empty());
  return measure;
}

// Drawn days of 1970 with whom they concern, and what a calendar file makes of them.
struct Outage {
  int first, last;
  std::set<std::string> courses, sources;

  bool concerns(int day, const std::string& course, const std::set<std::string>& read) const {
    if (day < first || day > last) return false;
    if (!courses.empty() && !courses.contains(course)) return false;
    if (sources.empty() || read.empty()) return true;
    for (const std::string& source : read) {
      if (sources.contains(source)) return true;
    }
    return false;
  }
};

std::string calendar_yaml(const std::vector<Outage>& outages) {
  std::string yaml = "dates:\n";
  const auto names = [](const char* key, const std::set<std::string>& set) {
    std::string list;
    for (const std::string& name : set) list += (list.empty() ? "" : ", ") + name;
    return set.empty() ? "" : fmt::format(", {}: [{}]", key, list);
  };
  for (const Outage& outage : outages) {
    yaml += fmt::format("  - {{kind: outage, from: {}, to: {}{}{}}}\n",
                        to_iso_date(outage.first * kDay), to_iso_date(outage.last * kDay),
                        names("courses", outage.courses), names("sources", outage.sources));
  }
  return yaml;
}

TEST(OutagesOfSome, SpoilWhatADayByDayCountSays) {
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto some = [&](std::initializer_list<const char*> names) {
    std::set<std::string> chosen;
    if (below(2) == 0) return chosen;
    for (const char* name : names) {
      if (below(2) == 0) chosen.insert(name);
    }
    return chosen;
  };
  const fold::FeaturesDefinition measure = study();
  const std::vector<std::string> names = {"all", "clicks", "marks", "away", "change"};
  const auto rule_node = parse("{calendar: year, peers: all}", "models/risk.yaml");
  std::map<std::string, std::size_t> spoiled_of;
  std::size_t rows = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Outage> outages;
    for (int i = 1 + below(3); i > 0; --i) {
      const int first = 110 + below(20);
      outages.push_back({first, first + below(8), some({"A", "B", "C"}), some({"clicks", "app"})});
    }
    const std::string yaml = calendar_yaml(outages);
    SCOPED_TRACE(yaml);
    workspace::Diagnostics diagnostics;
    const std::vector<fold::SeasonCalendar> calendars{fold::parse_season_calendar(
        {"year", "calendar", parse(yaml, "calendars/year.yaml"), ""}, diagnostics)};
    const OutageRule rule = read_outages(rule_node, measure, names, calendars, diagnostics);
    ASSERT_TRUE(diagnostics.empty());

    constexpr int kAsOf = 128;
    DataSet data;
    for (const char* course : {"A", "B", "C"}) {
      data.learner.emplace_back(course);
      data.cohort.push_back(static_cast<std::uint32_t>(data.cohorts.size()));
      data.cohorts.push_back({.course = course, .start = 100 * kDay, .as_of = kAsOf * kDay});
    }
    std::vector<int> away;
    for (const std::string& name : names) {
      data.columns.push_back({.name = name, .feature = name});
      for (std::size_t row = 0; row < 3; ++row) {
        const int number = 1 + below(12);
        if (name == "away") away.push_back(number);
        data.columns.back().numbers.push_back(number);
      }
    }
    mark_spoiled(rule, Zone::utc(), data);

    const auto expected = [&](const std::string& course, const std::set<std::string>& read,
                              int from, int to) {
      int out = 0;
      for (int day = kAsOf - from; day < kAsOf - to; ++day) {
        for (const Outage& outage : outages) {
          if (!outage.concerns(day, course, read)) continue;
          ++out;
          break;
        }
      }
      return 2 * out >= from - to;
    };
    for (std::size_t row = 0; row < 3; ++row, ++rows) {
      const std::string& course = data.cohorts[row].course;
      SCOPED_TRACE(course);
      std::map<std::string, bool> is;
      for (const auto& [name, feature] : kFeatures)
        is[name] = expected(course, feature.sources, feature.from, feature.to);
      is["change"] = is["clicks"] || is["marks"];
      is["away"] = expected(course, {"clicks"}, away[row], 0);
      for (const DataColumn& column : data.columns) {
        EXPECT_EQ(column.spoiled[row] != 0, is[column.name]) << column.name;
        if (is[column.name]) ++spoiled_of[column.name];
      }
      bool is_next_week_out = false;
      for (int day = kAsOf; day < kAsOf + 7; ++day) {
        for (const Outage& outage : outages) is_next_week_out |= outage.concerns(day, course, {});
      }
      EXPECT_EQ(any_out(rule, Zone::utc(), data.cohorts[row], 7), is_next_week_out);
    }
  }
  for (const std::string& name : names) {
    EXPECT_GT(spoiled_of[name], rows / 20) << name;
    EXPECT_LT(spoiled_of[name], rows * 9 / 10) << name;
  }
  EXPECT_GT(spoiled_of["all"], spoiled_of["clicks"]);
}

}  // namespace
}  // namespace waymark::model
