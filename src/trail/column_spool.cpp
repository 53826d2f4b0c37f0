#include "trail/column_spool.h"

#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace waymark::trail {
namespace {

constexpr std::size_t kLongestTable = 1 << 16;
constexpr unsigned kWidestInteger = 6;

unsigned bytes_for(std::uint64_t largest) {
  return std::max(1u, static_cast<unsigned>(std::bit_width(largest) + 7) / 8);
}

std::uint64_t distance(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>(std::max(a, b)) - static_cast<std::uint64_t>(std::min(a, b));
}

// An integer would keep all of it, the sign of a zero included.
bool is_whole(double value) {
  constexpr double kLimit = 9007199254740992.0;  // 2^53
  return std::abs(value) <= kLimit &&
         static_cast<double>(static_cast<std::int64_t>(value)) == value &&
         !(value == 0 && std::signbit(value));
}

bool is_float(double value) {
  return std::abs(value) <= std::numeric_limits<float>::max()
             ? static_cast<double>(static_cast<float>(value)) == value
             : std::isinf(value);
}

template <typename Stored>
void write_plane(SectionWriter& writer, const Spool<std::uint64_t>& values,
                 const auto& stored_form) {
  std::vector<Stored> plane;
  values.for_each([&](std::span<const std::uint64_t> chunk) {
    plane.resize(chunk.size());
    std::ranges::transform(chunk, plane.begin(), [&](std::uint64_t bits) {
      return static_cast<Stored>(stored_form(bits));
    });
    writer.write(plane.data(), plane.size() * sizeof(Stored));
  });
}

void write_plane(SectionWriter& writer, const Spool<std::uint64_t>& values, unsigned bytes,
                 const auto& stored_form) {
  if (bytes == 1) write_plane<std::uint8_t>(writer, values, stored_form);
  if (bytes == 2) write_plane<std::uint16_t>(writer, values, stored_form);
  if (bytes == 4) write_plane<std::uint32_t>(writer, values, stored_form);
}

void write_planes(SectionWriter& writer, const Spool<std::uint64_t>& values, unsigned width,
                  const auto& stored_form) {
  const Planes planes = planes_of(width);
  write_plane(writer, values, planes.low, stored_form);
  if (planes.high == 0) return;
  writer.pad();
  write_plane(writer, values, planes.high,
              [&](std::uint64_t bits) { return stored_form(bits) >> (8 * planes.low); });
}

}  // namespace

void ColumnSpool::settle() {
  if (pending_count_ == 0) return;
  const std::span pending(pending_, pending_count_);
  pending_count_ = 0;
  const bool is_start = values_.size() == 0;
  if (is_start && repeated_ == 0) first_ = pending[0];
  if (is_start && std::ranges::count(pending, first_) == std::ssize(pending)) {
    repeated_ += pending.size();
    return;
  }
  if (is_start) {
    note(first_);
    values_.append_copies(first_, std::exchange(repeated_, 0));
  }
  for (const std::uint64_t bits : pending) {
    if (bits != first_) note(bits);
  }
  values_.append(pending.data(), pending.size());
}

void ColumnSpool::note(std::uint64_t bits) {
  if (form_.absent == bits) {
    seen_.has_absent = true;
    return;
  }
  seen_.any = true;
  if (form_.type == Type::kInteger) {
    note_integer(static_cast<std::int64_t>(bits));
    return;
  }
  const auto value = std::bit_cast<double>(bits);
  seen_.all_float = seen_.all_float && is_float(value);
  seen_.all_whole = seen_.all_whole && is_whole(value);
  if (seen_.all_whole) note_integer(static_cast<std::int64_t>(value));
}

void ColumnSpool::note_integer(std::int64_t value) {
  if (seen_.minimum > seen_.maximum) seen_.origin = value;
  seen_.minimum = std::min(seen_.minimum, value);
  seen_.maximum = std::max(seen_.maximum, value);
  if (seen_.step == 1) return;
  const std::uint64_t apart = distance(value, seen_.origin);
  if (apart != 0 && (seen_.step == 0 || apart % seen_.step != 0)) {
    seen_.step = std::gcd(seen_.step, apart);
  }
}

