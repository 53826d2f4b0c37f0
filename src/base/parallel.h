#pragma once

#include <cstddef>
#include <functional>

namespace waymark {

// Calls work(0) … work(count - 1) on up to `threads` threads, the caller's among them, each index
// once, in no promised order. Returns when all are done. The first exception stops the hand-out of
// further indexes and is rethrown.
void parallel_for(std::size_t count, std::size_t threads,
                  const std::function<void(std::size_t)>& work);

}  // namespace waymark
