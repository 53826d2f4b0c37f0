#include "fold/code_index.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace waymark::fold {
namespace {

TEST(CodeIndex, NumbersCodesAsTheyFirstCome) {
  CodeIndex index;
  EXPECT_EQ(index.size(), 0u);
  for (Code code = 0; code < 10'000; ++code) {
    const auto [at, is_new] = index.add(code * 7'919 % 10'007);
    EXPECT_TRUE(is_new);
    EXPECT_EQ(at, code);
  }
  for (Code code = 0; code < 10'000; ++code) {
    const auto [at, is_new] = index.add(code * 7'919 % 10'007);
    EXPECT_FALSE(is_new);
    EXPECT_EQ(at, code);
    EXPECT_EQ(index[at], code * 7'919 % 10'007);
  }
  index.clear();
  EXPECT_EQ(index.size(), 0u);
  EXPECT_TRUE(index.add(7).is_new);
}

TEST(CodeIndex, SavedAndLoadedIsTheSame) {
  CodeIndex index;
  for (const Code code : {5u, 0u, kAbsentCode}) index.add(code);
  ByteWriter writer;
  index.save(writer);
  ByteReader reader(writer.bytes());
  CodeIndex loaded = CodeIndex::load(reader);
  EXPECT_EQ(loaded.size(), 3u);
  EXPECT_EQ(loaded.add(kAbsentCode).index, 2u);
  EXPECT_EQ(loaded.add(1).index, 3u);
}

TEST(CodeIndex, ACodeTwiceIsCorrupt) {
  ByteWriter writer;
  writer.values(std::vector<Code>{3, 4, 3});
  ByteReader reader(writer.bytes());
  EXPECT_THROW(CodeIndex::load(reader), Error);
}

}  // namespace
}  // namespace waymark::fold
