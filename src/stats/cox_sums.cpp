#include "stats/cox_sums.h"

#include <algorithm>
#include <cmath>

namespace waymark::stats {
namespace {

constexpr Eigen::Index kBlock = 256;

// The outer products of columns, added to a matrix many at a time: bound by arithmetic, not memory.
class Squares {
 public:
  explicit Squares(Eigen::Index size) : columns_(size, kBlock) {}

  void add(const Eigen::VectorXd& column, double factor, Eigen::MatrixXd& sum) {
    columns_.col(filled_++) = column * factor;
    if (filled_ == kBlock) flush(sum);
  }
  void flush(Eigen::MatrixXd& sum) {
    sum.selfadjointView<Eigen::Lower>().rankUpdate(columns_.leftCols(filled_), -1);
    filled_ = 0;
  }

 private:
  Eigen::MatrixXd columns_;
  Eigen::Index filled_ = 0;
};

// Only differences within a stratum count. What all of its rows have in common is taken off, so
// that a column that is constant within each stratum has no information, rather than rounding's.
void centre_within_strata(const RiskSets& sets, Rows& x) {
  constexpr double kRounding = 1e-12;  // of the largest value
  std::uint32_t first = 0;
  for (const std::uint32_t end : sets.ends()) {
    const Eigen::Index begin = sets.moments[first].begin;
    auto rows = x.middleRows(begin, sets.moments[end - 1].end - begin);
    const Eigen::RowVectorXd largest = rows.cwiseAbs().colwise().maxCoeff();
    rows.rowwise() -= rows.colwise().mean().eval();
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      const double left = rows.col(j).cwiseAbs().maxCoeff();
      if (left <= kRounding * largest[j]) rows.col(j).setZero();
    }
    first = end;
  }
}

}  // namespace

CoxSums::CoxSums(const Lifetimes& lifetimes, const Points& covariates, Ties ties)
    : ties_(ties), sets_(lifetimes), columns_(standardise(covariates, sets_.order)) {
  if (!lifetimes.stratum.empty()) centre_within_strata(sets_, columns_.x);
  const auto rows = static_cast<Eigen::Index>(lifetimes.size());
  log_risk_.resize(rows);
  risk_.resize(rows);
  hazard_.resize(rows);
  moment_hazard_.resize(sets_.moments.size());
  moment_hazard_of_dying_.resize(sets_.moments.size());
}

Likelihood CoxSums::at(const Eigen::VectorXd& coefficient, std::span<const double> moment_weight) {
  const Eigen::Index columns = columns_.x.cols();
  Likelihood sums{0, Eigen::VectorXd::Zero(columns), Eigen::MatrixXd::Zero(columns, columns)};
  weigh(coefficient);
  walk_back(moment_weight, sums);
  walk_forth();
  add_rows(moment_weight, sums);
  sums.information.triangularView<Eigen::StrictlyUpper>() = sums.information.transpose();
  return sums;
}

// Risks within a stratum are told only up to a factor: the largest becomes 1, so that none
// overflows.
void CoxSums::weigh(const Eigen::VectorXd& coefficient) {
  log_risk_.noalias() = columns_.x * coefficient;
  std::uint32_t first = 0;
  for (const std::uint32_t end : sets_.ends()) {
    const Eigen::Index begin = sets_.moments[first].begin;
    auto stratum = log_risk_.segment(begin, sets_.moments[end - 1].end - begin);
    stratum.array() -= stratum.maxCoeff();
    first = end;
  }
  risk_ = log_risk_.array().exp();
}

