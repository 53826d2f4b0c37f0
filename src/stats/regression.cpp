#include "stats/regression.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "stats/distribution.h"

namespace waymark::stats {

Standardised standardise(const Points& points, std::span<const std::uint32_t> order) {
  const auto rows = static_cast<Eigen::Index>(order.size());
  const auto columns = static_cast<Eigen::Index>(points.columns);
  WAYMARK_CHECK(columns == 0 || points.size() == order.size());
  Standardised made{Rows(rows, columns), Eigen::VectorXd::Zero(columns),
                    Eigen::VectorXd::Ones(columns)};
  if (rows == 0 || columns == 0) return made;
  const Eigen::Map<const Rows> given(points.values.data(), rows, columns);
  made.mean = given.colwise().mean().transpose();
  for (Eigen::Index i = 0; i < rows; ++i) {
    made.x.row(i) = given.row(order[static_cast<std::size_t>(i)]) - made.mean.transpose();
  }
  const Eigen::VectorXd spread =
      (made.x.array().square().colwise().sum() / static_cast<double>(rows)).sqrt().transpose();
  const Eigen::VectorXd largest = given.array().abs().colwise().maxCoeff().transpose();
  for (Eigen::Index j = 0; j < columns; ++j) {
    // What is left of a constant column is rounding.
    if (spread[j] > 1e-12 * largest[j]) {
      made.scale[j] = spread[j];
    } else {
      made.x.col(j).setZero();
    }
  }
  made.x.array().rowwise() /= made.scale.transpose().array();
  return made;
}

Effects effects_of(const Maximum& top, std::size_t first, const Standardised& columns) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  Effects effects;
  for (Eigen::Index j = 0; j < columns.scale.size(); ++j) {
    const std::size_t at = first + static_cast<std::size_t>(j);
    const auto place = static_cast<Eigen::Index>(at);
    const bool kept = top.inverse.kept[at] != 0;
    const double scale = columns.scale[j];
    // Where the likelihood is flat at last, a column along which it was climbed says nothing more;
    // without its coefficient the others mean nothing.
    const bool climbed = kept || top.place[place] != 0;
    effects.coefficient.push_back(climbed ? top.place[place] / scale : kMissing);
    effects.standard_error.push_back(kept      ? std::sqrt(top.inverse.matrix(place, place)) / scale
                                     : climbed ? std::numeric_limits<double>::infinity()
                                               : kMissing);
    effects.endless.push_back(top.endless[at]);
    effects.mean.push_back(columns.mean[j]);
  }
  return effects;
}

double Effects::of(std::span<const double> row) const {
  WAYMARK_CHECK(row.size() == columns());
  double sum = 0;
  for (std::size_t j = 0; j < row.size(); ++j) {
    if (!std::isnan(coefficient[j])) sum += coefficient[j] * (row[j] - mean[j]);
  }
  return sum;
}

Estimate ratio_of(double coefficient, double standard_error) {
  const double half = kNormal95 * standard_error;
  return {std::exp(coefficient), {std::exp(coefficient - half), std::exp(coefficient + half)}};
}

}  // namespace waymark::stats
