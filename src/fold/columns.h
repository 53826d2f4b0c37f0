#pragma once

#include <span>
#include <vector>

#include "event/batch.h"
#include "fold/fold.h"

namespace waymark::fold {

// Rows of an EventBatch as the columns of a slice, in codes of other symbols: how events that are
// not in a trail reach a fold. A boolean property reads as the number 0 or 1, JSON as its text; of
// several values under one name the last counts.
class Columns {
 public:
  // Interns the texts of the rows' columns that `reads` names.
  Columns(const EventBatch& batch, std::span<const std::size_t> rows, const Reads& reads,
          Symbols& symbols);

  std::size_t size() const { return size_; }
  // Rows [begin, begin + size), valid as long as this object, and until the next call.
  Slice slice(std::size_t begin, std::size_t size);

 private:
  struct Property {
    std::vector<double> number;
    std::vector<Code> text;
  };
  void read_property(const EventBatch& batch, std::span<const std::size_t> rows,
                     const std::string& name, Symbols& symbols);

  std::size_t size_;
  std::vector<Micros> time_, received_;
  std::vector<EventId> id_;
  std::vector<Code> kind_, object_, course_, context_, outcome_, source_;
  std::vector<std::uint64_t> sequence_;
  std::vector<std::int64_t> duration_ms_;
  std::vector<double> score_, weight_;
  std::vector<Property> properties_;
  std::vector<PropertyColumn> views_;
};

// The rows of each learner of the batch in trail order; learners in the order in which they first
// occur.
std::vector<std::vector<std::size_t>> trails_of(const EventBatch& batch);

// Dictionaries as bytes, codes kept. load_* expects a new dictionary.
void save_dictionary(const Dictionary& dictionary, ByteWriter& writer);
void load_dictionary(ByteReader& reader, Dictionary& dictionary);
void save_symbols(const Symbols& symbols, ByteWriter& writer);
void load_symbols(ByteReader& reader, Symbols& symbols);

}  // namespace waymark::fold
