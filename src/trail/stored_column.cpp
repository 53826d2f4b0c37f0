#include "trail/stored_column.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "base/wide_loops.h"

#ifdef WAYMARK_HAS_AVX2
#include <immintrin.h>
#endif

namespace waymark::trail {
namespace {

struct NoPlane {};

// Codes are reckoned modulo 2^32, which is as good and twice as fast.
template <typename Out>
using Word = std::conditional_t<std::is_same_v<Out, std::uint32_t>, std::uint32_t, std::uint64_t>;

template <typename Out>
WAYMARK_INLINE Out from_integer(Word<Out> value) {
  if constexpr (std::is_same_v<Out, double>) {
    return static_cast<double>(static_cast<std::int64_t>(value));
  } else {
    return value;
  }
}

template <typename Out>
WAYMARK_INLINE Out from_bits(std::uint64_t bits) {
  if constexpr (std::is_same_v<Out, double>) {
    return std::bit_cast<double>(bits);
  } else {
    return static_cast<Out>(bits);
  }
}

// unit * (low + high * 2^(8 * sizeof low)) modulo 2^64, or 2^32 for codes. Processors multiply 32
// bits by 32 at once, but not 64 by 64.
template <bool kIsUnitNarrow, typename Low, typename Out>
WAYMARK_INLINE Word<Out> product(Low low, std::uint32_t high, std::uint64_t unit) {
  const auto narrow_unit = static_cast<std::uint32_t>(unit);
  if constexpr (sizeof(Low) < sizeof(std::uint32_t)) {
    const std::uint32_t stored = low | high << (8 * sizeof(Low));
    if constexpr (std::is_same_v<Out, std::uint32_t>) return stored * narrow_unit;
    return kIsUnitNarrow ? std::uint64_t{stored} * narrow_unit : stored * unit;
  } else if constexpr (std::is_same_v<Out, std::uint32_t>) {
    return low * narrow_unit;
  } else if constexpr (kIsUnitNarrow) {
    return std::uint64_t{low} * narrow_unit + (std::uint64_t{high * narrow_unit} << 32);
  } else {
    return (low | std::uint64_t{high} << 32) * unit;
  }
}

#ifdef WAYMARK_HAS_AVX2
// A compiler multiplies all 64 bits of what it has widened itself, in three steps.
template <typename Stored>
WAYMARK_AVX2 __m256i four_widened(const Stored* values) {
  if constexpr (sizeof(Stored) == 4) {
    return _mm256_cvtepu32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
  } else if constexpr (sizeof(Stored) == 2) {
    return _mm256_cvtepu16_epi64(_mm_loadu_si64(values));
  } else {
    return _mm256_cvtepu8_epi64(_mm_loadu_si32(values));
  }
}

// As unpack() does, as far as four at a time go; how many those are.
template <typename Low, typename High>
WAYMARK_AVX2 std::size_t unpack_fours(const Low* low, const High* high, std::size_t n,
                                      std::uint32_t unit, std::uint64_t base, std::uint64_t* out) {
  const __m256i units = _mm256_set1_epi64x(unit);
  const __m256i bases = _mm256_set1_epi64x(static_cast<std::int64_t>(base));
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    __m256i value = _mm256_add_epi64(bases, _mm256_mul_epu32(four_widened(low + i), units));
    if constexpr (!std::is_same_v<High, NoPlane>) {
      const __m256i above = _mm256_mul_epu32(four_widened(high + i), units);
      value = _mm256_add_epi64(value, _mm256_slli_epi64(above, 8 * sizeof(Low)));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), value);
  }
  return i;
}
#endif

