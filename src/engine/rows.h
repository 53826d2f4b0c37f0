#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fold/filter.h"
#include "query/events.h"
#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::engine {

// "NAME OP VALUE", as Question::where says.
struct Comparison {
  std::string name, sign;
  std::vector<std::string> values;
};

// Throws Error{kUsage, "query.condition"}.
Comparison parse_comparison(const std::string& text);

// What rows are asked for: a table's, or those of events.
struct RowsOf {
  std::string table;  // empty: events
  std::string start;  // the column that tells when a row of a learner began; empty: not of learners
  std::string events = "events";  // where events are read from
  fold::Filter filter = {};       // of events
  // A property that definitions name while no event has it is yet to come, not misspelt.
  bool may_be_to_come = false;
};

// The columns of events that every workspace has, but for ids and what belongs to the taking in.
inline constexpr std::string_view kEventColumns[]{"learner", "time",        "source",  "kind",
                                                  "object",  "course",      "context", "outcome",
                                                  "score",   "duration_ms", "weight"};

// A SELECT of rows with what is asked by beside their columns: `day`, `week` or `month` of their
// start by the zone's clock, or a property of events, of which a row has what the learner's events,
// of its course or of none, said last at its start or before, in trail order; an event what it says
// itself, if it does.
class Rows {
 public:
  Rows(const RowsOf& of, const std::string& zone, const trail::TrailReader& trails,
       sql::Connection& connection);

  // Makes sure that the rows have a column of this name. Throws Error{kNotFound,
  // "query.name_unknown"}.
  void need(const std::string& name);
  // A column `as` that is the period of the start.
  void need_period(std::string_view unit, const std::string& as);
  // SQL for what the rows themselves say: a column, or of events a property.
  std::string own(const std::string& name);
  // The same of a number that events carry; NULL where one has none.
  std::string own(const fold::Value& value);
  // Each row once for each replicate (sample.h) that its learner is in, as column `replicate`.
  void replicate(const std::string& table);
  // Of a column of times the value is a time by the zone's clock, unless it says another zone.
  void where(const Comparison& comparison);
  void where(const std::string& sql) { conditions_.push_back(sql); }

  std::string sql() const;
  // "events WHERE kind IN ('click')": where the rows come from, for people.
  std::string words() const;

 private:
  bool is_events() const { return of_.table.empty(); }
  void note_times(std::span<const sql::Column> columns);
  bool is_event_column(const std::string& name) const;
  bool is_known(const std::string& name) const;
  std::string start() const;
  std::string base() const;
  void need_property(const std::string& name);
  std::string own_as(const std::string& sql);
  std::string event_value(const std::string& name) const;
  std::string event_number(const fold::Value& value) const;
  query::PropertySides sides_of(const std::string& property) const;
  std::string filter_sql() const;
  [[noreturn]] void throw_unknown(const std::string& name) const;

  RowsOf of_;
  std::string zone_;
  const trail::TrailReader& trails_;
  std::vector<std::string> columns_, conditions_, own_, times_;
  std::vector<sql::Column> event_columns_;
  bool has_course_ = false;
  std::string select_, joins_;
  std::size_t properties_ = 0;
};

}  // namespace waymark::engine
