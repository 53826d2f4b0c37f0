#include "model/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

std::set<Micros> starts_in(const DataSet& data) {
  std::set<Micros> starts;
  for (const std::uint32_t cohort : data.cohort) starts.insert(data.cohorts[cohort].start);
  return starts;
}

bool two_classes(const DataSet& data, const std::vector<std::uint32_t>& rows) {
  return std::ranges::any_of(
      rows, [&](std::uint32_t row) { return data.target[row] != data.target[rows.front()]; });
}

std::vector<HeldOut> by_start(const DataSet& data, const std::set<Micros>& starts) {
  std::vector<HeldOut> parts;
  for (auto start = starts.rbegin(); std::next(start) != starts.rend(); ++start) {
    parts.push_back(
        {rows_where(data, [&](const Cohort& cohort) { return cohort.start < *start; }),
         rows_where(data, [&](const Cohort& cohort) { return cohort.start == *start; })});
    if (parts.size() == kParts) break;
  }
  return parts;
}

// Every third learner; `scattered`: by a hash of their number.
std::vector<HeldOut> by_learner(const DataSet& data, bool scattered) {
  std::vector<HeldOut> parts(kParts);
  const std::vector<std::uint32_t> learner = learner_numbers(data);
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    const std::uint64_t number =
        scattered ? hash64(std::to_string(learner[row])) : std::uint64_t{learner[row]};
    for (std::size_t part = 0; part < kParts; ++part) {
      (number % kParts == part ? parts[part].check : parts[part].fit).push_back(row);
    }
  }
  return parts;
}

bool has_two_classes(const DataSet& data, const HeldOut& part) {
  return two_classes(data, part.fit) && two_classes(data, part.check);
}

Fold from_date(const DataSet& data, Micros from) {
  Fold fold{.training = rows_where(data, [&](const Cohort& cohort) { return cohort.start < from; }),
            .test = rows_where(data, [&](const Cohort& cohort) { return cohort.start >= from; })};
  if (fold.training.empty() || fold.test.empty()) {
    throw Error(ErrorCode::kInvalid, "model.no_earlier_course",
                fmt::format("the split at {} leaves {} without rows; training needs courses that "
                            "start earlier than those of the test",
                            to_iso_date(from), fold.training.empty() ? "training" : "the test"));
  }
  return fold;
}

std::vector<Fold> by_each_start(const DataSet& data, bool expanding) {
  std::vector<Fold> folds;
  std::optional<Micros> before;
  for (const Micros start : starts_in(data)) {
    if (before) {
      folds.push_back({rows_where(data,
                                  [&](const Cohort& cohort) {
                                    return expanding ? cohort.start < start
                                                     : cohort.start == *before;
                                  }),
                       rows_where(data, [&](const Cohort& c) { return c.start == start; })});
    }
    before = start;
  }
  return folds;
}

// A fold for each part, `part_of` row; rows of a test's learners are not trained on.
std::vector<Fold> by_part(const DataSet& data, std::size_t parts,
                          const std::function<std::size_t(std::uint32_t)>& part_of) {
  const std::vector<std::uint32_t> learner = learner_numbers(data);
  std::vector<Fold> folds(parts);
  for (std::size_t part = 0; part < parts; ++part) {
    std::set<std::uint32_t> tested;
    for (std::uint32_t row = 0; row < data.size(); ++row) {
      if (part_of(row) != part) continue;
      folds[part].test.push_back(row);
      tested.insert(learner[row]);
    }
    for (std::uint32_t row = 0; row < data.size(); ++row) {
      if (!tested.contains(learner[row])) folds[part].training.push_back(row);
    }
  }
  return folds;
}

