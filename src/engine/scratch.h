#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "engine/catalog.h"
#include "engine/progress.h"
#include "fold/calendar.h"
#include "trail/reader.h"

namespace waymark::engine {

// A warehouse for tables that one answer needs and nobody keeps: it goes with this.
class Scratch {
 public:
  std::filesystem::path warehouse() const { return folder_.path() / "warehouse.duckdb"; }

  // The tables of the catalog's measures and metrics of these names, and of what they are made of.
  // Of events before `as_of`; none: of all. Of the events in `only`.
  void make(const std::set<std::string>& names, const Catalog& catalog,
            const trail::TrailReader& trails, const fold::Calendar& calendar,
            std::optional<Micros> as_of, Progress& progress, trail::Selection only = {}) const;

 private:
  TemporaryFolder folder_;
};

}  // namespace waymark::engine
