#pragma once

#include <cstdint>
#include <string>

#include "event/batch.h"
#include "sql/database.h"

namespace waymark::query {

// Events as an ordinary DuckDB table, laid out as well as DuckDB can have it: texts as ENUMs, rows
// sorted by (learner, time, id). For measuring what DuckDB makes of the same events.
//
// Columns: learner, time, id, kind, object, course, context, outcome, duration_ms, score, weight.
class EventTable {
 public:
  // Makes the table `name`; the connection is the loader's until finish().
  EventTable(sql::Connection& connection, std::string name);
  ~EventTable();

  void append(const EventBatch& batch);
  // Sorts; the table is there from now on.
  void finish();

 private:
  sql::Connection& connection_;
  std::string name_;
  std::unique_ptr<sql::Appender> appender_;
};

}  // namespace waymark::query
