#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <utility>
#include <vector>

#include "fold/feature_program.h"
#include "fold/local_clock.h"

namespace waymark::fold {

// Steps one learner's state through one slice, column by column. Runs of one course are cut into
// blocks of rows. As the rows stand in order of time, segments and windows are ranges of them. Each
// tally goes over the rows of a segment; for steps each filter's rows are listed once, and a step
// goes over those in its window. Every accumulator meets its events one after the other, so that
// results do not depend on how slices or blocks are cut.
class FeatureStepper {
 public:
  FeatureStepper(const FeatureProgram& program, const Slice& slice);

  void run(FeaturesFold::State& state);

 private:
  using Row = std::uint32_t;  // counted from the slice's begin
  // Keeps what a block needs in the processor's cache.
  static constexpr std::size_t kBlockRows = 512;

  struct Rows {
    const Row* begin;
    const Row* end;
  };

  void enter_course(FeaturesFold::State& state, Code code);
  void add_course();
  void say(Row begin, Row end);
  void tell(std::size_t course, std::size_t attribute, std::size_t from);
  void run_block(Row begin, Row end);
  void find_days(Row begin, Row end);
  void select(Row begin, Row end);
  Row* selection(std::size_t list) { return selected_.data() + list * capacity_; }
  Row first_at(Micros time, Row begin, Row end) const;

  void add_targets(std::size_t at, Row begin, Row end);
  void add_roles(Row begin, Row end);
  void add_known(const CoursePlan::Point& point, std::size_t at, Row begin, Row end);
  void add_tallies(Row begin, Row end);
  void add_plain(Row begin, Row end, double* numbers);
  void add_by_code(Row begin, Row end, double* numbers);
  void add_by_mask(Row begin, Row end, double* numbers);
  void find_amounts(Row begin, Row end);
  const double* amounts_of(const Amount& amount, Row begin, Row rows, double* filled) const;
  const double* amounts(std::uint32_t amount, Row row) const {
    return amounts_[amount] + (row - block_);
  }
  void add_steps(const std::vector<FeatureStep>& steps, Rows rows);
  Rows within(Rows rows, std::uint32_t window) const;

  void take(const FeatureStep& step, Rows rows);
  template <typename Iterator>
  void take_values(const FeatureStep& step, Iterator begin, Iterator end) const;
  void take_range(const FeatureStep& step);
  bool take_extreme(const FeatureStep& step) const;
  double* number(const FeatureStep& step) const { return numbers_ + step.cell; }
  void take_active_weeks(const FeatureStep& step, Rows rows);
  void take_weekly(const FeatureStep& step, Rows rows);
  double weeks_ago(const FeatureStep& step, Row row) const;
  void take_maximum_day(const FeatureStep& step, Rows rows);
  void take_days(const FeatureStep& step, Rows rows);
  void take_day_starts(const FeatureStep& step);
  void take_text(const FeatureStep& step, Rows rows);
  void take_distinct(const FeatureStep& step, Rows rows);
  const Code* codes_of(StepKind kind) const;

  const FeatureProgram& program_;
  const Slice& slice_;
  const std::size_t capacity_;  // rows of the longest block
  LocalClock clock_;

  // Short slices, and so single events, need no memory but this.
  std::array<std::byte, 16'384> first_memory_;
  std::pmr::monotonic_buffer_resource memory_{first_memory_.data(), first_memory_.size()};
  template <typename T>
  using Scratch = std::pmr::vector<T>;

  Scratch<const double*> values_{&memory_};  // null where no event has the value
  Scratch<double> durations_{&memory_};

  // Of the present block of rows.
  Row block_ = 0;  // the first
  Scratch<Micros> local_;
  Scratch<std::int64_t> day_;
  Scratch<Row> day_starts_;        // the rows whose day is not that of the row before
  Row* day_starts_end_ = nullptr;  // where those end
  Scratch<std::uint64_t> masks_;   // the filters that a row passes, per block of filters
  Scratch<Row> selected_;          // the rows that pass, per filter that has steps
  Scratch<Row*> selected_end_;
  Scratch<Row> every_;              // all rows, where there are steps for that
  Scratch<const double*> amounts_;  // of each row, per amount of the program; 0 where it is missing
  Scratch<double> filled_;          // those that had to be worked out
  Scratch<Row> known_;              // of one filter, where some rows had not arrived

  // Of the present course and as-of.
  FeaturesFold::State* state_ = nullptr;
  std::size_t first_at_ = 0;  // the course's first in the state
  const CoursePlan* plan_ = nullptr;
  const CoursePlan::Point* point_ = nullptr;
  std::size_t at_ = 0;  // in the state
  double* numbers_ = nullptr;
  Scratch<std::pair<Row, Row>> windows_;  // [begin, end)
};

}  // namespace waymark::fold
