#include "event/code_set.h"

#include <cstring>
#include <limits>

#include "base/wide_loops.h"

namespace waymark {
namespace {

// Whether any is in [lowest, highest]: without a branch, so that it is vector code.
template <typename T>
WAYMARK_INLINE bool any_between(const T* codes, std::size_t n, T lowest, T highest) {
  const auto width = static_cast<T>(highest - lowest);
  T any = 0;
  for (std::size_t i = 0; i < n; ++i) any |= static_cast<T>(codes[i] - lowest) <= width ? 1 : 0;
  return any != 0;
}

WAYMARK_WIDE_LOOPS
bool is_any_between(const std::uint8_t* codes, std::size_t n, std::uint8_t low, std::uint8_t high) {
  return any_between(codes, n, low, high);
}
WAYMARK_WIDE_LOOPS
bool is_any_between(const std::uint16_t* codes, std::size_t n, std::uint16_t low,
                    std::uint16_t high) {
  return any_between(codes, n, low, high);
}
WAYMARK_WIDE_LOOPS
bool is_any_between(const std::uint32_t* codes, std::size_t n, std::uint32_t low,
                    std::uint32_t high) {
  return any_between(codes, n, low, high);
}

template <typename T>
std::size_t find_in(const CodeSet& set, const T* codes, std::size_t n) {
  constexpr std::size_t kAtOnce = 512;
  constexpr Code kHighest = std::numeric_limits<T>::max();
  if (set.codes().empty() || set.codes().front() > kHighest) return n;
  const auto lowest = static_cast<T>(set.codes().front());
  const auto highest = static_cast<T>(std::min(set.codes().back(), kHighest));
  const auto is_in = [&](Code code) { return set.has(code); };
  for (std::size_t first = 0; first < n; first += kAtOnce) {
    const std::size_t some = std::min(kAtOnce, n - first);
    const T* const begin = codes + first;
    if (!is_in(*begin) && !is_any_between(begin, some, lowest, highest)) continue;
    const T* const found = std::find_if(begin, begin + some, is_in);
    if (found != begin + some) return static_cast<std::size_t>(found - codes);
  }
  return n;
}

}  // namespace

CodeSet::CodeSet(std::vector<Code> codes) : codes_(std::move(codes)) {
  std::erase(codes_, kAbsentCode);
  std::ranges::sort(codes_);
  const auto repeated = std::ranges::unique(codes_);
  codes_.erase(repeated.begin(), repeated.end());
}

std::size_t CodeSet::find(const std::uint8_t* codes, std::size_t n) const {
  if (codes_.size() != 1) return find_in(*this, codes, n);
  if (n == 0 || codes_[0] > std::numeric_limits<std::uint8_t>::max()) return n;
  const void* const found = std::memchr(codes, static_cast<int>(codes_[0]), n);
  return found == nullptr
             ? n
             : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - codes);
}
std::size_t CodeSet::find(const std::uint16_t* codes, std::size_t n) const {
  return find_in(*this, codes, n);
}
std::size_t CodeSet::find(const std::uint32_t* codes, std::size_t n) const {
  return find_in(*this, codes, n);
}

}  // namespace waymark
