#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "event/dictionary.h"

namespace waymark::fold {

// A set of codes, never kNoCode: a flat hash table, nothing while it is empty. Equal sets have
// equal bytes when saved, however they came about.
class CodeSet {
 public:
  // Whether the code is new to the set; kNoCode never is.
  bool insert(Code code);
  std::uint32_t size() const { return size_; }
  void clear();

  void save(ByteWriter& writer) const;
  static CodeSet load(ByteReader& reader);

 private:
  void grow();

  std::vector<Code> slots_;  // a power of two; kNoCode = free; at most half full
  std::uint32_t size_ = 0;
};

}  // namespace waymark::fold
