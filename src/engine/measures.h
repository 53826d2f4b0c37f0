#pragma once

#include <string>
#include <vector>

#include "engine/trails.h"
#include "query/warehouse.h"

namespace waymark::engine {

struct TableOutcome {
  std::string name;
  std::uint64_t rows = 0;
  bool unchanged = false;    // made before from the same definition and the same events
  std::string problem = {};  // why a trained version could not make it; it stays as it was
};

// Each problem once.
std::vector<std::string> problems_of(const std::vector<TableOutcome>& tables);

// Brings the tables of the workspace's measures (measure.h) up to its trails, in the warehouse.
// Tables of measures that are no more are dropped. (Features become tables with the models that
// read them.)
std::vector<TableOutcome> update_measures(const Catalog& catalog, const journal::Journal& journal,
                                          const trail::TrailReader& trails, bool afresh, Micros now,
                                          Progress& progress);

// What is derived from the journal, brought up to it.
struct Derived {
  TrailsOutcome trails;
  trail::TrailReader reader;
  std::vector<TableOutcome> tables;
};

// update_trails() and update_measures(). Trails that turn out to be damaged on the way are built
// again from the journal.
Derived bring_up_to_date(const Catalog& catalog, const journal::Journal& journal, bool afresh,
                         Micros now, Progress& progress);

// What SQL may use of the workspace's memory and threads.
sql::Options sql_options(const Catalog& catalog);

// The version of what a definition makes of these events under these course dates.
std::string derived_version(const std::string& definition_version, const Catalog& catalog,
                            const fold::Calendar& calendar, const trail::TrailReader& trails);

}  // namespace waymark::engine
