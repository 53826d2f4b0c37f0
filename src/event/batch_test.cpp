#include "event/batch.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace waymark {
namespace {

EventBatch two_events() {
  EventBatch batch;
  Event click;
  click.id = {1, 2};
  click.learner = LearnerKey("ann");
  click.time = 5;
  click.kind = "click";
  click.object = "page/1";
  click.weight = 3;
  click.properties = {
      {"device", std::string("phone")}, {"n", 2.5}, {"new", true}, {"tags", JsonText{"[1,2]"}}};
  batch.append(click);
  Event submitted;
  submitted.id = {1, 3};
  submitted.learner = LearnerKey("bob");
  submitted.kind = "submitted";
  submitted.score = 78;
  batch.append(submitted);
  return batch;
}

TEST(EventBatch, KeepsEventsWholeThroughItsBytes) {
  const EventBatch batch = decode_batch(encode(two_events()));
  ASSERT_EQ(batch.size(), 2u);
  const Event click = batch.event(0);
  EXPECT_EQ(click.learner.reveal(), "ann");
  EXPECT_EQ(click.properties, two_events().event(0).properties);
  EXPECT_EQ(click.weight, 3);
  EXPECT_TRUE(std::isnan(click.score));
  EXPECT_EQ(batch.event(1).score, 78);
  EXPECT_TRUE(batch.event(1).properties.empty());
  EXPECT_EQ(encode(batch), encode(two_events()));
}

TEST(EventBatch, AppendingAcrossBatchesTranslatesCodes) {
  const EventBatch from = two_events();
  EventBatch to;
  to.append(from, 1);
  to.append(from, 0);
  EXPECT_EQ(to.event(1).properties, from.event(0).properties);
  EXPECT_EQ(to.event(0).kind, "submitted");
}

TEST(EventBatch, EveryCutOfItsBytesIsRefused) {
  const std::string bytes = encode(two_events());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(decode_batch(bytes.substr(0, length)), Error) << length;
  }
  EXPECT_THROW(decode_batch(bytes + "x"), Error);
}

TEST(EventBatch, DamagedBytesNeverCrash) {
  const std::string good = encode(two_events());
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0xFF);
    try {
      const EventBatch batch = decode_batch(bad);
      for (std::size_t row = 0; row < batch.size(); ++row) batch.event(row);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace waymark
