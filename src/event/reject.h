#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"

namespace waymark {

// A record that gave no events, with everything that is needed to find it, to mend it and to map it
// again. A record is taken whole or not at all.
//
// Reasons are stable:
//   file.truncated  file.corrupt     a compressed file ends early or is damaged from here on
//   record.columns                   more or fewer fields than the header has, or too many
//   record.quote  record.unterminated  something behind a closing quote; no closing quote
//   record.encoding                  bytes that are not text in the declared encoding, or NUL
//   record.too_long                  longer than ReadOptions::max_record_bytes
//   record.malformed                 not a JSON object
//   event.id_missing                 a field that `id:` names is empty
//   event.learner_missing  event.kind_missing  event.time_missing
//   event.time_malformed             a time that is none
//   event.time_impossible            before 1970, after 2199, or more than a day ahead of now
//   course.name_missing  course.time_missing  course.time_malformed  course.time_impossible
//   number.malformed                 a number that is none
//   lookup.missing                   what is required comes from a lookup that has no such row
struct Reject {
  // The record's identity: that of the same record met again, and what its events' ids come from.
  EventId id;
  std::string path;  // its file, relative to the workspace
  // Where it begins there: the line, counted from 1; for Parquet the row, counted from 1.
  std::uint64_t line = 0;
  std::string reason;
  std::string detail;  // for people; holds no learner's data
  // One JSON object of all its fields where it could be taken apart; otherwise its text as it
  // stood, or the beginning of it. Always UTF-8.
  std::string raw;

  // Whether the record could be taken apart, so that it can be mapped again.
  bool readable() const { return !reason.starts_with("file.") && !reason.starts_with("record."); }
  friend bool operator==(const Reject&, const Reject&) = default;
};

}  // namespace waymark
