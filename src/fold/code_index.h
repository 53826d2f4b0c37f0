#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "event/dictionary.h"

namespace waymark::fold {

// Distinct codes, numbered 0, 1, … in the order in which they first came: a short list, or a flat
// hash table once there are many.
class CodeIndex {
 public:
  struct Added {
    std::uint32_t index;
    bool is_new;
  };
  Added add(Code code);

  std::uint32_t size() const { return static_cast<std::uint32_t>(codes_.size()); }
  Code operator[](std::size_t index) const { return codes_[index]; }
  void clear();

  void save(ByteWriter& writer) const { writer.values(codes_); }
  // Throws Error{kCorrupt} where a code is there twice.
  static CodeIndex load(ByteReader& reader);

 private:
  void grow();
  std::size_t slot_of(Code code) const;

  std::vector<Code> codes_;
  // Empty while codes are few; else a power of two, at most half full: 1 + index, 0 = free.
  std::vector<std::uint32_t> slots_;
};

}  // namespace waymark::fold
