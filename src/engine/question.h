#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/progress.h"
#include "engine/sample.h"
#include "engine/scratch.h"
#include "journal/journal.h"
#include "query/session.h"

namespace waymark::engine {

// What is asked of a measure or a metric. A name is a column of the measure's main table
// (of paths: of transitions, from one state); `day`, `week` (from
// Monday) or `month` of its rows' start by the workspace's clock; or a property of events, of which
// a row has what the learner's events, of its course or of none, said last at its start or before.
// Of a metric: as Rows and MetricSql say; `by` nothing is by what its table is by.
struct Question {
  std::string measure;
  std::vector<std::string> by;     // names: an answer for each combination of what they are
  std::vector<std::string> where;  // "NAME OP VALUE", all of which hold; OP is = != < <= > >=
                                   // (= and != also with several values, "A|B")
  std::optional<Micros> as_of;     // only events before it
  Choice who;                      // only these events
};

// A SELECT that answers it, and where it is to run (query::Session, query::export_query).
struct Answer {
  query::Sources sources;
  std::string select;
  std::vector<std::string> labels;  // the columns that name what a chart shows
  // Columns for a chart: what it shows, the limits of its interval, what is usual and its band.
  // Only those are there that this answer has.
  struct Shown {
    std::string value, low, high, usual, usual_low, usual_high;
    std::string words;  // what the value is
    std::string unit;   // as metrics have them; "share": of 1
  };
  Shown shown;
  // How it is to be read, and who was left out; empty: as its columns say, and nobody.
  std::string note;
  std::unique_ptr<Scratch> scratch;  // tables made for this answer only
};

// Brings trails and measures up to the journal first. Throws Error{kNotFound} for a measure or a
// name that is not there, with the nearest that is; Error{kUsage}: "query.condition", and
// "query.sample" where a sample tells nothing of what is asked.
Answer answer(const Question& question, const Catalog& catalog, const journal::Journal& journal,
              Micros now, Progress& progress);

}  // namespace waymark::engine
