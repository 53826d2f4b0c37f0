#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "event/batch.h"

namespace waymark::engine {

// Generated events as bare columns, sorted by learner and time: about 50 a learner over 16 weeks,
// in sittings, with a few kinds, contexts and courses and many objects. The same for the same
// number.
struct BenchEvents {
  std::vector<std::uint32_t> learner;
  std::vector<Micros> time;
  std::vector<std::uint8_t> kind, context, course;
  std::vector<std::uint16_t> object;
  std::vector<std::uint16_t> weight;
  std::uint32_t learners = 0;
  Micros start = 0;

  std::size_t size() const { return time.size(); }
};

// Names by code; 0 of each is used.
std::string bench_learner(std::uint32_t learner);
extern const std::vector<std::string> kBenchKinds, kBenchContexts;
std::string bench_course(std::uint8_t course);

BenchEvents generate_events(std::uint64_t count);

// Hands the events over as batches, a batch at a time.
void for_each_batch(const BenchEvents& events, const std::function<void(const EventBatch&)>& visit);

}  // namespace waymark::engine
