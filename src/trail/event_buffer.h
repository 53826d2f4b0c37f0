#pragma once

// Private to the room: events in memory on their way into a trail.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "event/slice.h"
#include "trail/bucket_writer.h"
#include "trail/symbols.h"

namespace waymark::trail {

// Events in the order in which they came. Texts are codes of the trail's symbols already, except
// for learners and open properties, which only this buffer knows.
class EventBuffer {
 public:
  // `symbols` grows with what comes. `properties`: those that are columns.
  EventBuffer(AllSymbols& symbols, const std::vector<std::string>& properties);

  // Rows [first, first + n) of a batch.
  void add(const EventBatch& batch, std::size_t first, std::size_t n);
  std::size_t size() const { return id_.size(); }
  std::size_t bytes() const;
  void clear();

  // Whose events these are, by bucket, and where the events of each are.
  struct Sorted {
    std::vector<Code> learners;              // by bucket, then key
    std::vector<std::size_t> bucket_end;     // of each bucket, in `learners`
    std::vector<std::uint32_t> rows;         // by learner; write() puts each one's in order
    std::vector<std::uint32_t> learner_end;  // of each of `learners`, in `rows`
  };
  Sorted sorted(std::size_t buckets) const;
  // Learners [first, end) of `sorted`. Thread-safe for ranges apart.
  void write(Sorted& sorted, std::size_t first, std::size_t end, BucketWriter& writer) const;

 private:
  struct Block;

  void add_properties(const EventBatch& batch, std::size_t first, std::size_t n);
  void note_text(Code text, bool in_column);
  // Which property column has that name, or none.
  std::size_t column_of(Code name) const;
  std::size_t first_property(std::size_t row) const {
    return row == 0 ? 0 : property_end_[row - 1];
  }
  void gather(std::span<const std::uint32_t> rows, Block& block) const;
  void fill_columns(std::size_t row, std::size_t at, Block& block) const;
  void open_properties(std::size_t row, std::vector<OpenProperty>& open) const;

  AllSymbols& symbols_;
  std::size_t property_count_;
  std::vector<std::size_t> column_of_name_;  // by the name's code, as far as there are columns

  Dictionary learners_, texts_;
  std::size_t text_bytes_ = 0;
  std::vector<Code> column_text_;  // by code of texts_: its code in the symbols, where it has one

  std::vector<EventId> id_;
  std::vector<Code> learner_;
  std::vector<Micros> time_, received_;
  std::vector<std::uint64_t> sequence_;
  std::vector<Code> kind_, object_, course_, context_, outcome_, source_;
  std::vector<std::int64_t> duration_ms_;
  std::vector<double> score_, weight_;
  // As in EventBatch; names are codes of the symbols, texts of texts_.
  std::vector<std::size_t> property_end_;
  std::vector<Code> property_name_;
  std::vector<PropertyType> property_type_;
  std::vector<std::uint64_t> property_bits_;
};

}  // namespace waymark::trail
