// What a change of definitions would do, told before it is done.

#include "engine/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

using Change = PlannedMeasure::Change;
using Lines = std::vector<std::string>;

class Plans : public testing::Test {
 protected:
  Plans() {
    define_basket("1d");
    workspace_.write_clicks(
        "2025-03-01T10:00:00Z,Ann,shop\n2025-03-01T11:00:00Z,Ann,till\n"
        "2025-03-02T10:00:00Z,Bob,shop\n2025-03-04T11:00:00Z,Bob,till\n");
    workspace_.ingest();
    workspace_.build();
  }

  void define_basket(const std::string& within) {
    workspace_.write("measures/basket.yaml",
                     fmt::format("measure: funnel\nper: learner\nwithin: {}\nsteps:\n"
                                 "  - {{name: look, object: [shop]}}\n"
                                 "  - {{name: buy, object: [till]}}\n",
                                 within));
  }

  Plan plan() const {
    const Catalog catalog = workspace_.catalog();
    Silent silent;
    return engine::plan(catalog, open_journal(catalog, true), silent);
  }
  PlannedMeasure planned(const std::string& name) const {
    for (PlannedMeasure& measure : plan().measures) {
      if (measure.name == name) return std::move(measure);
    }
    ADD_FAILURE() << "no " << name;
    return {};
  }

  // "row number now after", or "row lost".
  static Lines in_words(const PlannedMeasure& planned) {
    using Row = PlannedMeasure::Moved::Row;
    const auto number = [](const std::optional<double>& value) {
      return value ? fmt::format("{}", *value) : "none";
    };
    Lines lines;
    for (const auto& moved : planned.moved) {
      lines.push_back(moved.is == Row::kLost ? moved.row + " lost"
                      : moved.is == Row::kNew
                          ? moved.row + " new"
                          : fmt::format("{} {} {} {}", moved.row, moved.number, number(moved.now),
                                        number(moved.after)));
    }
    return lines;
  }

  TestWorkspace workspace_;
};

TEST_F(Plans, NothingToDo) {
  const Plan nothing = plan();
  EXPECT_EQ(nothing.trails.events, 0u);
  for (const PlannedMeasure& measure : nothing.measures) {
    EXPECT_EQ(measure.change, Change::kNone) << measure.name;
    EXPECT_TRUE(measure.moved.empty());
  }
}

TEST_F(Plans, HowAChangedDefinitionMovesItsNumbers) {
  define_basket("7d");
  const std::string before = workspace_.contents();
  const PlannedMeasure basket = planned("basket");
  EXPECT_EQ(basket.change, Change::kDefinition);
  EXPECT_EQ(basket.rows_now, 2u);
  EXPECT_EQ(basket.rows_after, 2u);
  EXPECT_EQ(basket.number, "share_of_first");
  EXPECT_EQ(basket.rows, 2u);
  ASSERT_FALSE(basket.moved.empty());
  EXPECT_EQ(basket.moved[0].row, "buy");
  EXPECT_EQ(basket.moved[0].number, "share_of_first");
  EXPECT_EQ(basket.moved[0].now, 0.5);
  EXPECT_EQ(basket.moved[0].after, 1.0);
  EXPECT_EQ(in_words(basket)[1], "buy attempts 1 2") << "and what else moves";
  EXPECT_EQ(planned("sessions").change, Change::kNone);
  // Nothing is done; and when it is done, it is what was told.
  EXPECT_EQ(workspace_.contents(), before);
  workspace_.build();
  EXPECT_EQ(workspace_.ask("SELECT name, share_of_first FROM basket_steps ORDER BY step"),
            (Lines{"look|1", "buy|1"}));
  EXPECT_EQ(planned("basket").change, Change::kNone);
}

// Whatever the changed definition would ask, what is there now is what the one before made.
TEST_F(Plans, WhichRowsAChangedDefinitionLosesAndMakes) {
  const auto define = [&](int periods, int dormant) {
    workspace_.write("measures/back.yaml",
                     fmt::format("measure: retention\nper: learner\nperiod: day\nperiods: {}\n"
                                 "start: {{object: shop}}\nreturn: {{object: till}}\n",
                                 periods));
    workspace_.write("measures/standing.yaml",
                     fmt::format("measure: lifecycle\nper: learner\nperiod: day\nat_risk: {{after: "
                                 "1}}\ndormant: {{after: {}}}\n",
                                 dormant));
  };
  workspace_.write_clicks("2025-03-08T10:00:00Z,Eve,shop\n", "data/clicks2.csv");
  workspace_.ingest();
  define(3, 4);
  workspace_.build();
  define(1, 3);
  EXPECT_EQ(in_words(planned("back")), (Lines{"2 · 2 lost", "3 · 3 lost"}));
  EXPECT_EQ(in_words(planned("standing"))[0], "2025-03-04 · at_risk lost");
  EXPECT_EQ(in_words(planned("standing"))[1], "2025-03-04 · dormant new");
  workspace_.build();
  define(3, 4);
  EXPECT_EQ(in_words(planned("back")), (Lines{"2 · 2 new", "3 · 3 new"}));
  EXPECT_EQ(in_words(planned("standing"))[0], "2025-03-04 · at_risk new");
  EXPECT_EQ(in_words(planned("standing"))[1], "2025-03-04 · dormant lost");
}

TEST_F(Plans, WhatIsNewGoneOrOlderThanItsEvents) {
  workspace_.remove("measures/basket.yaml");
  workspace_.write("measures/visits.yaml", "measure: sessions\ngap: 90m\n");
  EXPECT_EQ(planned("basket").change, Change::kGone);
  EXPECT_EQ(planned("visits").change, Change::kNew);
  EXPECT_EQ(planned("visits").rows_after, 3u);
  workspace_.write_clicks("2025-03-05T10:00:00Z,Eve,shop\n", "data/clicks2.csv");
  workspace_.ingest();
  EXPECT_EQ(plan().trails.events, 1u);
  EXPECT_EQ(planned("sessions").change, Change::kEvents);
}

TEST_F(Plans, TrailsThatLackAPropertyAreToldOf) {
  workspace_.write("measures/basket.yaml",
                   "measure: funnel\nper: learner\nwithin: 1d\nsteps:\n"
                   "  - {name: look, object: [shop], where: {colour: red}}\n"
                   "  - {name: buy, object: [till]}\n");
  EXPECT_FALSE(plan().trails.rebuild_because.empty());
  EXPECT_FALSE(planned("basket").not_told.empty());
}

TEST_F(Plans, BeforeTheFirstBuildAllIsNew) {
  const TestWorkspace fresh;
  fresh.write_clicks("2025-03-01T10:00:00Z,Ann,shop\n");
  fresh.ingest();
  const Catalog catalog = fresh.catalog();
  Silent silent;
  const Plan all = engine::plan(catalog, open_journal(catalog, true), silent);
  EXPECT_EQ(all.trails.events, 1u);
  for (const PlannedMeasure& measure : all.measures) EXPECT_EQ(measure.change, Change::kNew);
}

}  // namespace
}  // namespace waymark::engine
