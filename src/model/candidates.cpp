#include "model/candidates.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/balance.h"

namespace waymark::model {

std::vector<Entry> entries_of(const ModelDefinition& definition) {
  std::vector<Entry> list;
  const auto baseline = [&](std::string name, std::string words, std::unique_ptr<Trainer> trainer) {
    Entry& entry = list.emplace_back(Entry{.name = std::move(name), .baseline = true});
    entry.variants.push_back({std::move(words), std::move(trainer)});
  };
  baseline("prior", "everyone gets the shares of the training rows",
           std::make_unique<PriorTrainer>());
  baseline(kRule, "the best single number decides", std::make_unique<RuleTrainer>());
  for (const TrainerSetting& setting : definition.trainers) {
    for (const BalanceWords& balance : kBalances) {
      const bool plain = balance.how == Balance::kNone;
      if (!plain &&
          std::ranges::find(definition.balance, balance.how) == definition.balance.end()) {
        continue;
      }
      Entry& entry = list.emplace_back(Entry{.name = setting.name, .blended = plain});
      if (!plain) entry.name += fmt::format("+{}", balance.name);
      for (const TrainerSetting& variant : variants(setting, definition.draws, definition.seed)) {
        auto trainer = make_trainer(variant, definition.seed);
        WAYMARK_CHECK(trainer != nullptr);
        std::string words = in_words(variant, definition.seed);
        if (!plain) {
          words += fmt::format(", {}", balance.words);
          trainer =
              std::make_unique<BalancedTrainer>(balance.how, definition.seed, std::move(trainer));
        }
        entry.variants.push_back({std::move(words), std::move(trainer)});
      }
    }
  }
  if (definition.blend) {
    list.push_back({.name = "blend",
                    .words = "mean of the margins of the trainers that see rows as "
                             "they are"});
  }
  return list;
}

}  // namespace waymark::model
