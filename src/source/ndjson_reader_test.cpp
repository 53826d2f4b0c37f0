#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "source/record_reader.h"

namespace waymark::source {
namespace {

std::string_view type_name(PropertyType type) {
  switch (type) {
    case PropertyType::kText:
      return "";
    case PropertyType::kNumber:
      return "#";
    case PropertyType::kBoolean:
      return "?";
    case PropertyType::kJson:
      return "@";
  }
  return "";
}

// "line: path=value …" for each record, "line! reason" for each that cannot be read.
std::string read(std::string text, std::size_t limit = kMaxRecordBytes) {
  const auto reader = read_ndjson(open_memory(std::move(text)), limit);
  std::string all;
  for (Record record; reader->next(record);) {
    if (!record.readable()) {
      all += fmt::format("{}! {}\n", record.line, record.reason);
      continue;
    }
    all += fmt::format("{}:", record.line);
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      if (record.fields[i].empty()) continue;
      all += fmt::format(" {}={}{}", reader->columns()[i], type_name(record.types[i]),
                         record.fields[i]);
    }
    all += '\n';
  }
  return all;
}

TEST(Ndjson, NestedObjectsHaveDottedPaths) {
  EXPECT_EQ(read(R"({"actor":{"name":"Ann","age":7.50},"ok":true,"tags":["a", {"b": 1}],"x":null})"
                 "\n"
                 R"({"y":"1","actor":{"name":"Bob"}})"),
            "1: actor.name=Ann actor.age=#7.5 ok=?true tags=@[\"a\",{\"b\":1}]\n"
            "2: actor.name=Bob y=1\n");
}

TEST(Ndjson, NumbersKeepTheirDigits) {
  EXPECT_EQ(read(R"({"a":9007199254740993,"b":18446744073709551615,"c":-1,"d":1e300,"e":0.1})"),
            "1: a=#9007199254740993 b=#18446744073709551615 c=#-1 d=#1e+300 e=#0.1\n");
}

TEST(Ndjson, TextIsDecoded) {
  EXPECT_EQ(read(R"({"a":"caf\u00e9 \"x\"\n"})"), "1: a=café \"x\"\n\n");
}

TEST(Ndjson, BlankLinesMeanNothingButAreCounted) {
  EXPECT_EQ(read("\n{\"a\":1}\r\n  \r\n{}\n{\"a\":2}"), "2: a=#1\n4:\n5: a=#2\n");
}

TEST(Ndjson, ABadLineIsRejectedAndTheRestGoesOn) {
  EXPECT_EQ(read("{\"a\":1}\n{\"a\":\n[1]\n7\n{\"a\":1}{\"a\":2}\n{\"a\":\"\xE9\"}\nnull\n"
                 "{\"a\":\"\\u0000\"}\n{\"\":1}\n{\"a\":1,\"a\":2}\n{\"a\":3}\n"),
            "1: a=#1\n2! record.malformed\n3! record.malformed\n4! record.malformed\n"
            "5! record.malformed\n6! record.malformed\n7! record.malformed\n8! record.encoding\n"
            "9! record.malformed\n10! record.malformed\n11: a=#3\n");
}

TEST(Ndjson, ARejectedLineIsTheSameWhateverEndsIt) {
  const auto reader = read_ndjson(open_memory("nothing\r\nnothing\n"));
  for (Record record; reader->next(record);) EXPECT_EQ(record.raw, "nothing");
}

TEST(Ndjson, LimitsAreRejects) {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_EQ(read("{\"a\":" + deep + "}\n{\"b\":1}\n"), "1! record.malformed\n2: b=#1\n");
  EXPECT_EQ(read("{\"a\":\"" + std::string(5000, 'x') + "\"}\n{\"b\":1}\n", 1000),
            "1! record.too_long\n2: b=#1\n");
  EXPECT_EQ(read("{\"" + std::string(5000, 'x') + "\":1}\n{\"b\":1}\n"),
            "1! record.malformed\n2: b=#1\n");

  std::string wide = "{\"b\":1";
  for (std::size_t i = 0; i < kMaxColumns; ++i) wide += fmt::format(",\"c{}\":1", i);
  EXPECT_EQ(read(wide + "}\n{\"b\":1}\n"), "1! record.columns\n2: b=#1\n");
}

TEST(Ndjson, RandomBytes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const std::string sample = R"({"a":{"b":[1,2,{"c":null}]},"d":"x\u00e9","e":-1.5e3,"f":true})";
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int line = 0; line < 5; ++line) {
      std::string damaged = sample;
      for (std::uint64_t hits = random() % 4; hits > 0; --hits)
        damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
      text += damaged + "\n";
    }
    ASSERT_FALSE(read(text, 64 + random() % 200).empty());
  }
}

}  // namespace
}  // namespace waymark::source
