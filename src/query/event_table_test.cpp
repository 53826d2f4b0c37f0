#include "query/event_table.h"

#include <gtest/gtest.h>

namespace waymark::query {
namespace {

TEST(EventTable, SortsEventsAndCodesTheirTexts) {
  sql::Connection connection = sql::Database::in_memory().connect();
  EventTable table(connection, "events");
  std::uint64_t next = 0;
  for (const char* learner : {"b", "a"}) {
    EventBatch batch;
    for (int i = 0; i < 3000; ++i, ++next) {
      Event event;
      event.id = EventId{0, next};
      event.learner = LearnerKey(learner);
      event.time = (3000 - i) * kMicrosPerMinute;
      event.kind = i % 2 == 0 ? "click" : "submitted";
      if (i % 2 == 1) event.score = 50;
      batch.append(event);
    }
    table.append(batch);
  }
  table.finish();

  sql::Result result = connection.query(
      "SELECT learner, kind, time, id, typeof(kind) LIKE 'ENUM%', score, course, duration_ms,"
      " (SELECT count(*) FROM events),"
      " (SELECT count(*) FROM events WHERE kind = 'submitted' AND score = 50) FROM events");
  const auto chunk = result.next();
  ASSERT_TRUE(chunk.has_value());
  EXPECT_EQ(chunk->column(0).text(0), "a");
  EXPECT_EQ(chunk->column(1).text(0), "submitted");
  EXPECT_EQ(chunk->column(2).integer(0), kMicrosPerMinute);
  EXPECT_EQ(chunk->column(3).to_text(0), "00000000-0000-0000-0000-00000000176f");
  EXPECT_TRUE(chunk->column(4).boolean(0));
  EXPECT_EQ(chunk->column(5).number(0), 50);
  EXPECT_TRUE(chunk->column(6).is_null(0));
  EXPECT_TRUE(chunk->column(7).is_null(0));
  EXPECT_EQ(chunk->column(8).integer(0), 6000);
  EXPECT_EQ(chunk->column(9).integer(0), 3000);
}

}  // namespace
}  // namespace waymark::query
