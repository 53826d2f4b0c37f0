#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "source/record_reader.h"

namespace waymark::source {
namespace {

// "line: field|field" for each record, "line! reason [raw]" for each that cannot be read.
std::string told(RecordReader& reader) {
  std::string all;
  for (Record record; reader.next(record);) {
    if (!record.readable()) {
      all += fmt::format("{}! {} [{}]\n", record.line, record.reason, record.raw);
      continue;
    }
    all += fmt::format("{}: ", record.line);
    for (std::size_t i = 0; i < record.fields.size(); ++i)
      all += fmt::format("{}{}", i == 0 ? "" : "|", record.fields[i]);
    all += '\n';
  }
  return all;
}

std::string read(std::string text, char delimiter = ',', std::vector<std::string> header = {},
                 std::size_t limit = kMaxRecordBytes) {
  return told(*read_delimited(open_memory(std::move(text)), delimiter, std::move(header), limit));
}

TEST(Delimited, PlainLines) {
  EXPECT_EQ(read("a,b\n1,2\n3,\n"), "2: 1|2\n3: 3|\n");
  EXPECT_EQ(read("a,b\n1,2"), "2: 1|2\n") << "no line end at the end";
  EXPECT_EQ(read("a,b\r\n1,2\r\n3,4"), "2: 1|2\n3: 3|4\n");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a,b\n1,2\n"),
            "2: 1|2\n")
      << "byte order mark";
  EXPECT_EQ(read("a\tb\n1\t2,3\n", '\t'), "2: 1|2,3\n");
  EXPECT_EQ(read("a;b\n1;2\n", ';'), "2: 1|2\n");
  EXPECT_EQ(read("1,2\n3,4\n", ',', {"a", "b"}), "1: 1|2\n2: 3|4\n");
}

TEST(Delimited, BlankLinesMeanNothingButAreCounted) {
  EXPECT_EQ(read("\n\na,b\n\n1,2\r\n\r\n\n3,4\n\n"), "5: 1|2\n8: 3|4\n");
}

TEST(Delimited, EmptyFilesHaveNoRecords) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("\n\n"), "");
  EXPECT_EQ(read("a,b\n"), "");
  EXPECT_EQ(read("a,b"), "");
}

TEST(Delimited, QuotedFields) {
  EXPECT_EQ(read("a,b\n\"1\",\"2\"\n"), "2: 1|2\n");
  EXPECT_EQ(read("a,b\n\"1,1\",\"say \"\"hi\"\"\"\n"), "2: 1,1|say \"hi\"\n");
  EXPECT_EQ(read("a,b\n\"\",\"\"\"\"\n"), "2: |\"\n");
  EXPECT_EQ(read("a,b\r\n\"1\",\"2\"\r\n\"3\",4"), "2: 1|2\n3: 3|4\n");
  EXPECT_EQ(read("\"a \",\"b\"\n1,\"2\""), "2: 1|2\n");
}

TEST(Delimited, LineEndsInQuotesBelongToTheField) {
  EXPECT_EQ(read("a,b\n\"one\ntwo\",2\n3,\"x\r\n\r\ny\"\n5,6\n"),
            "2: one\ntwo|2\n4: 3|x\r\n\r\ny\n7: 5|6\n");
}

TEST(Delimited, AQuoteInsideAnUnquotedFieldIsACharacter) {
  EXPECT_EQ(read("a,b\n5\" disk,it's 6\"\n"), "2: 5\" disk|it's 6\"\n");
}

TEST(Delimited, AnotherWidthIsRejectedAndTheRestGoesOn) {
  EXPECT_EQ(read("a,b\n1\n1,2,3\n4,5\n"),
            "2! record.columns [1]\n3! record.columns [1,2,3]\n4: 4|5\n");
}

TEST(Delimited, ARejectedLineIsTheSameWhateverEndsIt) {
  const std::string rejects = "2! record.columns [1]\n3! record.unterminated [1,\"]\n";
  EXPECT_EQ(read("a,b\n1\n1,\"\n"), rejects);
  EXPECT_EQ(read("a,b\r\n1\r\n1,\"\r\n"), rejects);
}

TEST(Delimited, AStrayQuoteCostsOneLine) {
  EXPECT_EQ(read("a,b\n1,\"open\n2,3\n4,\"5\"\n6,7\n"),
            "2! record.quote [1,\"open]\n3: 2|3\n4: 4|5\n5: 6|7\n")
      << "the quote of line 4 would close it, with text behind";
  EXPECT_EQ(read("a,b\n1,\"x\" y\n2,3\n"), "2! record.quote [1,\"x\" y]\n3: 2|3\n");
}

TEST(Delimited, AnUnterminatedQuoteAtTheEndCostsOneLine) {
  EXPECT_EQ(read("a,b\n1,2\n3,\"open\n4,5\n6,7"),
            "2: 1|2\n3! record.unterminated [3,\"open]\n4: 4|5\n5: 6|7\n");
  EXPECT_EQ(read("a,b\n\""), "2! record.unterminated [\"]\n");
}

