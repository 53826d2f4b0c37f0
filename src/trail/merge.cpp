#include "trail/merge.h"

#include <algorithm>
#include <tuple>

#include "trail/cursor.h"

namespace waymark::trail {
namespace {

// A bucket that is being read, at one of its events.
class Input {
 public:
  Input(std::shared_ptr<const Bucket> bucket, const Request& request,
        std::span<const BucketCursor::PropertySides> sides)
      : bucket_(bucket), cursor_(std::move(bucket), 0, request, sides) {}

  // To the next block; false at the end.
  bool step() {
    Code learner;
    if (!cursor_.next(learner, slice_)) return false;
    key_ = bucket_->key(learner);
    at_ = 0;
    return true;
  }
  bool is_before(const Input& other) const {
    return std::tuple(key_, order(at_)) < std::tuple(other.key_, other.order(other.at_));
  }
  // Writes the present event and those after it in the block that come before `next`'s, if there
  // is a next; returns false when the file is done.
  bool write_until(const Input* next, BucketWriter& writer) {
    std::size_t end = slice_.size;
    if (next != nullptr && next->key_ == key_) {
      const TrailOrder limit = next->order(next->at_);
      end = at_ + 1;
      while (end < slice_.size && order(end) < limit) ++end;
    }
    writer.append(key_, slice_, at_, end - at_);
    for (; at_ < end; ++at_) writer.append_open(cursor_.open_properties(at_));
    return at_ < slice_.size || step();
  }

 private:
  TrailOrder order(std::size_t row) const { return {slice_.time[row], slice_.id[row]}; }

  std::shared_ptr<const Bucket> bucket_;
  BucketCursor cursor_;
  std::string_view key_;
  Slice slice_;
  std::size_t at_ = 0;
};

}  // namespace

void merge(const std::vector<MergeInput>& inputs, std::size_t property_columns,
           std::size_t block_rows, BucketWriter& writer) {
  Request request;
  request.columns = kAllColumns;
  request.open_properties = true;
  request.block_rows = block_rows;
  std::vector<BucketCursor::PropertySides> sides;
  for (std::size_t column = 0; column < property_columns; ++column) {
    sides.push_back({column, true, true});
  }

  std::vector<std::unique_ptr<Input>> heap;
  for (const auto& [bucket, learners] : inputs) {
    request.only.learners = learners;
    auto input = std::make_unique<Input>(bucket, request, sides);
    if (input->step()) heap.push_back(std::move(input));
  }
  const auto is_after = [](const auto& a, const auto& b) { return b->is_before(*a); };
  std::ranges::make_heap(heap, is_after);
  while (!heap.empty()) {
    std::ranges::pop_heap(heap, is_after);
    std::unique_ptr<Input> first = std::move(heap.back());
    heap.pop_back();
    if (first->write_until(heap.empty() ? nullptr : heap.front().get(), writer)) {
      heap.push_back(std::move(first));
      std::ranges::push_heap(heap, is_after);
    }
  }
}

}  // namespace waymark::trail
