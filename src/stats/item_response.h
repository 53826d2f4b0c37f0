#pragma once

#include <cstddef>
#include <vector>

#include "stats/item_responses.h"

namespace waymark::stats {

enum class ItemModel {
  kRasch,         // items differ in difficulty only; one discrimination for all
  kTwoParameter,  // and in discrimination
};

// Of fewer items, not counting those that all or none got right, curves cannot be told: how far two
// right answers go together is one number, and two items have two discriminations.
constexpr std::size_t least_items(ItemModel model) { return model == ItemModel::kRasch ? 2 : 3; }

// P(correct | ability) = logistic(discrimination * (ability - difficulty)).
struct ItemCurve {
  double discrimination = 0, difficulty = 0;
  double discrimination_error = 0, difficulty_error = 0;  // standard errors
  // An item that all or none got right has no finite difficulty: -inf or +inf, and NaN for the
  // rest.
};

struct Ability {
  double mean = 0, deviation = 1;  // of what is likely after the learner's answers
};

struct ItemResponseFit {
  std::vector<ItemCurve> items;
  std::size_t items_in_use = 0;    // without those that all or none got right
  std::vector<Ability> abilities;  // of each learner; the prior's without a useful answer
  double log_likelihood = 0;
  std::size_t rounds = 0;
  bool converged = false;
  // The share of the spread of abilities that answers tell: 1 - mean variance after the answers
  // over the variance of abilities.
  double reliability = 0;

  // Else all numbers but infinite difficulties are NaN.
  bool is_told(ItemModel model) const { return items_in_use >= least_items(model); }
};

// By marginal maximum likelihood, abilities standard normal (Bock and Aitkin 1981, "Marginal
// maximum likelihood estimation of item parameters: application of an EM algorithm"), over a
// Gauss-Hermite quadrature of 61 nodes; standard errors from the information observed (Louis 1982)
// and the delta method, or NaN beyond kMostItemsWithErrors. Learners' abilities are posterior means
// (EAP). The place is the top to six digits; of more than kMostItemsWithErrors items, one where a
// round adds less than 1e-7 of log-likelihood an item, for with so many there are always some that
// few answered and that never come to rest. Takes O((answers + items) * nodes) per round, and
// O(answers^2 / learners * nodes + items^3) once for the standard errors. Discriminations stay
// within [-20, 20], where few answers would let them run away.
inline constexpr std::size_t kMostItemsWithErrors = 500;
ItemResponseFit fit_item_response(const ItemResponses& responses, ItemModel model);

}  // namespace waymark::stats