template <typename Low, typename High, bool kHasAbsent, bool kIsUnitNarrow, typename Out>
WAYMARK_INLINE void unpack(const Packed& packed, std::size_t row, std::size_t n, Out absent,
                           Out* __restrict out) {
  const auto* low = reinterpret_cast<const Low*>(packed.low) + row;
  [[maybe_unused]] const auto* highs = reinterpret_cast<const High*>(packed.high) + row;
  const std::uint64_t unit = packed.unit;
  const auto base = static_cast<Word<Out>>(packed.base - (kHasAbsent ? unit : 0));
  std::size_t i = 0;
#ifdef WAYMARK_HAS_AVX2
  if constexpr (std::is_same_v<Out, std::uint64_t> && !kHasAbsent && kIsUnitNarrow) {
    const auto narrow_unit = static_cast<std::uint32_t>(unit);
    if (__builtin_cpu_supports("avx2")) i = unpack_fours(low, highs, n, narrow_unit, base, out);
  }
#endif
  for (; i < n; ++i) {
    std::uint32_t high = 0;
    if constexpr (!std::is_same_v<High, NoPlane>) high = highs[i];
    const Out value =
        from_integer<Out>(base + product<kIsUnitNarrow, Low, Out>(low[i], high, unit));
    out[i] = kHasAbsent && (low[i] | high) == 0 ? absent : value;
  }
}

template <bool kHasAbsent, bool kIsUnitNarrow, typename Out>
WAYMARK_INLINE void unpack_any(const Packed& packed, std::size_t row, std::size_t n, Out absent,
                               Out* out) {
  using std::uint16_t;
  using std::uint32_t;
  using std::uint8_t;
  switch (packed.width) {
    case 1:
      return unpack<uint8_t, NoPlane, kHasAbsent, kIsUnitNarrow>(packed, row, n, absent, out);
    case 2:
      return unpack<uint16_t, NoPlane, kHasAbsent, kIsUnitNarrow>(packed, row, n, absent, out);
    case 3:
      return unpack<uint16_t, uint8_t, kHasAbsent, kIsUnitNarrow>(packed, row, n, absent, out);
    case 4:
      return unpack<uint32_t, NoPlane, kHasAbsent, kIsUnitNarrow>(packed, row, n, absent, out);
    case 5:
      return unpack<uint32_t, uint8_t, kHasAbsent, kIsUnitNarrow>(packed, row, n, absent, out);
    case 6:
      return unpack<uint32_t, uint16_t, kHasAbsent, kIsUnitNarrow>(packed, row, n, absent, out);
  }
}

template <typename Place, typename Out>
WAYMARK_INLINE void look_up(const Packed& packed, std::size_t row, std::size_t n, Out* out) {
  const auto* place = reinterpret_cast<const Place*>(packed.low) + row;
  for (std::size_t i = 0; i < n; ++i) out[i] = from_bits<Out>(packed.table[place[i]]);
}

template <typename Out>
WAYMARK_INLINE void decode(const Packed& packed, std::size_t row, std::size_t n, Out absent,
                           Out* out) {
  switch (packed.encoding) {
    case Encoding::kBytes:
      return;
    case Encoding::kConstant:
      std::fill_n(out, n, from_bits<Out>(packed.base));
      return;
    case Encoding::kInteger:
      if (packed.has_absent) return unpack_any<true, false>(packed, row, n, absent, out);
      if (packed.unit >> 32 != 0) return unpack_any<false, false>(packed, row, n, absent, out);
      return unpack_any<false, true>(packed, row, n, absent, out);
    case Encoding::kTable:
      return packed.width == 1 ? look_up<std::uint8_t>(packed, row, n, out)
                               : look_up<std::uint16_t>(packed, row, n, out);
    case Encoding::kFloat: {
      const auto* values = reinterpret_cast<const float*>(packed.low) + row;
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<Out>(values[i]);
      return;
    }
    case Encoding::kWide: {
      const auto* values = reinterpret_cast<const std::uint64_t*>(packed.low) + row;
      for (std::size_t i = 0; i < n; ++i) out[i] = from_bits<Out>(values[i]);
      return;
    }
  }
}

WAYMARK_WIDE_LOOPS
void decode_codes(const Packed& packed, std::size_t row, std::size_t n, std::uint32_t* out) {
  decode<std::uint32_t>(packed, row, n, 0, out);
}

WAYMARK_WIDE_LOOPS
void decode_integers(const Packed& packed, std::size_t row, std::size_t n, std::uint64_t absent,
                     std::uint64_t* out) {
  decode<std::uint64_t>(packed, row, n, absent, out);
}

