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
};

// Where a smooth function is least, from `start` on, by L-BFGS (Liu and Nocedal 1989,
// doi.org/10.1007/BF01589116). `objective` writes the gradient at x and returns the value. Near the
// optimum rounding may end the search early: whether the slope is flat there is for the caller to
// see.
std::vector<double> descend(
    std::span<const double> start, const DescentOptions& options,
    const std::function<double(std::span<const double> x, std::span<double> gradient)>& objective);

}  // namespace waymark::stats
