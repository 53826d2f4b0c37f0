#include "source/byte_stream.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "source/test_workspace.h"

namespace waymark::source {
namespace {

// Everything up to the end or the damage, whose reason is then in `damage`.
std::string drain(ByteStream& stream, std::string* damage = nullptr, std::size_t step = 4096) {
  std::string all;
  std::string block(step, '\0');
  try {
    while (const std::size_t n = stream.read(block.data(), block.size())) all.append(block, 0, n);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    if (damage == nullptr) throw;
    *damage = error.reason();
  }
  return all;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + (i % 7 == 0 ? "\n" : ",");
  return text;
}

TEST(ByteStream, KnowsCompressionByTheFirstBytes) {
  const std::string text = long_text();
  EXPECT_EQ(drain(*open_memory(text)), text);
  EXPECT_EQ(drain(*open_memory(gzipped(text))), text);
  EXPECT_EQ(drain(*open_memory(zstandard(text))), text);
  EXPECT_EQ(drain(*open_memory("")), "");
  EXPECT_EQ(drain(*open_memory("a")), "a");
  EXPECT_EQ(drain(*open_memory(gzipped(""))), "");
  EXPECT_EQ(drain(*open_memory(zstandard(""))), "");
}

TEST(ByteStream, ReadsSeveralMembersAndFramesAsOne) {
  const std::string text = long_text();
  EXPECT_EQ(drain(*open_memory(gzipped("one,") + gzipped(text))), "one," + text);
  EXPECT_EQ(drain(*open_memory(zstandard("one,") + zstandard(text) + zstandard("!"))),
            "one," + text + "!");
}

TEST(ByteStream, ReadsInSmallSteps) {
  const std::string text = long_text();
  EXPECT_EQ(drain(*open_memory(gzipped(text)), nullptr, kMinRead), text);
  EXPECT_EQ(drain(*open_memory(zstandard(text)), nullptr, kMinRead), text);
  EXPECT_EQ(drain(*open_memory(text, Encoding::kWindows1252), nullptr, kMinRead), text);
}

TEST(ByteStream, ATruncatedFileGivesWhatItHasAndThenSaysSo) {
  const std::string text = long_text();
  for (const std::string& packed : {gzipped(text), zstandard(text)}) {
    std::string damage;
    const std::string got = drain(*open_memory(packed.substr(0, packed.size() * 2 / 3)), &damage);
    EXPECT_EQ(damage, "file.truncated");
    EXPECT_TRUE(text.starts_with(got));
    EXPECT_GT(got.size(), 0u);
  }
}

TEST(ByteStream, DamageIsToldNotDecoded) {
  const std::string text = long_text();
  std::string packed = gzipped(text);
  packed[packed.size() - 6] ^= 1;  // the checksum
  std::string damage;
  EXPECT_EQ(drain(*open_memory(packed), &damage), text);
  EXPECT_EQ(damage, "file.corrupt");

  packed = zstandard(text);
  packed[packed.size() / 2] ^= 0x55;
  packed[packed.size() / 2 + 1] ^= 0x55;
  damage.clear();
  drain(*open_memory(packed), &damage);
  EXPECT_NE(damage, "");

  damage.clear();
  EXPECT_EQ(drain(*open_memory(gzipped("a") + "rubbish behind the end"), &damage), "a");
  EXPECT_EQ(damage, "file.corrupt");
}

TEST(ByteStream, ABombIsOnlyAStream) {
  const std::string bomb = zstandard(std::string(std::size_t{200} << 20, 'x'));
  ASSERT_LT(bomb.size(), 64u << 10);
  const auto stream = open_memory(bomb);
  std::string block(1 << 20, '\0');
  std::size_t all = 0;
  while (const std::size_t n = stream->read(block.data(), block.size())) all += n;
  EXPECT_EQ(all, std::size_t{200} << 20);
}

TEST(ByteStream, Windows1252BecomesUtf8) {
  EXPECT_EQ(drain(*open_memory("caf\xE9 \x80 \x85 \xFF \x81", Encoding::kWindows1252)),
            "café € … ÿ \xC2\x81");
}

TEST(ByteStream, AMissingFileIsNamed) {
  try {
    open_file("/nowhere/at/all.csv", Encoding::kUtf8);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all.csv"), std::string::npos);
  }
}

TEST(ByteStream, AFolderIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_THROW(open_file(folder.path(), Encoding::kUtf8), Error);
}

}  // namespace
}  // namespace waymark::source
