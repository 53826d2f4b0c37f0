#include "engine/trails.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "engine/kept_definitions.h"
#include "fold/cohort.h"
#include "fold/engagement.h"
#include "fold/features.h"
#include "fold/funnel.h"
#include "fold/lifecycle.h"
#include "fold/mastery.h"
#include "fold/paths.h"
#include "fold/retention.h"
#include "fold/sessions.h"

namespace waymark::engine {
namespace {

// Why the trails cannot be carried on from where they are; empty where they can.
std::string why_afresh(const std::optional<trail::TrailState>& state,
                       const journal::Journal& journal, const Catalog& catalog,
                       const std::vector<std::string>& properties) {
  if (!state) return "there were none";
  if (state->journal_epoch != journal.epoch()) return "a source was replaced";
  if (!hold_beginning(*state, journal)) return "the journal is another one";
  if (state->properties != properties) return "the definitions name other properties";
  if (state->buckets != catalog.workspace.settings().buckets)
    return "the number of buckets has changed";
  return "";
}

// The state of readable trails; damage is told through `why` and counts as none.
std::optional<trail::TrailState> usable_state(const std::filesystem::path& folder,
                                              std::string& why) {
  try {
    auto state = trail::read_state(folder);
    if (state) trail::TrailReader::open(folder);
    return state;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kNotFound) throw;
    why = error.what();
    return std::nullopt;
  }
}

std::vector<std::string> properties_of(const fold::FeaturesDefinition& features,
                                       const Catalog& catalog) {
  const Symbols none;
  const fold::FeaturesFold fold(features, {}, {}, catalog.zone(), fold::Names(none));
  return fold.reads().properties;
}

}  // namespace

journal::Journal open_journal(const Catalog& catalog, bool read_only) {
  const workspace::Workspace& workspace = catalog.workspace;
  if (!read_only) std::filesystem::create_directories(workspace.data_folder());
  return journal::Journal::open(
      Folders(workspace).journal,
      {.memory_mb = workspace.settings().memory_mb / 2, .read_only = read_only});
}

TrailsDue trails_due(const Catalog& catalog, const journal::Journal& journal, bool afresh) {
  TrailsDue due{.properties = named_properties(catalog)};
  std::string damage;
  due.state = usable_state(Folders(catalog.workspace).trails, damage);
  due.rebuild_because = afresh            ? "it was asked for"
                        : !damage.empty() ? damage
                                          : why_afresh(due.state, journal, catalog, due.properties);
  due.events = journal.event_count() - (due.rebuild_because.empty() ? due.state->events : 0);
  return due;
}

TrailsOutcome update_trails(const Catalog& catalog, const journal::Journal& journal, bool afresh,
                            Progress& progress) {
  const Folders folders(catalog.workspace);
  const workspace::Settings& settings = catalog.workspace.settings();
  const auto is_up_to_date = [&](const TrailsDue& due) {
    return due.rebuild_because.empty() && due.state->journal_sequence == journal.last_sequence();
  };
  if (is_up_to_date(trails_due(catalog, journal, afresh))) return {};
  std::filesystem::create_directories(folders.trails);
  const FileLock lock(folders.trails / "lock", "trail.locked",
                      fmt::format("the trails {} are being built", folders.trails.string()));
  // Another may have built them meanwhile.
  const TrailsDue due = trails_due(catalog, journal, afresh);
  TrailsOutcome outcome{.rebuilt_because = due.rebuild_because};
  const bool carries_on = due.rebuild_because.empty();
  if (is_up_to_date(due)) return outcome;

  progress.begin("building trails", due.events);
  trail::TrailBuilder builder(folders.trails, {.buckets = settings.buckets,
                                               .memory_mb = settings.memory_mb / 2,
                                               .threads = settings.threads,
                                               .properties = due.properties,
                                               .afresh = !carries_on});
  std::uint64_t added = 0;
  std::uint64_t reached = journal.last_sequence();  // also where its batch was erased
  journal.scan(carries_on ? due.state->journal_sequence + 1 : 1,
               [&](std::uint64_t sequence, EventBatch&& batch) {
                 builder.add(batch);
                 reached = sequence;
                 added += batch.size();
                 progress.advance(added);
               });
  outcome.built = builder.finish(journal.epoch(), reached, journal.mark(reached));
  const trail::TrailState& state = outcome.built->state;
  progress.end(
      fmt::format("{} events of {} learners{}, {:.1f} bytes an event", with_thousands(state.events),
                  with_thousands(state.learners),
                  outcome.built->events_written == state.events
                      ? ""
                      : fmt::format(", {} written", with_thousands(outcome.built->events_written)),
                  outcome.built->core_bytes_per_event));
  return outcome;
}

