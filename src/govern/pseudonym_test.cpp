#include "govern/pseudonym.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace waymark::govern {
namespace {

namespace fs = std::filesystem;

// HMAC fills a short key up with zeros, so those of RFC 4231 stand for keys of 32 bytes.
Pseudonyms::Key key_of(std::string_view bytes) {
  Pseudonyms::Key key{};
  std::ranges::copy(bytes, key.begin());
  return key;
}

// The first five bytes of the published digests, in base 32.
TEST(Pseudonyms, FollowTheDigitsOfRfc4231) {
  EXPECT_EQ(Pseudonyms(key_of(std::string(20, '\x0b'))).name(LearnerKey("Hi There")),
            "L-P0T4RRER");  // b0344c61d8…
  EXPECT_EQ(Pseudonyms(key_of("Jefe")).name(LearnerKey("what do ya want for nothing?")),
            "L-BFEC2HNZ");  // 5bdcc146bf…
  EXPECT_EQ(Pseudonyms(key_of(std::string(20, '\xaa'))).name(LearnerKey(std::string(50, '\xdd'))),
            "L-EWZAJ7HP");  // 773ea91e36…
}

TEST(Pseudonyms, DependOnKeyAndLearnerAlone) {
  const Pseudonyms one(key_of("one"));
  const Pseudonyms two(key_of("two"));
  EXPECT_EQ(one.name(LearnerKey("ann")), Pseudonyms(key_of("one")).name(LearnerKey("ann")));
  EXPECT_NE(one.name(LearnerKey("ann")), two.name(LearnerKey("ann")));
  std::set<std::string> names;
  for (int n = 0; n < 1'000; ++n) {
    const std::string name = one.name(LearnerKey(std::to_string(n)));
    EXPECT_EQ(name.size(), 10u);
    EXPECT_EQ(name.find_first_of("ILOU", 2), std::string::npos) << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), 1'000u);
}

TEST(Pseudonyms, TheKeyIsMadeOnceAndForItsOwnerAlone) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "key";
  const std::string first = Pseudonyms::with_key_file(path).name(LearnerKey("ann"));
  EXPECT_EQ(Pseudonyms::with_key_file(path).name(LearnerKey("ann")), first);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::file_size(path), 32u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
  const fs::path other = folder.path() / "other";
  EXPECT_NE(Pseudonyms::with_key_file(other).name(LearnerKey("ann")), first);
}

TEST(Pseudonyms, AKeyThatIsExposedOrDamagedIsRefused) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "key";
  Pseudonyms::with_key_file(path);
  const auto reason = [&]() -> std::string {
    try {
      Pseudonyms::with_key_file(path);
      return "";
    } catch (const Error& error) {
      return error.reason();
    }
  };
  fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(reason(), "pseudonym.key_exposed");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(reason(), "");
  fs::resize_file(path, 31);
  EXPECT_EQ(reason(), "pseudonym.key_damaged");
  EXPECT_THROW(Pseudonyms::with_key_file(folder.path() / "none" / "key"), Error);
}

}  // namespace
}  // namespace waymark::govern
