#include "stats/descent.h"

#include <lbfgs.h>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace waymark::stats {
namespace {

using Objective = std::function<double(std::span<const double>, std::span<double>)>;

double evaluate(void* objective, const double* x, double* gradient, int n, double) {
  const auto size = static_cast<std::size_t>(n);
  return (*static_cast<const Objective*>(objective))({x, size}, {gradient, size});
}

}  // namespace

std::vector<double> descend(std::span<const double> start, const DescentOptions& options,
                            const Objective& objective) {
  const auto size = static_cast<int>(start.size());
  const std::unique_ptr<double, decltype(&lbfgs_free)> x(lbfgs_malloc(size), lbfgs_free);
  std::ranges::copy(start, x.get());
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = options.corrections;
  parameters.epsilon = options.epsilon;
  parameters.max_iterations = options.max_iterations;
  parameters.max_linesearch = options.max_line_search;
  if (options.l1 > 0) {
    parameters.orthantwise_c = options.l1;
    parameters.orthantwise_end = options.l1_variables;
    parameters.linesearch = LBFGS_LINESEARCH_BACKTRACKING;
  }
  lbfgs(size, x.get(), nullptr, evaluate, nullptr, const_cast<Objective*>(&objective), &parameters);
  return {x.get(), x.get() + size};
}

}  // namespace waymark::stats