trail::TrailReader open_trails(const Catalog& catalog) {
  const std::filesystem::path folder = Folders(catalog.workspace).trails;
  if (!trail::read_state(folder)) {
    throw Error(ErrorCode::kNotFound, "trail.missing",
                "no trails have been built yet; `waymark build` builds them");
  }
  return trail::TrailReader::open(folder);
}

bool hold_beginning(const trail::TrailState& state, const journal::Journal& journal) {
  return state.journal_epoch == journal.epoch() &&
         state.journal_sequence <= journal.last_sequence() &&
         state.journal_mark == journal.mark(state.journal_sequence);
}

std::map<std::string, std::vector<std::string>> properties_read(const Catalog& catalog) {
  std::map<std::string, std::vector<std::string>> properties;
  const Symbols none;
  const fold::Names codes(none);
  const auto note = [&](const auto& definition, const std::vector<std::string>& read) {
    std::vector<std::string>& of = properties[definition.name];
    of.insert(of.end(), read.begin(), read.end());
  };
  // fold_of(definition) is the fold that makes its rows.
  const auto note_all = [&](const auto& definitions, const auto& fold_of) {
    for (const auto& definition : definitions)
      note(definition, fold_of(definition).reads().properties);
  };
  note_all(catalog.sessions, [&](const auto& of) { return fold::SessionsFold(of, codes); });
  note_all(catalog.engagement,
           [&](const auto& of) { return fold::EngagementFold(of, {}, catalog.zone(), codes); });
  note_all(catalog.funnels, [&](const auto& of) { return fold::FunnelFold(of, codes); });
  note_all(catalog.retentions,
           [&](const auto& of) { return fold::RetentionFold(of, catalog.zone(), codes); });
  note_all(catalog.lifecycles,
           [&](const auto& of) { return fold::LifecycleFold(of, {}, catalog.zone(), codes); });
  note_all(catalog.masteries, [&](const auto& of) { return fold::MasteryFold(of, codes); });
  note_all(catalog.paths, [&](const auto& of) {
    return fold::PathsFold(of, fold::choose_states(of, none, {}), codes);
  });
  note_all(catalog.cohorts, [&](const auto& of) { return fold::CohortFold(of, codes); });
  for (const fold::FeaturesDefinition& of : catalog.features) note(of, properties_of(of, catalog));
  for (const auto& events : catalog.events) note(events, events.filter.properties());
  for (const auto& metric : catalog.metrics) {
    for (const fold::MetricTerm& term : metric.terms) note(metric, term.part.filter.properties());
    note(metric, metric.properties);
  }
  return properties;
}

std::vector<std::string> named_properties(const Catalog& catalog) {
  std::set<std::string> names;
  for (const auto& [definition, read] : properties_read(catalog))
    names.insert(read.begin(), read.end());
  for (const fold::FeaturesDefinition& kept : features_in_use(catalog)) {
    const std::vector<std::string> read = properties_of(kept, catalog);
    names.insert(read.begin(), read.end());
  }
  return {names.begin(), names.end()};
}

fold::Calendar calendar_of(const journal::Journal& journal) {
  fold::Calendar calendar;
  for (const CourseEntry& course : journal.courses()) {
    fold::CourseDates& dates = calendar[course.course];
    dates.start = course.start;
    dates.end = course.end;
    for (const auto& [name, value] : course.properties) {
      if (const auto* text = std::get_if<std::string>(&value)) dates.properties[name] = *text;
    }
  }
  return calendar;
}

}  // namespace waymark::engine
