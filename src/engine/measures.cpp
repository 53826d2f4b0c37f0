#include "engine/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/text.h"
#include "engine/models.h"
#include "fold/batch.h"
#include "fold/engagement.h"
#include "fold/funnel.h"
#include "fold/sessions.h"

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

class Measures {
 public:
  Measures(const Catalog& catalog, const journal::Journal& journal,
           const trail::TrailReader& trails, bool afresh, Micros now, Progress& progress)
      : catalog_(catalog),
        trails_(trails),
        calendar_(calendar_of(journal)),
        afresh_(afresh),
        now_(now),
        progress_(progress),
        threads_(catalog.workspace.settings().threads),
        warehouse_(Folders(catalog.workspace).warehouse, sql_options(catalog)) {}

  std::vector<TableOutcome> run() {
    for (const auto& definition : catalog_.sessions) {
      update({definition.name}, definition.name, definition.version,
             [&](const query::Origin& origin) { add_sessions(definition, origin); });
    }
    for (const auto& definition : catalog_.engagement) {
      update({definition.name, contexts_name(definition)}, definition.name, definition.version,
             [&](const query::Origin& origin) { add_engagement(definition, origin); });
    }
    for (const auto& definition : catalog_.funnels) {
      update({definition.name, steps_name(definition)}, definition.name, definition.version,
             [&](const query::Origin& origin) { add_funnel(definition, origin); });
    }
    drop_orphans();
    return std::move(outcomes_);
  }

 private:
  static std::string contexts_name(const fold::EngagementDefinition& definition) {
    return definition.name + "_contexts";
  }
  static std::string steps_name(const fold::FunnelDefinition& definition) {
    return definition.name + "_steps";
  }
  // What still runs is judged as of the last event that is known.
  Micros known_until() const { return trails_.state().last_time + 1; }

  template <typename Make>
  void update(const std::vector<std::string>& tables, const std::string& definition,
              const std::string& version, Make&& make) {
    const query::Origin origin{definition, derived_version(version, catalog_, calendar_, trails_),
                               trails_.state().generation, now_};
    const auto is_current = [&](const std::string& table) {
      const auto entry = warehouse_.find(table);
      return entry && entry->origin.version == origin.version;
    };
    const bool unchanged = !afresh_ && std::ranges::all_of(tables, is_current);
    if (!unchanged) {
      progress_.begin(definition, trails_.bucket_count());
      make(origin);
    }
    std::uint64_t rows = 0;
    for (const std::string& table : tables) {
      outcomes_.push_back({table, warehouse_.find(table)->rows, unchanged});
      if (rows == 0) rows = outcomes_.back().rows;
    }
    if (!unchanged)
      progress_.end(fmt::format("{} rows", with_thousands(static_cast<std::int64_t>(rows))));
  }

  void add_sessions(const fold::SessionsDefinition& definition, const query::Origin& origin) {
    const fold::SessionsFold fold(definition, fold::Names(trails_.symbols()));
    const TrailSource source(trails_, fold.reads());
    query::TableReplacement table(warehouse_, origin);
    append_sessions(definition.name, fold.make_output(), table);
    fold::run_parts(fold, source, threads_, [&](const fold::SessionTable& part, std::size_t done) {
      append_sessions(definition.name, part, table);
      progress_.advance(done);
    });
    table.finish();
  }

  void append_sessions(const std::string& name, const fold::SessionTable& part,
                       query::TableReplacement& table) {
    const std::vector<std::string> ends = end_words(part.ended_by);
    table.append({name,
                  {{"learner", learner_column(trails_, part.learner)},
                   {"course", text_column(trails_.symbols().courses, part.course)},
                   {"number", std::span(part.number)},
                   {"start", query::Times{part.start}},
                   {"end", query::Times{part.end}},
                   {"events", std::span(part.events)},
                   {"weight", std::span(part.weight)},
                   {"objects", std::span(part.objects)},
                   {"ended_by", std::span<const std::string>(ends)}}});
  }

