#include "fold/story.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/hash.h"
#include "base/text.h"
#include "fold/example.h"
#include "fold/paths_definition.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

bool cell_matches(const std::string& actual, const std::string& expected) {
  if (actual == expected) return true;
  const auto number = parse_number(actual);
  if (!number || !parse_number(expected)) return false;
  const std::size_t point = expected.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : expected.size() - point - 1;
  // A whole number is meant exactly.
  return decimals != 0 && fmt::format("{:.{}f}", *number, decimals) == expected;
}

}  // namespace

std::string time_cell(Micros time, const Zone& zone) {
  if (time == EngagementTable::kNoTime) return "";
  std::string text = to_iso(zone.to_local(time));
  text.pop_back();
  text[10] = ' ';
  return text.ends_with(":00") ? text.substr(0, text.size() - 3) : text;
}

std::string number_cell(double number) {
  return std::isnan(number) ? "" : fmt::format("{}", number);
}

workspace::Definition story_definition(std::string_view measure, std::string_view yaml,
                                       std::string_view schema,
                                       workspace::Diagnostics& diagnostics) {
  const std::string text = fmt::format("measure: {}\n{}", measure, yaml);
  const workspace::Node node = workspace::parse_yaml(text, "measure.yaml", diagnostics);
  workspace::validate(node, schema, diagnostics);
  return {"measure", std::string(measure), node, node.content_hash()};
}

std::string in_words(const workspace::Diagnostics& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics.sorted()) text += to_text(diagnostic) + "\n";
  return text;
}

TextTable TextTable::parse(std::string_view text) {
  TextTable table;
  for (TextLine& line : text_lines(text)) {
    if (table.header.empty()) {
      table.header = std::move(line.cells);
    } else {
      EXPECT_EQ(line.cells.size(), table.header.size()) << "cells in line " << line.number;
      line.cells.resize(table.header.size());
      table.rows.push_back(std::move(line.cells));
    }
  }
  return table;
}

std::string TextTable::aligned() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::size_t width = header[i].size();
    for (const auto& row : rows) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += fmt::format("{}{:<{}}", i == 0 ? "    " : " | ", cells[i], widths[i]);
    }
    text += '\n';
  };
  line(header);
  for (const auto& row : rows) line(row);
  return text;
}

TextTable TextTable::with_columns(const std::vector<std::string>& names) const {
  TextTable table{names, std::vector<std::vector<std::string>>(rows.size())};
  for (const std::string& name : names) {
    const auto found = std::ranges::find(header, name);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      table.rows[i].push_back(found == header.end()
                                  ? "(no such column)"
                                  : rows[i][static_cast<std::size_t>(found - header.begin())]);
    }
  }
  return table;
}

bool matches(const TextTable& actual, const TextTable& expected) {
  const auto row_matches = [](const auto& a, const auto& b) {
    return std::ranges::equal(a, b, cell_matches);
  };
  return std::ranges::equal(actual.rows, expected.rows, row_matches);
}

TextTable by_learner(TextTable table) {
  std::ranges::stable_sort(table.rows, {}, [](const auto& row) { return row.front(); });
  return table;
}

TextTable table_of(const SessionTable& sessions, const Meaning& meaning) {
  return Tabulator(sessions.size(), meaning)
      .learners(sessions.learner)
      .courses(sessions.course)
      .numbers("number", sessions.number)
      .times("start", sessions.start)
      .times("end", sessions.end)
      .numbers("events", sessions.events)
      .numbers("weight", sessions.weight)
      .numbers("objects", sessions.objects)
      .numbers("switches", sessions.switches)
      .column("ended_by", sessions.ended_by,
              [](EndedBy why) {
                return std::string(why == EndedBy::kGap      ? "gap"
                                   : why == EndedBy::kSwitch ? "switch"
                                                             : "end");
              })
      .take();
}

TextTable table_of(const EpisodeTable& episodes, const Meaning& meaning) {
  return Tabulator(episodes.size(), meaning)
      .learners(episodes.learner)
      .courses(episodes.course)
      .numbers("number", episodes.number)
      .times("start", episodes.start)
      .times("end", episodes.end)
      .numbers("sessions", episodes.sessions)
      .numbers("events", episodes.events)
      .numbers("weight", episodes.weight)
      .numbers("active_ms", episodes.active_ms)
      .numbers("active_days", episodes.active_days)
      .take();
}

