#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/progress.h"
#include "fold/anomalies.h"
#include "fold/calendar.h"
#include "fold/rehearsal.h"
#include "journal/journal.h"
#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::engine {

// Looks up the metrics that the catalog's anomalies watch; what is not there is a mistake. Their
// versions then cover them. After resolve_metrics.
void resolve_anomalies(Catalog& catalog, workspace::Diagnostics& diagnostics);

// What a definition watches, in numbers.
struct Watched {
  fold::Watching watching;
  std::vector<std::string> dimensions;
  std::vector<fold::WatchedSeries> series;
  // What each series is of, dimension by dimension.
  std::vector<std::vector<std::optional<std::string>>> names;
};

// By events and the tables of measures, which the connection sees. `calendar`: when courses run; a
// series of a course is watched while it does. Where `as_of` is given, only events before it count.
// Where `same_until` is, the definition's table, which the connection sees, holds the numbers of
// the events before that. Throws as MetricSql does.
Watched watched_by(const fold::AnomaliesDefinition& definition, const Catalog& catalog,
                   const trail::TrailReader& trails, const fold::Calendar& calendar,
                   sql::Connection& connection, std::optional<Micros> as_of,
                   std::optional<Micros> same_until = {});

// How the definition does on its own numbers; see fold::rehearse. Brings everything up to the
// journal first. Throws Error{kNotFound, "anomalies.missing"}.
fold::Rehearsal rehearse_anomalies(const std::string& name, std::size_t trials, std::uint64_t seed,
                                   const Catalog& catalog, const journal::Journal& journal,
                                   Micros now, Progress& progress);

}  // namespace waymark::engine
