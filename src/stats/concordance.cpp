#include "stats/concordance.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "stats/risk_sets.h"

namespace waymark::stats {
namespace {

// How many of the rows at risk have a score below a rank: Fenwick 1994.
class Ranks {
 public:
  explicit Ranks(std::size_t size) : sums_(size + 1, 0) {}

  void add(std::size_t rank, std::int64_t count) {
    for (std::size_t i = rank + 1; i < sums_.size(); i += i & -i) sums_[i] += count;
  }
  std::uint64_t below(std::size_t rank) const {
    std::int64_t sum = 0;
    for (std::size_t i = rank; i > 0; i -= i & -i) sum += sums_[i];
    return static_cast<std::uint64_t>(sum);
  }

 private:
  std::vector<std::int64_t> sums_;
};

}  // namespace

double Concordance::value() const {
  const double pairs = static_cast<double>(concordant + discordant + tied_score);
  if (pairs == 0) return std::numeric_limits<double>::quiet_NaN();
  return (static_cast<double>(concordant) + 0.5 * static_cast<double>(tied_score)) / pairs;
}

Concordance concordance(const Lifetimes& lifetimes, std::span<const double> score) {
  WAYMARK_CHECK(score.size() == lifetimes.size());
  const RiskSets sets(lifetimes);
  std::vector<double> values(score.begin(), score.end());
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<std::size_t> rank(score.size());
  for (std::size_t i = 0; i < rank.size(); ++i) {
    rank[i] = static_cast<std::size_t>(std::ranges::lower_bound(values, score[i]) - values.begin());
  }
  const auto rank_at = [&](std::uint32_t position) { return rank[sets.order[position]]; };
  Concordance pairs;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : sets.ends()) {
    Ranks later(values.size());
    for (std::uint32_t m = begin; m < end; ++m) {
      const Moment& moment = sets.moments[m];
      const std::uint32_t alive = moment.begin + moment.events;
      for (std::uint32_t i = alive; i < moment.end; ++i) later.add(rank_at(i), 1);
      for (std::uint32_t i = moment.leave_begin; i < moment.leave_end; ++i) {
        later.add(rank_at(sets.leaving[i]), -1);
      }
      const std::uint64_t all = moment.at_risk - moment.events;
      for (std::uint32_t i = moment.begin; i < alive; ++i) {
        const std::uint64_t lower = later.below(rank_at(i));
        const std::uint64_t not_higher = later.below(rank_at(i) + 1);
        pairs.concordant += lower;
        pairs.tied_score += not_higher - lower;
        pairs.discordant += all - not_higher;
      }
      pairs.tied_time += std::uint64_t{moment.events} * (moment.events - 1) / 2;
      for (std::uint32_t i = moment.begin; i < alive; ++i) later.add(rank_at(i), 1);
    }
    begin = end;
  }
  return pairs;
}

}  // namespace waymark::stats
