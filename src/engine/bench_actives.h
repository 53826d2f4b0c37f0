#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "fold/fold.h"

namespace waymark::engine {

// How many learners were active in a course on each day of UTC.
class DailyActivesFold {
 public:
  struct State {
    std::vector<std::int64_t> days;  // rising
  };
  using Output = std::map<std::int64_t, std::uint64_t>;

  explicit DailyActivesFold(Code course)
      : course_(course),
        reads_{.columns = {Column::kTime, Column::kCourse},
               .only = OnlyCodes{Column::kCourse, CodeSet({course})}} {}

  const fold::Reads& reads() const { return reads_; }
  void begin(State& state) const { state.days.clear(); }
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code, Output& output) const {
    for (const std::int64_t day : state.days) ++output[day];
  }
  void merge(Output& output, Output&& more) const {
    for (const auto& [day, learners] : more) output[day] += learners;
  }
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const { writer.values(state.days); }
  State load(ByteReader& reader) const { return {reader.values<std::int64_t>()}; }

 private:
  Code course_;
  fold::Reads reads_;
};

}  // namespace waymark::engine
