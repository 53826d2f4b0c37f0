// Answers of some learners only: the same ones every time, what they say of all, what is left out.

#include "engine/sample.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "engine/question.h"
#include "engine/test_workspace.h"
#include "query/test_rows.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

class Sample : public testing::Test {
 protected:
  Sample() {
    std::string rows;
    for (int learner = 0; learner < 400; ++learner) {
      for (int visit = 0; visit <= learner % 7; ++visit) {
        rows += fmt::format("2025-03-{:02}T10:00:00Z,learner {},page {}\n", 1 + visit * 3, learner,
                            visit);
      }
    }
    workspace_.write_clicks(rows);
    workspace_.write("measures/busy.yaml",
                     "measure: cohort\nwho: {did: {kinds: [click], at_least: 5}}\n");
    workspace_.write("measures/clicks.yaml",
                     "measure: metric\ngrain: month\nsimple: {count: true}\n");
    workspace_.write("measures/pages.yaml",
                     "measure: metric\ngrain: month\nsimple: {distinct: object}\n");
    workspace_.write("measures/ways.yaml", "measure: paths\nstates: object\n");
    workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: clicks\ngrain: day\n");
    workspace_.write("measures/study.yaml",
                     "measure: features\nfeatures:\n  clicks: {count: true}\n"
                     "  halfway: {count: true, object: [page 3]}\n"
                     "  end: {count: true, object: [page 6]}\n");
    workspace_.write("measures/tiers.yaml",
                     "measure: tiers\nfeatures: study\nof: clicks\ntiers: {top: 70, rest: 0}\n");
    workspace_.write("measures/kinds.yaml",
                     "measure: clusters\nfeatures: study\nof: [clicks, halfway, end]\nclusters: 3\n"
                     "order_by: clicks\n");
    workspace_.ingest();
  }

  Answer asked(const Question& question) const {
    Silent silent;
    const Catalog catalog = workspace_.catalog();
    return answer(question, catalog, open_journal(catalog, true), kTestNow, silent);
  }
  static Lines rows(const Answer& answer) {
    query::Session session(answer.sources, {});
    return query::rows_of(session.query(answer.select));
  }
  static Lines parts(const std::string& row) {
    Lines parts;
    for (std::size_t begin = 0; begin <= row.size();) {
      const std::size_t end = std::min(row.find('|', begin), row.size());
      parts.push_back(row.substr(begin, end - begin));
      begin = end + 1;
    }
    return parts;
  }
  Lines learners_of(double share, std::uint64_t seed) const {
    const Answer found = asked({.measure = "sessions", .who = {.share = share, .seed = seed}});
    query::Session session(found.sources, {});
    return query::rows_of(session.query("SELECT DISTINCT learner FROM sessions ORDER BY ALL"));
  }

  TestWorkspace workspace_;
};

TEST_F(Sample, IsTheSameEveryTimeAndALargerOneHasAllOfIt) {
  const Lines tenth = learners_of(0.1, 1), third = learners_of(0.3, 1);
  EXPECT_EQ(learners_of(0.1, 1), tenth);
  EXPECT_NE(learners_of(0.1, 2), tenth);
  EXPECT_TRUE(std::ranges::includes(third, tenth));
  EXPECT_NEAR(static_cast<double>(tenth.size()), 40, 15);
  EXPECT_NEAR(static_cast<double>(third.size()), 120, 25);
}

TEST_F(Sample, StandsForEverybody) {
  const Answer found = asked({.measure = "sessions", .who = {.share = 0.25}});
  const Lines row = parts(rows(found).at(0));  // sessions, low, high, learners, low, high, ...
  EXPECT_EQ((Lines{row[3], row[4], row[5]}), (Lines{"400", "400", "400"}));
  EXPECT_NE(found.note.find("Of 400 learners "), std::string::npos) << found.note;
  EXPECT_NE(found.note.find("a sample of 25 % (seed 1). Left out: "), std::string::npos);
}

TEST_F(Sample, TellsHowFarItMayBeOff) {
  const double truth = parse_number(parts(rows(asked({.measure = "clicks"})).at(0))[1]).value();
  int covered = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Lines row =
        parts(rows(asked({.measure = "clicks", .who = {.share = 0.2, .seed = seed}})).at(0));
    ASSERT_EQ(row.size(), 5U);  // period, value, low, high, n
    const double value = *parse_number(row[1]), low = *parse_number(row[2]),
                 high = *parse_number(row[3]);
    EXPECT_LT(low, value);
    EXPECT_LT(value, high);
    EXPECT_LT(high - low, truth);
    covered += low <= truth && truth <= high;
  }
  EXPECT_GE(covered, 6);
}

TEST_F(Sample, IntervalsKeepToWhatIsPossible) {
  for (const char* measure : {"sessions", "ways", "tiers", "kinds", "clicks"}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Answer found = asked({.measure = measure, .who = {.share = 0.05, .seed = seed}});
      query::Session session(found.sources, {});
      const auto columns = session.query(fmt::format("FROM ({}) LIMIT 0", found.select)).columns();
      for (const sql::Column& column : columns) {
        const bool is_bound = column.name.ends_with("_low") || column.name.ends_with("_high");
        EXPECT_FALSE(column.name.starts_with("lowest_") || column.name.starts_with("highest_"));
        if (!is_bound || column.name.starts_with("median_")) continue;
        const std::string name = sql::quoted_name(column.name);
        const std::string most = column.name.starts_with("share") ? "1" : "1e9";
        EXPECT_EQ(query::rows_of(session.query(
                      fmt::format("SELECT count(*) FROM ({}) WHERE NOT {} BETWEEN 0 AND {}",
                                  found.select, name, most))),
                  Lines{"0"})
            << measure << " " << column.name << " seed " << seed;
      }
    }
  }
}

