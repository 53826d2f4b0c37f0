#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/cost_matrix.h"

namespace waymark::model {

// By what it is decided which class is called; by neither: by macro-F1.
struct DecisionRule {
  std::optional<CostMatrix> costs;
  std::size_t capacity = 0;     // so many can be helped at once; 0: any number
  std::string capacity_of;      // who are of this class; "": of the second of two
  std::size_t capacity_at = 1;  // its number, once for_classes() has said so
  double left_share = 0;        // of learners, those about whom least is known are left to people

  bool leaves_some() const { return left_share > 0 || (costs && costs->left); }
  // The same in terms of these classes. Throws Error{kInvalid, "model.decide"} where it knows
  // others.
  DecisionRule for_classes(const std::vector<std::string>& classes) const;
};

// What is said of a capacity for the first of two.
std::string of_two_the_second(const std::vector<std::string>& classes);

// Which class is called. Of two: the second, from a probability of `threshold` on. Of more: the one
// of the largest weight * probability or, where there are costs, of the least expected cost. With a
// capacity: one class of so many rows, those where it is likeliest, and of no other.
struct Decision {
  double threshold = 0.5;
  std::vector<double> weights;  // of more than two classes: one for each
  std::vector<double> costs;    // of more than two, where they are declared: by truth, called
  std::size_t capacity = 0;     // 0: any number
  std::size_t capacity_at = 1;  // the class that it is of
  // Who is left to people, as the class is too close to call. Of two: from one probability on and
  // below another. Of more: who is less certain() than that.
  double left_from = 0, left_below = 0;
  double least_certain = 0;

  // `probability`: row by row, stats::outputs_of(classes) each; all rows between which a capacity
  // is to be shared.
  std::vector<std::uint8_t> called(std::span<const double> probability) const;
  // 1 for each row that is left to people, whatever it is called.
  std::vector<std::uint8_t> left(std::span<const double> probability) const;
  // How far each row is from being called otherwise. Of two classes: between probability and
  // threshold; of more: between the two largest weight * probability, over the sum of all; by
  // costs: what the call is expected to cost, as a share of the dearest mistake, less than 1.
  std::vector<double> certain(std::span<const double> probability) const;

 private:
  // Of more than two classes: what speaks for each, by row, class.
  std::vector<double> worth(std::span<const double> probability) const;
};

// What is decided best about rows of which the truth is known: the threshold, or weights, of best
// macro-F1 or, of two classes, least cost, and who is left to people. Costs of more classes decide
// by the probabilities themselves. `rule`: for these classes.
Decision decision_by(const DecisionRule& rule, std::span<const double> probability,
                     std::size_t classes, std::span<const std::uint8_t> truth);

}  // namespace waymark::model