TextTable table_of(const EngagementTable& engagement, const Meaning& meaning) {
  return Tabulator(engagement.size(), meaning)
      .learners(engagement.learner)
      .courses(engagement.course)
      .times("first_active", engagement.first_active)
      .times("last_active", engagement.last_active)
      .numbers("events", engagement.events)
      .numbers("weight", engagement.weight)
      .numbers("active_days", engagement.active_days)
      .numbers("objects", engagement.objects)
      .numbers("revisits", engagement.revisits)
      .numbers("first_action_days", engagement.first_action_days)
      .numbers("abandoned", engagement.abandoned)
      .numbers("active_ms", engagement.active_ms)
      .numbers("weight_per_active_day", engagement.weight_per_active_day)
      .numbers("weight_per_course_week", engagement.weight_per_course_week)
      .numbers("relative_intensity", engagement.relative_intensity)
      .take();
}

TextTable table_of(const EngagementTable::Contexts& contexts, const Meaning& meaning) {
  return Tabulator(contexts.size(), meaning)
      .learners(contexts.learner)
      .courses(contexts.course)
      .codes("context", contexts.context, meaning.symbols.contexts)
      .numbers("events", contexts.events)
      .numbers("weight", contexts.weight)
      .numbers("active_days", contexts.active_days)
      .numbers("active_ms", contexts.active_ms)
      .take();
}

TextTable table_of(const FeatureTable& features, const Meaning& meaning) {
  Tabulator table(features.size(), meaning);
  table.learners(features.learner)
      .courses(features.course)
      .times("as_of", features.as_of)
      .numbers("in_risk_set", features.in_risk_set)
      .numbers("target", features.target);
  for (std::size_t i = 0; i < features.number_names.size(); ++i) {
    table.numbers(features.number_names[i], features.numbers_of(i));
  }
  for (const auto& column : features.texts) {
    table.codes(column.name, column.values, meaning.symbols.property_texts);
  }
  return table.take();
}

TextTable table_of(const FunnelTable& attempts, const FunnelDefinition& definition,
                   const Meaning& meaning) {
  Tabulator table(attempts.size(), meaning);
  table.learners(attempts.learner)
      .courses(attempts.course)
      .numbers("attempt", attempts.attempt)
      .times("started", attempts.started);
  for (std::size_t step = 0; step < attempts.at.size(); ++step) {
    table.times(FunnelDefinition::time_column(definition.steps[step]), attempts.at[step]);
  }
  return table.numbers("reached", attempts.reached)
      .column("furthest", attempts.furthest,
              [&](std::uint32_t step) { return definition.steps[step].name; })
      .column("ended_by", attempts.ended_by,
              [](AttemptEnd end) { return std::string(to_text(end)); })
      .take();
}

TextTable table_of(const FunnelSteps& steps) {
  const Symbols symbols;
  const Dictionary learners;
  return Tabulator(steps.size(), {symbols, learners, Zone::utc()})
      .numbers("step", steps.step)
      .texts("name", steps.name)
      .texts("conversion", steps.conversion)
      .numbers("attempts", steps.attempts)
      .numbers("learners", steps.learners)
      .numbers("dropped", steps.dropped)
      .numbers("excluded", steps.excluded)
      .numbers("still_open", steps.still_open)
      .numbers("share_of_first", steps.share_of_first)
      .numbers("share_of_previous", steps.share_of_previous)
      .numbers("median_seconds", steps.median_seconds)
      .numbers("p25_seconds", steps.p25_seconds)
      .numbers("p75_seconds", steps.p75_seconds)
      .numbers("p90_seconds", steps.p90_seconds)
      .take();
}

TextTable table_of(const CohortTable& stays, const Meaning& meaning) {
  return Tabulator(stays.size(), meaning)
      .learners(stays.learner)
      .courses(stays.course)
      .times("entered", stays.entered)
      .times("exited", stays.exited)
      .take();
}

Measure<SessionsFold> sessions(std::string_view yaml) {
  const auto definition = parsed("sessions", yaml, kSessionsSchema, parse_sessions);
  return {[=](const Names& names) { return SessionsFold(definition, names); }};
}

Measure<SessionsFold> episodes(std::string_view yaml) {
  const auto definition = parsed("sessions", yaml, kSessionsSchema, parse_sessions);
  return {[=](const Names& names) { return SessionsFold(definition, names); },
          [=](const SessionTable& sessions, const Meaning& meaning) {
            EpisodeTable table;
            add_episodes(sessions, definition, meaning.zone, table);
            return table_of(table, meaning);
          }};
}

