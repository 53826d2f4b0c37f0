#include "query/events.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "query/session.h"
#include "query/test_rows.h"
#include "trail/builder.h"
#include "trail/test_events.h"

namespace waymark::query {
namespace {

using Rows = std::vector<std::string>;

std::string or_null(const std::string& text) { return text.empty() ? "NULL" : text; }

std::string iso(Micros time) {
  std::string text = to_iso(time);
  std::replace(text.begin(), text.end(), 'T', ' ');
  text.pop_back();  // Z
  return text;
}

std::string uuid(const EventId& id) {
  std::string text = to_hex(id);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}

std::string properties_of(const Event& event) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : event.properties) {
    json.key(name);
    if (const auto* text = std::get_if<std::string>(&value)) json.string(*text);
    if (const auto* number = std::get_if<double>(&value)) json.number(*number);
    if (const auto* flag = std::get_if<bool>(&value)) json.boolean(*flag);
    if (const auto* raw = std::get_if<JsonText>(&value)) json.raw(raw->text);
  }
  json.end_object();
  return json.take();
}

std::string property_of(const Event& event, const std::string& wanted) {
  for (const auto& [name, value] : event.properties) {
    if (name != wanted) continue;
    if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
    return std::get<std::string>(value);
  }
  return "NULL";
}

// A row of events(), by hand.
std::string row_of(const Event& event) {
  return fmt::format(
      "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", event.learner.reveal(),
      iso(event.time), iso(event.received), uuid(event.id), or_null(event.source), event.sequence,
      event.kind, or_null(event.object), or_null(event.course), or_null(event.context),
      or_null(event.outcome),
      event.duration_ms == kNoDuration ? "NULL" : fmt::format("{}", event.duration_ms),
      std::isnan(event.score) ? "NULL" : fmt::format("{}", event.score), event.weight,
      property_of(event, "credits"), property_of(event, "device"), property_of(event, "new"),
      properties_of(event));
}

class EventsTest : public testing::Test {
 protected:
  EventsTest() { build(events_, {"credits", "device", "new"}); }

  void build(const std::vector<Event>& events, const std::vector<std::string>& properties) {
    trail::TrailBuilder builder(folder_.path() / "trail",
                                {.buckets = 8, .properties = properties, .afresh = true});
    EventBatch batch;
    for (const Event& event : events) batch.append(event);
    if (!batch.empty()) builder.add(batch);
    builder.finish(1, 1);
  }

  Session session(std::size_t threads = 1) const {
    return Session({.trails = trail::TrailReader::open(folder_.path() / "trail")},
                   {.threads = threads});
  }

  Rows read(const std::string& sql, std::size_t threads = 1) const {
    Session reading = session(threads);
    return rows_of(reading.query(sql));
  }