TEST_F(Sample, CohortsSayWhoIsIncluded) {
  const Answer busy = asked({.measure = "sessions", .who = {.include = {"busy"}}});
  EXPECT_EQ(parts(rows(busy).at(0))[1], "171");
  EXPECT_NE(busy.note.find("Of 400 learners 171: in busy. Left out: 229 learners with"),
            std::string::npos)
      << busy.note;
  const Answer others = asked({.measure = "sessions", .who = {.exclude = {"busy"}}});
  EXPECT_EQ(parts(rows(others).at(0))[1], "229");
  const Answer clicks = asked({.measure = "clicks", .who = {.exclude = {"busy"}}});
  EXPECT_EQ(parts(rows(clicks).at(0))[1], "571");  // 58 of 1, 57 each of 2, 3 and 4
}

struct Coverage {
  std::size_t rows = 0, covered = 0;  // whose interval holds the truth
};

TEST_F(Sample, OfWhatLearnersAreComparedByIsWorkedOutAgainForEachReplicate) {
  const auto coverage = [&](const char* measure, std::size_t labels) {
    std::map<Lines, double> truth;
    for (const std::string& row : rows(asked({.measure = measure}))) {
      const Lines cells = parts(row);
      truth[{cells.begin(), cells.begin() + labels}] = *parse_number(cells[labels]);
    }
    Coverage counted;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      for (const std::string& row :
           rows(asked({.measure = measure, .who = {.share = 0.3, .seed = seed}}))) {
        const Lines cells = parts(row);
        const double there = truth.at({cells.begin(), cells.begin() + labels});
        ++counted.rows;
        counted.covered +=
            *parse_number(cells[labels + 1]) <= there && there <= *parse_number(cells[labels + 2]);
      }
    }
    return counted;
  };
  const Coverage ways = coverage("ways", 2), tiers = coverage("tiers", 1);
  EXPECT_GE(ways.rows, 10U);
  EXPECT_GE(4 * ways.covered, 3 * ways.rows);
  EXPECT_EQ(tiers.rows, 4U);
  EXPECT_GE(tiers.covered, 2U);
}

// Those who came to the end, halfway, or not so far: clusters are alike in every sample.
TEST_F(Sample, ClustersThatTheDrawnMakeStandForEverybody) {
  const Lines all = rows(asked({.measure = "kinds"}));
  ASSERT_EQ(all.size(), 3U);
  double learners = 0;
  for (const std::string& row : rows(asked({.measure = "kinds", .who = {.share = 0.3}}))) {
    const Lines cells = parts(row);  // name, learners, low, high, share, low, high, ...
    ASSERT_EQ(cells.size(), 10U);
    const auto there = std::ranges::find_if(
        all, [&](const std::string& whole) { return whole.starts_with(cells[0] + "|"); });
    ASSERT_NE(there, all.end()) << row;
    const double truth = *parse_number(parts(*there)[1]);
    EXPECT_LE(*parse_number(cells[2]), truth) << row;
    EXPECT_GE(*parse_number(cells[3]), truth) << row;
    learners += *parse_number(cells[1]);
  }
  EXPECT_NEAR(learners, 400, 1.5);
}

TEST_F(Sample, SourcesAreTakenAsIfThereWereNoOthers) {
  const Lines before = rows(asked({.measure = "sessions"}));
  const Lines clicks_before = rows(asked({.measure = "clicks"}));
  workspace_.write("sources/visits.yaml", clicks_yaml("data/visits*.csv", "visit"));
  workspace_.write_clicks(
      "2025-03-01T10:10:00Z,learner 1,door\n2025-03-02T10:00:00Z,learner 6,door\n"
      "2025-03-02T10:00:00Z,somebody else,door\n",
      "data/visits.csv");
  workspace_.ingest();
  EXPECT_NE(rows(asked({.measure = "sessions"})), before);
  for (const Choice& choice :
       {Choice{.sources = {"clicks"}}, Choice{.without_sources = {"visits"}}}) {
    const Answer sessions = asked({.measure = "sessions", .who = choice});
    EXPECT_EQ(rows(sessions), before);
    EXPECT_EQ(rows(asked({.measure = "clicks", .who = choice})), clicks_before);
    EXPECT_NE(sessions.note.find("Left out: 1 learners and 3 of "), std::string::npos)
        << sessions.note;
  }
  const Answer visits = asked({.measure = "clicks", .who = {.sources = {"visits"}}});
  EXPECT_EQ(parts(rows(visits).at(0))[1], "3");
  EXPECT_NE(visits.note.find("Of 401 learners 3: with events from visits."), std::string::npos)
      << visits.note;
}

TEST_F(Sample, RefusesWhatItCannotTell) {
  const auto reason = [&](const Question& question) { return reason_of([&] { asked(question); }); };
  EXPECT_EQ(reason({.measure = "odd", .who = {.share = 0.1}}), "query.sample");
  EXPECT_EQ(reason({.measure = "pages", .who = {.share = 0.1}}), "query.sample");
  EXPECT_EQ(reason({.measure = "sessions", .who = {.include = {"bussy"}}}), "cohort.missing");
  EXPECT_EQ(reason({.measure = "sessions", .who = {.sources = {"click"}}}), "source.missing");
  EXPECT_EQ(reason({.measure = "sessions", .who = {.without_sources = {"x"}}}), "source.missing");
}

}  // namespace
}  // namespace waymark::engine
