#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/dictionary.h"
#include "event/event.h"

namespace waymark {

// How an open property's 64 bits in a batch are to be read.
enum class PropertyType : std::uint8_t { kText, kNumber, kBoolean, kJson };

// Many events as columns, one vector per field, all of size(). Texts are codes into the batch's own
// dictionaries, so that a batch means the same wherever it is read: it is what sources emit, the
// journal stores and a trail is built from.
struct EventBatch {
  Dictionary learners, sources, kinds, objects, courses, contexts, outcomes, property_names,
      property_texts;

  std::vector<EventId> id;
  std::vector<Code> learner;
  std::vector<Micros> time;
  std::vector<Micros> received;
  std::vector<Code> source;
  std::vector<std::uint64_t> sequence;
  std::vector<Code> kind, object, course, context, outcome;
  std::vector<std::int64_t> duration_ms;
  std::vector<double> score, weight;

  // Open properties: those of event i are entries [property_end[i - 1], property_end[i]), with 0
  // before the first.
  std::vector<std::uint32_t> property_end;
  std::vector<Code> property_name;
  std::vector<PropertyType> property_type;
  // kText, kJson: a code of property_texts; kNumber: the double's bits; kBoolean: 0 or 1.
  std::vector<std::uint64_t> property_bits;

  std::size_t size() const { return id.size(); }
  bool empty() const { return id.empty(); }
  void append(const Event& event);
  // Event `row` of `from`, translated into this batch's dictionaries.
  void append(const EventBatch& from, std::size_t row);
  Event event(std::size_t row) const;
  std::size_t first_property(std::size_t row) const { return row == 0 ? 0 : property_end[row - 1]; }
  void clear();
};

// One self-contained, versioned run of bytes, not compressed. decode throws Error{kCorrupt} on
// anything else, codes and offsets out of range included.
std::string encode(const EventBatch& batch);
EventBatch decode_batch(std::string_view bytes);

}  // namespace waymark
