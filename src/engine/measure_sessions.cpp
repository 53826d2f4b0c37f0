#include "engine/measure.h"
#include "fold/episodes.h"

namespace waymark::engine {
namespace {

std::vector<std::string> end_words(const std::vector<fold::EndedBy>& ends) {
  std::vector<std::string> words;
  for (const fold::EndedBy end : ends) {
    words.push_back(end == fold::EndedBy::kGap      ? "gap"
                    : end == fold::EndedBy::kSwitch ? "switch"
                                                    : "end");
  }
  return words;
}

std::string episodes_name(const fold::SessionsDefinition& definition) {
  return definition.name + "_episodes";
}

void append_sessions(const Making& making, const std::string& name, const fold::SessionTable& part,
                     query::TableReplacement& table) {
  const std::vector<std::string> ends = end_words(part.ended_by);
  table.append({name,
                {{"learner", learner_column(making.trails, part.learner)},
                 {"course", text_column(making.symbols().courses, part.course)},
                 {"number", std::span(part.number)},
                 {"start", query::Times{part.start}},
                 {"end", query::Times{part.end}},
                 {"events", std::span(part.events)},
                 {"weight", std::span(part.weight)},
                 {"objects", std::span(part.objects)},
                 {"switches", std::span(part.switches)},
                 {"ended_by", std::span<const std::string>(ends)}}});
}

}  // namespace

std::vector<std::string> tables_of(const fold::SessionsDefinition& definition) {
  if (!definition.episode_gap) return {definition.name};
  return {definition.name, episodes_name(definition)};
}

Summary summary_of(const fold::SessionsDefinition&) {
  return {.sql = R"(SELECT {by}count(*) AS sessions, count(DISTINCT learner) AS learners,
    count(*) / nullif(count(DISTINCT learner), 0) AS sessions_per_learner,
    median(epoch_us("end" - start) / 6e7) AS median_minutes,
    avg(events) AS mean_events, avg(objects) AS mean_objects,
    avg(switches) AS mean_switches,
    avg((ended_by = 'switch')::INT) AS share_switched
    FROM asked GROUP BY ALL ORDER BY ALL)",
          .start = "start",
          .estimated = {.totals = {"sessions", "learners"}, .shares = {"share_switched"}},
          .value = "sessions"};
}

void make_tables(const fold::SessionsDefinition& definition, const Making& making) {
  const Zone zone = making.catalog.zone();
  fold::EpisodeTable episodes;
  Making all = making;
  if (definition.episode_gap) all.changed = nullptr;  // episodes are made of all sessions
  replace_in_parts(all, fold::SessionsFold(definition, making.names()),
                   [&](const fold::SessionTable& part, query::TableReplacement& table) {
                     append_sessions(making, definition.name, part, table);
                     if (definition.episode_gap)
                       fold::add_episodes(part, definition, zone, episodes);
                   });
  if (!definition.episode_gap) return;
  making.warehouse.replace({episodes_name(definition),
                            {{"learner", learner_column(making.trails, episodes.learner)},
                             {"course", text_column(making.symbols().courses, episodes.course)},
                             {"number", std::span(episodes.number)},
                             {"start", query::Times{episodes.start}},
                             {"end", query::Times{episodes.end}},
                             {"sessions", std::span(episodes.sessions)},
                             {"events", std::span(episodes.events)},
                             {"weight", std::span(episodes.weight)},
                             {"active_ms", std::span(episodes.active_ms)},
                             {"active_days", std::span(episodes.active_days)}}},
                           making.origin);
}

}  // namespace waymark::engine
