#include "fold/retention_totals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fold/fold.h"
#include "stats/proportion.h"

namespace waymark::fold {
namespace {

void add_to(std::span<std::uint64_t> sums, std::span<const std::uint64_t> more) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += more[i];
}

}  // namespace

std::size_t RetentionTotals::cohort_at(Code course, std::int32_t day) {
  const std::uint64_t key = std::uint64_t{course} << 32 | static_cast<std::uint32_t>(day);
  const auto [it, is_new] = index_.try_emplace(key, static_cast<std::uint32_t>(cohorts_.size()));
  if (is_new) {
    cohorts_.push_back({course, day});
    over_.resize(cohorts_.size() * (cells_ + 1));
    for (auto* column : {&returned_, &days_, &closed_}) column->resize(cohorts_.size() * cells_);
  }
  return it->second;
}

RetentionTotals::Counters RetentionTotals::add(Code course, std::int32_t cohort,
                                               std::size_t observed) {
  const std::size_t at = cohort_at(course, cohort);
  ++over_[at * (cells_ + 1) + observed];
  const auto cells = [&](std::vector<std::uint64_t>& column) {
    return std::span(column).subspan(at * cells_, cells_);
  };
  return {cells(returned_), cells(days_), cells(closed_)};
}

void RetentionTotals::merge(const RetentionTotals& more) {
  for (std::size_t from = 0; from < more.cohorts_.size(); ++from) {
    const std::size_t to = cohort_at(more.cohorts_[from].course, more.cohorts_[from].day);
    const auto add = [&](std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& added,
                         std::size_t width) {
      add_to(std::span(sums).subspan(to * width, width),
             std::span(added).subspan(from * width, width));
    };
    add(over_, more.over_, cells_ + 1);
    add(returned_, more.returned_, cells_);
    add(days_, more.days_, cells_);
    add(closed_, more.closed_, cells_);
  }
}

// Makes rows of totals.
class RetentionTabulation {
 public:
  RetentionTabulation(const RetentionDefinition& definition, const RetentionTotals& totals)
      : definition_(definition), totals_(totals), order_(totals.cohorts_.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, {}, [&](std::size_t at) {
      return std::pair(totals.cohorts_[at].course, totals.cohorts_[at].day);
    });
  }

  RetentionMatrix rows(bool by_cohort) {
    for (std::size_t i = 0; i < order_.size();) {
      const RetentionTotals::Cohort& first = totals_.cohorts_[order_[i]];
      begin();
      do {
        take(order_[i++]);
      } while (!by_cohort && i < order_.size() &&
               totals_.cohorts_[order_[i]].course == first.course);
      for (std::size_t cell = 0; cell < definition_.cells.size(); ++cell) add_row(first, cell);
    }
    return std::move(matrix_);
  }

 private:
  void begin() {
    const std::size_t cells = definition_.cells.size();
    over_.assign(cells + 1, 0);
    for (auto* sums : {&returned_, &days_, &closed_}) sums->assign(cells, 0);
  }

  void take(std::size_t cohort) {
    const auto add = [&](std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& all) {
      add_to(sums, std::span(all).subspan(cohort * sums.size(), sums.size()));
    };
    add(over_, totals_.over_);
    add(returned_, totals_.returned_);
    add(days_, totals_.days_);
    add(closed_, totals_.closed_);
  }

  void add_row(const RetentionTotals::Cohort& cohort, std::size_t cell) {
    constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
    const auto sum_from = [&](std::size_t at) {
      return std::accumulate(over_.begin() + static_cast<std::ptrdiff_t>(at), over_.end(),
                             std::uint64_t{0});
    };
    const std::uint64_t observed = sum_from(cell + 1);
    const auto returned = static_cast<double>(returned_[cell]);
    const auto trials = static_cast<double>(observed);
    const bool dated = definition_.calendar && observed != 0;
    const bool evened = dated && definition_.closures == Closures::kNormalise;
    const auto days = static_cast<double>(days_[cell]);
    const double open_days = days - static_cast<double>(closed_[cell]);
    const auto adjusted = [&](double share) {
      return !evened          ? share
             : open_days == 0 ? kMissing
                              : 1 - std::pow(1 - share, days / open_days);
    };
    const stats::Interval interval = stats::wilson_interval(returned, trials);
    matrix_.course.push_back(cohort.course);
    matrix_.cohort.push_back(cohort.day);
    matrix_.period.push_back(definition_.cells[cell].first);
    matrix_.last_period.push_back(definition_.cells[cell].last);
    matrix_.learners.push_back(sum_from(0));
    matrix_.observed.push_back(observed);
    matrix_.returned.push_back(returned_[cell]);
    matrix_.share.push_back(observed == 0 ? kMissing : adjusted(returned / trials));
    matrix_.low.push_back(adjusted(interval.low));
    matrix_.high.push_back(adjusted(interval.high));
    matrix_.open_share.push_back(dated ? open_days / days : kMissing);
    matrix_.flagged.push_back(closed_[cell] != 0);
  }

  const RetentionDefinition& definition_;
  const RetentionTotals& totals_;
  std::vector<std::size_t> order_;
  std::vector<std::uint64_t> over_, returned_, days_, closed_;
  RetentionMatrix matrix_;
};

RetentionMatrix matrix_of(const RetentionDefinition& definition, const RetentionTotals& totals) {
  return RetentionTabulation(definition, totals).rows(true);
}

RetentionMatrix curve_of(const RetentionDefinition& definition, const RetentionTotals& totals) {
  return RetentionTabulation(definition, totals).rows(false);
}

}  // namespace waymark::fold
