#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/item_responses.h"

namespace waymark::stats {

// What classical test theory says of an item.
struct ItemFacts {
  double answers = 0;
  double share = 0;  // of right answers: the item's difficulty, the higher the easier
  // The correlation of being right with the share of right answers among all that the learner gave
  // (point-biserial), and among the others alone, which an item cannot raise by itself. NaN where
  // nothing differs.
  double discrimination = 0, corrected_discrimination = 0;
};

struct ItemAnalysis {
  std::vector<ItemFacts> items;
  // Cronbach's alpha (1951), here Kuder and Richardson's formula 20, over learners who answered
  // every item once; NaN where there are fewer than two, or they do not differ.
  double alpha = 0;
};

// Lord and Novick 1968, "Statistical theories of mental test scores", chapter 15. Takes
// O(answers).
ItemAnalysis analyse_items(const ItemResponses& responses);

// How one option of an item was chosen.
struct OptionFacts {
  std::uint32_t option = 0;
  bool correct = false;
  double chosen = 0, share = 0;
  // The mean, over those who chose it, of their share of right answers to the other items, and the
  // correlation of choosing it with that: below 0 for a distractor that works, above 0 for one that
  // draws the better learners. NaN where nothing differs.
  double score = 0, discrimination = 0;
};

// `option`: what each answer was, 0 … options - 1. For each item the options chosen, the most
// frequent first.
std::vector<std::vector<OptionFacts>> analyse_options(const ItemResponses& responses,
                                                      std::span<const std::uint32_t> option);

}  // namespace waymark::stats
