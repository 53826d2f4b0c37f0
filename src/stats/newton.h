#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

namespace waymark::stats {

// A log-likelihood at one place, with its first derivatives and its negated second ones.
struct Likelihood {
  double value = 0;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd information;
};

// The inverse of a symmetric, positive semi-definite matrix over as many of its columns as are
// linearly independent, taken from the first on; 0 in the rows and columns of the others.
struct Inverse {
  Eigen::MatrixXd matrix;
  std::vector<std::uint8_t> kept;  // of each column
  std::size_t rank() const;
};
Inverse independent_inverse(const Eigen::MatrixXd& matrix);

struct Maximum {
  Eigen::VectorXd place;
  double value = 0;
  Inverse inverse;  // of the information: covariances
  std::size_t rounds = 0;
  bool converged = false;
  // Of each coordinate: whether it ran away, since the likelihood grows without end along it.
  std::vector<std::uint8_t> endless;
};

// Climbs to the top of a log-likelihood from `start` by Newton's method, a step halved where it
// leads down. A coordinate that the information says nothing about stays where it is. Near enough
// is where the next step would gain less than 1e-10; that step is still taken.
Maximum climb(const std::function<Likelihood(const Eigen::VectorXd&)>& likelihood,
              Eigen::VectorXd start);

}  // namespace waymark::stats
