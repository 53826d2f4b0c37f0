#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/data_set.h"

namespace waymark::model {

// What each column of a data set adds to each row's margins.
struct Contributions {
  std::size_t columns = 0;
  std::vector<double> base;    // for each output: the margin of the average training row
  std::vector<double> values;  // by row, output, column; their sum over columns + base = the margin

  std::span<const double> at(std::size_t row, std::size_t output) const {
    return std::span(values).subspan((row * base.size() + output) * columns, columns);
  }
};

// What a trainer gives and a model directory keeps: margins of rows of a data set. Of two classes a
// margin is the log-odds of the second; of more there is one for each, and the classes'
// probabilities are their softmax. Immutable and safe to use from many threads. A data set must
// have the columns of the training (Error{kInvalid, "model.column_missing"}); others are ignored.
class Predictor {
 public:
  virtual ~Predictor() = default;

  virtual std::size_t outputs() const = 0;                             // stats::outputs_of(classes)
  virtual std::vector<double> margins(const DataSet& data) const = 0;  // by row, output
  virtual Contributions contributions(const DataSet& data) const = 0;
  // How much each input column matters to this predictor as a whole, by name; they sum to 1 (or
  // there are none).
  virtual std::map<std::string, double> importance() const = 0;
  // What else the training found, in words for the card; of one that was read from a file nothing.
  virtual std::string remark() const { return ""; }
  // As an object with a member "kind", by which read_predictor knows it.
  virtual void write(JsonWriter& out) const = 0;
};

// Margins, row by row, as probabilities: of two classes that of the second, of more all of them.
std::vector<double> to_probabilities(std::vector<double> margins, std::size_t outputs);

// The negative log of the probability that a row's margins give to its class; they become what that
// rises by with each of them.
double class_loss(std::span<double> margins, std::uint8_t truth);

// Those that give every row the classes' shares among the rows of `data`.
std::vector<double> prior_margins(const DataSet& data);

// Throws Error{kCorrupt, "model.malformed"}; whatever it accepts is safe to compute with.
std::shared_ptr<const Predictor> read_predictor(const Json& json);

// Learns from rows. The same rows and parameters give the same predictor, bit for bit.
class Trainer {
 public:
  virtual ~Trainer() = default;
  // `data` has a target and rows of two of its classes at least.
  virtual std::shared_ptr<const Predictor> fit(const DataSet& data) const = 0;
};

// Spreads values by a preparation's inputs over the columns of `data` that they come from.
// `values`: by row, output, input.
Contributions by_column(const DataSet& data, const std::vector<std::string>& origins,
                        std::vector<double> base, const std::vector<double>& values);
// The same for importance, by input, brought to the sum 1.
std::map<std::string, double> by_column(const std::vector<std::string>& origins,
                                        const std::vector<double>& values);

}  // namespace waymark::model