  Rows expected(const std::function<bool(const Event&)>& is_wanted) const {
    Rows rows;
    for (const Event& event : events_) {
      if (is_wanted(event)) rows.push_back(row_of(event));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  static Rows sorted(Rows rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  TemporaryFolder folder_;
  std::vector<Event> events_ = trail::random_events(7, 6000, 40);
};

TEST_F(EventsTest, GivesEveryFieldOfEveryEvent) {
  const Rows all = expected([](const Event&) { return true; });
  EXPECT_EQ(sorted(read("FROM events")), all);
  EXPECT_EQ(sorted(read("FROM events()")), all);
  EXPECT_EQ(sorted(read("FROM events()", 4)), all);
  EXPECT_EQ(read("DESCRIBE events").size(), 18u);
}

TEST_F(EventsTest, KeepsTrailOrderWithinABucket) {
  const Rows rows = read("SELECT learner, time, id FROM events(bucket := 3)");
  EXPECT_FALSE(rows.empty());
  EXPECT_EQ(rows, read("SELECT learner, time, id FROM events(bucket := 3) ORDER BY ALL"));
}

TEST_F(EventsTest, NarrowsByTimeLearnerAndBucket) {
  const Micros since = trail::kTerm + 100 * kMicrosPerHour;
  const Micros until = trail::kTerm + 130 * kMicrosPerHour;
  Session reading = session(2);
  const auto ask = [&](const std::string& sql, const sql::Values& values) {
    return sorted(rows_of(reading.query(sql, values)));
  };
  EXPECT_EQ(
      ask("FROM events(since := ?, until := ?)", {sql::Timestamp{since}, sql::Timestamp{until}}),
      expected([&](const Event& e) { return e.time >= since && e.time < until; }));
  EXPECT_EQ(ask("FROM events(learner := ?)", {"learner 11"}),
            expected([](const Event& e) { return e.learner.reveal() == "learner 11"; }));
  EXPECT_EQ(ask("FROM events(learner := ?, since := ?)", {"learner 11", sql::Timestamp{until}}),
            expected([&](const Event& e) {
              return e.learner.reveal() == "learner 11" && e.time >= until;
            }));
  EXPECT_EQ(ask("FROM events(until := '2013-09-24')", {}), Rows{});
  EXPECT_EQ(ask("FROM events(learner := 'x'' OR true --')", {}), Rows{});
  EXPECT_EQ(ask("FROM events(learner := ?)", {"' OR true --"}), Rows{});
  Rows by_bucket;
  for (std::int64_t bucket = 0; bucket < 8; ++bucket) {
    for (std::string& row : ask("FROM events(bucket := ?)", {bucket}))
      by_bucket.push_back(std::move(row));
  }
  EXPECT_EQ(sorted(by_bucket), expected([](const Event&) { return true; }));
  EXPECT_THROW(ask("FROM events(bucket := 8)", {}), Error);
}

TEST_F(EventsTest, AnswersQueriesAsPlainCountingDoes) {
  std::map<std::string, int> counts;
  for (const Event& event : events_) ++counts[event.kind];
  Rows rows;
  for (const auto& [kind, count] : counts) rows.push_back(fmt::format("{}|{}", kind, count));
  EXPECT_EQ(read("SELECT kind, count(*) FROM events GROUP BY kind ORDER BY kind", 4), rows);
  EXPECT_EQ(read("SELECT count(*) FROM events", 4), Rows{"6000"});
  EXPECT_EQ(read("SELECT count(DISTINCT learner) FROM events WHERE properties->>'device' = 'd1' "
                 "AND device <> 'd1'"),
            Rows{"0"});
}

TEST_F(EventsTest, DoesNotTouchColumnsThatAQueryDoesNotUse) {
  // An id lies in its bucket's file as it is; one wrong bit there is damage that only a reader of
  // ids may notice.
  bool damaged = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "trail")) {
    std::string bytes = read_file(entry.path());
    const EventId id = events_[0].id;
    const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&id), sizeof id));
    if (at == std::string::npos) continue;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::ofstream(entry.path(), std::ios::binary) << bytes;
    damaged = true;
  }
  ASSERT_TRUE(damaged);
  EXPECT_EQ(read("SELECT count(*) FROM events WHERE kind LIKE 'kind%' AND properties IS NOT NULL"),
            Rows{"6000"});
  try {
    read("SELECT max(id) FROM events");
    FAIL() << "the damage was not seen";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.reason(), "trail.damaged");
  }
}

TEST_F(EventsTest, GivesPropertyColumnsNamesAndTypesOfTheirOwn) {
  Event event = trail::make_event("a", trail::kTerm, 1);
  event.properties = {{"Score", 1.5}, {"score", std::string("high")}, {"mixed", true}};
  Event other = trail::make_event("b", trail::kTerm, 2);
  other.properties = {{"mixed", std::string("it's \"so\"")}};
  build({event, other}, {"Score", "mixed", "never", "score"});
  EXPECT_EQ(
      read("SELECT Score_2, score_3, mixed, never, typeof(Score_2), typeof(mixed) FROM events "
           "ORDER BY learner"),
      (Rows{"1.5|high|1|NULL|DOUBLE|VARCHAR", "NULL|NULL|it's \"so\"|NULL|DOUBLE|VARCHAR"}));
}

TEST_F(EventsTest, GivesNothingOfEmptyTrails) {
  build({}, {"device"});
  EXPECT_EQ(read("SELECT count(*), max(device) FROM events"), Rows{"0|NULL"});
}

TEST_F(EventsTest, SeesOneGeneration) {
  Session before = session();
  build({}, {});
  EXPECT_EQ(rows_of(before.query("SELECT count(*) FROM events")), Rows{"6000"});
  EXPECT_EQ(read("SELECT count(*) FROM events"), Rows{"0"});
}

}  // namespace
}  // namespace waymark::query
