#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace waymark::model {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Rows that are comparable: learners of one course presentation, seen as of one moment.
struct Cohort {
  std::string course;
  Micros start = 0;  // of the course; what a temporal split goes by
  Micros as_of = 0;
  Micros end = kLatest;  // of the course
  friend auto operator<=>(const Cohort&, const Cohort&) = default;
};

// How categories become numbers: see Preparation.
enum class Encoding { kOneHot, kOrdinal, kTarget };

// One input of a model: numbers or categories, one per row.
struct DataColumn {
  std::string name;
  std::string feature;  // the declared feature that it tells of: its own name, or `clicks` for
                        // `clicks_rank`
  bool categorical = false;
  Encoding encoding = Encoding::kOneHot;  // if categorical
  std::vector<double> numbers;            // if not categorical; kMissing where not known
  std::vector<std::uint32_t> codes;       // if categorical: into `categories`
  std::vector<std::string> categories;    // distinct; [0] is "", which means missing
  std::vector<std::uint8_t> spoiled;      // if not categorical: 1 where an outage has spoiled the
                                          // number, see outages.h. Empty: nowhere
};

inline constexpr std::size_t kMostClasses = 50;

// (who, as of when, features, target) as columns. A plain value; every column has size() entries.
struct DataSet {
  std::vector<LearnerKey> learner;
  std::vector<std::uint32_t> cohort;  // into `cohorts`
  std::vector<Cohort> cohorts;
  std::vector<DataColumn> columns;
  std::vector<DataColumn> attributes;  // by which test rows are grouped; nothing learns from them
  std::vector<std::string> classes = {"no", "yes"};  // what may come true, at least two
  std::vector<std::uint8_t> target;  // the class that did. Empty where that is not known yet: rows
                                     // to score
  std::vector<double> amount;  // instead of a target, where classes are still to be cut out of it
  std::vector<double> weight;  // how much each row counts in training; empty: 1 each

  std::size_t size() const { return learner.size(); }
  // Null where there is no such column.
  const DataColumn* find(std::string_view name) const;
};

// The rows at those positions, in that order.
DataSet select(const DataSet& data, std::span<const std::uint32_t> rows);
std::vector<std::uint32_t> rows_where(const DataSet& data,
                                      const std::function<bool(const Cohort&)>& wanted);

// The same rows ordered by (cohort, learner), cohorts and categories by name: the form on which
// hash and training stand, so that neither depends on how the rows came together.
DataSet in_canonical_order(const DataSet& data);

// 32 hex digits; equal for equal content (a data set in canonical order).
std::string content_hash(const DataSet& data);

// How well the values, one for each row and none missing, rank each class against the rest: ROC-AUC
// for each output (stats::outputs_of); NaN where one side is missing.
std::vector<double> areas_of(std::span<const double> values, const DataSet& data);

// Rows of a tenth of the learners, kept aside from the others.
struct Aside {
  std::vector<std::uint32_t> fit, aside;
};
Aside tenth_aside(const DataSet& data);

// Each row's learner as a number 0 … n - 1: what a clustered bootstrap draws.
std::vector<std::uint32_t> learner_numbers(const DataSet& data);

}  // namespace waymark::model
