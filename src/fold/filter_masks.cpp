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

// Which of n rows have a code, as bits.
std::uint64_t equal_rows(const Code* codes, std::size_t n, Code wanted) {
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < n; ++i) equal |= std::uint64_t{codes[i] == wanted} << i;
  return equal;
}

#ifdef WAYMARK_HAS_AVX2
// The same of eight rows or more, eight at a time; the last eight may overlap those before.
WAYMARK_AVX2
std::uint64_t equal_rows_wide(const Code* codes, std::size_t n, Code wanted) {
  constexpr std::size_t kLanes = 8;
  const __m256i all_wanted = _mm256_set1_epi32(static_cast<int>(wanted));
  const auto equal_at = [&](std::size_t at) WAYMARK_AVX2 {
    const __m256i values = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + at));
    const __m256 equal = _mm256_castsi256_ps(_mm256_cmpeq_epi32(values, all_wanted));
    return static_cast<std::uint64_t>(_mm256_movemask_ps(equal)) << at;
  };
  std::uint64_t equal = equal_at(n - kLanes);
  for (std::size_t at = 0; at + kLanes < n; at += kLanes) equal |= equal_at(at);
  return equal;
}
#endif

std::uint64_t first_bits(std::size_t n) {
  return n == FilterRows::kMost ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
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
  if (filter == Filter{}) open_ |= std::uint64_t{1} << bit;
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
  restrict_to(Column::kCourse, &Symbols::courses, filter.courses);
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
  note_few();
}

void FilterMasks::note_few() {
  constexpr std::size_t kFew = 8;
  few_.clear();
  tells_few_ = codes_.size() == 1 && texts_.empty() && checks_.empty();
  for_each_bit(bits_ & ~open_, [&](std::size_t filter) {
    if (!tells_few_) return;
    const auto codes = codes_[0].masks.passing(std::uint64_t{1} << filter);
    tells_few_ = codes && few_.size() + codes->size() <= kFew;
    if (!tells_few_) return;
    for (const Code code : *codes) few_.push_back({code, static_cast<unsigned>(filter)});
  });
}

void FilterMasks::find_few(const Code* codes, std::size_t n, std::uint64_t* rows) const {
  for_each_bit(bits_ & ~open_, [&](std::size_t filter) { rows[filter] = 0; });
#ifdef WAYMARK_HAS_AVX2
  if (n >= 8 && __builtin_cpu_supports("avx2")) {
    for (const auto& [code, filter] : few_) rows[filter] |= equal_rows_wide(codes, n, code);
    return;
  }
#endif
  for (const auto& [code, filter] : few_) rows[filter] |= equal_rows(codes, n, code);
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

void FilterMasks::find(const Slice& slice, std::size_t begin, std::size_t end,
                       std::span<const double* const> values, FilterRows& rows) const {
  const std::size_t n = end - begin;
  rows.filters_ = bits_;
  for_each_bit(open_, [&](std::size_t filter) { rows.rows_[filter] = first_bits(n); });
  if (open_ == bits_) return;
  if (tells_few_) {
    const Code* const codes = slice.codes(codes_[0].column) + begin;
    find_few(codes, n, rows.rows_.data());
    return;
  }
  std::array<std::uint64_t, FilterRows::kMost> masks;
  find(slice, begin, end, values, masks.data());
  for_each_bit(bits_ & ~open_, [&](std::size_t filter) { rows.rows_[filter] = 0; });
  for (std::size_t i = 0; i < n; ++i) {
    for_each_bit(masks[i] & ~open_,
                 [&](std::size_t filter) { rows.rows_[filter] |= std::uint64_t{1} << i; });
  }
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
