#include "trail/stored_column.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/time.h"
#include "event/event.h"
#include "trail/code_finder.h"
#include "trail/column_spool.h"

namespace waymark::trail {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

// A column through a file and back; few values are held, so that most wait in the scratch file.
template <typename T>
class StoredAndRead {
 public:
  StoredAndRead(const std::vector<T>& values, ColumnSpool::Form form) {
    ScratchFile scratch(folder_.path() / "scratch");
    ColumnSpool spool(scratch, 100, form);
    spool.append(values.data(), values.size());
    spool.plan(SectionKind::kTime);
    SectionWriter writer(path_, 1);
    spool.write(writer);
    writer.finish(false);
    entry_ = writer.entries()[0];
    file_ = std::make_unique<SectionFile>(path_);
  }
  const SectionEntry& entry() const { return entry_; }
  StoredColumn column() const { return file_->column(SectionKind::kTime); }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "column.trail";
  SectionEntry entry_{};
  std::unique_ptr<SectionFile> file_;
};

SectionEntry check_integers(const std::vector<std::int64_t>& values, bool may_be_table = true) {
  const auto absent = static_cast<std::uint64_t>(kNoDuration);
  const StoredAndRead<std::int64_t> stored(values,
                                           {ColumnSpool::Type::kInteger, absent, may_be_table});
  std::vector<std::uint64_t> read(values.size());
  stored.column().read(0, values.size(), read.data(), absent);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(static_cast<std::int64_t>(read[i]), values[i]) << i;
  }
  const std::size_t half = values.size() / 2;
  constexpr std::uint64_t kUntouched = 0x5555'5555'5555'5555;
  std::vector<std::uint64_t> moved(values.size() + StoredColumn::kSpare + 1, kUntouched);
  const Run runs[] = {{half, 0, values.size() - half, 7}, {0, values.size() - half, half, 0}};
  stored.column().read(runs, moved.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = i < half ? i + values.size() - half : i - half;
    if (values[i] == kNoDuration) continue;
    EXPECT_EQ(moved[at] - (i < half ? 0 : 7), static_cast<std::uint64_t>(values[i])) << i;
  }
  EXPECT_EQ(moved.back(), kUntouched);
  if (values.size() > 10) {
    std::vector<std::uint64_t> part(5);
    stored.column().read(3, 5, part.data(), absent);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), read.begin() + 3));
  }
  return stored.entry();
}

SectionEntry check_doubles(const std::vector<double>& values) {
  const StoredAndRead<double> stored(
      values, {ColumnSpool::Type::kDouble, std::bit_cast<std::uint64_t>(kNaN)});
  std::vector<double> read(values.size());
  stored.column().read(0, values.size(), read.data(), kNaN);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) {
      EXPECT_TRUE(std::isnan(read[i])) << i;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(read[i]), std::bit_cast<std::uint64_t>(values[i]))
          << i;
    }
  }
  return stored.entry();
}

std::vector<std::int64_t> spread(std::size_t n, std::int64_t from, std::int64_t step,
                                 std::uint64_t steps) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < n; ++i) {
    values.push_back(from + step * static_cast<std::int64_t>(random() % steps));
  }
  values.push_back(from);
  values.push_back(from + step * static_cast<std::int64_t>(steps - 1));
  return values;
}

TEST(StoredColumn, ConstantTakesNoBytes) {
  EXPECT_EQ(check_integers({}).encoding, Encoding::kConstant);
  EXPECT_EQ(check_integers({7}).encoding, Encoding::kConstant);
  EXPECT_EQ(check_integers(std::vector<std::int64_t>(1000, kHighest)).size, 0u);
  EXPECT_EQ(check_integers({kNoDuration, kNoDuration}).size, 0u);
  EXPECT_EQ(check_doubles({kNaN, kNaN, kNaN}).size, 0u);
  EXPECT_EQ(check_doubles(std::vector<double>(1000, 0.1)).size, 0u);
}

TEST(StoredColumn, IntegersTakeTheNarrowestWidthOfTheirSteps) {
  for (const std::int64_t step : {std::int64_t{1}, std::int64_t{1000}, 60 * kMicrosPerMinute}) {
    for (unsigned width = 1; width <= 6; ++width) {
      if (width > 3 && step > 1000) continue;  // past what 64 bits hold
      const auto values = spread(3000, 3 - 500 * step, step, std::uint64_t{1} << (8 * width));
      const SectionEntry entry = check_integers(values, false);
      EXPECT_EQ(entry.encoding, Encoding::kInteger);
      EXPECT_EQ(entry.width, width) << step;
      EXPECT_EQ(entry.unit, static_cast<std::uint64_t>(step));
    }
  }
}

TEST(StoredColumn, AbsentIntegersDoNotSpoilTheStep) {
  std::vector<std::int64_t> values = spread(3000, 5000, 1000, 200);
  values[7] = values[2000] = kNoDuration;
  const SectionEntry entry = check_integers(values);
  EXPECT_EQ(entry.width, 1);
  EXPECT_EQ(entry.unit, 1000u);
}

