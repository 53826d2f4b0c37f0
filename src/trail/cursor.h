#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "event/only_codes.h"
#include "event/slice.h"

namespace waymark::trail {

class Bucket;

// Whose events, and from where; none of either: all.
struct Selection {
  std::shared_ptr<const std::vector<bool>> learners;  // those whose number is true
  std::shared_ptr<const std::vector<bool>> sources;   // those whose code is true
};

// What a cursor shall give of a bucket.
struct Request {
  ColumnSet columns;
  // Property columns, in the order in which Slice::properties shall have them. A property's number
  // or text side is null if no event of the whole trail has a value of that side. Numbers and
  // booleans (as 1 and 0) are numbers, texts and JSON are texts; of several values that one event
  // has under one name, the last counts.
  std::vector<std::string> properties;
  bool open_properties = false;
  // Learners who have no such event among those asked for may be left out; and are, where they are
  // many.
  std::optional<OnlyCodes> wanted = std::nullopt;
  // Only events in [from, to).
  std::optional<Micros> from, to;
  // Only learners numbered [first_learner, end_learner).
  Code first_learner = 0;
  Code end_learner = std::numeric_limits<Code>::max();
  // Of those, only what is selected.
  Selection only = {};
  // The longest slice.
  std::size_t block_rows = 2048;
};

// One entry of an event's open properties, as EventBatch has them; all of them are here, also those
// that are columns.
struct OpenProperty {
  Code name;  // of TrailReader::property_names()
  PropertyType type;
  std::uint64_t bits;     // kNumber: the double's bits; kBoolean: 0 or 1
  std::string_view text;  // kText, kJson; lives as long as the cursor
};

// The properties as one JSON object; "{}" where there are none.
std::string properties_json(std::span<const OpenProperty> properties, const Dictionary& names);

// Events of several learners, in trail order, and whose they are.
struct Rows {
  Slice columns;
  const Code* learner = nullptr;  // numbers, columns.size of them
};

// Walks once through a bucket: its learners in the order of their keys, the events of each in trail
// order. Holds what it needs of the files, whatever becomes of the reader and the folder. Pointers
// that it gives are valid until its next step. Not thread-safe; cheap enough to make one per thread
// and bucket. The first cursor that needs a section pays for its checksum; a step throws nothing.
class BucketCursor {
 public:
  // Made by TrailReader::cursor. `properties`: which columns of the files each of the request's
  // properties is.
  struct PropertySides {
    std::size_t ordinal;
    bool numbers, texts;
  };
  BucketCursor(std::shared_ptr<const Bucket> bucket, Code first_number, const Request& request,
               std::span<const PropertySides> properties);
  ~BucketCursor();
  BucketCursor(BucketCursor&&) noexcept;
  BucketCursor& operator=(BucketCursor&&) noexcept;

  // The next events of one learner, never of two, and the learner's number.
  bool next(Code& learner, Slice& slice);
  // Or: the next events, whoever they belong to. Do not mix with next().
  bool next_rows(Rows& rows);

  // The open properties of an event of the last step; needs Request::open_properties.
  std::span<const OpenProperty> open_properties(std::size_t row) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waymark::trail
