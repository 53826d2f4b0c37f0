#pragma once

#include <utility>
#include <vector>

#include "fold/fold.h"

namespace waymark::fold {

// A fold's rows and, of the learners whose rows time alone will change, when it does so first.
template <Settling F>
class WithSettled {
 public:
  using State = typename F::State;
  struct Output {
    typename F::Output rows;
    std::vector<Code> learner;
    std::vector<Micros> settled_until;
  };

  // `fold` must outlive it.
  explicit WithSettled(const F& fold) : fold_(fold) {}

  const Reads& reads() const { return fold_.reads(); }
  void begin(State& state) const { fold_.begin(state); }
  void step(State& state, const Slice& slice) const { fold_.step(state, slice); }
  Output make_output() const { return {fold_.make_output(), {}, {}}; }
  void end(const State& state, Code learner, Output& output) const {
    fold_.end(state, learner, output.rows);
    const Micros until = fold_.settled_until(state);
    if (until == kLatest) return;
    output.learner.push_back(learner);
    output.settled_until.push_back(until);
  }
  void merge(Output& output, Output&& more) const {
    fold_.merge(output.rows, std::move(more.rows));
    append(output.learner, more.learner);
    append(output.settled_until, more.settled_until);
  }
  void finish(Output& output) const { fold_.finish(output.rows); }
  void save(const State& state, ByteWriter& writer) const { fold_.save(state, writer); }
  State load(ByteReader& reader) const { return fold_.load(reader); }

 private:
  const F& fold_;
};

}  // namespace waymark::fold
