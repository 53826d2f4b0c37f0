#include "stats/newton.h"

#include <algorithm>
#include <cmath>

namespace waymark::stats {
namespace {

constexpr std::size_t kRounds = 50;
constexpr int kHalvings = 30;
constexpr double kGain = 1e-10;
constexpr double kDependent = 1e-9;  // what is left of a column's own information

}  // namespace

std::size_t Inverse::rank() const {
  return static_cast<std::size_t>(std::ranges::count(kept, std::uint8_t{1}));
}

// Goodnight 1979, "A tutorial on the SWEEP operator".
Inverse independent_inverse(const Eigen::MatrixXd& matrix) {
  const Eigen::Index size = matrix.rows();
  Inverse inverse{matrix, std::vector<std::uint8_t>(static_cast<std::size_t>(size), 0)};
  Eigen::MatrixXd& a = inverse.matrix;
  for (Eigen::Index k = 0; k < size; ++k) {
    const double pivot = a(k, k);
    if (!(pivot > kDependent * matrix(k, k))) continue;
    inverse.kept[static_cast<std::size_t>(k)] = 1;
    const Eigen::VectorXd column = a.col(k);
    const Eigen::RowVectorXd row = a.row(k);
    a.noalias() -= column * (row / pivot);
    a.col(k) = -column / pivot;
    a.row(k) = row / pivot;
    a(k, k) = 1 / pivot;
  }
  for (Eigen::Index k = 0; k < size; ++k) {
    if (inverse.kept[static_cast<std::size_t>(k)] != 0) continue;
    a.row(k).setZero();
    a.col(k).setZero();
  }
  a = (0.5 * (a + a.transpose())).eval();
  return inverse;
}

Maximum climb(const std::function<Likelihood(const Eigen::VectorXd&)>& likelihood,
              Eigen::VectorXd start) {
  Maximum top;
  top.place = std::move(start);
  Likelihood here = likelihood(top.place);
  Eigen::VectorXd step;
  std::vector<std::uint8_t> told_at_first;
  for (;; ++top.rounds) {
    top.inverse = independent_inverse(here.information);
    if (top.rounds == 0) told_at_first = top.inverse.kept;
    step = top.inverse.matrix * here.gradient;
    const double gain = step.dot(here.gradient) / 2;
    top.converged = gain < kGain;
    if (top.converged || top.rounds == kRounds) break;
    Likelihood there = likelihood(top.place + step);
    for (int halving = 0; !(there.value >= here.value) && halving < kHalvings; ++halving) {
      step /= 2;
      there = likelihood(top.place + step);
    }
    if (!(there.value >= here.value)) break;
    top.place += step;
    here = std::move(there);
  }
  if (top.converged) top.place += step;
  top.value = here.value;
  // What converges takes steps that shrink by squares; what runs away takes steps of one length
  // while the likelihood hardly grows, until the information says nothing of it any more: then all
  // that ran along with it stands still.
  constexpr double kEndless = 1e-3;
  constexpr double kFar = 5;
  Eigen::VectorXd runs = step.cwiseAbs().cwiseQuotient(top.place.cwiseAbs());
  for (Eigen::Index lost = 0; lost < step.size(); ++lost) {
    const auto at = static_cast<std::size_t>(lost);
    if (told_at_first[at] == 0 || top.inverse.kept[at] != 0) continue;
    Eigen::VectorXd along = -top.inverse.matrix * here.information.col(lost);
    along[lost] = 1;
    runs = runs.cwiseMax(along.cwiseAbs());
  }
  for (Eigen::Index i = 0; i < step.size(); ++i) {
    top.endless.push_back(runs[i] > kEndless && std::abs(top.place[i]) > kFar);
  }
  return top;
}

}  // namespace waymark::stats
