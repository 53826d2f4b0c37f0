#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fold/filter.h"
#include "fold/fold.h"

namespace waymark::fold {

// The values that a fold reads of events, each once, numbered as they are asked for.
class ValueList {
 public:
  // The value's number; asks `reads` for its column or property.
  std::uint32_t add(const Value& value, Reads& reads);
  std::size_t size() const { return values_.size(); }

  // A slice's numbers per value; null where no event has the value. `durations` holds what had to
  // be converted.
  using Columns = std::pmr::vector<const double*>;
  void find(const Slice& slice, Columns& columns, std::pmr::vector<double>& durations) const;

 private:
  std::vector<Value> values_;
  std::vector<std::uint32_t> properties_;  // of a property: its position in reads.properties
};

// Which filters of 64 let a code pass.
class CodeMasks {
 public:
  // Of what passes filter `bit` so far: only these codes still do.
  void restrict_to(const std::vector<Code>& codes, unsigned bit);
  // These codes no longer do.
  void exclude(const std::vector<Code>& codes, unsigned bit);
  std::uint64_t operator()(Code code) const {
    return by_code_[std::min<std::size_t>(code, by_code_.size() - 1)];
  }
  // masks[i] = bits & (*this)(codes[i])
  void find(const Code* codes, std::size_t n, std::uint64_t bits, std::uint64_t* masks) const;
  // masks[i] &= (*this)(codes[i])
  void narrow(const Code* codes, std::size_t n, std::uint64_t* masks) const;
  // The codes that may pass any of these filters; none where all others may, too.
  std::optional<std::vector<Code>> passing(std::uint64_t bits) const;

