#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "event/dictionary.h"
#include "fold/retention_definition.h"

namespace waymark::fold {

// Learners counted by cohort and cell, without remembering who they are.
class RetentionTotals {
 public:
  explicit RetentionTotals(std::size_t cells) : cells_(cells) {}

  // The counters of a cohort, to which one more learner of whom `observed` cells are over belongs.
  // The cells' counters are valid until the next call.
  struct Counters {
    std::span<std::uint64_t> returned, days, closed;
  };
  Counters add(Code course, std::int32_t cohort, std::size_t observed);
  void merge(const RetentionTotals& more);

 private:
  friend class RetentionTabulation;
  struct Cohort {
    Code course;
    std::int32_t day;
  };
  std::size_t cohort_at(Code course, std::int32_t day);

  std::size_t cells_;
  std::vector<Cohort> cohorts_;
  std::unordered_map<std::uint64_t, std::uint32_t> index_;
  // Per cohort: learners by how many cells are over, 0 to all.
  std::vector<std::uint64_t> over_;
  // Per cohort and cell, of those learners for whom it is over: who returned, and their days.
  std::vector<std::uint64_t> returned_, days_, closed_;
};

// Retention by cell. A share is of the learners for whom the cell is over as of the last event that
// is known; it is missing where it is over for nobody.
struct RetentionMatrix {
  std::vector<Code> course;                        // kNoCode in a retention across courses
  std::vector<std::int32_t> cohort;                // the first day of the cohort's period
  std::vector<std::uint32_t> period, last_period;  // of the cell
  std::vector<std::uint64_t> learners;             // who started
  std::vector<std::uint64_t> observed, returned;
  std::vector<double> share, low, high;  // Wilson's 95 % interval
  // With a calendar, of the observed learners' days in the cell: the share that is open, and
  // whether any is closed.
  std::vector<double> open_share;
  std::vector<std::uint8_t> flagged;

  std::size_t size() const { return course.size(); }
};

// A row per course, cohort and cell, in order.
RetentionMatrix matrix_of(const RetentionDefinition& definition, const RetentionTotals& totals);
// A row per course and cell, over all cohorts; `cohort` is that of the earliest.
RetentionMatrix curve_of(const RetentionDefinition& definition, const RetentionTotals& totals);

}  // namespace waymark::fold
