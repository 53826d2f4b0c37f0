#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "event/slice.h"
#include "trail/cursor.h"
#include "trail/state.h"

namespace waymark::trail {

// One generation of trails, which never changes: files mapped into memory that stay valid when a
// builder swaps the next one in. Copies are cheap and share it. All functions may be called from
// any thread.
//
// Opening checks that all files are there, whole as far as their sizes and headers tell, and those
// that belong together. A section's content is checked against its checksum when it is first
// touched. What is wrong throws Error{kCorrupt, "trail.damaged"}, naming file and section; or
// "trail.format" where another version of Waymark wrote it.
//
// Learners are numbered 0, 1, … in the order of buckets, in a bucket in the order of their keys;
// numbers hold good for this generation only.
class TrailReader {
 public:
  // Throws Error{kNotFound, "trail.missing"} where no trails have been built.
  static TrailReader open(const std::filesystem::path& folder);

  const TrailState& state() const;
  const Symbols& symbols() const;
  const Dictionary& property_names() const;
  // The open properties that events have: not those that are columns because definitions name them
  // while no event does.
  std::vector<std::string> properties() const;

  std::size_t bucket_count() const;
  // The numbers [first, end) of a bucket's learners.
  std::pair<Code, Code> learners(std::size_t bucket) const;
  std::uint64_t events(std::size_t bucket) const;
  std::size_t bucket_of(Code learner) const;
  LearnerKey learner(Code number) const;
  std::optional<Code> find_learner(const LearnerKey& key) const;

  // Throws Error{kNotFound, "trail.property_missing"} for a property that is not a column.
  BucketCursor cursor(std::size_t bucket, const Request& request) const;

  // Checks every byte of every section.
  void verify() const;

 private:
  struct Generation;
  explicit TrailReader(std::shared_ptr<const Generation> generation);
  std::shared_ptr<const Generation> generation_;
};

}  // namespace waymark::trail
