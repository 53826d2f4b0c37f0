#include "model/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "fold/feature_rows.h"
#include "model/lint.h"

namespace waymark::model {
namespace {

using workspace::Diagnostics;
using workspace::Node;

constexpr std::string_view kKind = "model";

// Which features, what they are called, and which are left unsaid.
void read_features(const Node& model, std::span<const fold::FeaturesDefinition> measures,
                   std::span<const fold::SeasonCalendar> calendars, ModelDefinition& out,
                   Diagnostics& diagnostics) {
  const Node node = model["features"];
  const Node measure_node = node.is_map() ? node["measure"] : node;
  out.measure = measure_node.text();
  const auto* measure = fold::find_features(measure_node, measures, kKind, diagnostics);
  if (measure == nullptr) return;
  out.measure_version = measure->version;
  out.version += measure->version;
  out.features =
      fold::read_features_used(node["only"], node["except"], *measure, kKind, diagnostics);
  for (const fold::Feature& feature : measure->features) {
    if (!feature.description.empty()) out.labels[feature.name] = feature.description;
  }
  out.unsaid = fold::read_feature_names(model["reasons"]["except"], *measure, kKind, diagnostics);
  out.leaks = leaks_in(out, *measure);
  for (const Leak& leak : out.leaks) {
    if (out.allowed.contains(std::string(leak.rule))) continue;
    diagnostics.add(node.place(), fmt::format("model.{}", leak.rule), leak.message,
                    fmt::format("features: {{measure: {}, except: [{}]}}, or allow: {{{}: reason}}",
                                out.measure, fmt::join(leak.features, ", "), leak.rule));
  }
  out.fairness = read_fairness_rule(model["fairness"], *measure, diagnostics);
  if (const Node outages = model["outages"]; outages.exists()) {
    out.outages = read_outages(outages, *measure, out.features, calendars, diagnostics);
  }
  if (out.features.empty() && node["except"].exists()) {
    diagnostics.add(node.place(), "model.no_features", "no feature is left to learn from");
  }
}

// classes: {pass: [Pass, Distinction], fail: Fail} or, of amounts, a list of names.
void read_target(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  fold::Target& target = out.request.target.emplace();
  target.kinds = node["kind"].texts();
  target.outcomes = node["outcome"].texts();
  if (node["count"].boolean(false)) target.amount = fold::Target::Amount::kCount;
  if (node["sum"].exists()) target.amount = fold::Target::Amount::kWeight;
  if (node["within"].exists()) target.days = node["within"]["days"].integer();
  const Node classes = node["classes"], cut = node["cut"];
  const auto mistake = [&](const Node& at, const char* what, const char* fix) {
    diagnostics.add(at.place(), "model.target", what, fix);
  };
  if (target.amount == fold::Target::Amount::kNone) {
    if (cut.exists()) mistake(cut, "only a count or a sum can be cut into classes", "sum: weight");
    if (!classes.exists()) return;
    if (!classes.is_map()) {
      mistake(classes, "which outcomes make each class?", "classes: {pass: Pass, fail: [Fail]}");
      return;
    }
    out.classes.clear();
    for (const auto& [name, outcomes] : classes.members()) {
      out.classes.push_back(name);
      target.classes.push_back(outcomes.texts());
    }
    return;
  }
  Levels& levels = out.levels.emplace();
  levels.quantiles = cut["quantiles"].exists();
  for (const Node& number : cut[levels.quantiles ? "quantiles" : "at"].items()) {
    levels.at.push_back(number.number());
  }
  const std::size_t wanted = levels.at.size() + (levels.quantiles ? 2 : 1);
  if (!std::ranges::is_sorted(levels.at, std::less_equal())) {
    mistake(cut, "cuts have to rise", "quantiles: [0.5, 0.75, 0.9]");
  }
  levels.classes = classes.is_map() ? std::vector<std::string>() : classes.texts();
  if (!classes.exists()) {
    for (std::size_t i = 0; i < wanted; ++i) levels.classes.push_back(fmt::format("{}", i));
  } else if (levels.classes.size() != wanted) {
    diagnostics.add(classes.place(), "model.target",
                    fmt::format("{} cuts make {} classes, and {} are named", levels.at.size(),
                                wanted, levels.classes.size()));
  }
  out.classes = levels.classes;
}

void check_classes(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (const std::string& name : out.classes) {
    if (seen.insert(name).second) continue;
    diagnostics.add(node["classes"].place(), "model.class_twice",
                    fmt::format("'{}' is listed twice", name));
  }
  if (out.classes.size() > kMostClasses) {
    diagnostics.add(node["classes"].place(), "model.many_classes",
                    fmt::format("at most {} classes can be told apart", kMostClasses));
  }
  if (out.classes.size() < 2) {
    diagnostics.add(node["classes"].place(), "model.one_class",
                    "there is nothing to tell apart: name two classes at least");
  }
}

void read_split(const Node& test, ModelDefinition& out, Diagnostics& diagnostics) {
  using Kind = SplitRule::Kind;
  const std::string word = test.is_scalar() ? test.text() : "";
  if (word == "expanding") out.split.kind = Kind::kExpanding;
  if (word == "rolling") out.split.kind = Kind::kRolling;
  if (word == "presentations") out.split.kind = Kind::kPresentations;
  out.split.from = fold::read_date(test["from"], out.zone, kKind, diagnostics);
  if (!test["folds"].exists()) return;
  out.split.kind = Kind::kFolds;
  out.split.folds = static_cast<std::size_t>(test["folds"].integer());
  out.split.repeats = static_cast<std::size_t>(test["repeats"].integer(1));
}

// What mistakes cost, as a matrix; of two classes by name of the mistake.
void read_costs(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  CostMatrix& costs = out.decide.costs.emplace();
  const Node matrix = node["matrix"];
  if (matrix.exists()) {
    costs = read_cost_matrix(matrix, diagnostics);
    // A file's column tells its classes when it is read.
    const std::vector<std::string> unlike =
        out.classes.empty() ? std::vector<std::string>() : costs.unlike(out.classes);
    for (const std::string& sentence : unlike) {
      diagnostics.add(matrix.place(), "model.decide", sentence);
    }
  } else {
    costs.cost = {0, node["false_alarm"].number(), node["missed"].number(), 0};
  }
  for (const char* key : {"missed", "false_alarm"}) {
    if (node[key].exists() && matrix.exists()) {
      diagnostics.add(node[key].place(), "model.decide", "the matrix says already what that costs");
    } else if (!node[key].exists() && !matrix.exists()) {
      diagnostics.add(node.place(), "key.missing", fmt::format("'{}' is missing", key));
    }
  }
  if (!matrix.exists() && out.classes.size() == 2) {
    costs.classes = out.classes;
  } else if (!matrix.exists()) {
    diagnostics.add(node.place(), "model.decide",
                    "a miss and a false alarm are of two classes; of more, say what it costs to "
                    "call each what is another",
                    "matrix: {fail: {pass: 5}, pass: {fail: 1}}");
  }
  if (node["left"].exists()) costs.left = node["left"].number();
}

// Once the classes are known, but for those of a file.
void read_decision(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  DecisionRule& rule = out.decide;
  const auto mistake = [&](const char* key, const std::string& what, const std::string& hint = "") {
    diagnostics.add(node[key].place(), "model.decide", what, hint);
  };
  if (node["cost"].exists()) read_costs(node["cost"], out, diagnostics);
  rule.left_share = node["leave"]["share"].number(0);
  rule.capacity = static_cast<std::size_t>(node["capacity"].integer(0));
  rule.capacity_of = node["of"].text();
  const bool of_two = out.classes.size() == 2;
  if (rule.capacity == 0 && node["of"].exists()) {
    mistake("of", "of how many is there room?", "capacity: 50");
  } else if (rule.capacity > 0 && !of_two && rule.capacity_of.empty()) {
    mistake("capacity", "who is there room for? Name the class", "of: CLASS");
  } else if (of_two && node["of"].exists() && rule.capacity_of != out.classes[1]) {
    mistake("of", of_two_the_second(out.classes));
  } else if (node["of"].exists() && !out.classes.empty() &&
             std::ranges::find(out.classes, rule.capacity_of) == out.classes.end()) {
    mistake("of", no_class(rule.capacity_of, out.classes));
  }
  if (rule.leaves_some() && rule.capacity > 0) {
    mistake("capacity", "a capacity calls the likeliest, so that nobody is too close to call");
  }
  if (rule.left_share > 0 && rule.costs && rule.costs->left) {
    mistake("leave", "either a share is left to people, or whoever costs less so");
  }
}

// {from: 0.01, to: 0.3}
std::optional<Range> read_range(const Node& node, Diagnostics& diagnostics) {
  std::set<std::string> keys;
  for (const auto& [key, value] : node.members()) keys.insert(key);
  const Range range{node["from"].number(), node["to"].number()};
  if (keys == std::set<std::string>{"from", "to"} && range.from < range.to) return range;
  diagnostics.add(node.place(), "model.range", "a range goes from a number to a larger one",
                  "{from: 0.01, to: 0.3}");
  return std::nullopt;
}

void read_trainers(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  out.trainers = read_settings(node, diagnostics);
  out.blend = std::erase_if(out.trainers, [](const TrainerSetting& setting) {
                return setting.name == "blend";
              }) > 0;
  const bool has_range = std::ranges::any_of(
      out.trainers, [](const TrainerSetting& setting) { return !setting.ranges.empty(); });
  if (has_range && out.draws == 0) {
    diagnostics.add(node.place(), "model.range", "how many are to be drawn out of a range?",
                    "search: {random: 30}");
  }
  if (out.blend && out.trainers.size() < 2) {
    diagnostics.add(node.place(), "model.blend_alone", "a blend needs two other trainers to mix",
                    "trainers: [logistic, boosting, blend]");
  }
  for (std::size_t i = 0; i < out.trainers.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (out.trainers[i].name != out.trainers[j].name) continue;
      diagnostics.add(node.place(), "model.trainer_twice",
                      fmt::format("'{}' is listed twice", out.trainers[i].name));
    }
  }
}

void read_encodings(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  for (const auto& [name, how] : node.members()) {
    out.encode[name] = how.text() == "target"    ? Encoding::kTarget
                       : how.text() == "ordinal" ? Encoding::kOrdinal
                                                 : Encoding::kOneHot;
    if (out.features.empty() || std::ranges::find(out.features, name) != out.features.end())
      continue;
    diagnostics.add(how.place(), "model.encode",
                    fmt::format("the model learns from no feature '{}'", name),
                    did_you_mean(name, out.features));
  }
}

// What a model of a table has in place of who, as_of and a measure.
void read_table(const Node& node, ModelDefinition& out, Diagnostics& diagnostics) {
  const Node rows = node["rows"], target = node["target"], features = node["features"];
  out.table = TableSource{.file = rows["file"].text(),
                          .target = target["column"].text(),
                          .yes = target["yes"].texts(),
                          .learner = rows["learner"].text(),
                          .except = features["except"].texts(),
                          .categories = rows["categories"].texts()};
  out.features = features["only"].texts();
  out.unsaid = node["reasons"]["except"].texts();
  if (out.table->yes.empty()) out.classes.clear();
  if (out.split.kind == SplitRule::Kind::kFrom) out.split.kind = SplitRule::Kind::kFolds;
  out.request.as_of = {fold::CourseDay{}};
  out.fairness = read_fairness_rule(node["fairness"]);
  for (const char* key : {"who", "as_of", "normalise", "outages"}) {
    if (!node[key].exists()) continue;
    diagnostics.add(node[key].place(), "model.table",
                    fmt::format("a model of a file's rows has no '{}'", key));
  }
  if (out.table->target.empty()) {
    diagnostics.add(target.place(), "model.table", "which column is to be predicted?",
                    "target: {column: NAME}");
  }
  if (out.split.kind != SplitRule::Kind::kFolds || out.split.from) {
    diagnostics.add(node["split"].place(), "model.table",
                    "rows of a file have no course and no start to split by",
                    "split: {test: {folds: 5}}");
  }
}

// What a model of learners cannot do without.
void require_events(const Node& node, Diagnostics& diagnostics) {
  const auto need = [&](const Node& in, const char* key) {
    if (in[key].exists()) return;
    diagnostics.add(in.place(), "key.missing", fmt::format("'{}' is missing", key));
  };
  for (const char* key : {"who", "as_of", "features"}) need(node, key);
  need(node["target"], "kind");
}

DataColumn numeric_column(const fold::FeatureTable& table, std::size_t at,
                          const std::vector<std::uint32_t>& rows) {
  const std::string& name = table.number_names[at];
  DataColumn column{.name = name, .feature = name};
  for (const std::uint32_t row : rows) column.numbers.push_back(table.number(row, at));
  return column;
}

DataColumn text_column(const fold::FeatureTable::Texts& from,
                       const std::vector<std::uint32_t>& rows, const Dictionary& texts) {
  DataColumn column{
      .name = from.name, .feature = from.name, .categorical = true, .categories = {""}};
  std::map<Code, std::uint32_t> numbers{{kNoCode, 0}};
  for (const std::uint32_t row : rows) {
    const auto [known, added] =
        numbers.try_emplace(from.values[row], static_cast<std::uint32_t>(column.categories.size()));
    if (added) column.categories.emplace_back(texts.text(known->first));
    column.codes.push_back(known->second);
  }
  return column;
}

}  // namespace

