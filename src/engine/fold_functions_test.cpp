// Folds as table functions of SQL: a stored measure as of any moment, and one given in the query.

#include "engine/fold_functions.h"

#include <gtest/gtest.h>

#include "engine/test_workspace.h"
#include "query/test_rows.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

class FoldFunctions : public testing::Test {
 protected:
  FoldFunctions() {
    workspace_.write("measures/basket.yaml",
                     "measure: funnel\nper: learner\nwithin: 1d\nsteps:\n"
                     "  - {name: look, object: [shop]}\n  - {name: buy, object: [till]}\n");
    workspace_.write_clicks(
        "2025-03-01T10:00:00Z,Ann,shop\n2025-03-01T11:00:00Z,Ann,till\n"
        "2025-03-02T10:00:00Z,Bob,shop\n2025-03-04T11:00:00Z,Bob,till\n");
    workspace_.ingest();
    workspace_.build();
  }

  Lines ask(const std::string& statement) const {
    const Catalog catalog = workspace_.catalog();
    const trail::TrailReader trails = open_trails(catalog);
    query::Session session({.trails = trails,
                            .warehouse = Folders(catalog.workspace).warehouse,
                            .functions = fold_functions(catalog, trails)},
                           sql_options(catalog));
    return query::rows_of(session.query(statement));
  }

  TestWorkspace workspace_;
};

TEST_F(FoldFunctions, AStoredMeasureIsItsTable) {
  EXPECT_EQ(ask("FROM funnel(measure := 'basket') ORDER BY ALL"), ask("FROM basket ORDER BY ALL"));
  EXPECT_EQ(ask("FROM funnel(part := 'steps') ORDER BY ALL"),
            ask("FROM basket_steps ORDER BY ALL"));
  EXPECT_EQ(ask("SELECT count(*) FROM sessions()"), ask("SELECT count(*) FROM sessions"));
}

TEST_F(FoldFunctions, MetricsAndWhatIsOddInThem) {
  workspace_.write("measures/shoppers.yaml",
                   "measure: metric\ngrain: day\nsimple: {distinct: learner}\n");
  workspace_.write("measures/odd.yaml", "measure: anomalies\nmetric: shoppers\ngrain: day\n");
  workspace_.build();
  EXPECT_EQ(ask("FROM metric(measure := 'shoppers') ORDER BY ALL"),
            ask("FROM shoppers ORDER BY ALL"));
  EXPECT_EQ(ask("FROM anomalies(measure := 'odd') ORDER BY ALL"), ask("FROM odd ORDER BY ALL"));
  EXPECT_EQ(ask("SELECT value FROM metric(definition := '{grain: month, simple: {distinct: "
                "learner}}')"),
            Lines{"2"});
}

TEST_F(FoldFunctions, AsOfAMomentOnlyWhatWasBefore) {
  EXPECT_EQ(ask("SELECT learner, ended_by FROM funnel(as_of := TIMESTAMP '2025-03-02 12:00')"
                " ORDER BY ALL"),
            (Lines{"Ann|converted", "Bob|open"}));
}

TEST_F(FoldFunctions, AMeasureGivenInTheQuery) {
  const std::string wide =
      "'{steps: [{name: look, object: [shop]}, {name: buy, object: [till]}], within: 7d}'";
  EXPECT_EQ(ask("SELECT learner, converted FROM funnel(definition := " + wide + ") ORDER BY ALL"),
            (Lines{"Ann|true", "Bob|true"}));
  EXPECT_EQ(ask("SELECT count(*) FROM funnel(definition := " + wide +
                ") a JOIN basket b USING "
                "(learner) WHERE a.converted AND NOT b.converted"),
            Lines{"1"});
  EXPECT_EQ(ask("SELECT count(*) FROM sessions(definition := 'gap: 90m')"), Lines{"3"});
}

TEST_F(FoldFunctions, SaysWhatIsWrong) {
  const auto reason = [&](const std::string& statement) {
    return reason_of([&] { ask(statement); });
  };
  EXPECT_EQ(reason("FROM funnel(measure := 'baskte')"), "measure.missing");
  EXPECT_EQ(reason("FROM funnel(part := 'step')"), "measure.part_missing");
  EXPECT_EQ(reason("FROM retention()"), "measure.unnamed");
  EXPECT_EQ(reason("FROM funnel(definition := 'steps: 7')"), "definitions.invalid");
  EXPECT_EQ(reason("FROM sessions(measure := 'sessions', definition := 'gap: 5m')"), "measure.two");
  EXPECT_EQ(
      reason("FROM funnel(definition := '{steps: [{name: a, object: shop, where: {colour: red}}, "
             "{name: b, object: till}]}')"),
      "trail.property_missing");
}

}  // namespace
}  // namespace waymark::engine
