#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/frame.h"
#include "stats/item_analysis.h"
#include "stats/item_response.h"

namespace waymark::engine {

// What is asked of answers to items: of a row for each.
struct ItemQuestion {
  std::string learner, item;  // columns
  std::string correct;        // "COLUMN", of 1 and 0; or "COLUMN=VALUE|VALUE"
  std::string answer;         // the column of what was answered; empty: none
  stats::ItemModel model = stats::ItemModel::kTwoParameter;
};

struct ItemStudy {
  std::size_t answers = 0;
  std::size_t left_out = 0;  // rows where something is missing that is needed
  std::size_t repeated =
      0;  // rows of an item that the learner had answered before: the first counts
  std::vector<std::string> items, learners;  // sorted
  std::vector<std::string> options;          // what was answered; empty where that was not asked
  stats::ItemResponses responses;            // of learners and items in these orders
  stats::ItemAnalysis analysis;
  std::vector<std::vector<stats::OptionFacts>> chosen;  // of each item; empty without options
  stats::ItemResponseFit fit;
};

// Throws Error{kUsage} for columns that do not hold what is asked of them, Error{kInvalid,
// "items.nothing"} where no row is complete.
ItemStudy study_items(const Frame& frame, const ItemQuestion& question);

}  // namespace waymark::engine
