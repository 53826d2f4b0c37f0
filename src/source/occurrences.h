#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"

namespace waymark::source {

// Numbers equal records 0, 1, 2, … exactly, whatever their number, in memory for `limit` distinct
// ones. Where a file has more, the upper half of the range of hashes is put off: its records are
// counted in a further pass over the same file, which gives out numbers only from the record on at
// which the half was put off (those before have theirs already).
//
//   do { for (record : file) if (auto k = occurrences.next(hash)) …; } while (…next_pass());
class Occurrences {
 public:
  // limit >= 2
  explicit Occurrences(std::size_t limit);

  // The next record of the file: its number among equal ones, or null where it belongs to another
  // pass. Throws Error{kUnavailable, "source.occurrences"} where records cannot be told apart by
  // hash, which only made-up files bring about.
  std::optional<std::uint32_t> next(const EventId& fingerprint);

  // At the end of the file: whether it must be read again.
  bool next_pass();
  bool first_pass() const { return passes_ == 1; }

 private:
  // 96 bits of the hash: no two of 10^9 records share them by chance.
  struct Slot {
    std::uint64_t high = 0;
    std::uint32_t low = 0;
    std::uint32_t count = 0;  // 0 = free
  };
  // Hashes first <= high <= last, numbered from record `from` on.
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t from = 0;
  };

  // The hash's slot, or the free one where it belongs.
  Slot& find(std::uint64_t high, std::uint32_t low);
  void put_off_upper_half(std::uint64_t record);
  void rebuild(std::size_t slots);

  std::size_t limit_;
  std::vector<Slot> slots_;  // open addressing; a power of two
  std::size_t used_ = 0;
  Range range_;
  std::vector<Range> later_;
  std::uint64_t record_ = 0;
  std::size_t passes_ = 1;
};

}  // namespace waymark::source
