// Whatever rows come, in whatever files: the counts balance, and the events are those that a few
// lines of brute force find.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/time.h"
#include "engine/test_workspace.h"

namespace waymark::engine {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kMapping =
    "files: data/clicks*.csv\n"
    "arrival: event_time\n"
    "events:\n"
    "  - when: {action: [viewed, posted]}\n"
    "    kind: '${action}'\n"
    "    learner: '${learner}'\n"
    "    object: '${item}'\n"
    "    time: '${time}'\n";

// One record of a file: as it stands there, and what is to become of it.
struct Row {
  enum class Fate { kEvent, kQuarantined, kRefused };
  Fate fate = Fate::kEvent;
  std::string text;      // of the file, without its line end
  std::string identity;  // equal for records that are the same
  std::string event;     // "microseconds|learner|kind|object"
  std::string learner;
  Micros time = 0;
};

std::string quoted(const std::string& field) {
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  Row row() {
    static const Lines kLearners{"ann", "bob", "cem", "d, e", "føn", "g\"g", ""};
    static const Lines kItems{"page 1", "a\nb", "a\r\nb", "say \"hi\"", ",", "", "日本", "x"};
    static const Lines kActions{"viewed", "viewed", "posted", "ignored"};
    // Few moments, so that many events share one; an hour here and there apart.
    const Micros time = 1'741'000'000 * kMicrosPerSecond +
                        static_cast<Micros>(below(40)) * 20 * 60 * kMicrosPerSecond;
    std::string written = to_iso(time);
    const bool bad_time = below(12) == 0;
    if (bad_time) written = below(2) == 0 ? "yesterday" : "";
    const std::string& learner = kLearners[below(8) == 0 ? 6 : below(6)];
    const std::string& action = kActions[below(kActions.size())];
    const std::string& item = kItems[below(kItems.size())];

    Row row{.learner = learner, .time = time};
    const auto field = [&](const std::string& value) {
      const bool plain = value.find_first_of("\",\n\r") == std::string::npos;
      return plain && below(3) != 0 ? value : quoted(value);
    };
    row.text = field(written) + "," + field(learner) + "," + field(action) + "," + field(item);
    row.identity = fmt::format("{}\t{}\t{}\t{}", written, learner, action, item);
    row.event = fmt::format("{}|{}|{}|{}", time, learner, action, item.empty() ? "NULL" : item);
    if (below(15) == 0) {
      row.text = below(2) == 0 ? "too,few" : "far,too,many,fields,here";
      row.identity = row.text;
      row.fate = Row::Fate::kQuarantined;
    } else if (action == "ignored") {
      row.fate = Row::Fate::kRefused;
    } else if (bad_time || learner.empty()) {
      row.fate = Row::Fate::kQuarantined;
    }
    return row;
  }

  // New rows, rows of earlier files and rows twice, in any order.
  std::vector<Row> file() {
    std::vector<Row> rows;
    for (std::size_t n = below(300); n > 0; --n) rows.push_back(row());
    for (std::size_t n = seen_.empty() ? 0 : below(150); n > 0; --n)
      rows.push_back(seen_[below(seen_.size())]);
    for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[below(i)]);
    seen_.insert(seen_.end(), rows.begin(), rows.end());
    return rows;
  }

  std::string written(const std::vector<Row>& rows) {
    const std::string line_end = below(2) == 0 ? "\n" : "\r\n";
    std::string text = "time,learner,action,item" + line_end;
    for (const Row& row : rows) {
      text += row.text + line_end;
      if (below(20) == 0) text += line_end;
    }
    if (below(2) == 0 && !rows.empty()) text.resize(text.size() - line_end.size());
    return text;
  }

 private:
  std::mt19937_64 random_;
  std::vector<Row> seen_;
};

// What must be there, by brute force.
struct Oracle {
  std::map<std::string, Row> events;  // by identity and number in the file
  std::set<std::string> quarantined;
  std::uint64_t received = 0;
  std::uint64_t refused = 0;

  void read(const std::vector<Row>& rows) {
    std::map<std::string, int> occurrences;
    for (const Row& row : rows) {
      const std::string identity = fmt::format("{}\t{}", row.identity, occurrences[row.identity]++);
      received += 1;
      if (row.fate == Row::Fate::kRefused) refused += 1;
      if (row.fate == Row::Fate::kQuarantined) quarantined.insert(identity);
      if (row.fate == Row::Fate::kEvent) events.emplace(identity, row);
    }
  }

  Lines event_lines() const {
    Lines lines;
    for (const auto& [identity, row] : events) lines.push_back(row.event);
    std::ranges::sort(lines);
    return lines;
  }

  // "learner|sessions|events", a pause of more than half an hour apart.
  Lines session_lines() const {
    std::map<std::string, std::multiset<Micros>> times;
    for (const auto& [identity, row] : events) times[row.learner].insert(row.time);
    Lines lines;
    for (const auto& [learner, moments] : times) {
      int sessions = 0;
      Micros last = 0;
      for (const Micros time : moments) {
        if (time - last > 30 * 60 * kMicrosPerSecond) ++sessions;
        last = time;
      }
      lines.push_back(fmt::format("{}|{}|{}", learner, sessions, moments.size()));
    }
    std::ranges::sort(lines);
    return lines;
  }
};

Lines sorted(Lines lines) {
  std::ranges::sort(lines);
  return lines;
}

void expect_counts(const journal::Counts& counts, const Oracle& oracle) {
  EXPECT_EQ(counts.received, oracle.received);
  EXPECT_EQ(counts.stored, oracle.events.size());
  EXPECT_EQ(counts.quarantined, oracle.quarantined.size());
  EXPECT_EQ(counts.refused_in_all(), oracle.refused);
  EXPECT_TRUE(counts.balanced());
}

class Stream : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Stream, GivesTheEventsThatBruteForceFinds) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Generator generator(GetParam());
  const TestWorkspace workspace;
  const TestWorkspace at_once;
  workspace.write("sources/clicks.yaml", kMapping);
  at_once.write("sources/clicks.yaml", kMapping);

  Oracle oracle;
  journal::Counts counts;
  for (int round = 0; round < 3; ++round) {
    const std::vector<Row> rows = generator.file();
    const std::string text = generator.written(rows);
    // Some files are new, others take the place of an earlier one; all of them stand side by side
    // where they come at once.
    workspace.write(fmt::format("data/clicks_{}.csv", generator.below(3)), text);
    at_once.write(fmt::format("data/clicks_{}.csv", round), text);
    oracle.read(rows);
    counts += workspace.ingest().counts();
    expect_counts(counts, oracle);
    workspace.build();
  }
  EXPECT_EQ(workspace.quarantine().size(), oracle.quarantined.size());
  EXPECT_EQ(sorted(workspace.ask("SELECT epoch_us(time), learner, kind, object FROM events")),
            oracle.event_lines());
  EXPECT_EQ(sorted(workspace.ask("SELECT learner, count(*), sum(events)::BIGINT FROM sessions "
                                 "GROUP BY learner")),
            oracle.session_lines());
  expect_counts(at_once.ingest().counts(), oracle);
  at_once.build();
  EXPECT_EQ(difference(at_once.contents(), workspace.contents()), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, Stream, testing::Range<std::uint64_t>(1, 3));

}  // namespace
}  // namespace waymark::engine
