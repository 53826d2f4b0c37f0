#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/outages.h"

namespace waymark::model {

// What numbers that an outage has spoiled become: the median of the learner's peers, class by class
// as Little and Rubin 2002, "Statistical analysis with missing data", 4.2 have it. Peers are those
// training rows that the outage has not spoiled and that share the learner's value of all of the
// rule's `peers`, numbers by their quarter; where fewer than kLeastPeers do, or a peer's value is
// spoiled itself, of all but the last, and so on to all rows. Keeps medians and counts, and nothing
// of any one learner.
class Imputation {
 public:
  static constexpr std::size_t kLeastPeers = 20;

  static Imputation fit(const OutageRule& rule, const DataSet& training);

  // Numbers marked as spoiled are replaced, and stay marked: missing where half of the peers and
  // more have none, or where there are no peers.
  DataSet apply(DataSet data) const;

  void write(JsonWriter& out) const;
  // Throws Error{kCorrupt, "model.malformed"}.
  static Imputation read(const Json& json);

 private:
  struct Peer {
    std::string column;
    bool is_number = false;
    std::vector<double> quarters;  // of a number: where the second, third and fourth begin
  };
  struct Middle {
    std::size_t rows = 0;  // that it is of
    double value = kMissing;
  };
  // The values of the first so many peers -> of each column.
  using Cells = std::map<std::vector<std::string>, std::vector<Middle>>;

  // What the row's values of the peers are, up to the first that is spoiled.
  std::vector<std::string> place(const DataSet& data, std::uint32_t row) const;
  // That of the peers who share all of these, or as many as leaves enough of them.
  double middle(std::vector<std::string> place, std::size_t column) const;

  std::vector<Peer> peers_;
  std::vector<std::string> columns_;  // those that an outage can spoil
  Cells cells_;
};

// How far off an imputation is for one feature, told by rows that no outage has spoiled: a tenth of
// their learners take what the others say. Units are the feature's.
struct ImputationError {
  std::string feature;
  std::size_t rows = 0;            // that tell it
  double mean = kMissing;          // of what is true
  double bias = kMissing;          // how much larger, on average, is what is taken
  double error = kMissing;         // how far from what is true, on average
  double error_of_all = kMissing;  // the same for the median of all rows
  double spread = kMissing;  // the standard deviation of what is taken, of what is true being 1
};
std::vector<ImputationError> imputation_errors(const OutageRule& rule, const DataSet& training);

// A section of the model card, as Markdown: on which days nobody could come, how many rows that has
// spoiled, what they take instead and how far off that is. `probability`: what the model says of
// the test rows, by row, output.
std::string outages_in_words(const OutageRule& rule, const DataSet& training, const DataSet& test,
                             std::span<const double> probability);

}  // namespace waymark::model
