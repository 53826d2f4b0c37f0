#include "source/occurrences.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "base/hash.h"

namespace waymark::source {
namespace {

using Numbered = std::multiset<std::pair<int, std::uint32_t>>;  // record, its number among equals

struct Result {
  Numbered numbered;
  int passes = 0;
};

Result count(const std::vector<int>& records, std::size_t limit) {
  Occurrences occurrences(limit);
  Result result;
  do {
    ++result.passes;
    EXPECT_EQ(occurrences.first_pass(), result.passes == 1);
    for (const int record : records) {
      if (const auto number = occurrences.next(hash128(std::to_string(record))))
        result.numbered.emplace(record, *number);
    }
  } while (occurrences.next_pass());
  return result;
}

Numbered expected(const std::vector<int>& records) {
  std::map<int, std::uint32_t> seen;
  Numbered numbered;
  for (const int record : records) numbered.emplace(record, seen[record]++);
  return numbered;
}

TEST(Occurrences, EqualRecordsAreNumbered) {
  const std::vector<int> records{1, 2, 1, 1, 3, 2};
  EXPECT_EQ(count(records, 100).numbered, expected(records));
  EXPECT_EQ(count(records, 100).passes, 1);
}

TEST(Occurrences, WithATinyTableTheFileIsReadAgain) {
  const std::vector<int> records{1, 2, 1, 1, 3, 2, 4, 5, 6, 1, 7, 8, 5, 9};
  const Result tiny = count(records, 2);
  EXPECT_EQ(tiny.numbered, expected(records));
  EXPECT_GT(tiny.passes, 2);
}

TEST(Occurrences, AnyLimitGivesTheSameNumbers) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<int> records(random() % 5000);
    const std::uint64_t distinct = 1 + random() % 2000;
    for (int& record : records) record = static_cast<int>(random() % distinct);
    const std::size_t limit = 2 + random() % 500;
    ASSERT_EQ(count(records, limit).numbered, expected(records)) << "limit " << limit;
  }
}

TEST(Occurrences, RecordsThatOneHashCannotTellApartEndInAnError) {
  Occurrences occurrences(2);
  const auto read_to_the_end = [&] {
    do {
      for (const std::uint64_t low : {1, 2, 3}) occurrences.next({7, low << 32});
    } while (occurrences.next_pass());
  };
  EXPECT_THROW(read_to_the_end(), Error);
}

}  // namespace
}  // namespace waymark::source