// Asks for what lies so many rows further on, as a processor does by itself only within a page of
// memory: a page's first values would be waited for.
WAYMARK_INLINE void prefetch(const Packed& packed, std::size_t row, std::size_t n) {
  if (packed.encoding != Encoding::kInteger) return;
  constexpr std::size_t kRowsAhead = 1024, kLine = 64;
  const auto [low, high] = planes_of(packed.width);
  const auto ask = [&](const std::byte* plane, std::size_t width) {
    const std::byte* const ahead = plane + (row + kRowsAhead) * width;
    for (std::size_t at = 0; at < n * width; at += kLine) __builtin_prefetch(ahead + at);
  };
  ask(packed.low, low);
  ask(packed.high, high);
}

// One by one, as what is added fits into the decoding where values are reckoned from a base; and in
// whole vectors, as the next run is written over what is too much, and the last values one by one
// would take as long as all the others.
WAYMARK_WIDE_LOOPS
void decode_runs(const Packed& packed, std::size_t size, std::span<const Run> runs,
                 std::uint64_t* out) {
  constexpr std::size_t kVector = StoredColumn::kSpare + 1;
  const bool has_base = packed.encoding == Encoding::kConstant ||
                        (packed.encoding == Encoding::kInteger && !packed.has_absent);
  Packed own = packed;
  for (const Run& run : runs) {
    std::uint64_t* __restrict values = out + run.at;
    const std::size_t n = std::min((run.n + kVector - 1) / kVector * kVector, size - run.row);
    prefetch(packed, run.row, n);
    if (has_base) own.base = packed.base + run.base;
    decode<std::uint64_t>(own, run.row, n, 0, values);
    if (has_base) continue;
    for (std::size_t i = 0; i < n; ++i) values[i] += run.base;
  }
}

WAYMARK_WIDE_LOOPS
void decode_doubles(const Packed& packed, std::size_t row, std::size_t n, double absent,
                    double* out) {
  decode<double>(packed, row, n, absent, out);
}

}  // namespace

StoredColumn::StoredColumn(const SectionEntry& entry, const std::byte* bytes)
    : packed_{entry.encoding, entry.width, entry.has_absent != 0, entry.base, entry.unit},
      size_(entry.count) {
  packed_.low = bytes;
  if (entry.encoding == Encoding::kTable) {
    packed_.table = reinterpret_cast<const std::uint64_t*>(bytes);
    packed_.low += aligned(entry.unit * 8);
  }
  packed_.high = packed_.low;
  if (const Planes planes = planes_of(entry.width); planes.high != 0) {
    packed_.high += aligned(entry.count * planes.low);
  }
}

void StoredColumn::read(std::size_t row, std::size_t n, std::uint32_t* out) const {
  decode_codes(packed_, row, n, out);
}

void StoredColumn::read(std::size_t row, std::size_t n, std::uint64_t* out,
                        std::uint64_t absent) const {
  decode_integers(packed_, row, n, absent, out);
}

void StoredColumn::read(std::size_t row, std::size_t n, double* out, double absent) const {
  decode_doubles(packed_, row, n, absent, out);
}

void StoredColumn::read(std::span<const Run> runs, std::uint64_t* out) const {
  decode_runs(packed_, size_, runs, out);
}

std::uint64_t StoredColumn::at(std::size_t row) const {
  std::uint64_t value;
  decode<std::uint64_t>(packed_, row, 1, 0, &value);
  return value;
}

const std::uint32_t* StoredColumn::stored_codes() const {
  const bool plain = packed_.encoding == Encoding::kInteger && packed_.width == 4 &&
                     packed_.base == 0 && packed_.unit == 1 && !packed_.has_absent;
  return plain ? reinterpret_cast<const std::uint32_t*>(packed_.low) : nullptr;
}

const std::byte* StoredColumn::stored_words() const {
  return packed_.encoding == Encoding::kWide ? packed_.low : nullptr;
}

}  // namespace waymark::trail
