#include "model/outages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "fold/feature_rows.h"

namespace waymark::model {
namespace {

using fold::Aggregate;

// Without its sources.
std::optional<Stretch> stretch_of(const fold::Feature& feature) {
  switch (feature.aggregate) {
    case Aggregate::kEarliest:
    case Aggregate::kFirstDay:
    case Aggregate::kAttribute:
    case Aggregate::kAttributeText:
    case Aggregate::kRatio:
    case Aggregate::kDifference:
      return std::nullopt;
    case Aggregate::kMean:
    case Aggregate::kMinimum:
    case Aggregate::kMaximum:
    case Aggregate::kLatest:
      return Stretch{Stretch::Kind::kIfMissing, feature.window};
    case Aggregate::kRecency:
      return Stretch{Stretch::Kind::kSinceLast, feature.window};
    case Aggregate::kCurrentStreak:  // the day before decides whether there is one
      return Stretch{Stretch::Kind::kWindow, {.from = kMicrosPerDay}};
    default:
      return Stretch{Stretch::Kind::kWindow, feature.window};
  }
}

bool reads_any(const fold::Feature& feature, const std::vector<std::string>& kinds) {
  const std::vector<std::string>& read = feature.filter.kinds;
  return kinds.empty() || read.empty() || std::ranges::find_first_of(read, kinds) != read.end();
}

// `lost`: kinds of events; none: all.
void add_stretches(const fold::FeaturesDefinition& measure, const fold::Feature& feature,
                   const std::vector<std::string>& lost, std::vector<Stretch>& stretches) {
  if (feature.is_derived()) {
    add_stretches(measure, measure.features[feature.left], lost, stretches);
    add_stretches(measure, measure.features[feature.right], lost, stretches);
    // What the parts say is not known any more.
    std::erase_if(stretches, [](const Stretch& r) { return r.kind == Stretch::Kind::kSinceLast; });
  } else if (auto stretch = stretch_of(feature); stretch && reads_any(feature, lost)) {
    stretch->sources = feature.filter.sources;
    stretches.push_back(std::move(*stretch));
  }
}

// How much of the local time [from, until) was out.
double share_out(const fold::ClosedDays& days, Micros from, Micros until) {
  if (from >= until) return 0;
  Micros out = 0;
  for (const fold::ClosedDays::Run& run : days.runs()) {
    out += std::max<Micros>(
        0, std::min(run.end * kMicrosPerDay, until) - std::max(run.first * kMicrosPerDay, from));
  }
  return static_cast<double>(out) / static_cast<double>(until - from);
}

// A cohort on the local clock.
struct Moment {
  Micros start, as_of;
};

double share_out(const fold::ClosedDays& days, const fold::Window& window, const Moment& at) {
  Micros from = window.from ? at.as_of - *window.from : at.start;
  if (window.since_start) from = std::max(from, at.start);
  return share_out(days, from, at.as_of - window.to);
}

// Of a value that goes by the days since the last event.
double share_since(const fold::ClosedDays& days, double ago, const Moment& at) {
  if (std::isnan(ago)) return share_out(days, at.start, at.as_of);
  const std::int64_t today = day_of(at.as_of);
  return share_out(days, (today - static_cast<std::int64_t>(ago)) * kMicrosPerDay,
                   today * kMicrosPerDay);
}

}  // namespace

OutageRule read_outages(const workspace::Node& node, const fold::FeaturesDefinition& measure,
                        const std::vector<std::string>& features,
                        std::span<const fold::SeasonCalendar> calendars,
                        workspace::Diagnostics& diagnostics) {
  OutageRule rule;
  rule.share = node["share"].number(rule.share);
  if (auto calendar = fold::read_calendar(node["calendar"], calendars, diagnostics)) {
    rule.calendar = std::move(*calendar);
  }
  rule.kinds = node["kinds"].texts();
  rule.peers = fold::read_feature_names(node["peers"], measure, "model", diagnostics);
  for (const std::string& peer : rule.peers) {
    if (std::ranges::find(features, peer) != features.end()) continue;
    diagnostics.add(
        node["peers"].place(), "model.outages",
        fmt::format("the model does not learn from '{}', so peers cannot be told by it", peer));
  }
  for (const std::string& name : features) {
    const auto feature = std::ranges::find(measure.features, name, &fold::Feature::name);
    std::vector<Stretch> stretches;
    add_stretches(measure, *feature, rule.kinds, stretches);
    if (!stretches.empty()) rule.stretches[name] = std::move(stretches);
  }
  return rule;
}

void mark_spoiled(const OutageRule& rule, const Zone& zone, DataSet& data) {
  std::vector<Moment> moments;
  for (const Cohort& cohort : data.cohorts) {
    // Of a course without a start no stretch is known that begins with it.
    const Micros as_of = zone.to_local(cohort.as_of);
    moments.push_back({cohort.start == 0 ? as_of : zone.to_local(cohort.start), as_of});
  }
  for (DataColumn& column : data.columns) {
    const auto stretches = rule.stretches.find(column.feature);
    if (stretches == rule.stretches.end() || column.categorical) continue;
    column.spoiled.resize(data.size());
    for (const Stretch& stretch : stretches->second) {
      std::vector<fold::ClosedDays> days;  // by cohort, and so is:
      std::vector<std::uint8_t> out;
      for (std::size_t cohort = 0; cohort < moments.size(); ++cohort) {
        days.push_back(rule.calendar.out(data.cohorts[cohort].course, stretch.sources));
        out.push_back(share_out(days[cohort], stretch.window, moments[cohort]) >= rule.share);
      }
      for (std::size_t row = 0; row < data.size(); ++row) {
        const std::uint32_t cohort = data.cohort[row];
        const double value = column.numbers[row];
        const bool spoiled =
            stretch.kind == Stretch::Kind::kSinceLast
                ? share_since(days[cohort], value, moments[cohort]) >= rule.share
                : out[cohort] != 0 && (stretch.kind == Stretch::Kind::kWindow || std::isnan(value));
        if (spoiled) column.spoiled[row] = 1;
      }
    }
  }
}

bool any_out(const OutageRule& rule, const Zone& zone, const Cohort& cohort, std::int64_t days) {
  const std::int64_t first = zone.local_day(cohort.as_of);
  return rule.calendar.out(cohort.course, {}).within(first, first + days) > 0;
}

}  // namespace waymark::model
