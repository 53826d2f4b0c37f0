#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/definition.h"
#include "source/lookup.h"
#include "source/record_reader.h"

namespace waymark::source {

struct Number {
  enum class State { kAbsent, kKnown, kMalformed };
  State state = State::kAbsent;
  double value = 0;
};

// What the values of a definition are for one record after another: its columns and those of the
// rows that lookups find for it. Nothing is copied that need not be.
class RecordValues {
 public:
  // Both must outlive this.
  RecordValues(const SourceDefinition& definition, const std::vector<LookupTable>& lookups);

  // Says which columns the records have.
  void bind(const std::vector<std::string>& columns);
  // The record that all else speaks of; must live until the next one.
  void set(const Record& record);

  // A view that is valid until the next call of anything here; empty = absent.
  std::string_view text(const Value& value);
  Number number(const Value& value);
  // SourceDefinition::references[index]
  std::string_view reference(std::size_t index);
  bool hold(const std::vector<Condition>& conditions);

  // The name of a lookup that the value uses and that has no row for the record; empty if none.
  std::string_view missed_lookup(const Value& value);
  std::string_view missed_lookup(const TimeRule& rule);

 private:
  struct Slot {
    bool in_record = true;
    std::size_t column = kNoColumn;  // of the record, or of the lookup
    std::size_t lookup = 0;
  };
  // The row that a lookup has for the record, and the key that was asked for last.
  struct Joined {
    std::uint64_t record = 0;
    LookupTable::Row row = LookupTable::kNoRow;
    std::string asked;
    LookupTable::Row answer = LookupTable::kNoRow;
    std::string key, part;
  };

  LookupTable::Row joined_row(std::size_t lookup);
  std::optional<std::string_view> lookup_key(std::size_t lookup);
  std::string_view fill(const Template& text, std::string& out);
  std::string_view own_text(const Value& value);
  Number own_number(const Value& value);
  std::string_view missed_lookup(const Template& text);

  const SourceDefinition& definition_;
  const std::vector<LookupTable>& lookups_;
  std::vector<Slot> slots_;  // by reference
  std::vector<Joined> joined_;
  const Record* record_ = nullptr;
  std::uint64_t record_number_ = 0;
  std::string filled_;
};

}  // namespace waymark::source
