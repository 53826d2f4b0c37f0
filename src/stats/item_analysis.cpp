#include "stats/item_analysis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"

namespace waymark::stats {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Sums towards a correlation of something that is 0 or 1 with a score.
struct Pairs {
  double n = 0, ones = 0, sum = 0, square = 0, sum_of_ones = 0;

  void add(double weight, bool one, double score) {
    n += weight;
    sum += weight * score;
    square += weight * score * score;
    if (!one) return;
    ones += weight;
    sum_of_ones += weight * score;
  }
  double correlation() const {
    const double spread = (square - sum * sum / n) * (ones - ones * ones / n);
    // Rounding leaves a little of what is nothing.
    if (!(spread > 1e-12 * square * n)) return kMissing;
    return (sum_of_ones - ones * sum / n) / std::sqrt(spread);
  }
};

// Calls visit(learner, answer, right answers of the learner, answers of the learner).
template <typename Visit>
void for_each_answer(const ItemResponses& responses, const Visit& visit) {
  for (std::size_t learner = 0; learner < responses.learners(); ++learner) {
    const std::uint32_t begin = responses.begin[learner], end = responses.begin[learner + 1];
    double right = 0;
    for (std::uint32_t i = begin; i < end; ++i) right += responses.correct[i];
    for (std::uint32_t i = begin; i < end; ++i) visit(learner, i, right, end - begin);
  }
}

double alpha_of(const ItemResponses& responses) {
  double n = 0, sum = 0, square = 0;
  std::vector<double> right(responses.items, 0);
  std::vector<std::uint8_t> seen;
  for (std::size_t learner = 0; learner < responses.learners(); ++learner) {
    const std::uint32_t begin = responses.begin[learner], end = responses.begin[learner + 1];
    if (end - begin != responses.items) continue;
    seen.assign(responses.items, 0);
    for (std::uint32_t i = begin; i < end; ++i) seen[responses.item[i]] = 1;
    if (std::ranges::count(seen, 1) != static_cast<std::ptrdiff_t>(seen.size())) continue;
    const double weight = responses.weight_of(learner);
    double score = 0;
    for (std::uint32_t i = begin; i < end; ++i) {
      score += responses.correct[i];
      right[responses.item[i]] += weight * responses.correct[i];
    }
    n += weight;
    sum += weight * score;
    square += weight * score * score;
  }
  const double spread = square / n - (sum / n) * (sum / n);
  if (!(n >= 2) || responses.items < 2 || !(spread > 0)) return kMissing;
  double items = 0;
  for (const double count : right) items += count / n * (1 - count / n);
  const double k = static_cast<double>(responses.items);
  return k / (k - 1) * (1 - items / spread);
}

}  // namespace

ItemAnalysis analyse_items(const ItemResponses& responses) {
  WAYMARK_CHECK(responses.item.size() == responses.correct.size());
  std::vector<Pairs> whole(responses.items), rest(responses.items);
  for_each_answer(responses, [&](std::size_t learner, std::uint32_t i, double right, double of) {
    const bool is_right = responses.correct[i] != 0;
    const double weight = responses.weight_of(learner);
    whole[responses.item[i]].add(weight, is_right, right / of);
    if (of > 1) {
      rest[responses.item[i]].add(weight, is_right, (right - (is_right ? 1 : 0)) / (of - 1));
    }
  });
  ItemAnalysis analysis{.items = {}, .alpha = alpha_of(responses)};
  for (std::size_t item = 0; item < responses.items; ++item) {
    const Pairs& pairs = whole[item];
    analysis.items.push_back({.answers = pairs.n,
                              .share = pairs.n > 0 ? pairs.ones / pairs.n : kMissing,
                              .discrimination = pairs.correlation(),
                              .corrected_discrimination = rest[item].correlation()});
  }
  return analysis;
}

std::vector<std::vector<OptionFacts>> analyse_options(const ItemResponses& responses,
                                                      std::span<const std::uint32_t> option) {
  WAYMARK_CHECK(responses.item.size() == option.size());
  struct Chosen {
    double times = 0, with_others = 0, score = 0;
    bool correct = false;
  };
  std::vector<std::map<std::uint32_t, Chosen>> chosen(responses.items);
  std::vector<Pairs> all(responses.items);
  for_each_answer(responses, [&](std::size_t learner, std::uint32_t i, double right, double of) {
    const bool is_right = responses.correct[i] != 0;
    const double weight = responses.weight_of(learner);
    Chosen& here = chosen[responses.item[i]][option[i]];
    here.times += weight;
    here.correct |= is_right;
    if (of < 2) return;
    const double score = (right - (is_right ? 1 : 0)) / (of - 1);
    all[responses.item[i]].add(weight, false, score);
    here.with_others += weight;
    here.score += weight * score;
  });
  std::vector<std::vector<OptionFacts>> facts(responses.items);
  for (std::size_t item = 0; item < responses.items; ++item) {
    double times = 0;
    for (const auto& [word, here] : chosen[item]) times += here.times;
    for (const auto& [word, here] : chosen[item]) {
      Pairs pairs = all[item];
      pairs.ones = here.with_others;
      pairs.sum_of_ones = here.score;
      facts[item].push_back({.option = word,
                             .correct = here.correct,
                             .chosen = here.times,
                             .share = here.times / times,
                             .score = here.score / here.with_others,
                             .discrimination = pairs.correlation()});
    }
    std::ranges::stable_sort(facts[item], std::greater<>(), &OptionFacts::chosen);
  }
  return facts;
}

}  // namespace waymark::stats
