#include "trail/bucket.h"

#include <algorithm>
#include <ranges>

namespace waymark::trail {
namespace {

Bucket::Files open_files(const std::filesystem::path& folder,
                         std::span<const BucketEntry> entries) {
  Bucket::Files files;
  for (const BucketEntry& entry : entries) {
    files.push_back(
        std::make_shared<const BucketFile>(SectionFile(folder / entry.file, entry.seal)));
  }
  return files;
}

}  // namespace

Bucket::Bucket(const std::filesystem::path& folder, std::span<const BucketEntry> entries)
    : Bucket(open_files(folder, entries)) {
  std::uint64_t learners = 0, events = 0;
  for (const BucketEntry& entry : entries) {
    learners += entry.learners;
    events += entry.events;
  }
  if (learners != learners_ || events != events_) {
    throw_damaged(files_.back()->path(), "the manifest tells something else of its bucket");
  }
}

Bucket::Bucket(Files files) : files_(std::move(files)) {
  if (files_.empty()) return;
  learners_ = files_[0]->learners();
  events_ = files_[0]->events();
  for (std::uint32_t file = 1; file < files_.size(); ++file) put_over(file);
}

// The learners of a file take the places of what those before it have of them.
void Bucket::put_over(std::uint32_t file) {
  std::vector<Place> below(learners_);
  for (std::uint32_t learner = 0; learner < learners_; ++learner) below[learner] = place(learner);
  places_.clear();
  auto next = below.begin();
  const BucketFile& above = *files_[file];
  for (std::uint32_t learner = 0; learner < above.learners(); ++learner) {
    const std::string_view key = above.key(learner);
    const auto found = std::ranges::lower_bound(next, below.end(), key, {},
                                                [&](Place place) { return key_at(place); });
    places_.insert(places_.end(), next, found);
    places_.push_back({file, learner});
    next = found;
    if (found == below.end() || key_at(*found) != key) continue;
    events_ -= events_at(*found);
    ++next;
  }
  places_.insert(places_.end(), next, below.end());
  learners_ = places_.size();
  events_ += above.events();
}

Bucket::Place Bucket::place(std::size_t learner) const {
  return places_.empty() ? Place{0, static_cast<std::uint32_t>(learner)} : places_[learner];
}

std::size_t Bucket::neighbours(std::size_t learner, std::size_t end) const {
  if (places_.empty()) return end - learner;
  std::size_t next = learner + 1;
  while (next < end && places_[next].file == places_[learner].file &&
         places_[next].learner == places_[next - 1].learner + 1) {
    ++next;
  }
  return next - learner;
}

std::uint64_t Bucket::events_at(Place place) const {
  const StoredColumn& ends = files_[place.file]->row_ends();
  return ends.at(place.learner) - (place.learner == 0 ? 0 : ends.at(place.learner - 1));
}

std::optional<std::size_t> Bucket::find(std::string_view key) const {
  const auto all = std::views::iota(std::size_t{0}, learners_);
  const auto found = std::ranges::lower_bound(
      all, key, {}, [&](std::size_t learner) { return this->key(learner); });
  if (found == all.end() || this->key(*found) != key) return std::nullopt;
  return *found;
}

}  // namespace waymark::trail
