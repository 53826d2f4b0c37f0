#include "engine/bench_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace waymark::engine {
namespace {

constexpr std::uint64_t kEventsPerLearner = 50;
constexpr std::size_t kBatch = 200'000;
constexpr Micros kStart = 1'735'689'600 * kMicrosPerSecond;  // 2025-01-01
constexpr std::uint64_t kDays = 112;
constexpr std::uint64_t kCourses = 40;
constexpr std::uint64_t kObjects = 5'000;

// SplitMix64 (Steele, Lea & Flood 2014).
class Random {
 public:
  std::uint64_t below(std::uint64_t n) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % n;
  }

 private:
  std::uint64_t state_ = 1;
};

}  // namespace

const std::vector<std::string> kBenchKinds{"viewed", "answered", "submitted", "posted", "played"};
const std::vector<std::string> kBenchContexts{"page", "video", "quiz", "forum",
                                              "book", "wiki",  "file", "link"};

std::string bench_learner(std::uint32_t learner) { return fmt::format("learner-{:07}", learner); }
std::string bench_course(std::uint8_t course) { return fmt::format("course-{}", course); }

BenchEvents generate_events(std::uint64_t count) {
  BenchEvents events;
  events.start = kStart;
  events.learners = static_cast<std::uint32_t>((count + kEventsPerLearner - 1) / kEventsPerLearner);
  Random random;
  std::vector<Micros> times;
  for (std::uint32_t learner = 0; learner < events.learners; ++learner) {
    const std::uint64_t left = count - events.size();
    const std::uint64_t wanted =
        learner + 1 == events.learners
            ? left
            : std::min(left, kEventsPerLearner / 2 + random.below(kEventsPerLearner));
    times.clear();
    Micros now = 0;
    while (times.size() < wanted) {
      const bool new_sitting = times.empty() || random.below(6) == 0;
      now = new_sitting ? kStart + static_cast<Micros>(random.below(kDays * 86'400'000)) * 1000
                        : now + static_cast<Micros>(1'000 + random.below(900'000)) * 1000;
      times.push_back(now);
    }
    std::ranges::sort(times);
    // No two at once, so that all orders by time are the same.
    for (std::size_t i = 1; i < times.size(); ++i)
      times[i] = std::max(times[i], times[i - 1] + 1000);
    const auto course = static_cast<std::uint8_t>(random.below(kCourses));
    for (const Micros time : times) {
      events.learner.push_back(learner);
      events.time.push_back(time);
      // Squaring skews: some kinds, contexts and objects are much more common than others.
      const auto skewed = [&](std::uint64_t n) {
        const std::uint64_t r = random.below(1000);
        return r * r * n / 1'000'000;
      };
      events.kind.push_back(static_cast<std::uint8_t>(skewed(kBenchKinds.size())));
      events.context.push_back(static_cast<std::uint8_t>(skewed(kBenchContexts.size())));
      events.course.push_back(course);
      events.object.push_back(static_cast<std::uint16_t>(random.below(kObjects)));
      events.weight.push_back(static_cast<std::uint16_t>(1 + skewed(20)));
    }
  }
  return events;
}

void for_each_batch(const BenchEvents& events,
                    const std::function<void(const EventBatch&)>& visit) {
  for (std::size_t begin = 0; begin < events.size(); begin += kBatch) {
    EventBatch batch;
    Event event;
    for (std::size_t i = begin; i < std::min(begin + kBatch, events.size()); ++i) {
      event.id = hash128(fmt::format("{}", i));
      event.learner = LearnerKey(bench_learner(events.learner[i]));
      event.time = event.received = events.time[i];
      event.kind = kBenchKinds[events.kind[i]];
      event.context = kBenchContexts[events.context[i]];
      event.course = bench_course(events.course[i]);
      event.object = fmt::format("object-{}", events.object[i]);
      event.weight = events.weight[i];
      batch.append(event);
    }
    visit(batch);
  }
}

}  // namespace waymark::engine