 private:
  void make_room(const std::vector<Code>& codes);
  std::vector<std::uint64_t> by_code_{~std::uint64_t{0}};  // the last for all greater codes
};

// Calls visit(bit) for each bit that is set, from the lowest on.
template <typename Visit>
void for_each_bit(std::uint64_t bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

// Which of up to 64 rows pass which filters.
class FilterRows {
 public:
  static constexpr std::size_t kMost = 64;

  // The rows that pass any of these filters, as bits.
  std::uint64_t passing(std::uint64_t filters) const {
    std::uint64_t rows = 0;
    for_each_bit(filters & filters_, [&](std::size_t filter) { rows |= rows_[filter]; });
    return rows;
  }
  // The filters that a row passes, as bits.
  std::uint64_t passed_by(std::size_t row) const {
    std::uint64_t passed = 0;
    for_each_bit(filters_,
                 [&](std::size_t filter) { passed |= (rows_[filter] >> row & 1) << filter; });
    return passed;
  }

 private:
  friend class FilterMasks;
  std::uint64_t filters_ = 0;           // those in use
  std::array<std::uint64_t, 64> rows_;  // that pass each; of the others, anything
};

// Up to 64 filters with their names resolved: says of rows which of them they pass, as bits. One
// table per column answers for all filters at once.
class FilterMasks {
 public:
  static constexpr std::size_t kBlockRows = 256;  // whose filters are looked up at a time

  void add(unsigned bit, const Filter& filter, const Names& names, ValueList& values, Reads& reads);
  // masks[i] of row begin + i. `values` are the slice's, as ValueList::find gives them.
  void find(const Slice& slice, std::size_t begin, std::size_t end,
            std::span<const double* const> values, std::uint64_t* masks) const;
  // The same, `masks` being room for them: of filters that ask nothing they are there already.
  const std::uint64_t* found(const Slice& slice, std::size_t begin, std::size_t end,
                             std::span<const double* const> values, std::uint64_t* masks) const {
    if (open_ == bits_) return all_.data();
    find(slice, begin, end, values, masks);
    return masks;
  }
  // The same of up to FilterRows::kMost rows, filter by filter; row begin + i is the i-th.
  void find(const Slice& slice, std::size_t begin, std::size_t end,
            std::span<const double* const> values, FilterRows& rows) const;
  // Who may have a row that passes any of these filters, where the codes of a column tell.
  std::optional<OnlyCodes> only(std::uint64_t bits) const;

 private:
  struct Check {
    unsigned bit;
    std::uint32_t value;
    double at_least, at_most;
  };
  struct Codes {
    Column column;
    CodeMasks masks;
  };
  // The texts of a property.
  struct Texts {
    std::uint32_t property;  // its position in reads.properties
    CodeMasks masks;
  };
  void note_few();
  void find_few(const Code* codes, std::size_t n, std::uint64_t* rows) const;
  void add_texts(unsigned bit, const Condition& condition, const Names& names, Reads& reads);
  std::uint64_t checked(std::span<const double* const> values, std::uint64_t mask,
                        std::size_t row) const;

  std::uint64_t bits_ = 0;                          // those in use
  std::array<std::uint64_t, kBlockRows> all_ = {};  // bits_, each
  std::vector<Codes> codes_;                        // of each column that filters look at
  std::vector<Texts> texts_;
  std::vector<Check> checks_;
  std::uint64_t with_checks_ = 0;  // the bits that have any
  std::uint64_t open_ = 0;         // the filters that ask nothing
  // Where one column tells all and few codes pass: those, and which filter it is.
  struct PassingCode {
    Code code;
    unsigned filter;
  };
  bool tells_few_ = false;
  std::vector<PassingCode> few_;
};

// Calls use(values) with the slice's values as ValueList::find gives them.
template <typename Use>
void with_values(const Slice& slice, const ValueList& list, const Use& use) {
  if (list.size() == 0) return use(std::span<const double* const>());
  std::array<std::byte, 1024> memory;
  std::pmr::monotonic_buffer_resource resource(memory.data(), memory.size());
  ValueList::Columns values(&resource);
  std::pmr::vector<double> durations(&resource);
  list.find(slice, values, durations);
  use(std::span<const double* const>(values));
}

// Calls visit(begin, end, masks, values) for blocks of the slice's rows, in order: masks[row -
// begin] are the filters that a row passes, values the slice's as ValueList::find gives them.
template <typename Visit>
void for_each_block(const Slice& slice, const FilterMasks& filters, const ValueList& list,
                    const Visit& visit) {
  constexpr std::size_t kBlockRows = FilterMasks::kBlockRows;
  std::array<std::uint64_t, kBlockRows> masks;
  with_values(slice, list, [&](std::span<const double* const> values) {
    for (std::size_t begin = 0; begin < slice.size; begin += kBlockRows) {
      const std::size_t end = std::min(slice.size, begin + kBlockRows);
      visit(begin, end, filters.found(slice, begin, end, values, masks.data()), values);
    }
  });
}

// The same row by row: visit(row, mask, values).
template <typename Visit>
void for_each_row(const Slice& slice, const FilterMasks& filters, const ValueList& list,
                  const Visit& visit) {
  for_each_block(slice, filters, list,
                 [&](std::size_t begin, std::size_t end, const std::uint64_t* masks, auto values) {
                   for (std::size_t row = begin; row < end; ++row)
                     visit(row, masks[row - begin], values);
                 });
}

// Calls visit(course, first, last) for each run of rows [first, last) of one course; where courses
// are not told apart, all are one run of kNoCode.
template <typename Visit>
void for_each_course(const Slice& slice, std::size_t begin, std::size_t end, bool per_course,
                     const Visit& visit) {
  if (!per_course) return visit(kNoCode, begin, end);
  for (std::size_t row = begin; row < end;) {
    const std::size_t first = row;
    const Code course = slice.course[first];
    while (++row < end && slice.course[row] == course) continue;
    visit(course, first, row);
  }
}

// Where the item stands in the list; adds it if it is new.
template <typename T>
std::uint32_t position_in(std::vector<T>& list, const T& item) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == item) return static_cast<std::uint32_t>(i);
  }
  list.push_back(item);
  return static_cast<std::uint32_t>(list.size() - 1);
}

}  // namespace waymark::fold
