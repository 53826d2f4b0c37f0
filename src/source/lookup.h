#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "event/dictionary.h"
#include "source/definition.h"

namespace waymark::source {

// What the rows of one lookup file may take in memory, as text.
inline constexpr std::size_t kMaxLookupBytes = std::size_t{256} << 20;

// Stands between the parts of a key that has several; no text that a reader gives holds it.
inline constexpr char kKeySeparator = '\0';

// A lookup's file in memory: its key and the columns that the definition refers to, no others.
class LookupTable {
 public:
  using Row = std::uint32_t;
  static constexpr Row kNoRow = kAbsentCode;

  // Throws Error{kInvalid, "source.column_missing"} where the file lacks a column, and
  // Error{kUnavailable, "lookup.too_large"}.
  LookupTable(const SourceDefinition& definition, std::size_t lookup,
              const std::filesystem::path& folder, std::size_t max_bytes = kMaxLookupBytes);

  // The row with that key (the parts joined with kKeySeparator), or kNoRow.
  Row find(std::string_view key) const { return keys_.find(key); }
  // `column` as column_of() numbers it.
  std::string_view text(Row row, std::size_t column) const {
    return texts_.text(values_[column][row]);
  }
  std::size_t column_of(std::string_view name) const;

  std::size_t rows() const { return keys_.size() - 1; }
  // Rows left out: their key stood in the file before (the first one counts).
  std::uint64_t repeated() const { return repeated_; }
  // Rows left out: they could not be read, or have no key.
  std::uint64_t unusable() const { return unusable_; }

 private:
  void add(const Record& record);

  struct Column {
    std::string name;
    std::size_t field = kNoColumn;  // in the file
  };
  std::vector<Column> key_columns_;
  std::vector<Column> value_columns_;
  std::vector<std::vector<Code>> values_;  // by column, then row
  Dictionary keys_;                        // a row's number is its key's code
  Dictionary texts_;
  std::string key_;
  std::size_t bytes_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t unusable_ = 0;
};

// All lookups of a source, in the order of SourceDefinition::lookups. Read once, then shared by the
// readers of all its files; safe to read from many threads.
std::vector<LookupTable> load_lookups(const SourceDefinition& definition,
                                      const std::filesystem::path& folder);

// What people should know about the lookups: "data/vle.csv: 3 rows repeat a key; …". Empty if
// nothing.
std::vector<std::string> lookup_warnings(const SourceDefinition& definition,
                                         const std::vector<LookupTable>& lookups);

}  // namespace waymark::source