Measure<EngagementFold> engagement(std::string_view yaml, const Calendar& calendar,
                                   const Zone& zone, Micros as_of) {
  const auto definition = parsed("engagement", yaml, kEngagementSchema, parse_engagement);
  return {
      [=](const Names& names) { return EngagementFold(definition, calendar, zone, names, as_of); }};
}

Measure<EngagementFold> engagement_contexts(std::string_view yaml) {
  Measure<EngagementFold> measure = engagement(yaml);
  measure.tabulate = [](const EngagementTable& output, const Meaning& meaning) {
    return table_of(output.contexts, meaning);
  };
  return measure;
}

Measure<FeaturesFold> features(std::string_view yaml, const FeaturesRequest& request,
                               const Calendar& calendar, const Zone& zone) {
  const auto definition = parsed("features", yaml, kFeaturesSchema, parse_features);
  return {
      [=](const Names& names) { return FeaturesFold(definition, request, calendar, zone, names); }};
}

Measure<FunnelFold> funnel(std::string_view yaml, Micros as_of) {
  const auto definition = parsed("funnel", yaml, kFunnelSchema, parse_funnel);
  return {[=](const Names& names) { return FunnelFold(definition, names, as_of); },
          [=](const FunnelTable& attempts, const Meaning& meaning) {
            return table_of(attempts, definition, meaning);
          }};
}

Measure<FunnelFold> funnel_steps(std::string_view yaml, Micros as_of) {
  const auto definition = parsed("funnel", yaml, kFunnelSchema, parse_funnel);
  return {[=](const Names& names) { return FunnelFold(definition, names, as_of); },
          [=](const FunnelTable& attempts, const Meaning&) {
            FunnelSummary summary(definition);
            summary.add(attempts);
            return table_of(summary.steps());
          }};
}

CohortDefinition cohort_definition(std::string_view yaml) {
  return parsed("cohort", yaml, kCohortSchema,
                [](const workspace::Definition& definition, workspace::Diagnostics& diagnostics) {
                  return parse_cohort(definition, diagnostics);
                });
}

Measure<CohortFold> cohort(std::string_view yaml, Micros as_of) {
  const auto definition = cohort_definition(yaml);
  return {[=](const Names& names) { return CohortFold(definition, names, as_of); }};
}

std::string mistakes(std::string_view measure, std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  const auto read = [&](std::string_view schema) {
    const auto definition = story_definition(measure, yaml, schema, diagnostics);
    read_examples(definition, Zone::utc(), diagnostics);
    return definition;
  };
  if (measure == "sessions") {
    parse_sessions(read(kSessionsSchema), diagnostics);
  } else if (measure == "engagement") {
    parse_engagement(read(kEngagementSchema), diagnostics);
  } else if (measure == "paths") {
    parse_paths(read(kPathsSchema), diagnostics);
  } else if (measure == "cohort") {
    std::vector cohorts{parse_cohort(read(kCohortSchema), diagnostics)};
    resolve_cohorts(cohorts, diagnostics);
  } else if (measure == "funnel") {
    parse_funnel(read(kFunnelSchema), diagnostics);
  } else {
    parse_features(read(kFeaturesSchema), diagnostics);
  }
  return in_words(diagnostics);
}

Micros at(std::string_view time, const Zone& zone) { return parse_iso_time(time, zone).value(); }

Symbols symbols_of(const EventBatch& events) {
  return {.kinds = events.kinds,
          .objects = events.objects,
          .courses = events.courses,
          .contexts = events.contexts,
          .outcomes = events.outcomes,
          .sources = events.sources,
          .property_texts = events.property_texts};
}

EventSource::EventSource(const EventBatch& events, Symbols& symbols, const Reads& reads,
                         std::size_t buckets, std::size_t slice_rows)
    : slice_rows_(slice_rows), buckets_(buckets) {
  for (const auto& rows : trails_of(events)) {
    const Code learner = events.learner[rows.front()];
    const std::uint64_t hash = hash64(events.learners.text(learner));
    auto columns = std::make_unique<Columns>(events, rows, reads, symbols);
    const Slice all = columns->slice(0, columns->size());
    if (reads.only && reads.only->codes.find(all.codes(reads.only->column), all.size) == all.size) {
      continue;
    }
    buckets_[hash % buckets].push_back({learner, std::move(columns)});
  }
}

