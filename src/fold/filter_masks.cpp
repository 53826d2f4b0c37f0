#include "fold/filter_masks.h"

#include <algorithm>
#include <limits>

#include "base/wide_loops.h"

#ifdef WAYMARK_HAS_AVX2
#include <immintrin.h>
#endif

namespace waymark::fold {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

WAYMARK_WIDE_LOOPS
std::uint64_t passing_rows(const std::uint64_t* masks, std::size_t rows) {
  std::uint64_t passing = 0;
  for (std::size_t i = 0; i < rows; ++i) passing |= std::uint64_t{masks[i] != 0} << i;
  return passing;
}

#ifdef WAYMARK_HAS_AVX2
// Of eight rows or more, eight at a time; the last eight may overlap those before.
WAYMARK_AVX2
std::uint64_t equal_rows(const Code* codes, std::size_t rows, const std::vector<Code>& wanted) {
  constexpr std::size_t kLanes = 8;
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < rows; i += kLanes) {
    const std::size_t at = std::min(i, rows - kLanes);
    const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + at));
    __m256i lanes = _mm256_setzero_si256();
    for (const Code code : wanted) {
      const __m256i same = _mm256_cmpeq_epi32(values, _mm256_set1_epi32(static_cast<int>(code)));
      lanes = _mm256_or_si256(lanes, same);
    }
    const int bits = _mm256_movemask_ps(_mm256_castsi256_ps(lanes));
    equal |= static_cast<std::uint64_t>(bits) << at;
  }
  return equal;
}
#endif

// Which of up to 64 rows have one of these codes, as bits.
std::uint64_t rows_with(const Code* codes, std::size_t rows, const CodeSet& wanted) {
#ifdef WAYMARK_HAS_AVX2
  if (rows >= 8 && __builtin_cpu_supports("avx2")) return equal_rows(codes, rows, wanted.codes());
#endif
  std::uint64_t with = 0;
  for (std::size_t i = 0; i < rows; ++i) with |= std::uint64_t{wanted.has(codes[i])} << i;
  return with;
}

}  // namespace

std::uint32_t ValueList::add(const Value& value, Reads& reads) {
  const std::uint32_t at = position_in(values_, value);
  if (at < properties_.size()) return at;
  properties_.push_back(0);
  switch (value.kind) {
    case Value::Kind::kWeight:
      reads.columns.add(Column::kWeight);
      break;
    case Value::Kind::kScore:
      reads.columns.add(Column::kScore);
      break;
    case Value::Kind::kDuration:
      reads.columns.add(Column::kDuration);
      break;
    case Value::Kind::kProperty:
      properties_.back() = position_in(reads.properties, value.property);
  }
  return at;
}

void ValueList::find(const Slice& slice, Columns& columns,
                     std::pmr::vector<double>& durations) const {
  columns.reserve(values_.size());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    switch (values_[i].kind) {
      case Value::Kind::kWeight:
        columns.push_back(slice.weight);
        break;
      case Value::Kind::kScore:
        columns.push_back(slice.score);
        break;
      case Value::Kind::kDuration:
        durations.resize(slice.size);
        std::transform(
            slice.duration_ms, slice.duration_ms + slice.size, durations.begin(),
            [](std::int64_t ms) { return ms == kNoDuration ? kMissing : static_cast<double>(ms); });
        columns.push_back(durations.data());
        break;
      case Value::Kind::kProperty:
        columns.push_back(slice.properties[properties_[i]].number);
    }
  }
}

void CodeMasks::make_room(const std::vector<Code>& codes) {
  const std::uint64_t otherwise = by_code_.back();
  for (const Code code : codes) {
    if (code != kAbsentCode && code + std::size_t{1} >= by_code_.size())
      by_code_.resize(code + std::size_t{2}, otherwise);
  }
}

void CodeMasks::restrict_to(const std::vector<Code>& codes, unsigned bit) {
  make_room(codes);
  const std::vector<std::uint64_t> before = by_code_;
  for (std::uint64_t& entry : by_code_) entry &= ~(std::uint64_t{1} << bit);
  for (const Code code : codes) {
    if (code != kAbsentCode) by_code_[code] = before[code];
  }
}

void CodeMasks::exclude(const std::vector<Code>& codes, unsigned bit) {
  make_room(codes);
  for (const Code code : codes) {
    if (code != kAbsentCode) by_code_[code] &= ~(std::uint64_t{1} << bit);
  }
}

std::optional<std::vector<Code>> CodeMasks::passing(std::uint64_t bits) const {
  if ((by_code_.back() & bits) != 0) return std::nullopt;
  std::vector<Code> codes;
  for (std::size_t code = 0; code < by_code_.size(); ++code) {
    if ((by_code_[code] & bits) != 0) codes.push_back(static_cast<Code>(code));
  }
  return codes;
}

void CodeMasks::find(const Code* codes, std::size_t n, std::uint64_t bits,
                     std::uint64_t* masks) const {
  // In registers, for all that the compiler knows of what the masks overwrite.
  const std::uint64_t* const by_code = by_code_.data();
  const auto last = static_cast<Code>(by_code_.size() - 1);
  for (std::size_t i = 0; i < n; ++i) masks[i] = bits & by_code[std::min(codes[i], last)];
}

