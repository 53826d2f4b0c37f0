#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/progress.h"
#include "engine/trails.h"

namespace waymark::engine {

// What `waymark build` would do about a measure or a metric.
struct PlannedMeasure {
  enum class Change {
    kNone,
    kNew,         // it has not been made yet
    kDefinition,  // made from another definition, time zone or course dates
    kEvents,      // events have come since
    kGone,        // its definition has: its tables would be dropped
  };
  // A number in which what the tables say of it, row by row, differs; of a row that is lost or new,
  // its main one.
  struct Moved {
    enum class Row { kStays, kLost, kNew };
    std::string row, number;
    Row is = Row::kStays;
    std::optional<double> now, after;
  };

  std::string name;
  Change change = Change::kNone;
  // Of the main table: as it is, and as the definition would make it of the events built so far.
  std::optional<std::uint64_t> rows_now, rows_after;
  std::string number;         // the main one of a row
  std::size_t rows = 0;       // that are compared: there are now or after
  std::vector<Moved> moved;   // rows lost and new, then main numbers by difference, then others
  std::string not_told = {};  // why the numbers cannot be told before the build
};

// What `waymark train` would do about a model.
struct PlannedModel {
  enum class Change {
    kNone,
    kNew,         // it has not been trained yet
    kDefinition,  // trained by another definition, of itself or of its features
    kData,        // events have come since, courses have other dates, or the file has other rows
  };
  std::string name;
  Change change = Change::kNone;
  std::string version;  // that was trained last; empty: none
  std::string live;     // the version that scores, whatever is trained; empty: the last one does
};

struct Plan {
  TrailsDue trails;
  std::vector<PlannedMeasure> measures;
  std::vector<PlannedModel> models;
};

// Changes nothing: what changed definitions would make is made aside, of the events that the trails
// have. Throws Error{kConflict, "warehouse.locked"} while another program writes the tables.
Plan plan(const Catalog& catalog, const journal::Journal& journal, Progress& progress);

}  // namespace waymark::engine
