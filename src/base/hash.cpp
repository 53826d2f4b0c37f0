#include "base/hash.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

namespace waymark {

struct Hasher::State {
  XXH3_state_t xxh;
};

std::uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

EventId hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Hasher::Hasher() : state_(std::make_unique<State>()) { reset(); }
Hasher::~Hasher() = default;

void Hasher::bytes(std::string_view part) {
  XXH3_128bits_update(&state_->xxh, part.data(), part.size());
}

void Hasher::field(std::string_view part) {
  number(part.size());
  bytes(part);
}

void Hasher::number(std::uint64_t value) {
  XXH3_128bits_update(&state_->xxh, &value, sizeof value);
}

EventId Hasher::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return {hash.high64, hash.low64};
}

void Hasher::reset() { XXH3_128bits_reset(&state_->xxh); }

std::string to_hex(const EventId& id) { return fmt::format("{:016x}{:016x}", id.high, id.low); }

}  // namespace waymark
