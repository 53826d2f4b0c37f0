#pragma once

// Private to the room: a bucket's file as it is read.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/ids.h"
#include "trail/section_file.h"

namespace waymark::trail {

// The learner directory is checked and at hand from the beginning, columns when they are asked for.
// Thread-safe.
class BucketFile {
 public:
  explicit BucketFile(SectionFile file);

  const std::filesystem::path& path() const { return file_.path(); }
  std::size_t learners() const { return keys_.size(); }
  std::uint64_t events() const { return events_; }

  std::string_view key(std::size_t learner) const { return keys_.text(learner); }
  const StoredColumn& row_ends() const { return row_ends_; }
  const StoredColumn& first_times() const { return first_times_; }
  const StoredColumn& last_times() const { return last_times_; }

  bool has(SectionKind kind) const { return file_.has(kind); }
  // With a value for each event.
  StoredColumn event_column(SectionKind kind, std::uint16_t ordinal = 0) const;
  const EventId* ids() const;
  // With a value for each open property.
  StoredColumn open_column(SectionKind kind) const { return file_.column(kind); }
  TextTable open_texts() const;

  void verify() const { file_.verify(); }

 private:
  SectionFile file_;
  std::uint64_t events_;
  TextTable keys_;
  StoredColumn row_ends_, first_times_, last_times_;
};

}  // namespace waymark::trail
