#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/parallel.h"
#include "fold/fold.h"

namespace waymark::fold {

// Stored events to fold over: buckets of whole learners. A cursor gives slices; all slices of a
// learner follow one another in trail order, and no learner is in two buckets. Cursors of
// different buckets are used by different threads at once.
template <typename S>
concept Source = requires(const S& source, std::size_t bucket, Code& learner, Slice& slice) {
  { source.bucket_count() } -> std::convertible_to<std::size_t>;
  { source.cursor(bucket).next(learner, slice) } -> std::same_as<bool>;
};

// The rows of one bucket's learners, in the cursor's order, not finished.
template <Fold F, typename Cursor>
typename F::Output run_cursor(const F& fold, Cursor&& cursor) {
  typename F::Output output = fold.make_output();
  Code learner = kNoCode;
  Slice slice;
  typename F::State state;
  bool more = cursor.next(learner, slice);
  while (more) {
    const Code current = learner;
    fold.begin(state);
    do {
      fold.step(state, slice);
      more = cursor.next(learner, slice);
    } while (more && learner == current);
    fold.end(state, current, output);
  }
  return output;
}

// The measure over all buckets on up to `threads` threads. Rows come in the order of buckets
// whatever the number of threads.
template <Fold F, Source S>
typename F::Output run(const F& fold, const S& source, std::size_t threads) {
  std::vector<std::optional<typename F::Output>> parts(source.bucket_count());
  parallel_for(parts.size(), threads, [&](std::size_t bucket) {
    parts[bucket] = run_cursor(fold, source.cursor(bucket));
  });
  typename F::Output output = fold.make_output();
  for (auto& part : parts) {
    fold.merge(output, std::move(*part));
    part.reset();
  }
  fold.finish(output);
  return output;
}

}  // namespace waymark::fold
