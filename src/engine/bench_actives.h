#pragma once

#include <cstdint>
#include <vector>

#include "fold/fold.h"

namespace waymark::engine {

// How many learners were active in a course on each day of UTC.
class DailyActivesFold {
 public:
  struct State {
    std::vector<std::int64_t> days;  // rising
  };
  struct Output {
    std::int64_t first = 0;               // the day of the first count
    std::vector<std::uint64_t> learners;  // of each day from then on
  };

  explicit DailyActivesFold(Code course)
      : course_(course),
        reads_{.columns = {Column::kTime, Column::kCourse},
               .only = OnlyCodes{Column::kCourse, CodeSet({course})}} {}

  const fold::Reads& reads() const { return reads_; }
  void begin(State& state) const { state.days.clear(); }
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code learner, Output& output) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const { writer.values(state.days); }
  State load(ByteReader& reader) const { return {reader.values<std::int64_t>()}; }

 private:
  Code course_;
  fold::Reads reads_;
};

}  // namespace waymark::engine