void CoxSums::walk_back(std::span<const double> moment_weight, Likelihood& sums) {
  const Eigen::Index columns = columns_.x.cols();
  Eigen::VectorXd all = Eigen::VectorXd::Zero(columns), dying(columns);
  double all_risk = 0;
  Squares squares(columns);
  for (std::size_t m = 0; m < sets_.moments.size(); ++m) {
    const Moment& moment = sets_.moments[m];
    moment_hazard_[m] = moment_hazard_of_dying_[m] = 0;
    if (m > 0 && sets_.moments[m - 1].stratum != moment.stratum) {
      all.setZero();
      all_risk = 0;
    }
    dying.setZero();
    double dying_risk = 0;
    const Eigen::Index alive = moment.begin + moment.events;
    if (moment.events > 0) {
      const auto risk = risk_.segment(moment.begin, moment.events);
      dying.noalias() = columns_.x.middleRows(moment.begin, moment.events).transpose() * risk;
      dying_risk = risk.sum();
      sums.value += log_risk_.segment(moment.begin, moment.events).sum();
    }
    const auto censored = risk_.segment(alive, moment.end - alive);
    all.noalias() += columns_.x.middleRows(alive, moment.end - alive).transpose() * censored;
    all += dying;
    all_risk += censored.sum() + dying_risk;
    for (std::uint32_t i = moment.leave_begin; i < moment.leave_end; ++i) {
      const std::uint32_t position = sets_.leaving[i];
      all.noalias() -= risk_[position] * columns_.x.row(position).transpose();
      all_risk -= risk_[position];
    }
    if (moment.at_risk == 0) {
      all.setZero();  // nobody: what rounding left
      all_risk = 0;
    }
    if (moment.events == 0) continue;
    const double weight = moment_weight.empty() ? 1 : moment_weight[m];
    const double events = moment.events;
    double living = 0, thinned = 0;  // sums of 1 / s_k and of k/d / s_k
    double aa = 0, ad = 0, dd = 0;   // of 1 / s_k^2, k/d / s_k^2, (k/d)^2 / s_k^2
    for (std::uint32_t k = 0; k < moment.events; ++k) {
      const double part = ties_ == Ties::kEfron ? k / events : 0;
      const double inverse = 1 / (all_risk - part * dying_risk);
      living += inverse;
      thinned += part * inverse;
      aa += inverse * inverse;
      ad += part * inverse * inverse;
      dd += part * part * inverse * inverse;
      sums.value += std::log(inverse);
    }
    moment_hazard_[m] = weight * living;
    moment_hazard_of_dying_[m] = weight * (living - thinned);
    if (weight == 0) continue;
    // aa AA' - ad (AD' + DA') + dd DD' as two squares.
    const double ratio = ad / aa;
    squares.add(all - ratio * dying, std::sqrt(weight * aa), sums.information);
    const double rest = dd - ad * ratio;
    if (rest > 0) squares.add(dying, std::sqrt(weight * rest), sums.information);
  }
  squares.flush(sums.information);
}

void CoxSums::walk_forth() {
  std::uint32_t begin = 0;
  for (const std::uint32_t end : sets_.ends()) {
    double cumulative = 0;
    for (std::uint32_t m = end; m-- > begin;) {
      const Moment& moment = sets_.moments[m];
      const double dying = cumulative + moment_hazard_of_dying_[m];
      cumulative += moment_hazard_[m];
      const Eigen::Index alive = moment.begin + moment.events;
      hazard_.segment(moment.begin, moment.events).setConstant(dying);
      hazard_.segment(alive, moment.end - alive).setConstant(cumulative);
    }
    begin = end;
  }
  if (sets_.leaving.empty()) return;
  // What came before a row began is not its own.
  begin = 0;
  for (const std::uint32_t end : sets_.ends()) {
    double cumulative = 0;
    for (std::uint32_t m = end; m-- > begin;) {
      const Moment& moment = sets_.moments[m];
      cumulative += moment_hazard_[m];
      for (std::uint32_t i = moment.leave_begin; i < moment.leave_end; ++i) {
        double& own = hazard_[sets_.leaving[i]];
        own = std::max(0.0, own - cumulative);
      }
    }
    begin = end;
  }
}

void CoxSums::add_rows(std::span<const double> moment_weight, Likelihood& sums) const {
  const Eigen::Index rows = columns_.x.rows();
  Eigen::VectorXd residual = -risk_.cwiseProduct(hazard_);  // martingale residuals
  for (std::size_t m = 0; m < sets_.moments.size(); ++m) {
    const Moment& moment = sets_.moments[m];
    residual.segment(moment.begin, moment.events).array() +=
        moment_weight.empty() ? 1 : moment_weight[m];
  }
  sums.gradient.noalias() += columns_.x.transpose() * residual;
  Rows scaled(kBlock, columns_.x.cols());
  for (Eigen::Index i = 0; i < rows; i += kBlock) {
    const Eigen::Index size = std::min(kBlock, rows - i);
    const auto lived = risk_.segment(i, size).cwiseProduct(hazard_.segment(i, size));
    scaled.topRows(size) = columns_.x.middleRows(i, size).array().colwise() * lived.array().sqrt();
    sums.information.selfadjointView<Eigen::Lower>().rankUpdate(scaled.topRows(size).transpose());
  }
}

}  // namespace waymark::stats
