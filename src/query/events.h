#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::query {

// FROM events(since := TIMESTAMP, until := TIMESTAMP, learner := VARCHAR, bucket := BIGINT): the
// events of one generation of trails, straight from its column files. All arguments may be left
// out; they narrow what is read, where a WHERE only drops what has been read. `since` is inclusive,
// `until` is not; `bucket` counts from 0.
//
// Columns: learner, time, received, id, source, sequence, kind, object, course, context, outcome,
// duration_ms, score, weight, the properties that the trails have as columns, and `properties`,
// all open properties as a JSON object. Times are UTC. What an event does not have is NULL. Only
// the columns that a query uses are read, buckets in parallel, so rows come in no promised order.
//
// A property column is a DOUBLE if it only has numbers and booleans, else VARCHAR. One whose name
// is taken, in any case, gets a number at its end.
//
// Only of the events in `only`.
std::shared_ptr<const sql::TableFunction> events_function(const trail::TrailReader& trails,
                                                          trail::Selection only = {});

// What the events' values of a property that has a column are: numbers and booleans, texts, or
// both.
struct PropertySides {
  bool numbers = false, texts = false;
};
PropertySides sides_of(const trail::TrailReader& trails, const std::string& property);

// Makes that function and local_day() known, and `events` to this connection.
void show_events(sql::Database& database, sql::Connection& connection,
                 const trail::TrailReader& trails, trail::Selection only = {});

}  // namespace waymark::query
