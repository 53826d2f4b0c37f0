// What happens to versions of models, as who decides about them sees it.

#include "cli/test_program.h"

namespace waymark {
namespace {

TEST_F(Program, AVersionIsPromotedShadowedRolledBackAndMovedElsewhere) {
  make_starter();
  const auto version = [&](const std::string& wanted) {
    const Outcome shown = waymark("--json model show at_risk " + wanted);
    EXPECT_EQ(shown.exit_code, 0) << errors();
    return Json::parse(shown.output).at("version").string();
  };
  const auto scored_by = [&](const std::string& table) {
    EXPECT_EQ(waymark("-q score").exit_code, 0) << errors();
    const Outcome outcome =
        waymark("--json sql \"SELECT DISTINCT model_version AS v FROM " + table + " ORDER BY 1\"");
    std::string versions;
    const Json rows = Json::parse(outcome.output);
    for (const Json& row : rows.array()) versions += row.at("v").string();
    return versions;
  };
  replace("models/at_risk.yaml", "[logistic, {boosting: {leaf_weight: 3}}]", "[logistic]");
  write("models/at_risk.yaml", read_file(workspace() / "models/at_risk.yaml") +
                                   "\ncalibrate: platt\ndecide: {leave: {share: 0.3}}\n");
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q train").exit_code, 0) << errors();
  const std::string first = version("latest");
  EXPECT_EQ(waymark("model promote at_risk latest").exit_code, 2);  // without a reason
  ASSERT_EQ(waymark("model promote at_risk latest --reason first --by ann").exit_code, 0);

  // Another definition, another version; what is live goes on as it was trained.
  replace("models/at_risk.yaml", "day: 28", "day: 35");
  replace("measures/study.yaml", "last: 14d", "last: 7d");
  write("models/at_risk.yaml",
        read_file(workspace() / "models/at_risk.yaml") +
            "fairness: {by: [programme], gates: {disparate_impact: 1}, least: 10}\n");
  ASSERT_EQ(waymark("-q train").exit_code, 0) << errors();
  const std::string second = version("latest");
  EXPECT_NE(second, first);
  EXPECT_EQ(scored_by("predictions_at_risk"), first);
  EXPECT_GT(ask("SELECT count(*) FROM predictions_at_risk WHERE at_risk IS NULL"), 0);
  EXPECT_GT(ask("SELECT count(at_risk) FROM predictions_at_risk"), 0);
  ASSERT_EQ(waymark("model promote at_risk latest --shadow --reason watch").exit_code, 0);
  EXPECT_EQ(scored_by("predictions_at_risk_shadow"), second);
  EXPECT_EQ(scored_by("predictions_at_risk"), first);
  EXPECT_EQ(waymark("model promote at_risk latest --reason better").exit_code, 6);
  EXPECT_NE(errors().find("disparate_impact of programme '"), std::string::npos) << errors();
  ASSERT_EQ(waymark("model promote at_risk latest --reason better --override").exit_code, 0);
  EXPECT_EQ(scored_by("predictions_at_risk"), second);
  EXPECT_EQ(ask("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%_shadow'"), 0);
  ASSERT_EQ(waymark("model rollback at_risk --reason \"too many called\"").exit_code, 0);
  EXPECT_EQ(scored_by("predictions_at_risk"), first);
  EXPECT_EQ(waymark("model rollback at_risk --reason again").exit_code, 5);
  EXPECT_EQ(waymark("model retire at_risk live").exit_code, 5);
  ASSERT_EQ(waymark("model retire at_risk " + second.substr(0, 6)).exit_code, 0) << errors();

  const Json shown = Json::parse(waymark("--json model show at_risk").output);
  EXPECT_EQ(shown.at("stage").string(), "live");
  EXPECT_EQ(shown.at("lineage").at("rows").integer(), 310);
  const auto& history = shown.at("history").array();
  ASSERT_EQ(history.size(), 7u);
  EXPECT_EQ(history[1].at("by").string(), "ann");
  EXPECT_TRUE(history[3].at("overridden").array().empty());
  EXPECT_FALSE(history[4].at("overridden").array().empty());
  EXPECT_EQ(history[5].at("act").string(), "rollback");
  EXPECT_EQ(history[5].at("replaced").string(), second);
  EXPECT_EQ(history[5].at("reason").string(), "too many called");
  const Json listed = Json::parse(waymark("--json model list at_risk").output);
  ASSERT_EQ(listed.array().size(), 2u);
  EXPECT_EQ(listed.array()[0].at("version").string(), second) << "the newest first";
  EXPECT_EQ(listed.array()[1].at("scores").string(), "yes");
  const Json& area = listed.array()[1].at("on test rows");
  EXPECT_LT(area.at("low").number(), area.at("value").number());
  EXPECT_GT(area.at("high").number(), area.at("value").number());
  EXPECT_EQ(waymark("model list at_risk").output.find("NULL"), std::string::npos);
  EXPECT_NE(waymark("model compare at_risk live latest").output.find("different rows"),
            std::string::npos);

  // Of a damaged version only its own folder has to go.
  const fs::path damaged = workspace() / ".waymark/models/at_risk" / second / "metrics.json";
  const std::string whole = read_file(damaged);
  write_file_atomically(damaged, "{}");
  EXPECT_EQ(waymark("doctor").exit_code, 8);
  EXPECT_NE(waymark("doctor").output.find("remove .waymark/models/at_risk/" + second),
            std::string::npos);
  write_file_atomically(damaged, whole);

  // Where the events that it reads have another name, it says so instead of scoring nonsense.
  replace("measures/study.yaml", "[viewed]", "[opened]");
  replace("sources/activity.yaml", "${action}", "opened");
  ASSERT_EQ(waymark("-q ingest activity --replace").exit_code, 0) << errors();
  EXPECT_EQ(waymark("score").exit_code, 3);
  EXPECT_NE(errors().find("reads events of kind viewed"), std::string::npos) << errors();

  const std::string file = (folder_.path() / "at-risk.json").string();
  ASSERT_EQ(waymark("model export at_risk live --output " + file).exit_code, 0) << errors();
  fs::remove_all(workspace());
  make_starter();
  ASSERT_EQ(waymark("model import " + file).exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("model promote at_risk " + first + " --reason moved").exit_code, 0) << errors();
  EXPECT_EQ(scored_by("predictions_at_risk"), first);
}

TEST_F(Program, ASurvivalModelHasVersionsAsOthersHave) {
  make_starter();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q train leaving").exit_code, 0) << errors();
  const auto learners = ask("SELECT count(*) FROM leaving");
  EXPECT_GT(learners, 0);
  EXPECT_EQ(ask("SELECT count(model_version) FROM leaving"), 0) << "the build has learned";
  ASSERT_EQ(waymark("model promote leaving latest --reason first").exit_code, 0) << errors();
  const Json row = Json::parse(waymark("--json score leaving").output);
  EXPECT_EQ(row.array().at(0).at("stage").string(), "live");
  EXPECT_EQ(row.array().at(0).at("rows").integer(), learners);
  EXPECT_EQ(ask("SELECT count(model_version) FROM leaving"), learners);
  const Json shown = Json::parse(waymark("--json model show leaving").output);
  EXPECT_EQ(shown.at("metrics").at("methods").array().size(), 2u);
  EXPECT_NE(shown.at("card").string().find("Curve of all (baseline)"), std::string::npos);
  const Json listed = Json::parse(waymark("--json model list leaving").output);
  EXPECT_EQ(listed.array().at(0).at("measure").string(), "concordance");
  EXPECT_NE(waymark("model compare leaving live latest").output.find("same rows"),
            std::string::npos);
  EXPECT_EQ(waymark("compare leaving").exit_code, 0) << errors();
  EXPECT_EQ(waymark("model retire leaving live").exit_code, 5);
  EXPECT_EQ(waymark("model compare leaving live at_risk").exit_code, 4);
  EXPECT_EQ(waymark("doctor").exit_code, 0) << errors();

  const std::string file = (folder_.path() / "leaving.json").string();
  ASSERT_EQ(waymark("model export leaving live --output " + file).exit_code, 0) << errors();
  fs::remove_all(workspace());
  make_starter();
  ASSERT_EQ(waymark("model import " + file).exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("model promote leaving latest --reason moved").exit_code, 4);
  const std::string version = shown.at("version").string();
  ASSERT_EQ(waymark("model promote leaving " + version + " --reason moved").exit_code, 0);
  ASSERT_EQ(waymark("-q build").exit_code, 0) << errors();
  EXPECT_EQ(ask("SELECT count(*) FROM leaving WHERE model_version = '" + version + "'"), learners);
}

// Whoever takes a model over has events and no definition of it, not even of its features.
TEST_F(Program, AnImportedVersionScoresWithoutADefinition) {
  const auto file_of = [&](const std::string& model) {
    return (folder_.path() / (model + ".json")).string();
  };
  const auto forecasts = [&](const std::string& table) {
    return waymark("-q --json sql \"FROM " + table + " ORDER BY ALL\"").output;
  };
  make_starter();
  for (const char* step : {"ingest", "train", "model promote at_risk latest --reason first",
                           "model promote leaving latest --reason first", "score"})
    ASSERT_EQ(waymark(fmt::format("-q {}", step)).exit_code, 0) << step << errors();
  for (const char* model : {"at_risk", "leaving"}) {
    const std::string command = fmt::format("model export {} live -o {}", model, file_of(model));
    ASSERT_EQ(waymark(command).exit_code, 0) << errors();
  }
  const std::string at_risk = forecasts("predictions_at_risk"), leaving = forecasts("leaving");

  fs::remove_all(workspace());
  make_starter();
  fs::remove_all(workspace() / "models");
  write("measures/study.yaml",
        "measure: features\nfeatures:\n  views: {count: true, kinds: [viewed]}\n"
        "  active_days: {active_days: true, kinds: [viewed]}\n"
        "  items: {distinct: object, kinds: [viewed]}\n");
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q build").exit_code, 0) << errors();
  EXPECT_EQ(waymark("score at_risk").exit_code, 4);
  for (const char* model : {"at_risk", "leaving"}) {
    ASSERT_EQ(waymark("model import " + file_of(model)).exit_code, 0) << errors();
    const std::string version =
        Json::parse(waymark(fmt::format("--json model list {}", model)).output)
            .array()
            .at(0)
            .at("version")
            .string();
    ASSERT_EQ(waymark(fmt::format("model promote {} {} --reason moved", model, version)).exit_code,
              0)
        << errors();
  }
  ASSERT_EQ(waymark("-q score").exit_code, 0) << errors();
  EXPECT_EQ(forecasts("predictions_at_risk"), at_risk);
  EXPECT_EQ(forecasts("leaving"), leaving);
  ASSERT_EQ(waymark("-q run").exit_code, 0) << errors();
  EXPECT_EQ(forecasts("predictions_at_risk"), at_risk) << "nothing was trained";
  EXPECT_NE(read_file(workspace() / "report.html").find("at_risk"), std::string::npos);
  EXPECT_EQ(waymark("doctor").exit_code, 0) << errors();
  EXPECT_EQ(waymark("train at_risk").exit_code, 4);
  EXPECT_NE(errors().find("features.yaml beside it to measures/study.yaml"), std::string::npos)
      << errors();

  // Another platform calls the same events by other names.
  replace("sources/activity.yaml", "${action}", "opened");
  ASSERT_EQ(waymark("-q ingest activity --replace").exit_code, 0) << errors();
  EXPECT_EQ(waymark("score at_risk").exit_code, 3);
  EXPECT_NE(errors().find("reads events of kind submitted, events of kind viewed"),
            std::string::npos)
      << errors();
}

// Trails keep the properties that definitions name, and those that a live version reads.
TEST_F(Program, ALiveVersionReadsWhatItsDefinitionNoLongerNames) {
  make_starter();
  ASSERT_EQ(waymark("-q ingest").exit_code, 0) << errors();
  ASSERT_EQ(waymark("-q train at_risk").exit_code, 0) << errors();
  ASSERT_EQ(waymark("model promote at_risk latest --reason first").exit_code, 0) << errors();
  fs::remove(workspace() / "models/leaving.yaml");
  replace("measures/study.yaml", "  programme:      {attribute: programme}", "");
  EXPECT_EQ(waymark("-q score at_risk").exit_code, 0) << errors();
}

}  // namespace
}  // namespace waymark
