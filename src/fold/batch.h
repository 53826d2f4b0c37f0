#pragma once

#include <algorithm>
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

// Calls visit(rows, buckets done) with the rows of each bucket in turn, not finished, from this
// thread. Works on as many buckets at a time as there are threads, so that memory holds only
// theirs.
template <Fold F, Source S, typename Visit>
void run_parts(const F& fold, const S& source, std::size_t threads, const Visit& visit) {
  const std::size_t buckets = source.bucket_count();
  for (std::size_t first = 0; first < buckets; first += threads) {
    std::vector<std::optional<typename F::Output>> parts(std::min(threads, buckets - first));
    parallel_for(parts.size(), threads,
                 [&](std::size_t i) { parts[i] = run_cursor(fold, source.cursor(first + i)); });
    for (std::size_t i = 0; i < parts.size(); ++i) visit(std::move(*parts[i]), first + i + 1);
  }
}

// The measure over all buckets. Rows come in the order of buckets whatever the number of threads.
template <Fold F, Source S>
typename F::Output run(const F& fold, const S& source, std::size_t threads) {
  typename F::Output output = fold.make_output();
  run_parts(fold, source, threads,
            [&](typename F::Output&& part, std::size_t) { fold.merge(output, std::move(part)); });
  fold.finish(output);
  return output;
}

}  // namespace waymark::fold