std::vector<TrainerSetting> read_settings(const Node& node, Diagnostics& diagnostics) {
  std::vector<TrainerSetting> settings;
  for (const Node& item : node.items()) {
    if (item.is_scalar()) settings.push_back({.name = item.text()});
    for (const auto& [name, parameters] : item.members()) {
      TrainerSetting& setting = settings.emplace_back(TrainerSetting{.name = name});
      for (const auto& [key, value] : parameters.members()) {
        if (value.is_scalar()) {
          setting.parameters[key] = value.number();
        } else if (value.is_map()) {
          if (const auto range = read_range(value, diagnostics)) setting.ranges[key] = *range;
        } else {
          for (const Node& tried : value.items()) setting.tried[key].push_back(tried.number());
        }
      }
    }
  }
  return settings;
}

std::vector<Normalisation> read_normalisations(const Node& node) {
  std::vector<Normalisation> list;
  for (const std::string& how : node["as"].texts()) {
    list.push_back(how == "zscore" ? Normalisation::kZScore : Normalisation::kRank);
  }
  return list;
}

ModelDefinition parse_model(const workspace::Definition& definition,
                            std::span<const fold::FeaturesDefinition> measures,
                            std::span<const fold::SeasonCalendar> calendars, const Zone& zone,
                            Diagnostics& diagnostics) {
  const Node& node = definition.node;
  ModelDefinition out{.name = definition.name, .version = definition.version};
  out.zone = zone;
  out.title = node["title"].text(definition.name);
  out.purpose = node["purpose"].text();
  out.not_for = node["not_for"].text();
  read_split(node["split"]["test"], out, diagnostics);
  out.draws = static_cast<std::size_t>(node["search"]["random"].integer(0));
  read_trainers(node["trainers"], out, diagnostics);
  for (const std::string& name : node["balance"].texts()) {
    const auto known = std::ranges::find(kBalances, name, &BalanceWords::name);
    if (known != std::end(kBalances)) out.balance.push_back(known->how);
  }
  for (const std::string& name : node["calibrate"].texts()) {
    const auto known = std::ranges::find(kCalibrations, name, &CalibrationWords::name);
    if (known != std::end(kCalibrations)) out.calibrate.push_back(known->how);
  }
  out.seed = static_cast<std::uint64_t>(node["seed"].integer(1));
  for (const auto& [rule, reason] : node["allow"].members()) out.allowed[rule] = reason.text();
  if (node["rows"].exists()) {
    read_table(node, out, diagnostics);
    read_decision(node["decide"], out, diagnostics);
    read_encodings(node["encode"], out, diagnostics);
    out.version = to_hex(hash128(out.version));
    return out;
  }
  require_events(node, diagnostics);
  out.request.who = fold::read_who(node["who"]);
  out.request.as_of = {
      fold::read_as_of(node["as_of"], zone, kKind, diagnostics).value_or(fold::CourseDay{})};
  read_target(node["target"], out, diagnostics);
  check_classes(node["target"], out, diagnostics);
  read_decision(node["decide"], out, diagnostics);
  read_features(node, measures, calendars, out, diagnostics);
  read_encodings(node["encode"], out, diagnostics);
  out.normalise = read_normalisations(node["normalise"]);
  out.version = to_hex(hash128(out.version));
  return out;
}