// Each learner's part: dealt out in a drawn order, those of one class after those of another.
std::vector<std::size_t> dealt(const DataSet& data, std::size_t parts, stats::Random& random) {
  const std::vector<std::uint32_t> learner = learner_numbers(data);
  std::map<std::uint32_t, std::uint32_t> class_of;  // of a learner's first row
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    const std::uint32_t truth = data.target.empty() ? data.amount[row] > 0 : data.target[row];
    class_of.try_emplace(learner[row], truth);
  }
  std::vector<std::uint32_t> order(class_of.size());
  std::iota(order.begin(), order.end(), 0u);
  random.shuffle(std::span(order));
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return class_of.at(i); });
  std::vector<std::size_t> part(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) part[order[i]] = i % parts;
  return part;
}

std::vector<Fold> by_learners(const DataSet& data, const SplitRule& rule, std::uint64_t seed) {
  const std::vector<std::uint32_t> learner = learner_numbers(data);
  std::vector<Fold> folds;
  stats::Random random(seed);
  for (std::size_t repeat = 0; repeat < rule.repeats; ++repeat) {
    const std::vector<std::size_t> part = dealt(data, rule.folds, random);
    for (Fold& fold : by_part(data, rule.folds, [&](auto row) { return part[learner[row]]; })) {
      folds.push_back(std::move(fold));
    }
  }
  return folds;
}

std::vector<Fold> all_folds(const DataSet& data, const SplitRule& rule, std::uint64_t seed) {
  switch (rule.kind) {
    case SplitRule::Kind::kFrom:
      return {from_date(data, rule.from.value_or(*starts_in(data).rbegin()))};
    case SplitRule::Kind::kExpanding:
    case SplitRule::Kind::kRolling:
      return by_each_start(data, rule.kind == SplitRule::Kind::kExpanding);
    case SplitRule::Kind::kPresentations:
      return by_part(data, data.cohorts.size(), [&](auto row) { return data.cohort[row]; });
    case SplitRule::Kind::kFolds:
      return by_learners(data, rule, seed);
  }
  WAYMARK_CHECK(false);
}

}  // namespace

std::vector<Fold> folds_of(const DataSet& data, const SplitRule& rule, std::uint64_t seed) {
  if (data.size() == 0) {
    throw Error(ErrorCode::kInvalid, "model.no_rows",
                "nobody is in the risk set with a known target; check who, as_of and target of the "
                "model against the events");
  }
  std::vector<Fold> folds = all_folds(data, rule, seed);
  std::erase_if(folds, [](const Fold& fold) { return fold.test.empty(); });
  const bool untrained =
      std::ranges::any_of(folds, [](const Fold& fold) { return fold.training.empty(); });
  if (folds.empty() || untrained) {
    throw Error(ErrorCode::kInvalid, "model.no_earlier_course",
                "the split leaves training without rows; it needs more course presentations or "
                "learners than there are");
  }
  for (const Fold& fold : folds) {
    if (data.target.empty() || two_classes(data, fold.training)) continue;
    throw Error(ErrorCode::kInvalid, "model.one_class",
                "the target is the same for every training row, so there is nothing to tell apart");
  }
  return folds;
}

HeldOutParts held_out_parts(const DataSet& training) {
  const std::set<Micros> starts = starts_in(training);
  HeldOutParts out;
  const auto is_told_apart = [&](const HeldOut& part) { return has_two_classes(training, part); };
  out.parts = starts.size() > 1 ? by_start(training, starts) : by_learner(training, false);
  // Files whose classes take turns put each of them into a part of its own.
  if (starts.size() <= 1 && !std::ranges::all_of(out.parts, is_told_apart)) {
    out.parts = by_learner(training, true);
  }
  std::erase_if(out.parts, std::not_fn(is_told_apart));
  if (out.parts.empty()) {
    throw Error(ErrorCode::kInvalid, "model.too_few_rows",
                "too few training rows of two classes to compare trainers on");
  }
  out.words = starts.size() > 1
                  ? fmt::format(
                        "fitted on earlier course presentations, judged on the next; {} "
                        "{} held out",
                        out.parts.size(), out.parts.size() == 1 ? "start" : "starts")
                  : fmt::format("{} parts by learner, each held out once", out.parts.size());
  return out;
}

}  // namespace waymark::model
