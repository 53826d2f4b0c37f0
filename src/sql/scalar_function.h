#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sql/result.h"
#include "sql/value.h"
#include "sql/writer.h"

namespace waymark::sql {

// A function of SQL from the values of a row to a value: name(value, …). Equal values must give
// equal results. What evaluate() throws ends the query and comes out of it.
class ScalarFunction {
 public:
  virtual ~ScalarFunction() = default;
  virtual std::string name() const = 0;
  virtual std::vector<Type> parameters() const = 0;
  virtual Type result() const = 0;
  // Writes the result of each of the chunk's rows; its columns are the parameters. Called by
  // several threads at once.
  virtual void evaluate(const Chunk& arguments, ColumnWriter& result) const = 0;
};

}  // namespace waymark::sql
