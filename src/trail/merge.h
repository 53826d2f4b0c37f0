#pragma once

// Private to the room.

#include <cstddef>
#include <memory>
#include <vector>

#include "trail/bucket.h"
#include "trail/bucket_writer.h"

namespace waymark::trail {

struct MergeInput {
  std::shared_ptr<const Bucket> bucket;
  std::shared_ptr<const std::vector<bool>> learners = {};  // whose events; none: all
};

// Writes the events of all inputs, which are of one bucket and have the same symbols and property
// columns. Reads them `block_rows` at a time.
void merge(const std::vector<MergeInput>& inputs, std::size_t property_columns,
           std::size_t block_rows, BucketWriter& writer);

}  // namespace waymark::trail
