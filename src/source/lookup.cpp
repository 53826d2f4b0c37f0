#include "source/lookup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace waymark::source {

LookupTable::LookupTable(const SourceDefinition& definition, std::size_t lookup,
                         const std::filesystem::path& folder, std::size_t max_bytes) {
  const LookupRule& rule = definition.lookups[lookup];
  std::vector<std::string> names;
  for (const auto& [column, text] : rule.key) {
    key_columns_.push_back({column});
    names.push_back(column);
  }
  for (const Reference& reference : definition.references) {
    if (reference.lookup != lookup) continue;
    value_columns_.push_back({reference.column});
    names.push_back(reference.column);
  }
  values_.assign(value_columns_.size(), {kNoCode});

  const auto reader = open_records(folder / rule.file, rule.format);
  expect_columns(*reader, names, rule.file);
  std::size_t bound = 0;
  for (Record record; reader->next(record);) {
    if (reader->columns().size() != bound) {
      bound = reader->columns().size();
      for (auto* columns : {&key_columns_, &value_columns_}) {
        for (Column& column : *columns) column.field = find_column(reader->columns(), column.name);
      }
    }
    add(record);
    if (bytes_ > max_bytes) {
      throw Error(ErrorCode::kUnavailable, "lookup.too_large",
                  fmt::format("the lookup {} takes more than {} MiB in memory; make it smaller, or "
                              "join it before",
                              rule.file, max_bytes >> 20));
    }
  }
}

void LookupTable::add(const Record& record) {
  const auto field = [&](const Column& column) {
    return column.field == kNoColumn ? std::string_view{} : record.fields[column.field];
  };
  key_.clear();
  bool usable = record.readable();
  for (std::size_t i = 0; usable && i < key_columns_.size(); ++i) {
    const std::string_view part = field(key_columns_[i]);
    usable = !part.empty();
    if (i != 0) key_ += kKeySeparator;
    key_ += part;
  }
  if (!usable) {
    ++unusable_;
    return;
  }
  if (keys_.find(key_) != kAbsentCode) {
    ++repeated_;
    return;
  }
  constexpr std::size_t kBytesAnEntry = 96;  // of a dictionary, beside the text
  keys_.intern(key_);
  bytes_ += key_.size() + kBytesAnEntry + value_columns_.size() * sizeof(Code);
  for (std::size_t i = 0; i < value_columns_.size(); ++i) {
    const std::string_view text = field(value_columns_[i]);
    const Code code = texts_.intern(text);
    if (code + 1 == texts_.size()) bytes_ += text.size() + kBytesAnEntry;
    values_[i].push_back(code);
  }
}

std::size_t LookupTable::column_of(std::string_view name) const {
  const auto found = std::ranges::find(value_columns_, name, &Column::name);
  WAYMARK_CHECK(found != value_columns_.end());
  return static_cast<std::size_t>(found - value_columns_.begin());
}

std::vector<LookupTable> load_lookups(const SourceDefinition& definition,
                                      const std::filesystem::path& folder) {
  std::vector<LookupTable> tables;
  for (std::size_t i = 0; i < definition.lookups.size(); ++i) {
    tables.emplace_back(definition, i, folder);
  }
  return tables;
}

std::vector<std::string> lookup_warnings(const SourceDefinition& definition,
                                         const std::vector<LookupTable>& lookups) {
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    const auto warn = [&](std::uint64_t rows, std::string_view what) {
      if (rows == 0) return;
      warnings.push_back(fmt::format("lookup '{}' ({}): {} {}", definition.lookups[i].name,
                                     definition.lookups[i].file, with_thousands(rows), what));
    };
    warn(lookups[i].repeated(), "rows repeat the key of an earlier row, which counts");
    warn(lookups[i].unusable(), "rows cannot be read or have no key");
  }
  return warnings;
}

}  // namespace waymark::source
