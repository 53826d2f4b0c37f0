#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "stats/class_forecast.h"
#include "workspace/diagnostic.h"
#include "workspace/node.h"

namespace waymark::model {

// What it costs, in any unit, to call a row one class where another is true (Elkan 2001, "The
// foundations of cost-sensitive learning"). What is called rightly costs nothing.
struct CostMatrix {
  std::vector<std::string> classes = {"no", "yes"};
  std::vector<double> cost;    // by truth, called; not negative
  std::optional<double> left;  // of a row that is left to people

  double of(std::size_t truth, std::size_t called) const {
    return cost[truth * classes.size() + called];
  }
  // Of all rows.
  double of(const stats::Confusion& confusion) const;
  // Of all rows, were each called this.
  double of_always(std::size_t called, const stats::Confusion& confusion) const;

  // How its classes differ from these, as sentences; none where they do not.
  std::vector<std::string> unlike(const std::vector<std::string>& wanted) const;
  // Of classes that do not differ: the same costs in their order.
  CostMatrix in_order(const std::vector<std::string>& wanted) const;
};

// "'pas' is no class; there are: fail, pass (did you mean 'pass'?)"
std::string no_class(const std::string& name, const std::vector<std::string>& classes);

// {pass: {fail: 1}, fail: {pass: 5}}: of each class, where it is true, what calling each other one
// costs. A matrix with mistakes comes back with what could be read.
CostMatrix read_cost_matrix(const workspace::Node& node, workspace::Diagnostics& diagnostics);

}  // namespace waymark::model