bool EventSource::Cursor::next(Code& learner, Slice& slice) {
  const auto& trails = source_.buckets_[bucket_];
  while (trail_ < trails.size() && row_ == trails[trail_].columns->size()) {
    ++trail_;
    row_ = 0;
  }
  if (trail_ == trails.size()) return false;
  Columns& columns = *trails[trail_].columns;
  learner = trails[trail_].learner;
  slice = columns.slice(row_, std::min(source_.slice_rows_, columns.size() - row_));
  row_ += slice.size;
  return true;
}

void Journal::store(const EventBatch& batch) {
  for (std::size_t row = 0; row < batch.size(); ++row) {
    trails_[std::string(batch.learners.text(batch.learner[row]))].append(batch, row);
  }
}

EventBatch Journal::history(std::string_view learner) const {
  return trails_.find(learner)->second;
}

std::vector<EventBatch> arrivals(const EventBatch& events, const LiveShape& shape) {
  std::vector<std::size_t> rows;
  for (const auto& trail : trails_of(events)) rows.insert(rows.end(), trail.begin(), trail.end());
  std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return events.time[row]; });
  if (shape.shuffled != 0) std::ranges::shuffle(rows, std::mt19937_64(shape.shuffled));
  std::vector<EventBatch> batches;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || (shape.batch_rows != 0 && i % shape.batch_rows == 0)) batches.emplace_back();
    batches.back().append(events, rows[i]);
  }
  return batches;
}

Story::Story(std::string_view events, const Zone& zone) : zone_(zone) {
  workspace::Diagnostics diagnostics;
  events_ = read_events(events, {"story", 0, 0}, zone, diagnostics);
  EXPECT_EQ(in_words(diagnostics), "");
}

EventBatch random_events(const Stream& stream) {
  std::mt19937_64 random(stream.seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  EventBatch batch;
  std::uint64_t number = 0;
  for (std::size_t learner = 0; learner < stream.learners; ++learner) {
    const std::size_t events = learner == 0   ? stream.most_events
                               : learner == 1 ? 1
                                              : 1 + below(stream.most_events);
    Micros time = at("2026-03-01") + static_cast<Micros>(below(10)) * kMicrosPerDay;
    for (std::size_t i = 0; i < events; ++i) {
      // Often a tie or a pause around the usual gap, at times days.
      switch (below(5)) {
        case 0:
          break;
        case 1:
          time += kMicrosPerDay * static_cast<Micros>(below(6));
          break;
        case 2:
          time += 30 * kMicrosPerMinute + static_cast<Micros>(below(3)) - 1;
          break;
        default:
          time += static_cast<Micros>(below(3'600)) * kMicrosPerSecond;
      }
      Event event;
      event.id = hash128(fmt::format("{}/{}", stream.seed, number++));
      event.learner = LearnerKey(fmt::format("learner {}", learner));
      event.time = time;
      event.received = time + (below(4) == 0 ? static_cast<Micros>(below(5)) * kMicrosPerDay : 0);
      event.kind = std::vector<std::string>{"click",    "click",        "submitted",
                                            "enrolled", "unregistered", "result"}[below(6)];
      event.course = below(10) == 0 ? "" : fmt::format("course {}", below(2));
      event.context = below(8) == 0 ? "" : fmt::format("context {}", below(4));
      event.object = below(8) == 0 ? "" : fmt::format("object {}", below(12));
      event.outcome = below(2) == 0 ? "Pass" : "Fail";
      event.source = below(2) == 0 ? "files" : "api";
      event.weight = static_cast<double>(below(9));
      if (below(3) != 0) event.score = static_cast<double>(below(200)) / 2;
      if (below(3) == 0) event.duration_ms = static_cast<std::int64_t>(below(100'000));
      if (below(3) == 0) event.properties.emplace_back("late", static_cast<double>(below(9)) - 4);
      if (below(4) == 0) event.properties.emplace_back("region", fmt::format("r{}", below(3)));
      if (i % 5 == 2) {
        event.properties.emplace_back(
            "zone", std::vector<std::string>{"Pacific/Auckland", "America/New_York", "Mars/Base",
                                             "Asia/Kolkata"}[(learner + i) % 4]);
      }
      batch.append(event);
    }
  }
  return batch;
}

}  // namespace waymark::fold
