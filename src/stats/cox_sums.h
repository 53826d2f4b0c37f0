#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

#include "stats/cox.h"
#include "stats/newton.h"
#include "stats/regression.h"
#include "stats/risk_sets.h"

namespace waymark::stats {

// The covariates of Cox's partial likelihood, scaled, centred within strata and laid out in the
// order in which risk sets grow, and the sums over them. Not for use outside this room.
//
// The information is a sum over events of E[xx'] - E[x]E[x]' within the risk set. Its first part,
// taken row by row instead, is X'WX, where a row weighs its risk times the hazard that it lived
// through; so no second moments are carried along time. Efron's ties are sums too: the means of d
// thinned risk sets are all of the form (all - k/d events) / s_k, and their squares add up to those
// of two vectors.
class CoxSums {
 public:
  CoxSums(const Lifetimes& lifetimes, const Points& covariates, Ties ties);

  // At coefficients of scaled columns. `moment_weight`: what each moment's part of the gradient and
  // of the information is multiplied by, not negative; empty: 1.
  Likelihood at(const Eigen::VectorXd& coefficient, std::span<const double> moment_weight = {});

  const RiskSets& sets() const { return sets_; }
  const Standardised& columns() const { return columns_; }  // rows in the order of sets()

 private:
  void weigh(const Eigen::VectorXd& coefficient);
  void walk_back(std::span<const double> moment_weight, Likelihood& sums);
  void walk_forth();
  void add_rows(std::span<const double> moment_weight, Likelihood& sums) const;

  Ties ties_;
  RiskSets sets_;
  Standardised columns_;
  Eigen::VectorXd log_risk_, risk_, hazard_;    // by position; hazard_: what the row lived through
  std::vector<double> moment_hazard_;           // for those who live on
  std::vector<double> moment_hazard_of_dying_;  // for those whose event it is
};

}  // namespace waymark::stats
