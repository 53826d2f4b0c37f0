#pragma once

// Private to the room.

#include <cstddef>
#include <memory>
#include <vector>

#include "trail/bucket_file.h"
#include "trail/bucket_writer.h"

namespace waymark::trail {

// Writes the events of all inputs, files of one bucket with the same symbols and property columns.
// Reads them `block_rows` at a time.
void merge(const std::vector<std::shared_ptr<const BucketFile>>& inputs,
           std::size_t property_columns, std::size_t block_rows, BucketWriter& writer);

}  // namespace waymark::trail
