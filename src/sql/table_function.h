#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sql/value.h"
#include "sql/writer.h"

namespace waymark::sql {

// One thread's reading of a table that a function gives.
class TableReader {
 public:
  virtual ~TableReader() = default;
  // Turns to the first row of a unit.
  virtual void start(std::size_t unit) = 0;
  // Writes the unit's next rows into the reader's columns, at most kChunkRows; 0 at its end.
  virtual std::size_t read(ChunkWriter& chunk) = 0;
};

// A table that a function gives for its arguments: units that can be read independently, by several
// threads at once, hence in no promised order.
class TableScan {
 public:
  virtual ~TableScan() = default;
  virtual std::vector<Column> columns() const = 0;
  virtual std::size_t units() const = 0;
  // About how many rows there are, for the planner.
  virtual std::uint64_t estimated_rows() const = 0;
  // A reader of these columns only, in this order (indexes into columns(); the first alone
  // where a query only counts rows).
  virtual std::unique_ptr<TableReader> reader(std::span<const std::size_t> columns) const = 0;
};

// A function that SQL can select from: FROM name(parameter := value, …). All parameters are named
// and may be left out. What its methods throw ends the query and comes out of it.
class TableFunction {
 public:
  virtual ~TableFunction() = default;
  virtual std::string name() const = 0;
  virtual std::vector<Column> parameters() const = 0;
  // One value per parameter, NULL where it was left out.
  virtual std::unique_ptr<TableScan> bind(std::span<const Value> arguments) const = 0;
};

}  // namespace waymark::sql
