#pragma once

#include <functional>
#include <span>
#include <vector>

namespace waymark::stats {

struct DescentOptions {
  double epsilon = 1e-5;     // near enough: slope / max(1, length of x)
  int corrections = 6;       // how many steps it remembers
  int max_iterations = 0;    // 0: no limit
  int max_line_search = 40;  // places tried in each step
  double l1 = 0;             // adds l1 * |x| of each of the first l1_variables to the objective
  int l1_variables = 0;
};

// Where a smooth function is least, from `start` on, by L-BFGS (Liu and Nocedal 1989,
// doi.org/10.1007/BF01589116; with l1 as Andrew and Gao 2007, "Scalable training of L1-regularized
// log-linear models"). `objective` writes the gradient at x and returns the value. Near the
// optimum rounding may end the search early: whether the slope is flat there is for the caller to
// see.
std::vector<double> descend(
    std::span<const double> start, const DescentOptions& options,
    const std::function<double(std::span<const double> x, std::span<double> gradient)>& objective);

}  // namespace waymark::stats
