#pragma once

// Private to the room: a bucket as it is read, whichever files it is in.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "trail/bucket_file.h"
#include "trail/manifest.h"

namespace waymark::trail {

// The files of a bucket, oldest first. Whoever is in several of them has all events in the last;
// what the others have of that learner is past. Learners are numbered in the order of their keys.
class Bucket {
 public:
  using Files = std::vector<std::shared_ptr<const BucketFile>>;
  struct Place {
    std::uint32_t file, learner;  // number among the files, and in the file
  };

  explicit Bucket(Files files);
  // Of what a folder's manifest names. Throws as TrailReader does.
  Bucket(const std::filesystem::path& folder, std::span<const BucketEntry> entries);

  const Files& files() const { return files_; }
  std::size_t learners() const { return learners_; }
  std::uint64_t events() const { return events_; }

  Place place(std::size_t learner) const;
  // How many of the learners from this one on, before `end`, follow one another in one file.
  std::size_t neighbours(std::size_t learner, std::size_t end) const;
  std::string_view key(std::size_t learner) const { return key_at(place(learner)); }
  std::uint64_t events_of(std::size_t learner) const { return events_at(place(learner)); }
  std::optional<std::size_t> find(std::string_view key) const;

 private:
  std::string_view key_at(Place place) const { return files_[place.file]->key(place.learner); }
  std::uint64_t events_at(Place place) const;
  void put_over(std::uint32_t file);

  Files files_;
  std::size_t learners_ = 0;
  std::uint64_t events_ = 0;
  std::vector<Place> places_;  // by learner; of one file alone none, where they tell nothing
};

}  // namespace waymark::trail
