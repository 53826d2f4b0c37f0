#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ids.h"
#include "base/time.h"
#include "event/dictionary.h"
#include "event/event.h"

namespace waymark {

// The columns that a fold may ask for. A reader fills those asked for and leaves the others null.
enum class Column : std::uint8_t {
  kTime,
  kId,
  kReceived,
  kKind,
  kObject,
  kCourse,
  kContext,
  kOutcome,
  kSource,
  kSequence,
  kDuration,
  kScore,
  kWeight,
};

class ColumnSet {
 public:
  constexpr ColumnSet() = default;
  constexpr ColumnSet(std::initializer_list<Column> columns) {
    for (const Column column : columns) add(column);
  }
  constexpr void add(Column column) { bits_ |= 1u << static_cast<unsigned>(column); }
  constexpr bool has(Column column) const {
    return (bits_ >> static_cast<unsigned>(column) & 1u) != 0;
  }
  constexpr ColumnSet operator|(ColumnSet other) const {
    other.bits_ |= bits_;
    return other;
  }

 private:
  std::uint32_t bits_ = 0;
};

// A property that a definition names, as a column: a number (NaN where absent) and a text (kNoCode
// where absent) for each event. Only the side that the values have is filled.
struct PropertyColumn {
  const double* number = nullptr;
  const Code* text = nullptr;
};

// Consecutive events of one learner in trail order: pointers to columns of `size` values, owned by
// the reader and valid until its next step. The unit that a fold is stepped with; one event at a
// time live, thousands in batch, with equal results. Codes are those of the Symbols that the fold
// was made with.
struct Slice {
  std::size_t size = 0;
  const Micros* time = nullptr;
  const EventId* id = nullptr;
  const Micros* received = nullptr;
  const Code* kind = nullptr;
  const Code* object = nullptr;
  const Code* course = nullptr;
  const Code* context = nullptr;
  const Code* outcome = nullptr;
  const Code* source = nullptr;
  const std::uint64_t* sequence = nullptr;
  const std::int64_t* duration_ms = nullptr;
  const double* score = nullptr;
  const double* weight = nullptr;
  std::span<const PropertyColumn> properties;  // in the order in which they were asked for

  // Those of a column that has codes; null also where it has none.
  const Code* codes(Column column) const {
    return column == Column::kKind      ? kind
           : column == Column::kObject  ? object
           : column == Column::kCourse  ? course
           : column == Column::kContext ? context
           : column == Column::kOutcome ? outcome
           : column == Column::kSource  ? source
                                        : nullptr;
  }
};

// The dictionaries that give a Slice's codes their meaning. Batch: those of a trail, read-only.
// Live: growing with the events. A fold resolves the names in its definition through code_of once,
// when it is made.
struct Symbols {
  Dictionary kinds, objects, courses, contexts, outcomes, sources, property_texts;
};

}  // namespace waymark
