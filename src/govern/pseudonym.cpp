#include "govern/pseudonym.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/file.h"

namespace waymark::govern {
namespace {

namespace fs = std::filesystem;

// Without I, L, O and U, which are misread or make words.
constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kNameDigits = 8;

// Several processes may come here at once: each writes a file of its own, and the first to link its
// to the path wins.
void make_key_file(const fs::path& path) {
  Pseudonyms::Key key;
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
    throw Error(ErrorCode::kEnvironment, "pseudonym.no_randomness",
                "the system gives no random bytes for a key");
  }
  std::string scratch = path.string() + ".XXXXXX";
  const int fd = ::mkstemp(scratch.data());  // mode 0600
  if (fd < 0) throw_errno("file.open_failed", fmt::format("making {}", path.string()));
  const bool written =
      ::write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(fd) == 0;
  ::close(fd);
  const bool linked = written && (::link(scratch.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int failure = errno;
  ::unlink(scratch.c_str());
  if (!linked) {
    errno = failure;
    throw_errno("file.write_failed", fmt::format("writing {}", path.string()));
  }
  sync_path(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

}  // namespace

Pseudonyms Pseudonyms::with_key_file(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    make_key_file(path);
    ::stat(path.c_str(), &status);
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw Error(ErrorCode::kForbidden, "pseudonym.key_exposed",
                fmt::format("others may read the key {0}; `chmod 600 {0}`, or remove it if they "
                            "may have read it: then every pseudonym changes",
                            path.string()));
  }
  const std::string bytes = read_file(path);
  Key key;
  if (bytes.size() != key.size()) {
    throw Error(ErrorCode::kCorrupt, "pseudonym.key_damaged",
                fmt::format("the key {} has {} bytes instead of {}; restore it, or remove it: then "
                            "every pseudonym changes",
                            path.string(), bytes.size(), key.size()));
  }
  std::ranges::copy(bytes, key.begin());
  return Pseudonyms(key);
}

std::string Pseudonyms::name(const LearnerKey& learner) const {
  const std::string& identity = learner.reveal();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int length = 0;
  const unsigned char* made = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                                   reinterpret_cast<const unsigned char*>(identity.data()),
                                   identity.size(), digest.data(), &length);
  WAYMARK_CHECK(made != nullptr && length == 32);
  std::uint64_t bits = 0;
  for (int i = 0; i < 5; ++i) bits = bits << 8 | digest[i];
  std::string name = "L-";
  for (int digit = kNameDigits - 1; digit >= 0; --digit) {
    name += kDigits[bits >> (5 * digit) & 31];
  }
  return name;
}

}  // namespace waymark::govern