void ColumnSpool::plan(SectionKind kind, std::uint16_t ordinal) {
  settle();
  entry_.kind = kind;
  entry_.ordinal = ordinal;
  entry_.count = size();
  if (values_.size() == 0) {
    if (repeated_ != 0) note(first_);
    entry_.encoding = Encoding::kConstant;
    entry_.base = first_;
    return;
  }
  plan_values();
  if (form_.may_be_table && section_size(entry_) > 2 * entry_.count) plan_table();
}

void ColumnSpool::plan_values() {
  if (form_.type == Type::kInteger || seen_.all_whole) {
    const std::uint64_t step = std::max<std::uint64_t>(seen_.step, 1);
    const std::uint64_t steps = distance(seen_.minimum, seen_.maximum) / step;
    const unsigned width = bytes_for(steps < ~std::uint64_t{0} ? steps + seen_.has_absent : steps);
    if (width <= kWidestInteger) {
      entry_.encoding = Encoding::kInteger;
      entry_.width = static_cast<std::uint8_t>(width);
      entry_.has_absent = seen_.has_absent;
      entry_.base = static_cast<std::uint64_t>(seen_.minimum);
      entry_.unit = step;
      return;
    }
  }
  const bool as_float = form_.type == Type::kDouble && seen_.all_float;
  entry_.encoding = as_float ? Encoding::kFloat : Encoding::kWide;
}

void ColumnSpool::plan_table() {
  const std::uint64_t size = section_size(entry_);
  const std::uint64_t longest = std::min(kLongestTable, (size - entry_.count) / 8);
  bool is_short = true;
  values_.for_each([&](std::span<const std::uint64_t> chunk) {
    for (std::size_t i = 0; is_short && i < chunk.size(); ++i) {
      places_.try_emplace(chunk[i], places_.size());
      is_short = places_.size() <= longest;
    }
  });
  SectionEntry table = entry_;
  table.encoding = Encoding::kTable;
  table.width = places_.size() <= 256 ? 1 : 2;
  table.has_absent = 0;
  table.base = 0;
  table.unit = places_.size();
  if (is_short && section_size(table) < size) {
    entry_ = table;
  } else {
    places_ = {};
  }
}

std::int64_t ColumnSpool::integer(std::uint64_t bits) const {
  return form_.type == Type::kInteger ? static_cast<std::int64_t>(bits)
                                      : static_cast<std::int64_t>(std::bit_cast<double>(bits));
}

void ColumnSpool::write(SectionWriter& writer) const {
  writer.begin(entry_);
  switch (entry_.encoding) {
    case Encoding::kBytes:
    case Encoding::kConstant:
      return;
    case Encoding::kInteger:
      write_planes(writer, values_, entry_.width, [&](std::uint64_t bits) -> std::uint64_t {
        if (entry_.has_absent != 0 && bits == *form_.absent) return 0;
        const std::uint64_t above = static_cast<std::uint64_t>(integer(bits)) - entry_.base;
        return (entry_.unit == 1 ? above : above / entry_.unit) + entry_.has_absent;
      });
      return;
    case Encoding::kTable: {
      std::vector<std::uint64_t> table(places_.size());
      for (const auto& [bits, place] : places_) table[place] = bits;
      writer.write(table.data(), table.size() * sizeof table[0]);
      writer.pad();
      write_planes(writer, values_, entry_.width,
                   [&](std::uint64_t bits) { return places_.at(bits); });
      return;
    }
    case Encoding::kFloat:
      values_.for_each([&](std::span<const std::uint64_t> chunk) {
        std::vector<float> floats(chunk.size());
        std::ranges::transform(chunk, floats.begin(), [](std::uint64_t bits) {
          return static_cast<float>(std::bit_cast<double>(bits));
        });
        writer.write(floats.data(), floats.size() * sizeof floats[0]);
      });
      return;
    case Encoding::kWide:
      values_.for_each([&](std::span<const std::uint64_t> chunk) {
        writer.write(chunk.data(), chunk.size_bytes());
      });
      return;
  }
}

}  // namespace waymark::trail