DataSet make_data_set(const ModelDefinition& definition, const fold::FeatureTable& table,
                      const Symbols& symbols, const fold::Calendar& calendar,
                      const std::function<LearnerKey(Code)>& learner,
                      std::optional<Micros> known_until) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    if (table.in_risk_set[row] != 0) rows.push_back(row);
  }
  DataSet data;
  std::map<Cohort, std::uint32_t> cohorts;
  for (const std::uint32_t row : rows) {
    data.learner.push_back(learner(table.learner[row]));
    Cohort cohort{.course = std::string(symbols.courses.text(table.course[row])),
                  .as_of = table.as_of[row]};
    const auto dates = calendar.find(cohort.course);
    if (dates != calendar.end()) {
      cohort.start = dates->second.start;
      cohort.end = dates->second.end;
    }
    const auto [known, added] =
        cohorts.try_emplace(std::move(cohort), static_cast<std::uint32_t>(cohorts.size()));
    if (added) data.cohorts.push_back(known->first);
    data.cohort.push_back(known->second);
  }
  const auto columns = [&](const std::vector<std::string>& wanted) {
    const auto is_wanted = [&](const std::string& name) {
      return std::ranges::find(wanted, name) != wanted.end();
    };
    std::vector<DataColumn> made;
    for (std::size_t i = 0; i < table.number_names.size(); ++i) {
      if (is_wanted(table.number_names[i])) made.push_back(numeric_column(table, i, rows));
    }
    for (const auto& texts : table.texts) {
      if (is_wanted(texts.name)) made.push_back(text_column(texts, rows, symbols.property_texts));
    }
    return made;
  };
  data.columns = columns(definition.features);
  if (definition.outages) mark_spoiled(*definition.outages, definition.zone, data);
  for (const Normalisation how : definition.normalise) data = with_normalised(std::move(data), how);
  data.classes = definition.classes;
  if (!known_until) return in_canonical_order(data);
  data.attributes = columns(definition.fairness.features());
  // What is counted within days is known once these are over, if all of them could count.
  const auto is_over = [&](const Cohort& cohort) {
    const auto& days = definition.request.target->days;
    if (!days) return true;
    if (definition.levels && definition.outages &&
        any_out(*definition.outages, definition.zone, cohort, *days)) {
      return false;
    }
    return definition.zone.to_local(cohort.as_of) + *days * kMicrosPerDay <=
           definition.zone.to_local(*known_until);
  };

  std::vector<std::uint32_t> labelled;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const double target = table.target[rows[i]];
    const bool is_known = !std::isnan(target) && is_over(data.cohorts[data.cohort[i]]);
    if (is_known) labelled.push_back(i);
    if (definition.levels) {
      data.amount.push_back(is_known ? target : 0);
    } else {
      data.target.push_back(is_known ? static_cast<std::uint8_t>(target) : 0);
    }
  }
  return in_canonical_order(select(data, labelled));
}

}  // namespace waymark::model
