#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/data_set.h"

namespace waymark::model {

// What each column of a data set adds to each row's log-odds.
struct Contributions {
  std::size_t columns = 0;
  double base = 0;             // the log-odds of the average training row
  std::vector<double> values;  // by row, then column; a row's sum + base = its log-odds
};

// What a trainer gives and a model directory keeps: log-odds of the target being 1 for rows of a
// data set. Immutable and safe to use from many threads. A data set must have the columns of the
// training (Error{kInvalid, "model.column_missing"}); others are ignored.
class Predictor {
 public:
  virtual ~Predictor() = default;

  virtual std::vector<double> log_odds(const DataSet& data) const = 0;
  virtual Contributions contributions(const DataSet& data) const = 0;
  // How much each input column matters to this predictor as a whole, by name; they sum to 1 (or
  // there are none).
  virtual std::map<std::string, double> importance() const = 0;
  // As an object with a member "kind", by which read_predictor knows it.
  virtual void write(JsonWriter& out) const = 0;
};

// Throws Error{kCorrupt, "model.malformed"}; whatever it accepts is safe to compute with.
std::shared_ptr<const Predictor> read_predictor(const Json& json);

// Learns from rows. The same rows and parameters give the same predictor, bit for bit.
class Trainer {
 public:
  virtual ~Trainer() = default;
  // `data` has a target and both its classes.
  virtual std::shared_ptr<const Predictor> fit(const DataSet& data) const = 0;
};

// Spreads values by a preparation's outputs over the columns of `data` that they come from.
Contributions by_column(const DataSet& data, const std::vector<std::string>& origins, double base,
                        const std::vector<double>& values);
// The same for importance, brought to the sum 1.
std::map<std::string, double> by_column(const std::vector<std::string>& origins,
                                        const std::vector<double>& values);

}  // namespace waymark::model
