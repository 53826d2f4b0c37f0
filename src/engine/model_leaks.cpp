#include "engine/model_leaks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "base/parallel.h"
#include "base/text.h"
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

// Features that go by events of that source and kind ("" for any).
class Readers {
 public:
  Readers(const fold::FeaturesDefinition& measure, std::string source, std::string kind)
      : measure_(measure), source_(std::move(source)), kind_(std::move(kind)) {}

  // Those of the model; where asked for, only those that go by scores.
  std::vector<std::string> of(const model::ModelDefinition& definition, bool by_score) const {
    std::vector<std::string> names;
    for (const std::string& name : definition.features) {
      const auto feature = std::ranges::find(measure_.features, name, &fold::Feature::name);
      if (reads(*feature, by_score)) names.push_back(name);
    }
    return names;
  }

 private:
  bool reads(const fold::Feature& feature, bool by_score) const {
    if (feature.is_derived()) {
      return reads(measure_.features[feature.left], by_score) ||
             reads(measure_.features[feature.right], by_score);
    }
    const auto goes_by_score = [&] {
      return is_score(feature.value) || is_score(feature.weighted_by) ||
             std::ranges::any_of(feature.filter.where,
                                 [](const fold::Condition& one) { return is_score(one.value); });
    };
    return allows(feature.filter.sources, source_) &&
           (kind_.empty() || allows(feature.filter.kinds, kind_)) && (!by_score || goes_by_score());
  }

  const fold::FeaturesDefinition& measure_;
  std::string source_, kind_;
};

// Whether marks of events by this rule count as known from the events' own time on.
bool marks_count_at_once(const source::SourceDefinition& source, const source::EventRule& rule) {
  return source.arrives_at_event_time && gives_score(rule) && !rule.received;
}

// The times at which learners took one object, as long as there are few.
class Takings {
 public:
  void add(Micros time, std::size_t learners = 1) {
    learners_ += learners;
    const auto known = std::ranges::find(times_, time, &Time::time);
    if (known != times_.end()) {
      known->learners += learners;
    } else if (times_.size() < kMostTimes) {
      times_.push_back({time, learners});
    }
  }
  void add(const Takings& more) {
    std::size_t others = more.learners_;
    for (const Time& one : more.times_) {
      add(one.time, one.learners);
      others -= one.learners;
    }
    learners_ += others;
  }

  bool are_enough() const { return learners_ >= kEnough; }
  bool are_together() const {
    return std::ranges::any_of(times_, [&](const Time& one) {
      return static_cast<double>(one.learners) >= kNearlyAll * static_cast<double>(learners_);
    });
  }

 private:
  static constexpr std::size_t kMostTimes = 4, kEnough = 20;
  static constexpr double kNearlyAll = 0.9;
  struct Time {
    Micros time;
    std::size_t learners;
  };
  std::vector<Time> times_;
  std::size_t learners_ = 0;
};

// Of each source and kind of events with a score, by course and object.
using TakenObjects = std::map<std::tuple<Code, Code, Code, Code>, Takings>;

TakenObjects taken_objects(const Making& making) {
  const TrailSource source =
      making.source({.columns = {Column::kTime, Column::kSource, Column::kKind, Column::kCourse,
                                 Column::kObject, Column::kScore},
                     .properties = {}});
  std::vector<TakenObjects> parts(source.bucket_count());
  parallel_for(parts.size(), making.threads(), [&](std::size_t bucket) {
    auto cursor = source.cursor(bucket);
    Code learner = kNoCode;
    Slice slice;
    while (cursor.next(learner, slice)) {
      for (std::size_t row = 0; row < slice.size; ++row) {
        if (std::isnan(slice.score[row]) || slice.object[row] == kNoCode) continue;
        parts[bucket][{slice.source[row], slice.kind[row], slice.course[row], slice.object[row]}]
            .add(slice.time[row]);
      }
    }
  });
  TakenObjects all;
  for (const TakenObjects& part : parts) {
    for (const auto& [object, takings] : part) all[object].add(takings);
  }
  return all;
}

}  // namespace

std::vector<model::Leak> early_marks(const Catalog& catalog,
                                     const model::ModelDefinition& definition,
                                     const fold::FeaturesDefinition& measure) {
  std::vector<model::Leak> leaks;
  for (const source::SourceDefinition& source : catalog.sources) {
    std::set<std::string> reading;
    for (const source::EventRule& rule : source.events) {
      if (!marks_count_at_once(source, rule)) continue;
      const auto more = Readers(measure, source.name, kind_of(rule)).of(definition, true);
      reading.insert(more.begin(), more.end());
    }
    std::vector<std::string> accused;
    std::ranges::copy_if(definition.features, std::back_inserter(accused),
                         [&](const std::string& name) { return reading.contains(name); });
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

std::vector<model::Leak> due_dates(const model::ModelDefinition& definition,
                                   const fold::FeaturesDefinition& measure, const Making& making) {
  // By source the kinds whose marks count at once and that a feature reads; "" for any.
  std::map<std::string, std::set<std::string>> suspected;
  for (const source::SourceDefinition& source : making.catalog.sources) {
    for (const source::EventRule& rule : source.events) {
      if (!marks_count_at_once(source, rule)) continue;
      const std::string kind = kind_of(rule);
      if (Readers(measure, source.name, kind).of(definition, false).empty()) continue;
      suspected[source.name].insert(kind);
    }
  }
  if (suspected.empty()) return {};
  struct Objects {
    std::size_t all = 0, together = 0;
  };
  std::map<std::pair<std::string, std::string>, Objects> objects;  // by source and kind
  for (const auto& [object, takings] : taken_objects(making)) {
    if (!takings.are_enough()) continue;
    const std::string source(making.symbols().sources.text(std::get<0>(object)));
    const std::string kind(making.symbols().kinds.text(std::get<1>(object)));
    const auto kinds = suspected.find(source);
    if (kinds == suspected.end()) continue;
    if (!kinds->second.contains(kind) && !kinds->second.contains("")) continue;
    Objects& of_kind = objects[{source, kind}];
    ++of_kind.all;
    if (takings.are_together()) ++of_kind.together;
  }
  std::vector<model::Leak> leaks;
  for (const auto& [where, count] : objects) {
    const auto& [source, kind] = where;
    const auto accused = Readers(measure, source, kind).of(definition, false);
    if (accused.empty() || 2 * count.together < count.all) continue;
    leaks.push_back(
        {model::kDueDates,
         fmt::format(
             "'{}' {} by events of kind {} of the source {}, in which {} of {} objects have "
             "one and the same time for nearly all who took them: when the work was due "
             "and not when it was handed in, it seems, so that late work is known too early",
             fmt::join(accused, "', '"), accused.size() == 1 ? "goes" : "go", kind, source,
             with_thousands(count.together), with_thousands(count.all)),
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
