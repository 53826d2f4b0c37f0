#include "stats/item_response.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "stats/calibration.h"
#include "stats/expectation.h"
#include "stats/newton.h"

namespace waymark::stats {
namespace {

constexpr Eigen::Index kNodes = 61;
constexpr double kTolerance = 1e-8;
constexpr double kLeastGain = 1e-7;  // of an item, where they are many
constexpr std::size_t kRounds = 1000;
constexpr double kSteepest = 20;
constexpr double kFlat = 1e-8;  // a curvature that tells nothing
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

using Nodes = Eigen::Array<double, kNodes, 1>;
using PerItem = Eigen::Array<double, kNodes, Eigen::Dynamic>;

struct Quadrature {
  Nodes ability, log_weight;
};

// Golub and Welsch 1969, for the standard normal density.
Quadrature make_quadrature() {
  Eigen::MatrixXd jacobi = Eigen::MatrixXd::Zero(kNodes, kNodes);
  for (Eigen::Index k = 1; k < kNodes; ++k) {
    jacobi(k, k - 1) = jacobi(k - 1, k) = std::sqrt(static_cast<double>(k));
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(jacobi);
  // The outermost weights underflow; what they would be does not matter.
  return {solver.eigenvalues().array(),
          solver.eigenvectors().row(0).transpose().array().square().max(1e-300).log()};
}

// What the rounds go over: discriminations (one, or one for each item in use), then intercepts d of
// logistic(a ability + d).
class Rounds {
 public:
  Rounds(const ItemResponses& responses, ItemModel model)
      : responses_(responses), model_(model), quadrature_(make_quadrature()) {
    std::vector<double> right(responses.items, 0), all(responses.items, 0);
    for (std::size_t learner = 0; learner < responses.learners(); ++learner) {
      for (std::uint32_t i = responses.begin[learner]; i < responses.begin[learner + 1]; ++i) {
        all[responses.item[i]] += responses.weight_of(learner);
        right[responses.item[i]] += responses.weight_of(learner) * responses.correct[i];
      }
    }
    for (std::uint32_t item = 0; item < responses.items; ++item) {
      const bool in_use = right[item] > 0 && right[item] < all[item];
      use_.push_back(in_use ? static_cast<Eigen::Index>(used_.size()) : -1);
      share_.push_back(all[item] > 0 ? right[item] / all[item] : kMissing);
      if (in_use) used_.push_back(item);
    }
  }

  std::size_t used() const { return used_.size(); }
  std::size_t slopes() const { return model_ == ItemModel::kRasch ? 1 : used(); }
  // Of an item, among those in use; -1: not in use.
  Eigen::Index use(std::size_t item) const { return use_[item]; }
  double share(std::size_t item) const { return share_[item]; }
  Eigen::Index slope_of(Eigen::Index used) const { return model_ == ItemModel::kRasch ? 0 : used; }
  Eigen::Index intercept_of(Eigen::Index used) const {
    return static_cast<Eigen::Index>(slopes()) + used;
  }

  std::vector<double> start() const {
    std::vector<double> place(slopes(), 1);
    for (const std::uint32_t item : used_) place.push_back(1.2 * logit(share_[item]));
    return place;
  }

  ExpectationRound operator()(const std::vector<double>& place) {
    prepare(place);
    const auto size = static_cast<Eigen::Index>(used());
    PerItem answers = PerItem::Zero(kNodes, size), right = answers;
    double value = 0;
    for (std::size_t learner = 0; learner < responses_.learners(); ++learner) {
      Nodes posterior;
      value += responses_.weight_of(learner) * weigh(learner, posterior);
      posterior *= responses_.weight_of(learner);
      for_each_answer(learner, [&](Eigen::Index item, bool correct) {
        answers.col(item) += posterior;
        if (correct) right.col(item) += posterior;
      });
    }
    return {value, step(place, answers, right)};
  }

  // The log-likelihood of a learner's answers, and how likely each node is after them. prepare()
  // comes first.
  double weigh(std::size_t learner, Nodes& posterior) const {
    posterior = quadrature_.log_weight;
    for_each_answer(learner, [&](Eigen::Index item, bool correct) {
      posterior += correct ? log_right_.col(item) : log_wrong_.col(item);
    });
    const double largest = posterior.maxCoeff();
    posterior = (posterior - largest).exp();
    const double sum = posterior.sum();
    posterior /= sum;
    return largest + std::log(sum);
  }

  void prepare(const std::vector<double>& place) {
    const auto size = static_cast<Eigen::Index>(used());
    log_right_.resize(kNodes, size);
    log_wrong_.resize(kNodes, size);
    for (Eigen::Index item = 0; item < size; ++item) {
      const Nodes log_odds = place[static_cast<std::size_t>(slope_of(item))] * quadrature_.ability +
                             place[static_cast<std::size_t>(intercept_of(item))];
      const Nodes tail = (1 + (-log_odds.abs()).exp()).log();
      log_right_.col(item) = log_odds.min(0) - tail;
      log_wrong_.col(item) = (-log_odds).min(0) - tail;
    }
  }

  Ability ability(const Nodes& posterior) const {
    const double mean = (posterior * quadrature_.ability).sum();
    return {mean, std::sqrt((posterior * (quadrature_.ability - mean).square()).sum())};
  }

  // Louis: what complete data would tell, without the spread of its scores given what is known.
  Eigen::MatrixXd information(const std::vector<double>& place) {
    prepare(place);
    const auto size = static_cast<Eigen::Index>(place.size());
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(size, size);
    for (std::size_t learner = 0; learner < responses_.learners(); ++learner) {
      Nodes posterior;
      weigh(learner, posterior);
      const double weight = responses_.weight_of(learner);
      std::vector<Eigen::Index> at{0};  // which coordinates the learner's answers touch
      if (model_ == ItemModel::kTwoParameter) at.clear();
      for_each_answer(learner, [&](Eigen::Index item, bool) {
        if (model_ == ItemModel::kTwoParameter) at.push_back(slope_of(item));
        at.push_back(intercept_of(item));
      });
      Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(at.size()), kNodes);
      Eigen::Index next = model_ == ItemModel::kRasch ? 1 : 0;
      for_each_answer(learner, [&](Eigen::Index item, bool correct) {
        const Nodes p = log_right_.col(item).exp();
        const Nodes residual = (correct ? 1.0 : 0.0) - p;
        const Nodes spread = weight * posterior * p * (1 - p);
        const Eigen::Index slope = slope_of(item), intercept = intercept_of(item);
        const double cross = (spread * quadrature_.ability).sum();
        sum(slope, slope) += (spread * quadrature_.ability.square()).sum();
        sum(intercept, intercept) += spread.sum();
        sum(slope, intercept) += cross;
        sum(intercept, slope) += cross;
        const Eigen::Index row = model_ == ItemModel::kRasch ? 0 : next++;
        scores.row(row) += (residual * quadrature_.ability).matrix().transpose();
        scores.row(next++) += residual.matrix().transpose();
      });
      const Eigen::VectorXd mean = scores * posterior.matrix();
      scores.colwise() -= mean;
      const Eigen::MatrixXd lost =
          scores * (weight * posterior).matrix().asDiagonal() * scores.transpose();
      for (std::size_t i = 0; i < at.size(); ++i) {
        for (std::size_t j = 0; j < at.size(); ++j) {
          sum(at[i], at[j]) -= lost(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
        }
      }
    }
    return sum;
  }

 private:
  template <typename Visit>
  void for_each_answer(std::size_t learner, const Visit& visit) const {
    for (std::uint32_t i = responses_.begin[learner]; i < responses_.begin[learner + 1]; ++i) {
      if (const Eigen::Index item = use_[responses_.item[i]]; item >= 0) {
        visit(item, responses_.correct[i] != 0);
      }
    }
  }

  // One step of Newton's for what is expected of each item, no longer than is safe where answers
  // are few: intercepts by themselves but for the slope that they share.
  std::vector<double> step(const std::vector<double>& place, const PerItem& answers,
                           const PerItem& right) const {
    std::vector<double> next = place;
    const auto size = static_cast<Eigen::Index>(used());
    Eigen::ArrayXd g_slope(size), g_intercept(size), slopes(size), cross(size), intercepts(size);
    for (Eigen::Index item = 0; item < size; ++item) {
      const Nodes p = log_right_.col(item).exp();
      const Nodes residual = right.col(item) - answers.col(item) * p;
      const Nodes spread = answers.col(item) * p * (1 - p);
      g_slope[item] = (residual * quadrature_.ability).sum();
      g_intercept[item] = residual.sum();
      slopes[item] = (spread * quadrature_.ability.square()).sum();
      cross[item] = (spread * quadrature_.ability).sum();
      intercepts[item] = std::max(spread.sum(), kFlat);
    }
    Eigen::ArrayXd gradient = g_slope - cross / intercepts * g_intercept;
    Eigen::ArrayXd curvature = slopes - cross.square() / intercepts;
    if (model_ == ItemModel::kRasch) {
      gradient = Eigen::ArrayXd::Constant(size, gradient.sum());
      curvature = Eigen::ArrayXd::Constant(size, curvature.sum());
    }
    for (Eigen::Index item = 0; item < size; ++item) {
      double& slope = next[static_cast<std::size_t>(slope_of(item))];
      const double old = place[static_cast<std::size_t>(slope_of(item))];
      const double move = gradient[item] / std::max(curvature[item], kFlat);
      slope = std::clamp(old + std::clamp(move, -1.0, 1.0), -kSteepest, kSteepest);
      const double shift = (g_intercept[item] - cross[item] * (slope - old)) / intercepts[item];
      next[static_cast<std::size_t>(intercept_of(item))] += std::clamp(shift, -2.0, 2.0);
    }
    return next;
  }

  const ItemResponses& responses_;
  ItemModel model_;
  Quadrature quadrature_;
  std::vector<Eigen::Index> use_;
  std::vector<std::uint32_t> used_;
  std::vector<double> share_;  // of right answers
  PerItem log_right_, log_wrong_;
};

}  // namespace

ItemResponseFit fit_item_response(const ItemResponses& responses, ItemModel model) {
  WAYMARK_CHECK(responses.item.size() == responses.correct.size());
  Rounds rounds(responses, model);
  ItemResponseFit fit;
  fit.items_in_use = rounds.used();
  const bool is_told = fit.is_told(model);
  std::vector<double> place = rounds.start();
  Eigen::MatrixXd covariance;
  if (is_told) {
    const bool many = rounds.used() > kMostItemsWithErrors;
    const ExpectationTop top = climb_by_expectation(
        [&](const std::vector<double>& at) { return rounds(at); }, place, kTolerance, kRounds,
        many ? kLeastGain * static_cast<double>(rounds.used()) : 0);
    place = top.place;
    fit.log_likelihood = top.log_likelihood;
    fit.rounds = top.rounds;
    fit.converged = top.converged;
    if (!many) {
      covariance = independent_inverse(rounds.information(place)).matrix;
    }
  }
  rounds.prepare(place);
  for (std::size_t item = 0; item < responses.items; ++item) {
    const Eigen::Index use = rounds.use(item);
    if (use < 0) {
      const double share = rounds.share(item);
      const double difficulty = share == 1 ? -kInfinite : share == 0 ? kInfinite : kMissing;
      fit.items.push_back({kMissing, difficulty, kMissing, kMissing});
      continue;
    }
    if (!is_told) {
      fit.items.push_back({kMissing, kMissing, kMissing, kMissing});
      continue;
    }
    const Eigen::Index s = rounds.slope_of(use), d = rounds.intercept_of(use);
    const double slope = place[static_cast<std::size_t>(s)];
    const double difficulty = -place[static_cast<std::size_t>(d)] / slope;
    fit.items.push_back({slope, difficulty, kMissing, kMissing});
    if (covariance.size() == 0) continue;
    const double variance = covariance(d, d) + 2 * difficulty * covariance(s, d) +
                            difficulty * difficulty * covariance(s, s);
    fit.items.back().discrimination_error = std::sqrt(covariance(s, s));
    fit.items.back().difficulty_error = std::sqrt(variance) / std::abs(slope);
  }
  if (!is_told) {
    fit.abilities.assign(responses.learners(), {kMissing, kMissing});
    fit.log_likelihood = fit.reliability = kMissing;
    return fit;
  }
  double within = 0, mean = 0, square = 0, weights = 0;
  for (std::size_t learner = 0; learner < responses.learners(); ++learner) {
    Nodes posterior;
    rounds.weigh(learner, posterior);
    const Ability ability = rounds.ability(posterior);
    fit.abilities.push_back(ability);
    const double weight = responses.weight_of(learner);
    weights += weight;
    within += weight * ability.deviation * ability.deviation;
    mean += weight * ability.mean;
    square += weight * ability.mean * ability.mean;
  }
  if (weights > 0) {
    mean /= weights;
    within /= weights;
    const double between = square / weights - mean * mean;
    fit.reliability = between / (between + within);
  }
  return fit;
}

}  // namespace waymark::stats
