#include "model/data_set.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include "base/hash.h"
#include "stats/class_forecast.h"

namespace waymark::model {
namespace {

template <typename T>
std::vector<T> picked(const std::vector<T>& values, std::span<const std::uint32_t> rows) {
  std::vector<T> out;
  if (values.empty()) return out;
  out.reserve(rows.size());
  for (const std::uint32_t row : rows) out.push_back(values[row]);
  return out;
}

std::vector<DataColumn> picked(const std::vector<DataColumn>& columns,
                               std::span<const std::uint32_t> rows) {
  std::vector<DataColumn> out;
  for (const DataColumn& column : columns) {
    out.push_back({.name = column.name,
                   .feature = column.feature,
                   .categorical = column.categorical,
                   .encoding = column.encoding,
                   .numbers = picked(column.numbers, rows),
                   .codes = picked(column.codes, rows),
                   .categories = column.categories,
                   .spoiled = picked(column.spoiled, rows)});
  }
  return out;
}

// The order that sorts `values`, and for each old position its new one.
template <typename T>
std::vector<std::uint32_t> new_positions(const std::vector<T>& values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) -> const T& { return values[i]; });
  std::vector<std::uint32_t> position(values.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  return position;
}

void add(const std::vector<DataColumn>& columns, Hasher& hash) {
  hash.number(columns.size());
  for (const DataColumn& column : columns) {
    hash.field(column.name);
    hash.field(column.feature);
    hash.number(column.categorical ? 1 + static_cast<std::uint64_t>(column.encoding) : 0);
    for (const double number : column.numbers) {
      hash.number(std::bit_cast<std::uint64_t>(std::isnan(number) ? kMissing : number + 0.0));
    }
    for (const std::uint32_t code : column.codes) hash.field(column.categories[code]);
    for (const std::uint8_t spoiled : column.spoiled) hash.number(spoiled);
  }
}

}  // namespace

const DataColumn* DataSet::find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &DataColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

DataSet select(const DataSet& data, std::span<const std::uint32_t> rows) {
  DataSet out;
  out.learner = picked(data.learner, rows);
  out.cohort = picked(data.cohort, rows);
  out.cohorts = data.cohorts;
  out.classes = data.classes;
  out.target = picked(data.target, rows);
  out.amount = picked(data.amount, rows);
  out.weight = picked(data.weight, rows);
  out.columns = picked(data.columns, rows);
  out.attributes = picked(data.attributes, rows);
  return out;
}

std::vector<std::uint32_t> rows_where(const DataSet& data,
                                      const std::function<bool(const Cohort&)>& wanted) {
  std::vector<bool> keep;
  for (const Cohort& cohort : data.cohorts) keep.push_back(wanted(cohort));
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    if (keep[data.cohort[row]]) rows.push_back(row);
  }
  return rows;
}

DataSet in_canonical_order(const DataSet& data) {
  DataSet renamed = data;
  const std::vector<std::uint32_t> cohort_position = new_positions(data.cohorts);
  for (std::size_t i = 0; i < data.cohorts.size(); ++i) {
    renamed.cohorts[cohort_position[i]] = data.cohorts[i];
  }
  for (std::uint32_t& cohort : renamed.cohort) cohort = cohort_position[cohort];
  for (std::size_t c = 0; c < data.columns.size(); ++c) {
    const DataColumn& from = data.columns[c];
    const std::vector<std::uint32_t> position = new_positions(from.categories);
    for (std::size_t i = 0; i < from.categories.size(); ++i) {
      renamed.columns[c].categories[position[i]] = from.categories[i];
    }
    for (std::uint32_t& code : renamed.columns[c].codes) code = position[code];
  }
  std::vector<std::uint32_t> order(data.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(renamed.cohort[a], renamed.learner[a]) <
           std::tie(renamed.cohort[b], renamed.learner[b]);
  });
  return select(renamed, order);
}

std::string content_hash(const DataSet& data) {
  Hasher hash;
  hash.number(data.size());
  for (std::size_t row = 0; row < data.size(); ++row) {
    hash.field(data.learner[row].reveal());
    const Cohort& cohort = data.cohorts[data.cohort[row]];
    hash.field(cohort.course);
    hash.number(static_cast<std::uint64_t>(cohort.start));
    hash.number(static_cast<std::uint64_t>(cohort.as_of));
    hash.number(static_cast<std::uint64_t>(cohort.end));
  }
  // Without attributes the same as before there were any.
  if (!data.attributes.empty()) add(data.attributes, hash);
  add(data.columns, hash);
  hash.number(data.target.size());
  for (const std::uint8_t target : data.target) hash.field(data.classes[target]);
  for (const double amount : data.amount) hash.number(std::bit_cast<std::uint64_t>(amount));
  return to_hex(hash.digest());
}

std::vector<double> areas_of(std::span<const double> values, const DataSet& data) {
  const std::size_t outputs = stats::outputs_of(data.classes.size());
  std::vector<double> areas;
  for (std::size_t output = 0; output < outputs; ++output) {
    const auto positive = stats::one_against_rest(data.target, output, outputs);
    areas.push_back(stats::Forecast(values, positive).roc_auc());
  }
  return areas;
}

Aside tenth_aside(const DataSet& data) {
  Aside out;
  std::uint32_t row = 0;
  for (const std::uint32_t learner : learner_numbers(data)) {
    (learner % 10 == 9 ? out.aside : out.fit).push_back(row++);
  }
  return out;
}

std::vector<std::uint32_t> learner_numbers(const DataSet& data) {
  std::map<LearnerKey, std::uint32_t> numbers;
  std::vector<std::uint32_t> out;
  out.reserve(data.size());
  for (const LearnerKey& learner : data.learner) {
    out.push_back(
        numbers.try_emplace(learner, static_cast<std::uint32_t>(numbers.size())).first->second);
  }
  return out;
}

}  // namespace waymark::model
