#pragma once

// Private to the room: columns as they are encoded.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <unordered_map>

#include "trail/format.h"
#include "trail/section_file.h"
#include "trail/spool.h"

namespace waymark::trail {

// A column on its way to a file: takes values in order, and in the end writes them in the smallest
// encoding that gives them back exactly (any NaN as the usual one).
class ColumnSpool {
 public:
  enum class Type { kInteger, kDouble };
  struct Form {
    Type type = Type::kInteger;
    std::optional<std::uint64_t> absent = {};  // the bits that stand for "no value"
    bool may_be_table = true;                  // small, but slower to read
  };

  ColumnSpool(ScratchFile& scratch, std::size_t limit, Form form)
      : form_(form), values_(scratch, limit) {}

  template <typename T>
  void append(const T* values, std::size_t n) {
    while (n != 0) {
      const std::size_t taken = std::min(n, kPending - pending_count_);
      std::transform(values, values + taken, pending_ + pending_count_, bits_of<T>);
      values += taken;
      n -= taken;
      pending_count_ += taken;
      if (pending_count_ == kPending) settle();
    }
  }
  void push(std::uint64_t bits) { append(&bits, 1); }
  std::uint64_t size() const { return repeated_ + values_.size() + pending_count_; }

  // How it will be stored; nothing may be appended afterwards.
  void plan(SectionKind kind, std::uint16_t ordinal = 0);
  // Once planned.
  void write(SectionWriter& writer) const;
  std::uint64_t stored_size() const { return section_size(entry_); }
  // Whether any is not absent.
  bool has_values() const { return seen_.any; }

 private:
  // Looked at together, while they are in the nearest cache.
  static constexpr std::size_t kPending = 256;

  // What of the values decides on their encoding.
  struct Seen {
    bool has_absent = false;
    bool any = false;       // a value that is not absent
    bool all_float = true;  // doubles: exact in 4 bytes
    bool all_whole = true;  // doubles: integers that a double holds exactly
    // Of the integers. The step divides every difference.
    std::int64_t minimum = std::numeric_limits<std::int64_t>::max();
    std::int64_t maximum = std::numeric_limits<std::int64_t>::min();
    std::int64_t origin = 0;
    std::uint64_t step = 0;
  };

  template <typename T>
  static std::uint64_t bits_of(T value) {
    if constexpr (std::is_same_v<T, double>) {
      return std::bit_cast<std::uint64_t>(
          std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value);
    } else {
      return static_cast<std::uint64_t>(value);
    }
  }

  void settle();
  void note(std::uint64_t bits);
  void note_integer(std::int64_t value);
  void plan_values();
  void plan_table();
  std::int64_t integer(std::uint64_t bits) const;

  Form form_;
  // As long as all values are the first, they are only counted.
  std::uint64_t first_ = 0;
  std::uint64_t repeated_ = 0;
  Spool<std::uint64_t> values_;
  std::uint64_t pending_[kPending];
  std::size_t pending_count_ = 0;
  Seen seen_;
  SectionEntry entry_{};
  std::unordered_map<std::uint64_t, std::uint64_t> places_;  // kTable: where each value stands
};

}  // namespace waymark::trail
