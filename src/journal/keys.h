#pragma once

// Private to the room: how what the journal holds is found. Numbers are big-endian, so that keys
// sort as their numbers do. A source has a number, never used again, under which all that came from
// it stands together: to erase it is to delete a few ranges of keys.
//
//   events     sequence                        a batch, encoded and compressed
//   ids        source number, event id         the sequence of its batch, once RecentIds wrote it
//   documents  'H'                             head: format, epoch, last sequence, counters
//              'S' source name                 source number
//              'B' source number, sequence     how many events the batch holds
//              'F' source number, path         a line of the ledger
//              'Q' source number, record id    a record in quarantine
//              'C' source number, course       a course, and when it was told

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "journal/codec.h"

namespace waymark::journal {

using SourceNumber = std::uint32_t;

enum class Table : char {
  kHead = 'H',
  kSources = 'S',
  kBatches = 'B',
  kFiles = 'F',
  kQuarantine = 'Q',
  kCourses = 'C',
};
inline constexpr Table kTablesBySource[] = {Table::kBatches, Table::kFiles, Table::kQuarantine,
                                            Table::kCourses};

template <typename T>
void append_big_endian(std::string& key, T number) {
  for (int shift = 8 * (sizeof(T) - 1); shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(number >> shift));
  }
}

// Reads what append_big_endian wrote at the front of the key.
template <typename T>
T read_big_endian(std::string_view key) {
  if (key.size() < sizeof(T)) throw_corrupt("a stored key is too short");
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    number = static_cast<T>(number << 8 | static_cast<unsigned char>(key[i]));
  }
  return number;
}

inline std::string sequence_key(std::uint64_t sequence) {
  std::string key;
  append_big_endian(key, sequence);
  return key;
}

inline std::string source_prefix(SourceNumber source) {
  std::string key;
  append_big_endian(key, source);
  return key;
}

inline std::string id_key(SourceNumber source, const EventId& id) {
  std::string key = source_prefix(source);
  append_big_endian(key, id.high);
  append_big_endian(key, id.low);
  return key;
}

inline EventId read_id(std::string_view key) {
  const auto high = read_big_endian<std::uint64_t>(key);
  return {high, read_big_endian<std::uint64_t>(key.substr(sizeof high))};
}

inline std::string document_key(Table table, std::string_view name = "") {
  return std::string(1, static_cast<char>(table)).append(name);
}

inline std::string document_key(Table table, SourceNumber source, std::string_view name = "") {
  return document_key(table, source_prefix(source)).append(name);
}

}  // namespace waymark::journal
