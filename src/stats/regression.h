#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>

#include "stats/effects.h"
#include "stats/newton.h"
#include "stats/points.h"

namespace waymark::stats {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Columns of mean 0 and spread 1, so that one tolerance suits all; a constant one is 0 throughout.
struct Standardised {
  Rows x;
  Eigen::VectorXd mean, scale;
};

// `order`: which row comes where. `points` may be without columns.
Standardised standardise(const Points& points, std::span<const std::uint32_t> order);

// The effects of the columns as they were given, out of the coordinates of a maximum from `first`
// on.
Effects effects_of(const Maximum& top, std::size_t first, const Standardised& columns);

}  // namespace waymark::stats