TEST(StoredColumn, ExtremeIntegersSurvive) {
  EXPECT_EQ(check_integers({kLowest, kHighest, 0, 1, -2, 5, 9, 11}, false).encoding,
            Encoding::kWide);
  check_integers({kLowest, kHighest});
  check_integers({kLowest, kHighest, kNoDuration});
  check_integers({kLowest, kLowest + 1, kNoDuration});
  check_integers({kHighest, kHighest - 255, kNoDuration});
}

TEST(StoredColumn, FewWideValuesBecomeATable) {
  std::mt19937_64 random(2);
  std::vector<std::int64_t> some;
  for (int i = 0; i < 300; ++i) some.push_back(static_cast<std::int64_t>(random()));
  std::vector<std::int64_t> values;
  for (int i = 0; i < 5000; ++i) values.push_back(some[random() % some.size()]);
  const SectionEntry entry = check_integers(values);
  EXPECT_EQ(entry.encoding, Encoding::kTable);
  EXPECT_EQ(entry.width, 2);
  std::vector<double> fractions;
  for (int i = 0; i < 5000; ++i) fractions.push_back(i % 20 == 0 ? kNaN : (i % 101) / 10.0);
  EXPECT_EQ(check_doubles(fractions).width, 1);
}

TEST(StoredColumn, DoublesAreWholeNumbersOrFloatsWhereThatIsExact) {
  std::vector<double> whole, halves, tenths;
  for (int i = 0; i < 100'000; ++i) {
    whole.push_back(i % 5 == 0 ? kNaN : i % 200);
    halves.push_back(i + 0.5);
    tenths.push_back(i + 0.1);
  }
  EXPECT_EQ(check_doubles(whole).encoding, Encoding::kInteger);
  EXPECT_EQ(check_doubles(whole).width, 1);
  EXPECT_EQ(check_doubles(halves).encoding, Encoding::kFloat);
  EXPECT_EQ(check_doubles(tenths).encoding, Encoding::kWide);
}

TEST(StoredColumn, OddDoublesSurvive) {
  const double infinity = std::numeric_limits<double>::infinity();
  check_doubles({0.0, -0.0});
  check_doubles({1.0, -0.0, 2.0, kNaN});
  check_doubles({infinity, -infinity, 1.0, kNaN});
  check_doubles({9007199254740993.0, -9007199254740992.0, 3.0});
  check_doubles({1e300, 5e-324, -1e-310, 0.25});
  check_doubles({std::numeric_limits<double>::max(), 1.0});
}

TEST(StoredColumn, CodesAreReadInPlaceWhereTheyAreStoredWhole) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < 20'000; ++i) values.push_back(i * 200'003);
  values[1] = 1;
  const StoredAndRead<std::int64_t> stored(values, {});
  std::vector<std::uint32_t> read(values.size());
  stored.column().read(0, values.size(), read.data());
  EXPECT_TRUE(std::ranges::equal(
      read, values, {}, {}, [](std::int64_t value) { return static_cast<std::uint32_t>(value); }));
  ASSERT_NE(stored.column().stored_codes(), nullptr);
  EXPECT_TRUE(std::ranges::equal(read, std::span(stored.column().stored_codes(), read.size())));
}

// In each form that codes take: what is found is what one sees in them decoded.
TEST(CodeFinder, FindsWhatDecodingFinds) {
  struct Form {
    Encoding encoding;
    std::uint8_t width;
    std::int64_t from, step;
    std::uint64_t steps;
  };
  for (const Form& form : {Form{Encoding::kConstant, 0, 5, 1, 1},
                           {Encoding::kInteger, 1, 3, 1, 40},
                           {Encoding::kInteger, 1, 1000, 7, 200},
                           {Encoding::kInteger, 2, 10, 3, 5000},
                           {Encoding::kTable, 1, 0, 1'000'003, 30},
                           {Encoding::kTable, 2, 0, 1'000'003, 300},
                           {Encoding::kInteger, 3, 0, 1, 100'000}}) {
    std::vector<std::int64_t> values = spread(3000, form.from, form.step, form.steps);
    if (form.encoding == Encoding::kTable) {  // no common step
      for (std::int64_t& value : values) value += value % 7;
    }
    const StoredAndRead<std::int64_t> stored(values, {});
    ASSERT_EQ(stored.entry().encoding, form.encoding);
    ASSERT_EQ(stored.entry().width, form.width);
    std::mt19937_64 random(2);
    for (int round = 0; round < 300; ++round) {
      std::vector<Code> wanted{static_cast<Code>(values[random() % values.size()]),
                               static_cast<Code>(random() % 1200)};
      const CodeFinder finder(stored.column(), CodeSet(wanted));
      const std::size_t row = random() % values.size();
      const std::size_t n = random() % std::min<std::size_t>(values.size() - row + 1, 600);
      const auto first = std::ranges::find_first_of(std::span(values).subspan(row, n), wanted);
      EXPECT_EQ(finder.find(row, row + n),
                row + static_cast<std::size_t>(first - std::span(values).subspan(row, n).begin()));
    }
  }
}

}  // namespace
}  // namespace waymark::trail
