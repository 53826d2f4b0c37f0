#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/question.h"

namespace waymark::engine {

// What a metric's number in one period is made of, down to the rows behind it.
struct Explanation {
  struct Part {
    std::string name, version;  // version: none of an aggregate within a metric
    std::string formula;        // of other parts, or of rows in SQL
    std::size_t depth = 0;      // 0: the metric itself
    std::optional<double> value;
    std::int64_t n = 0;       // see metric.schema.json
    std::string rows;         // SELECT of the rows behind it; none of a formula
    std::uint64_t count = 0;  // of them
  };
  fold::MetricDefinition metric;
  std::string period;  // its first day
  // What to know before one wonders at the numbers: that events begin later or end before, that a
  // condition names what no row has. Empty: nothing.
  std::string note;
  std::vector<Part> parts;
  query::Sources sources;  // where `rows` can be run
};

// Of the period that holds this day (since 1970-01-01, by the workspace's clock). `where`: as
// Question says. Brings everything up to the journal first; throws as answer() does.
Explanation explain(const std::string& metric, std::int64_t day,
                    const std::vector<std::string>& where, const Catalog& catalog,
                    const journal::Journal& journal, Micros now, Progress& progress);

}  // namespace waymark::engine
