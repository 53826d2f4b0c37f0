#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/ids.h"

namespace waymark::govern {

// Names for learners that tell nothing to whoever lacks the key: HMAC-SHA256 of the identity, cut
// to 40 bits, in Crockford's base 32, such as "L-7QK2M9XA". One key gives one learner the same name
// everywhere; another key gives unrelated ones.
//
// 40 bits are enough for a person to tell learners apart (among 100,000 the chance that any two
// share a name is 1 in 220), not to identify them: join by LearnerKey, never by pseudonym.
//
// Thread-safe.
class Pseudonyms {
 public:
  using Key = std::array<unsigned char, 32>;
  explicit Pseudonyms(const Key& key) : key_(key) {}

  // With the key in that file, which is made with a random one where there is none and is readable
  // by its owner alone. Throws Error{kForbidden, "pseudonym.key_exposed"} where others may read
  // it, Error{kCorrupt, "pseudonym.key_damaged"} where it is not a key.
  static Pseudonyms with_key_file(const std::filesystem::path& path);

  std::string name(const LearnerKey& learner) const;

 private:
  Key key_;
};

}  // namespace waymark::govern
