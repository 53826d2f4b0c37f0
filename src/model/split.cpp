#include "model/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace waymark::model {
namespace {

std::set<Micros> starts_in(const DataSet& data) {
  std::set<Micros> starts;
  for (const std::uint32_t cohort : data.cohort) starts.insert(data.cohorts[cohort].start);
  return starts;
}

bool both_classes(const DataSet& data, const std::vector<std::uint32_t>& rows) {
  bool seen[2] = {false, false};
  for (const std::uint32_t row : rows) seen[data.target[row]] = true;
  return seen[0] && seen[1];
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

std::vector<HeldOut> by_learner(const DataSet& data) {
  std::vector<HeldOut> parts(kParts);
  const std::vector<std::uint32_t> learner = learner_numbers(data);
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    for (std::size_t part = 0; part < kParts; ++part) {
      (learner[row] % kParts == part ? parts[part].check : parts[part].fit).push_back(row);
    }
  }
  return parts;
}

}  // namespace

Split split_by_time(const DataSet& data, std::optional<Micros> test_from) {
  if (data.size() == 0) {
    throw Error(ErrorCode::kInvalid, "model.no_rows",
                "nobody is in the risk set with a known target; check who, as_of and target of the "
                "model against the events");
  }
  const std::set<Micros> starts = starts_in(data);
  const Micros from = test_from.value_or(*starts.rbegin());
  const auto training = rows_where(data, [&](const Cohort& cohort) { return cohort.start < from; });
  const auto test = rows_where(data, [&](const Cohort& cohort) { return cohort.start >= from; });
  if (training.empty() || test.empty()) {
    throw Error(ErrorCode::kInvalid, "model.no_earlier_course",
                fmt::format("the split at {} leaves {} without rows; training needs courses that "
                            "start earlier than those of the test",
                            to_iso_date(from), training.empty() ? "training" : "the test"));
  }
  if (!both_classes(data, training)) {
    throw Error(ErrorCode::kInvalid, "model.one_class",
                "the target is the same for every training row, so there is nothing to tell apart");
  }
  return {select(data, training), select(data, test)};
}

HeldOutParts held_out_parts(const DataSet& training) {
  const std::set<Micros> starts = starts_in(training);
  HeldOutParts out;
  out.parts = starts.size() > 1 ? by_start(training, starts) : by_learner(training);
  std::erase_if(out.parts, [&](const HeldOut& part) {
    return !both_classes(training, part.fit) || !both_classes(training, part.check);
  });
  if (out.parts.empty()) {
    throw Error(ErrorCode::kInvalid, "model.too_few_rows",
                "too few training rows of both classes to compare trainers on");
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
