#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace waymark::stats {

// Random numbers that are the same for a seed on every machine and library: the standard fixes the
// generator but not its distributions, so those are ours.
class Random {
 public:
  explicit Random(std::uint64_t seed) : generator_(seed) {}

  std::uint64_t next() { return generator_(); }

  // Uniform in [0, bound), unbiased; bound > 0. Lemire 2019, "Fast random integer generation in an
  // interval", algorithm 5.
  std::uint64_t below(std::uint64_t bound) {
    Wide product = Wide(next()) * bound;
    if (auto low = static_cast<std::uint64_t>(product); low < bound) {
      const std::uint64_t floor = -bound % bound;
      while (low < floor) {
        product = Wide(next()) * bound;
        low = static_cast<std::uint64_t>(product);
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // Fisher and Yates.
  template <typename T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  __extension__ using Wide = unsigned __int128;
  std::mt19937_64 generator_;
};

}  // namespace waymark::stats
