#include "journal/journal.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"

namespace waymark::journal {
namespace {

EventBatch clicks(std::uint64_t first, std::uint64_t count) {
  EventBatch batch;
  for (std::uint64_t n = first; n < first + count; ++n) {
    Event event;
    event.id = {n * 0x9E3779B97F4A7C15, n};
    event.learner = LearnerKey("learner " + std::to_string(n % 7));
    event.time = static_cast<Micros>(n) * kMicrosPerSecond;
    event.kind = "click";
    batch.append(event);
  }
  return batch;
}

TEST(Journal, KeepsWhatWasCommitted) {
  const TemporaryFolder folder;
  {
    Journal journal = Journal::open(folder.path());
    const CommitResult result =
        journal.commit({.source = "s", .path = "f", .events = clicks(0, 5)});
    EXPECT_EQ(result.sequence, 1u);
    EXPECT_EQ(result.counts.stored, 5u);
  }
  const Journal journal = Journal::open(folder.path(), {.read_only = true});
  EXPECT_EQ(journal.event_count(), 5u);
  journal.scan(0, [](std::uint64_t sequence, EventBatch&& batch) {
    EXPECT_EQ(sequence, 1u);
    EXPECT_EQ(encode(batch), encode(clicks(0, 5)));
  });
  EXPECT_TRUE(journal.verify().problems.empty());
}

}  // namespace
}  // namespace waymark::journal
