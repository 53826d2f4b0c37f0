#pragma once

// Private to the room: columns as they are decoded.

#include <cstddef>
#include <cstdint>
#include <span>

#include "trail/format.h"

namespace waymark::trail {

// What a stored column is decoded from: its entry's parameters and its planes.
struct Packed {
  Encoding encoding = Encoding::kConstant;
  std::uint8_t width = 0;
  bool has_absent = false;
  std::uint64_t base = 0;
  std::uint64_t unit = 0;
  const std::uint64_t* table = nullptr;
  const std::byte* low = nullptr;
  const std::byte* high = nullptr;
};

// Rows [row, row + n) of a column, wanted at [at, at + n) with `base` added to each; and of which
// file, where columns of several are read.
struct Run {
  std::size_t row, at, n;
  std::uint64_t base = 0;
  std::uint32_t file = 0;
};

// A column in mapped memory. A view, cheap to copy. Reads do not check their range.
class StoredColumn {
 public:
  StoredColumn() = default;
  // `bytes`: the section's, as many as section_size says.
  StoredColumn(const SectionEntry& entry, const std::byte* bytes);

  std::uint64_t size() const { return size_; }
  const Packed& packed() const { return packed_; }
  bool is_constant() const { return packed_.encoding == Encoding::kConstant; }

  // Decodes the values [row, row + n) to `out`; absent ones become `absent`.
  void read(std::size_t row, std::size_t n, std::uint32_t* out) const;
  void read(std::size_t row, std::size_t n, std::uint64_t* out, std::uint64_t absent = 0) const;
  void read(std::size_t row, std::size_t n, double* out, double absent) const;
  // Runs in the order in which they are wanted, none over another. Up to kSpare values after the
  // end of the last may be written, too.
  static constexpr std::size_t kSpare = 15;
  void read(std::span<const Run> runs, std::uint64_t* out) const;
  std::uint64_t at(std::size_t row) const;

  // The values themselves where they are stored as plain 4-byte codes or 8-byte words, else null.
  const std::uint32_t* stored_codes() const;
  const std::byte* stored_words() const;

 private:
  Packed packed_;
  std::uint64_t size_ = 0;
};

}  // namespace waymark::trail
