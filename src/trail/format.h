#pragma once

// Private to the room: what trails look like on disk. Little-endian throughout.
//
// A folder of trails holds
//
//   MANIFEST.json           the only file that is ever replaced; names all the others
//   symbols-<G>.trail       the dictionaries, as of generation G
//   bucket-<B>-<G>.trail    events of bucket B, written by generation G
//   runs/                   sorted runs of a build under way
//
// MANIFEST.json   generation, journal_epoch, journal_sequence, journal_mark, property columns and
// which sides (numbers, texts) they have, the latest builds and what each added, and for each file
// its size and the checksum of its header; for a bucket's file also its first and last time, and
// counts of learners and events that are not past. A bucket may be in several files, named oldest
// first: of a learner who is in more than one, the latest has all events, and the others are past.
// Its last member, "checksum", is that of all bytes before the member's own line. Files that it
// does not name are leftovers. A file is complete and on disk before a manifest names it, and never
// changes.
//
// Section files   Symbols, buckets and runs have one form: a FileHeader, a table of SectionEntry,
// the sections. The header's checksum covers header and table, the table holds each section's
// checksum: so the manifest's checksum of a header pins the whole file. A section starts at a
// multiple of 64 bytes. It is a column of values or a run of bytes.
//
// Columns   `count` values of 64 bits: integers, or the bits of doubles. By Encoding:
//
//   kConstant  all values are `base`; the section is empty
//   kInteger   value = base + unit * stored, modulo 2^64, where stored is an unsigned number of
//              `width` bytes, 1 to 6. If has_absent, stored 0 means "absent" (duration: -1;
//              doubles: NaN) and value = base + unit * (stored - 1) otherwise. In a column of
//              doubles, the value is a whole number to be converted.
//   kTable     a table of `unit` values, then for each value its place there, in `width` bytes
//   kFloat     a column of doubles that are all exact as 4-byte floats
//   kWide      8 bytes each, as they are
//
// Widths 3, 5 and 6 are stored as two planes, so that they decode as fast as machine words: first
// the low 2, 4 and 4 bytes of all values, then the high 1, 1 and 2 bytes. The planes, and a table
// and what follows it, are apart by padding to a multiple of 64 bytes. A builder takes for each
// column of each file what is smallest.
//
// Texts   A table of n texts is a column of n ends, and a run of bytes that holds them one after
// another.
//
// A bucket holds the learners with hash64(key) % buckets = its number, in the order of their keys
// (as bytes), and of each learner the events in the order of time, then id. Sections of a bucket
// with L learners and N events (file order is not significant):
//
//   learner keys (texts), L row ends, L first times, L last times: the directory
//   time                N   time - the learner's first time
//   received            N   or instead:
//   lag                 N   received - time
//   kind … weight       N   codes of the dictionaries; integers; doubles
//   property numbers,   N   one pair per property column: doubles with NaN, codes with 0 for absent
//   property texts
//   id                  16 N bytes: high half, low half
//   open ends           N   event i has the open properties [ends[i - 1], ends[i])
//   open names, types, bits: one value for each open property; bits as in EventBatch, but texts are
//                       numbers in the bucket's own table of
//   open texts
//
// Directory, time to weight are the core; property columns come on top; the rest is cold. Symbols
// hold a table of texts for each dictionary of DictionaryId: text i has code i, and codes never
// change their meaning while generations follow one another.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waymark::trail {

inline constexpr std::uint32_t kFormat = 4;
inline constexpr char kMagic[8] = {'w', 'm', 't', 'r', 'a', 'i', 'l', '\n'};
inline constexpr std::size_t kAlignment = 64;

struct FileHeader {
  char magic[8];
  std::uint32_t format;
  std::uint32_t sections;
  std::uint64_t file_size;
  std::uint64_t checksum;  // of the bytes before, then those of the table
};
static_assert(sizeof(FileHeader) == 32);

enum class Encoding : std::uint8_t { kBytes, kConstant, kInteger, kTable, kFloat, kWide };

enum class SectionKind : std::uint16_t {
  kLearnerKeyEnd,
  kLearnerKeyText,
  kLearnerRowEnd,
  kLearnerFirstTime,
  kLearnerLastTime,
  kTime,
  kReceived,
  kLag,
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
  kPropertyNumber,  // ordinal: which property column
  kPropertyText,
  kId,
  kOpenEnd,
  kOpenName,
  kOpenType,
  kOpenBits,
  kOpenTextEnd,
  kOpenText,
  kDictionaryEnd,  // ordinal: DictionaryId
  kDictionaryText,
};
inline constexpr std::size_t kSectionKinds = 29;

// "learner_key_end", …: for people.
std::string_view name_of(SectionKind kind);
constexpr bool is_core(SectionKind kind) { return kind <= SectionKind::kWeight; }

enum class DictionaryId : std::uint16_t {
  kKinds,
  kObjects,
  kCourses,
  kContexts,
  kOutcomes,
  kSources,
  kPropertyTexts,
  kPropertyNames,
};
inline constexpr std::size_t kDictionaries = 8;

struct SectionEntry {
  SectionKind kind;
  std::uint16_t ordinal;
  Encoding encoding;
  std::uint8_t width;
  std::uint8_t has_absent;
  std::uint8_t reserved;
  std::uint64_t offset;
  std::uint64_t size;
  std::uint64_t count;  // values; kBytes: bytes
  std::uint64_t checksum;
  std::uint64_t base;
  std::uint64_t unit;
};
static_assert(sizeof(SectionEntry) == 56);

constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

// How the bytes of a stored number of `width` bytes fall into planes.
struct Planes {
  std::uint8_t low = 0, high = 0;
};
constexpr Planes planes_of(unsigned width) {
  switch (width) {
    case 1:
    case 2:
    case 4:
      return {static_cast<std::uint8_t>(width), 0};
    case 3:
      return {2, 1};
    case 5:
      return {4, 1};
    case 6:
      return {4, 2};
    default:
      return {};
  }
}

// The bytes that a column section takes by its entry; widths as planes_of knows them.
std::uint64_t section_size(const SectionEntry& entry);

}  // namespace waymark::trail
