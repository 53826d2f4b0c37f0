#include "engine/model_leaks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model/lint.h"

namespace waymark::engine {
namespace {

bool allows(const std::vector<std::string>& list, const std::string& one) {
  return list.empty() || std::ranges::find(list, one) != list.end();
}

bool is_score(const std::optional<fold::Value>& value) {
  return value && value->kind == fold::Value::Kind::kScore;
}

bool gives_score(const source::EventRule& rule) {
  return rule.score.form != source::Value::Form::kText || !rule.score.text.parts.empty();
}

// The kind that a rule gives to every event; "" where the record says it.
std::string kind_of(const source::EventRule& rule) {
  std::string kind;
  for (const source::Template::Part& part : rule.kind.text.parts) {
    if (part.reference != source::Template::Part::kLiteral) return "";
    kind += part.literal;
  }
  return kind;
}

// Features that go by scores of events of that kind ("" for any) and source.
class ScoreReaders {
 public:
  ScoreReaders(const fold::FeaturesDefinition& measure, std::string source, std::string kind)
      : measure_(measure), source_(std::move(source)), kind_(std::move(kind)) {}

  bool reads(const fold::Feature& feature) const {
    if (feature.is_derived()) {
      return reads(measure_.features[feature.left]) || reads(measure_.features[feature.right]);
    }
    const bool by_score = is_score(feature.value) || is_score(feature.weighted_by) ||
                          std::ranges::any_of(feature.filter.where, [](const fold::Condition& one) {
                            return is_score(one.value);
                          });
    return by_score && allows(feature.filter.sources, source_) &&
           (kind_.empty() || allows(feature.filter.kinds, kind_));
  }

 private:
  const fold::FeaturesDefinition& measure_;
  std::string source_, kind_;
};

}  // namespace

std::vector<model::Leak> early_marks(const Catalog& catalog,
                                     const model::ModelDefinition& definition,
                                     const fold::FeaturesDefinition& measure) {
  std::vector<model::Leak> leaks;
  for (const source::SourceDefinition& source : catalog.sources) {
    if (!source.arrives_at_event_time) continue;
    std::vector<std::string> accused;
    for (const std::string& name : definition.features) {
      const auto feature = std::ranges::find(measure.features, name, &fold::Feature::name);
      const bool reads = std::ranges::any_of(source.events, [&](const source::EventRule& rule) {
        return gives_score(rule) && !rule.received &&
               ScoreReaders(measure, source.name, kind_of(rule)).reads(*feature);
      });
      if (reads) accused.push_back(name);
    }
    if (accused.empty()) continue;
    leaks.push_back(
        {model::kEarlyMarks,
         fmt::format("'{}' {} by scores of the source {}, which count as known when the work was "
                     "handed in (arrival: event_time), though marks come later; `received` is the "
                     "place for the column that says when",
                     fmt::join(accused, "', '"), accused.size() == 1 ? "goes" : "go", source.name),
         accused});
  }
  return leaks;
}

Leaving leaving_unnoticed(const Catalog& catalog, const model::ModelDefinition& definition) {
  Leaving leaving;
  if (definition.table || !definition.request.who.until.empty()) return leaving;
  const auto consider = [&](const std::string& name, const fold::RiskSet& who) {
    if (!leaving.kinds.empty() || who.until.empty()) return;
    leaving = {who.until, name};
  };
  for (const model::ModelDefinition& other : catalog.models) {
    consider(other.name, other.request.who);
  }
  for (const model::SurvivalDefinition& other : catalog.survivals) {
    consider(other.name, other.rows.request.who);
  }
  return leaving;
}

}  // namespace waymark::engine