TEST(Delimited, BytesThatAreNoTextAreRejected) {
  using std::string_literals::operator""s;
  EXPECT_EQ(read("a,b\n1,caf\xE9\n2,3\n"), "2! record.encoding [1,caf\xE9]\n3: 2|3\n");
  EXPECT_EQ(read("a,b\n1,\0\n2,3\n"s), "2! record.encoding [1,\0]\n3: 2|3\n"s);
}

TEST(Delimited, ALongLineIsRejectedWithoutBeingHeld) {
  const std::string line(100'000, 'x');
  const auto reader = read_delimited(open_memory("a,b\n1,2\n" + line + ",2\n3,4\n"), ',', {}, 1000);
  Record record;
  ASSERT_TRUE(reader->next(record));
  ASSERT_TRUE(reader->next(record));
  EXPECT_EQ(record.reason, "record.too_long");
  EXPECT_EQ(record.line, 3u);
  EXPECT_LE(record.raw.size(), 1000u);
  ASSERT_TRUE(reader->next(record));
  EXPECT_EQ(record.line, 4u);
  EXPECT_EQ(record.fields[1], "4");
  EXPECT_FALSE(reader->next(record));
}

TEST(Delimited, AHundredMegabytesInOneLine) {
  const std::size_t size = std::size_t{100} << 20;
  const std::string text = "a,b\n" + std::string(size, 'x') + ",2\n3,4\n";
  EXPECT_EQ(read(text).substr(0, 20), "2! record.too_long [");
  const auto reader = read_delimited(open_memory(text), ',', {}, size + 1024);
  Record record;
  ASSERT_TRUE(reader->next(record));
  ASSERT_TRUE(record.readable());
  EXPECT_EQ(record.fields[0].size(), size);
  ASSERT_TRUE(reader->next(record));
  EXPECT_EQ(record.line, 3u);
}

TEST(Delimited, AnUnclosedQuoteBeyondTheLimitCostsOneLine) {
  std::string text = "a,b\n1,\"open\n";
  std::string expected = "2! record.unterminated [1,\"open]\n";
  for (int line = 3; line < 1000; ++line) {
    text += fmt::format("{},x\n", line);
    expected += fmt::format("{}: {}|x\n", line, line);
  }
  EXPECT_EQ(read(text, ',', {}, 500), expected);
}

// Every line opens a quote when it stands first, and closes and opens one when it stands inside:
// reading each to the end would take quadratic time.
TEST(Delimited, ManyUnclosedQuotesTakeLinearTime) {
  std::string text = "a,b\n";
  for (int i = 0; i < 200'000; ++i) text += "a\",\"\n";
  const auto reader = read_delimited(open_memory(text), ',', {});
  std::size_t rejected = 0;
  for (Record record; reader->next(record);) rejected += record.readable() ? 0 : 1;
  EXPECT_EQ(rejected, 200'000u);
}

TEST(Delimited, TooManyFields) {
  EXPECT_EQ(read("a,b\n" + std::string(1'000'000, ',') + "\n1,2\n").substr(0, 20),
            "2! record.columns [,");
  EXPECT_THROW(read(std::string(10'000, ',') + "\n1\n"), Error);
}

TEST(Delimited, HeadersThatCannotBeUsed) {
  const auto why = [](std::string text) {
    try {
      read(std::move(text));
    } catch (const Error& error) {
      return error.reason() + ": " + error.what();
    }
    return std::string();
  };
  EXPECT_EQ(why("a,b,a\n"),
            "source.header: the header line cannot be used: the column 'a' stands there twice");
  EXPECT_EQ(why("\xFF\xFE"
                "a\n"),
            "source.header: the header line cannot be used: the file is UTF-16; save it as UTF-8");
  EXPECT_EQ(why("a,\"b\n"),
            "source.header: the header line cannot be used: a quote is opened and not closed");
  const auto reader = read_delimited(open_memory(",b, c \n1,2,3\n"), ',', {});
  EXPECT_EQ(reader->columns(), (std::vector<std::string>{"column_1", "b", "c"}))
      << "as R writes row names";
}

// Whatever the bytes: no crash, the lines go up, and every record is whole.
TEST(Delimited, RandomBytes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  using std::string_view_literals::operator""sv;
  constexpr std::string_view kLikely = "\"\"\"\",,,\n\n\r\nab\0\xE9\xC3\xA9"sv;
  for (int round = 0; round < 300; ++round) {
    std::string text = "a,b,c\n";
    const std::size_t size = random() % 2000;
    for (std::size_t i = 0; i < size; ++i) {
      text += random() % 4 != 0 ? kLikely[random() % kLikely.size()]
                                : static_cast<char>(random() % 256);
    }
    const auto reader = read_delimited(open_memory(text), ',', {}, 64 + random() % 2000);
    std::uint64_t line = 1;
    for (Record record; reader->next(record);) {
      ASSERT_GT(record.line, line);
      line = record.line;
      ASSERT_EQ(record.fields.size(), record.readable() ? 3u : 0u);
      for (const std::string_view field : record.fields)
        ASSERT_EQ(field.find('\0'), std::string_view::npos);
    }
    ASSERT_LE(line, static_cast<std::uint64_t>(std::ranges::count(text, '\n')) + 1);
  }
}

}  // namespace
}  // namespace waymark::source