void CodeMasks::narrow(const Code* codes, std::size_t n, std::uint64_t* masks) const {
  const std::uint64_t* const by_code = by_code_.data();
  const auto last = static_cast<Code>(by_code_.size() - 1);
  for (std::size_t i = 0; i < n; ++i) masks[i] &= by_code[std::min(codes[i], last)];
}

void FilterMasks::add(unsigned bit, const Filter& filter, const Names& names, ValueList& values,
                      Reads& reads) {
  bits_ |= std::uint64_t{1} << bit;
  all_.fill(bits_);
  asks_nothing_ &= filter == Filter{};
  const auto restrict_to = [&](Column column, Names::Part part,
                               const std::vector<std::string>& allowed) {
    if (allowed.empty()) return;
    auto found = std::ranges::find(codes_, column, &Codes::column);
    if (found == codes_.end()) found = codes_.insert(found, {column, {}});
    found->masks.restrict_to(names(part, allowed), bit);
    reads.columns.add(column);
  };
  restrict_to(Column::kKind, &Symbols::kinds, filter.kinds);
  restrict_to(Column::kContext, &Symbols::contexts, filter.contexts);
  restrict_to(Column::kObject, &Symbols::objects, filter.objects);
  restrict_to(Column::kOutcome, &Symbols::outcomes, filter.outcomes);
  restrict_to(Column::kSource, &Symbols::sources, filter.sources);
  for (const Condition& condition : filter.where) {
    if (!condition.texts.empty()) {
      add_texts(bit, condition, names, reads);
      continue;
    }
    with_checks_ |= std::uint64_t{1} << bit;
    checks_.push_back(
        {bit, values.add(condition.value, reads), condition.at_least, condition.at_most});
  }
  constexpr std::size_t kFew = 4;
  alone_.reset();
  if (codes_.size() != 1 || !texts_.empty() || !checks_.empty()) return;
  if (const auto codes = codes_[0].masks.passing(bits_); codes && codes->size() <= kFew) {
    alone_ = CodeSet(*codes);
  }
}

void FilterMasks::add_texts(unsigned bit, const Condition& condition, const Names& names,
                            Reads& reads) {
  const std::uint32_t property = position_in(reads.properties, condition.value.property);
  auto found = std::ranges::find(texts_, property, &Texts::property);
  if (found == texts_.end()) found = texts_.insert(found, {property, {}});
  std::vector<Code> codes = names(&Symbols::property_texts, condition.texts);
  if (!condition.is_not) return found->masks.restrict_to(codes, bit);
  codes.push_back(kNoCode);
  found->masks.exclude(codes, bit);
}

void FilterMasks::find(const Slice& slice, std::size_t begin, std::size_t end,
                       std::span<const double* const> values, std::uint64_t* masks) const {
  const std::size_t rows = end - begin;
  std::uint64_t bits = bits_;  // that rows may pass, until there are masks
  bool found = false;
  const auto narrow = [&](const CodeMasks& passing, const Code* column) {
    if (column == nullptr) {  // a property that is no text in any of the rows
      const std::uint64_t without = passing(kNoCode);
      bits &= without;
      for (std::size_t i = 0; found && i < rows; ++i) masks[i] &= without;
    } else if (found) {
      passing.narrow(column + begin, rows, masks);
    } else {
      passing.find(column + begin, rows, bits, masks);
      found = true;
    }
  };
  for (const auto& [column, codes] : codes_) narrow(codes, slice.codes(column));
  for (const Texts& texts : texts_) narrow(texts.masks, slice.properties[texts.property].text);
  if (!found) std::fill_n(masks, rows, bits);
  if (checks_.empty()) return;
  for (std::size_t i = 0; i < rows; ++i) {
    if ((masks[i] & with_checks_) != 0) masks[i] = checked(values, masks[i], begin + i);
  }
}

std::uint64_t FilterMasks::passing(const Slice& slice, std::size_t begin, std::size_t end,
                                   std::span<const double* const> values,
                                   std::uint64_t* masks) const {
  if (!alone_) {
    find(slice, begin, end, values, masks);
    return passing_rows(masks, end - begin);
  }
  const auto& [column, by_code] = codes_[0];
  const Code* const codes = slice.codes(column) + begin;
  const std::uint64_t rows = rows_with(codes, end - begin, *alone_);
  for_each_bit(rows, [&](std::size_t i) { masks[i] = bits_ & by_code(codes[i]); });
  return rows;
}

std::optional<OnlyCodes> FilterMasks::only(std::uint64_t bits) const {
  for (const auto& [column, masks] : codes_) {
    if (const auto codes = masks.passing(bits)) return OnlyCodes{column, CodeSet(*codes)};
  }
  return std::nullopt;
}

std::uint64_t FilterMasks::checked(std::span<const double* const> values, std::uint64_t mask,
                                   std::size_t row) const {
  for (const Check& check : checks_) {
    const double* column = values[check.value];
    const double value = column ? column[row] : kMissing;
    const bool met = value >= check.at_least && value <= check.at_most;
    mask &= ~(std::uint64_t{!met} << check.bit);
  }
  return mask;
}

}  // namespace waymark::fold
