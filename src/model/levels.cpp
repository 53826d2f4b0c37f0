#include "model/levels.h"

#include <algorithm>

#include "stats/descriptive.h"

namespace waymark::model {

std::vector<double> cuts_of(const Levels& levels, const DataSet& training) {
  if (!levels.quantiles) return levels.at;
  std::vector<double> above;
  for (const double amount : training.amount) {
    if (amount > 0) above.push_back(amount);
  }
  std::vector<double> cuts;
  for (const double p : levels.at) cuts.push_back(stats::quantile(above, p));
  return cuts;
}

DataSet with_classes(DataSet data, const Levels& levels, const std::vector<double>& cuts) {
  data.classes = levels.classes;
  data.target.clear();
  for (const double amount : data.amount) {
    const auto passed = levels.quantiles ? std::ranges::lower_bound(cuts, amount)
                                         : std::ranges::upper_bound(cuts, amount);
    const auto level = static_cast<std::size_t>(passed - cuts.begin());
    const bool above_none = levels.quantiles && amount > 0;
    data.target.push_back(static_cast<std::uint8_t>(above_none ? level + 1 : level));
  }
  data.amount.clear();
  return data;
}

}  // namespace waymark::model