  void add_engagement(const fold::EngagementDefinition& definition, const query::Origin& origin) {
    const fold::EngagementFold fold(definition, calendar_, catalog_.zone(),
                                    fold::Names(trails_.symbols()), known_until());
    const fold::EngagementTable rows =
        fold::run(fold, TrailSource(trails_, fold.reads()), threads_);
    const Symbols& symbols = trails_.symbols();
    warehouse_.replace({definition.name,
                        {{"learner", learner_column(trails_, rows.learner)},
                         {"course", text_column(symbols.courses, rows.course)},
                         {"first_active", query::Times{rows.first_active}},
                         {"last_active", query::Times{rows.last_active}},
                         {"events", std::span(rows.events)},
                         {"weight", std::span(rows.weight)},
                         {"active_days", std::span(rows.active_days)},
                         {"objects", std::span(rows.objects)},
                         {"revisits", std::span(rows.revisits)},
                         {"first_action_days", std::span(rows.first_action_days)},
                         {"abandoned", std::span(rows.abandoned)},
                         {"active_ms", std::span(rows.active_ms)},
                         {"weight_per_active_day", std::span(rows.weight_per_active_day)},
                         {"weight_per_course_week", std::span(rows.weight_per_course_week)},
                         {"relative_intensity", std::span(rows.relative_intensity)}}},
                       origin);
    const auto& contexts = rows.contexts;
    warehouse_.replace({contexts_name(definition),
                        {{"learner", learner_column(trails_, contexts.learner)},
                         {"course", text_column(symbols.courses, contexts.course)},
                         {"context", text_column(symbols.contexts, contexts.context)},
                         {"events", std::span(contexts.events)},
                         {"weight", std::span(contexts.weight)},
                         {"active_days", std::span(contexts.active_days)},
                         {"active_ms", std::span(contexts.active_ms)}}},
                       origin);
  }

  void add_funnel(const fold::FunnelDefinition& definition, const query::Origin& origin) {
    const fold::FunnelFold fold(definition, fold::Names(trails_.symbols()), known_until());
    const TrailSource source(trails_, fold.reads());
    fold::FunnelSummary summary(definition);
    {
      query::TableReplacement table(warehouse_, origin);
      append_attempts(definition, fold.make_output(), table);
      fold::run_parts(fold, source, threads_, [&](const fold::FunnelTable& part, std::size_t done) {
        append_attempts(definition, part, table);
        summary.add(part);
        progress_.advance(done);
      });
      table.finish();
    }
    const fold::FunnelSteps steps = summary.steps();
    const auto conversion = [&](Code step) { return definition.steps[step - 1].conversion; };
    std::vector<Code> conversions = steps.step;
    for (Code& step : conversions) {
      if (conversion(step).empty()) step = kNoCode;
    }
    warehouse_.replace({steps_name(definition),
                        {{"step", std::span(steps.step)},
                         {"name", std::span(steps.name)},
                         {"conversion", query::Codes{conversions, conversion}},
                         {"attempts", std::span(steps.attempts)},
                         {"learners", std::span(steps.learners)},
                         {"dropped", std::span(steps.dropped)},
                         {"still_open", std::span(steps.still_open)},
                         {"share_of_first", std::span(steps.share_of_first)},
                         {"share_of_previous", std::span(steps.share_of_previous)},
                         {"median_seconds", std::span(steps.median_seconds)},
                         {"p25_seconds", std::span(steps.p25_seconds)},
                         {"p75_seconds", std::span(steps.p75_seconds)},
                         {"p90_seconds", std::span(steps.p90_seconds)}}},
                       origin);
  }

