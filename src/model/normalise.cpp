#include "model/normalise.h"

#include <algorithm>
#include <cmath>

#include "stats/descriptive.h"

namespace waymark::model {
namespace {

std::vector<std::vector<std::uint32_t>> rows_by_cohort(const DataSet& data) {
  std::vector<std::vector<std::uint32_t>> rows(data.cohorts.size());
  for (std::uint32_t row = 0; row < data.size(); ++row) rows[data.cohort[row]].push_back(row);
  return rows;
}

std::vector<double> ranks(const std::vector<double>& values) {
  const auto present = static_cast<double>(
      std::ranges::count_if(values, [](double value) { return !std::isnan(value); }));
  std::vector<double> out = stats::average_ranks(values);
  for (double& rank : out) rank = (rank - 0.5) / present;
  return out;
}

std::vector<double> z_scores(std::vector<double> values) {
  const double mean = stats::mean(values), deviation = stats::standard_deviation(values);
  for (double& value : values) {
    if (!std::isnan(value)) value = deviation == 0 ? 0 : (value - mean) / deviation;
  }
  return values;
}

bool varies(const std::vector<double>& values) {
  for (const double value : values) {
    const bool same = value == values.front() || (std::isnan(value) && std::isnan(values.front()));
    if (!same) return true;
  }
  return false;
}

}  // namespace

DataSet with_normalised(DataSet data, Normalisation how) {
  const auto cohorts = rows_by_cohort(data);
  std::vector<DataColumn> added;
  for (const DataColumn& column : data.columns) {
    if (column.categorical || column.name != column.feature) continue;
    DataColumn normalised{.name = column.name + (how == Normalisation::kRank ? "_rank" : "_zscore"),
                          .feature = column.feature,
                          .spoiled = column.spoiled};
    normalised.numbers.resize(data.size());
    bool tells = false;
    for (const auto& rows : cohorts) {
      std::vector<double> values;
      for (const std::uint32_t row : rows) values.push_back(column.numbers[row]);
      tells = tells || varies(values);
      values = how == Normalisation::kRank ? ranks(values) : z_scores(std::move(values));
      for (std::size_t i = 0; i < rows.size(); ++i) normalised.numbers[rows[i]] = values[i];
    }
    if (tells) added.push_back(std::move(normalised));
  }
  std::ranges::move(added, std::back_inserter(data.columns));
  return data;
}

}  // namespace waymark::model
