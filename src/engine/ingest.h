#pragma once

#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/progress.h"
#include "journal/journal.h"

namespace waymark::engine {

struct IngestOptions {
  std::vector<std::string> sources;  // by name; empty: all
  // Forget what a source gave so far and read it afresh, also where files that it was read from are
  // gone. Without it that happens by itself where the mapping has changed and all files are there.
  bool replace = false;
  Micros now = 0;
};

struct FileOutcome {
  std::string source;
  std::string path;
  bool unchanged = false;  // read before, whole, with the same definition: not read again
  journal::Counts counts;  // of this ingest alone
};

struct IngestOutcome {
  std::vector<FileOutcome> files;
  std::vector<std::string> warnings;
  journal::Counts counts() const;
};

// Brings the files of the sources into the journal: each record becomes events, or is quarantined
// or refused with a reason. What is there already is not stored twice, whatever the order of rows;
// an ingest that was cut off goes on where the journal's last commit stands.
//
// Throws Error{kConflict, "source.changed"} where a source's mapping has changed but files that it
// was read from are gone.
IngestOutcome ingest(const Catalog& catalog, journal::Journal& journal,
                     const IngestOptions& options, Progress& progress);

// Maps the quarantined records of the sources (empty: all) again under today's definitions.
// Records that are right now leave the quarantine in the commit that stores their events.
journal::Counts replay(const Catalog& catalog, journal::Journal& journal,
                       const std::vector<std::string>& sources, Micros now, Progress& progress);

}  // namespace waymark::engine
