#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/bootstrap.h"

namespace waymark::stats {

// What the columns of a regression do.
struct Effects {
  std::vector<double> coefficient;     // NaN for a column that says nothing of its own
  std::vector<double> standard_error;  // infinite where nothing tells how far off it is
  // Whether the likelihood grows without end along a column, as where one group has no event: its
  // coefficient means nothing but its sign.
  std::vector<std::uint8_t> endless;
  std::vector<double> mean;  // of each column, over rows

  std::size_t columns() const { return coefficient.size(); }
  // Of a row, against one of mean columns.
  double of(std::span<const double> row) const;
};

// e^coefficient, with its 95 % interval by the normal distribution (Wald's).
Estimate ratio_of(double coefficient, double standard_error);

}  // namespace waymark::stats
