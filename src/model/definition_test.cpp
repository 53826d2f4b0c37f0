#include "model/definition.h"

#include <gtest/gtest.h>

#include "model/schemas.h"

namespace waymark::model {
namespace {

fold::FeaturesDefinition study() {
  fold::FeaturesDefinition measure{.name = "study", .version = "1"};
  measure.features = {{.name = "clicks"},
                      {.name = "recency_days", .description = "days since the last click"},
                      {.name = "region", .aggregate = fold::Aggregate::kAttributeText}};
  return measure;
}

struct Parsed {
  ModelDefinition definition;
  std::string mistakes;
};

Parsed parse(const std::string& yaml) {
  workspace::Diagnostics diagnostics;
  const workspace::Node node = workspace::parse_yaml(yaml, "models/risk.yaml", diagnostics);
  workspace::validate(node, kModelSchema, diagnostics);
  const std::vector<fold::FeaturesDefinition> measures = {study()};
  std::vector<fold::SeasonCalendar> calendars(1);
  calendars[0].name = "terms";
  Parsed out{
      parse_model({.name = "risk", .kind = "model", .node = node, .version = node.content_hash()},
                  measures, calendars, Zone::named("Europe/London"), diagnostics),
      ""};
  for (const auto& diagnostic : diagnostics.sorted()) {
    out.mistakes += workspace::to_text(diagnostic) + "\n";
  }
  return out;
}

constexpr const char* kWhole = R"(
title: At risk
who: {enrolled: enrolled, until: unregistered}
as_of: {day: 49}
target: {kind: result, outcome: [Fail, Withdrawn]}
features: {measure: study, except: [clicks]}
normalise: {by: course, as: [rank]}
split: {test: {from: 2014-01-01}}
trainers: [logistic, {boosting: {rounds: 50, learning_rate: 0.1}}, blend]
reasons: {except: region}
seed: 7
)";

TEST(ModelDefinition, ReadsAll) {
  const auto [definition, mistakes] = parse(kWhole);
  EXPECT_EQ(mistakes, "");
  EXPECT_EQ(definition.title, "At risk");
  EXPECT_EQ(definition.request.who.enrolled, std::vector<std::string>{"enrolled"});
  EXPECT_EQ(definition.request.who.until, std::vector<std::string>{"unregistered"});
  EXPECT_EQ(std::get<fold::CourseDay>(definition.request.as_of.at(0)).day, 49);
  EXPECT_EQ(definition.request.target->outcomes, (std::vector<std::string>{"Fail", "Withdrawn"}));
  EXPECT_EQ(definition.features, (std::vector<std::string>{"recency_days", "region"}));
  EXPECT_EQ(definition.labels.at("recency_days"), "days since the last click");
  EXPECT_EQ(definition.normalise, std::vector<Normalisation>{Normalisation::kRank});
  EXPECT_EQ(to_iso(definition.split.from.value()), "2014-01-01T00:00:00Z");
  ASSERT_EQ(definition.trainers.size(), 2u);
  EXPECT_EQ(definition.trainers[1].parameters.at("rounds"), 50);
  EXPECT_TRUE(definition.blend);
  EXPECT_EQ(definition.unsaid, std::vector<std::string>{"region"});
  EXPECT_EQ(definition.seed, 7u);
}

TEST(ModelDefinition, VersionFollowsContentOnly) {
  const std::string version = parse(kWhole).definition.version;
  EXPECT_EQ(parse(std::string("# a remark\n") + kWhole).definition.version, version);
  std::string other = kWhole;
  other.replace(other.find("day: 49"), 7, "day: 56");
  EXPECT_NE(parse(other).definition.version, version);
}

std::string mistakes_of(const std::string& from, const std::string& to) {
  std::string yaml = kWhole;
  yaml.replace(yaml.find(from), from.size(), to);
  return parse(yaml).mistakes;
}

TEST(ModelDefinition, EveryMistakeWithPlaceAndNearestWord) {
  EXPECT_EQ(mistakes_of("measure: study", "measure: studdy"),
            "models/risk.yaml:6:12: no features measure is called 'studdy' (did you mean "
            "'study'?)\n");
  EXPECT_EQ(mistakes_of("except: [clicks]", "only: [clickz]"),
            "models/risk.yaml:6:35: measure 'study' has no feature 'clickz' (did you mean "
            "'clicks'?)\n");
  EXPECT_EQ(mistakes_of("except: [clicks]", "only: clicks, except: clicks"),
            "models/risk.yaml:6:1: no feature is left to learn from\n");
  EXPECT_EQ(mistakes_of("from: 2014-01-01", "from: January"),
            "models/risk.yaml:8:16: 'January' is not a date (write it as 2026-09-01)\n");
  EXPECT_EQ(mistakes_of("[logistic, {boosting: {rounds: 50, learning_rate: 0.1}}, blend]",
                        "[logistic, blend]"),
            "models/risk.yaml:9:1: a blend needs two other trainers to mix (trainers: [logistic, "
            "boosting, blend])\n");
  EXPECT_EQ(mistakes_of(", blend]", ", logistic]"),
            "models/risk.yaml:9:1: 'logistic' is listed twice\n");
}

TEST(ModelDefinition, SaysHowToCalibrateAndWhomToLeave) {
  const auto with = [](const std::string& lines) { return parse(kWhole + std::string(lines)); };
  const auto both = with("calibrate: [platt, isotonic]\ndecide: {leave: {share: 0.1}}\n");
  EXPECT_EQ(both.mistakes, "");
  EXPECT_EQ(both.definition.calibrate,
            (std::vector<Calibration>{Calibration::kPlatt, Calibration::kIsotonic}));
  EXPECT_EQ(both.definition.decide.left_share, 0.1);
  EXPECT_NE(with("calibrate: plat\n").mistakes.find("did you mean 'platt'?"), std::string::npos);
  EXPECT_NE(with("decide: {leave: {share: 0.1}, capacity: 5}\n").mistakes, "");
  EXPECT_NE(with("decide: {leave: {share: 0.1}, cost: {missed: 2, false_alarm: 1, left: 0.5}}\n")
                .mistakes,
            "");
}

// A model of three classes, with this decision.
Parsed deciding(const std::string& decide) {
  std::string yaml = kWhole;
  const std::string target = "outcome: [Fail, Withdrawn]";
  yaml.replace(yaml.find(target), target.size(),
               "classes: {pass: Pass, fail: Fail, gone: Withdrawn}");
  return parse(yaml + "decide: " + decide + "\n");
}

TEST(ModelDefinition, CostsOfMoreThanTwoClassesAreAMatrix) {
  const auto good = deciding(
      "{cost: {matrix: {gone: {pass: 5, fail: 1}, pass: {gone: 1, fail: 2, pass: 0}, fail: {pass: "
      "4, gone: 0.5}}, left: 0.3}}");
  EXPECT_EQ(good.mistakes, "");
  const CostMatrix& costs = good.definition.decide.costs.value();
  EXPECT_EQ(costs.classes, (std::vector<std::string>{"gone", "pass", "fail"}));
  EXPECT_EQ(costs.cost, (std::vector<double>{0, 5, 1, 1, 0, 2, 0.5, 4, 0}));
  EXPECT_EQ(costs.left, 0.3);
  // Of two classes, too, and it is the same as naming the mistakes.
  const auto two =
      parse(kWhole + std::string("decide: {cost: {matrix: {yes: {no: 5}, no: {yes: 1}}}}\n"));
  const auto named = parse(kWhole + std::string("decide: {cost: {missed: 5, false_alarm: 1}}\n"));
  EXPECT_EQ(two.mistakes + named.mistakes, "");
  EXPECT_EQ(two.definition.decide.for_classes({"no", "yes"}).costs->cost,
            named.definition.decide.costs->cost);
}

TEST(ModelDefinition, EveryMistakeInACostMatrix) {
  const auto mistakes = [](const std::string& lines) {
    std::string text = deciding("{cost: {matrix: {" + lines + "}}}").mistakes, out;
    for (std::size_t begin = 0; begin < text.size();) {  // without the place
      const std::size_t end = text.find('\n', begin);
      const std::size_t said = text.find(": ", begin) + 2;
      out += text.substr(said, end + 1 - said);
      begin = end + 1;
    }
    return out;
  };
  const std::string pass = "pass: {fail: 1, gone: 1}, ", fail = "fail: {pass: 1, gone: 1}, ";
  EXPECT_EQ(mistakes(pass + fail + "gone: {pass: 1, fail: 1}"), "");
  EXPECT_EQ(mistakes("pass: {fail: 1}, fail: {pass: 1}"),
            "what does a mistake cost where 'gone' is true?\n");
  EXPECT_EQ(mistakes(pass + fail + "gone: {pass: 1}"),
            "where 'gone' is true, what does it cost to call 'fail'? (fail: 1)\n");
  EXPECT_EQ(mistakes(pass + fail + "gone: {pass: 1, fail: 1, gome: 2}"),
            "what does a mistake cost where 'gome' is true? It has no line (did you mean "
            "'gone'?)\n");
  EXPECT_EQ(mistakes(pass + fail + "gone: {pass: 1, fail: 1, gone: 2}"),
            "to call 'gone' what is 'gone' costs nothing (of a mistake write what it costs more "
            "than that)\n");
  EXPECT_EQ(mistakes(pass + fail + "gone: {pass: 1, fail: -1}"), "fail: -1 is not at least 0\n");
  EXPECT_EQ(mistakes("pass: {fail: 0, gone: 0}, fail: {pass: 0, gone: 0}, gone: {pass: 0, fail: "
                     "0}"),
            "no mistake costs anything, so there is nothing to decide by\n");
  const std::string other =
      mistakes("pass: {fail: 1, gon: 1}, fail: {pass: 1, gon: 1}, gon: {pass: 1, fail: 1}");
  EXPECT_EQ(other,
            "'gon' is no class; there are: pass, fail, gone (did you mean 'gone'?)\nwhat does a "
            "mistake cost where 'gone' is true?\n");
}

TEST(ModelDefinition, CostsAndCapacityFitTheClasses) {
  const auto says = [](const Parsed& parsed, const char* what) {
    return parsed.mistakes.find(what) != std::string::npos;
  };
  EXPECT_TRUE(says(deciding("{cost: {missed: 5, false_alarm: 1}}"), "of more, say what"));
  EXPECT_TRUE(says(deciding("{capacity: 5}"), "Name the class (of: CLASS)"));
  EXPECT_TRUE(says(deciding("{capacity: 5, of: fial}"), "did you mean 'fail'?"));
  EXPECT_TRUE(says(deciding("{of: fail}"), "of how many is there room?"));
  const Parsed room = deciding("{capacity: 5, of: fail}");
  EXPECT_EQ(room.mistakes, "");
  EXPECT_EQ(room.definition.decide.for_classes({"pass", "fail", "gone"}).capacity_at, 1u);
  const auto two = [](const char* decide) {
    return parse(kWhole + std::string("decide: ") + decide + "\n");
  };
  EXPECT_TRUE(says(two("{cost: {missed: 5}}"), "'false_alarm' is missing"));
  EXPECT_TRUE(says(two("{capacity: 5, of: no}"), "it is the second that is called: 'yes'"));
  EXPECT_TRUE(says(two("{cost: {missed: 5, matrix: {yes: {no: 5}, no: {yes: 1}}}}"),
                   "the matrix says already"));
}

TEST(ModelDefinition, OutagesAreThoseOfACalendar) {
  const auto with = [](const std::string& lines) { return parse(kWhole + std::string(lines)); };
  const auto good = with("outages: {calendar: terms, peers: [region], share: 0.8}\n");
  EXPECT_EQ(good.mistakes, "");
  ASSERT_TRUE(good.definition.outages);
  EXPECT_EQ(good.definition.outages->calendar.name, "terms");
  EXPECT_EQ(good.definition.outages->peers, std::vector<std::string>{"region"});
  EXPECT_EQ(good.definition.outages->share, 0.8);
  EXPECT_EQ(with("outages: {calendar: tems, peers: region}\n").mistakes,
            "models/risk.yaml:12:11: there is no calendar 'tems'; there is: terms (did you mean "
            "'terms'?)\n");
  EXPECT_EQ(with("outages: {calendar: terms, peers: clicks}\n").mistakes,
            "models/risk.yaml:12:28: the model does not learn from 'clicks', so peers cannot be "
            "told by it\n");
  EXPECT_NE(with("outages: {calendar: terms}\n").mistakes.find("'peers' is missing"),
            std::string::npos);
  EXPECT_NE(with("outages: {calendar: terms, peers: region, share: 0}\n").mistakes, "");
}

TEST(ModelDefinition, RangesAreDrawnFrom) {
  const std::string range = "rounds: {from: 50, to: 200}";
  const auto drawn = [&](const std::string& words, const std::string& search) {
    std::string yaml = kWhole + search;
    return parse(yaml.replace(yaml.find("rounds: 50"), 10, words));
  };
  const Parsed good = drawn(range, "search: {random: 5}\n");
  EXPECT_EQ(good.mistakes, "");
  EXPECT_EQ(good.definition.draws, 5u);
  EXPECT_EQ(good.definition.trainers[1].ranges.at("rounds").to, 200);
  EXPECT_NE(drawn(range, "").mistakes.find("search: {random: 30}"), std::string::npos);
  EXPECT_NE(drawn("rounds: {from: 5, to: 2}", "search: {random: 5}\n").mistakes, "");
  EXPECT_NE(drawn("rounds: {from: 5, upto: 9}", "search: {random: 5}\n").mistakes, "");
  EXPECT_NE(drawn("rounds: {from: 0, to: 9}", "search: {random: 5}\n").mistakes, "");
}

TEST(ModelDefinition, TheSchemaKnowsTrainersAndTheirParameters) {
  EXPECT_NE(mistakes_of("[logistic,", "[logistik,").find("did you mean 'logistic'?"),
            std::string::npos);
  EXPECT_NE(mistakes_of("rounds: 50", "round: 50").find("did you mean 'rounds'?"),
            std::string::npos);
  EXPECT_NE(mistakes_of("rounds: 50", "rounds: 0"), "");
  EXPECT_NE(
      mistakes_of("[logistic, {boosting: {rounds: 50, learning_rate: 0.1}}, blend]", "oracle"), "");
  EXPECT_NE(mistakes_of("as: [rank]", "as: [rang]").find("did you mean 'rank'?"),
            std::string::npos);
}

// Two learners of A/1 in the risk set, one with an unknown target, and one who has left.
TEST(DataSetOfFeatures, TakesTheRiskSetOfTheTable) {
  const ModelDefinition definition = parse(kWhole).definition;
  Symbols symbols;
  const Code course = symbols.courses.intern("A/1");
  const Code north = symbols.property_texts.intern("North");
  fold::FeatureTable table;
  table.learner = {7, 5, 6};
  table.course = {course, course, course};
  table.as_of = {100, 100, 100};
  table.in_risk_set = {1, 1, 0};
  table.target = {1, kMissing, 0};
  table.number_names = {"clicks", "recency_days"};
  table.numbers = {1, 4, 2, 9, 3, 1};
  table.texts = {{.name = "region", .values = {north, kNoCode, north}}};
  const fold::Calendar calendar = {{"A/1", {.start = 50, .end = 500}}};
  const auto learner = [](Code code) { return LearnerKey("learner " + std::to_string(code)); };

  const DataSet all = make_data_set(definition, table, symbols, calendar, learner, std::nullopt);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.learner[0], LearnerKey("learner 5"));
  EXPECT_TRUE(all.target.empty());
  EXPECT_EQ(all.find("clicks"), nullptr);
  EXPECT_EQ(all.find("recency_days")->numbers, (std::vector<double>{9, 4}));
  EXPECT_EQ(all.find("recency_days_rank")->numbers, (std::vector<double>{0.75, 0.25}));
  EXPECT_EQ(all.find("region")->codes, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(all.cohorts.at(0), (Cohort{.course = "A/1", .start = 50, .as_of = 100, .end = 500}));

  const DataSet labelled = make_data_set(definition, table, symbols, calendar, learner, kLatest);
  ASSERT_EQ(labelled.size(), 1u);
  EXPECT_EQ(labelled.learner[0], LearnerKey("learner 7"));
  EXPECT_EQ(labelled.target, std::vector<std::uint8_t>{1});
  // Its rank is among all who could be scored that day, not only among those with a known end.
  EXPECT_EQ(labelled.find("recency_days_rank")->numbers, std::vector<double>{0.25});
}

}  // namespace
}  // namespace waymark::model