  void append_attempts(const fold::FunnelDefinition& definition, const fold::FunnelTable& part,
                       query::TableReplacement& table) {
    const std::vector<fold::FunnelStep>& steps = definition.steps;
    std::vector<std::string> furthest, ends;
    std::vector<std::uint8_t> converted;
    for (std::size_t i = 0; i < part.size(); ++i) {
      furthest.push_back(steps[part.furthest[i]].name);
      ends.emplace_back(fold::to_text(part.ended_by[i]));
      converted.push_back(part.ended_by[i] == fold::AttemptEnd::kConverted);
    }
    // A named conversion is true where its step was reached.
    std::vector<std::vector<std::uint8_t>> conversions(steps.size());
    query::Table piece{definition.name, {{"learner", learner_column(trails_, part.learner)}}};
    auto& columns = piece.columns;
    if (definition.per_course) {
      columns.push_back({"course", text_column(trails_.symbols().courses, part.course)});
    }
    columns.push_back({"attempt", std::span(part.attempt)});
    columns.push_back({"started", query::Times{part.started}});
    for (std::size_t k = 0; k < steps.size(); ++k) {
      columns.push_back({fold::FunnelDefinition::time_column(steps[k]), query::Times{part.at[k]}});
      for (const Micros at : part.at[k]) conversions[k].push_back(at != fold::FunnelTable::kNever);
    }
    columns.push_back({"reached", std::span(part.reached)});
    columns.push_back({"furthest", std::span<const std::string>(furthest)});
    for (std::size_t k = 0; k < steps.size(); ++k) {
      if (!steps[k].conversion.empty())
        columns.push_back({steps[k].conversion, query::Flags{conversions[k]}});
    }
    columns.push_back({"converted", query::Flags{converted}});
    columns.push_back({"ended_by", std::span<const std::string>(ends)});
    table.append(piece);
  }

  void drop_orphans() {
    std::set<std::string> wanted;
    for (const TableOutcome& outcome : outcomes_) wanted.insert(outcome.name);
    for (const auto& model : catalog_.models) {
      wanted.insert(features_table(model.name));
      wanted.insert(predictions_table(model.name));
    }
    for (const query::Entry& entry : warehouse_.entries()) {
      if (!wanted.contains(entry.table)) warehouse_.drop(entry.table);
    }
  }

  const Catalog& catalog_;
  const trail::TrailReader& trails_;
  fold::Calendar calendar_;
  bool afresh_;
  Micros now_;
  Progress& progress_;
  std::size_t threads_;
  query::Warehouse warehouse_;
  std::vector<TableOutcome> outcomes_;
};

}  // namespace

std::vector<TableOutcome> update_measures(const Catalog& catalog, const journal::Journal& journal,
                                          const trail::TrailReader& trails, bool afresh, Micros now,
                                          Progress& progress) {
  return Measures(catalog, journal, trails, afresh, now, progress).run();
}

Derived bring_up_to_date(const Catalog& catalog, const journal::Journal& journal, bool afresh,
                         Micros now, Progress& progress) {
  try {
    const TrailsOutcome trails = update_trails(catalog, journal, afresh, progress);
    trail::TrailReader reader = trail::TrailReader::open(Folders(catalog.workspace).trails);
    auto tables = update_measures(catalog, journal, reader, afresh, now, progress);
    return {trails, std::move(reader), std::move(tables)};
  } catch (const Error& error) {
    if (afresh || error.code() != ErrorCode::kCorrupt) throw;
    progress.begin("repairing the trails", 0);
    progress.end(error.what());
    return bring_up_to_date(catalog, journal, true, now, progress);
  }
}

sql::Options sql_options(const Catalog& catalog) {
  const workspace::Settings& settings = catalog.workspace.settings();
  return {.memory_mb = settings.memory_mb,
          .threads = settings.threads,
          .temporary = Folders(catalog.workspace).temporary};
}

query::Codes learner_column(const trail::TrailReader& trails, std::span<const Code> learners) {
  return {learners, [&trails](Code number) { return trails.learner(number).reveal(); },
          kAbsentCode};
}

query::Codes text_column(const Dictionary& dictionary, std::span<const Code> codes) {
  return {codes, [&dictionary](Code code) { return std::string(dictionary.text(code)); }};
}

std::string derived_version(const std::string& definition_version, const Catalog& catalog,
                            const fold::Calendar& calendar, const trail::TrailReader& trails) {
  Hasher hasher;
  hasher.field(definition_version);
  hasher.field(catalog.workspace.settings().time_zone);
  for (const auto& [course, dates] : calendar) {
    hasher.field(course);
    hasher.number(static_cast<std::uint64_t>(dates.start));
    hasher.number(static_cast<std::uint64_t>(dates.end));
  }
  hasher.number(trails.state().journal_epoch);
  hasher.number(trails.state().journal_sequence);
  hasher.number(trails.state().journal_mark);
  return to_hex(hasher.digest());
}

}  // namespace waymark::engine
