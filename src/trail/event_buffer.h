#pragma once

// Private to the room: events in memory on their way into a trail.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "event/batch.h"
#include "event/slice.h"
#include "trail/bucket_writer.h"
#include "trail/symbols.h"

namespace waymark::trail {

// Codes of one dictionary as codes of another, each looked up when it is first met.
class Translation {
 public:
  Translation(const Dictionary& from, Dictionary& to)
      : from_(&from), to_(&to), codes_(from.size(), kAbsentCode) {}
  Code operator()(Code code) {
    Code& known = codes_[code];
    if (known == kAbsentCode) known = to_->intern(from_->text(code));
    return known;
  }
  void append(const std::vector<Code>& codes, std::size_t first, std::size_t n,
              std::vector<Code>& to) {
    to.resize(to.size() + n);
    for (std::size_t i = 0; i < n; ++i) to[to.size() - n + i] = (*this)(codes[first + i]);
  }

 private:
  const Dictionary* from_;
  Dictionary* to_;
  std::vector<Code> codes_;
};

// Events in the order in which they came. Texts are codes of the trail's symbols already, except
// for learners and open properties, which only this buffer knows.
class EventBuffer {
 public:
  // `symbols` grows with what comes. `properties`: those that are columns. Sets room for `memory`
  // bytes of events aside.
  EventBuffer(AllSymbols& symbols, const std::vector<std::string>& properties, std::size_t memory);

  // The codes of a batch as codes here; until clear().
  struct Translations {
    Translation learners, kinds, objects, courses, contexts, outcomes, sources, property_names,
        property_texts;
  };
  Translations translations(const EventBatch& batch);
  // Rows [first, first + n) of the batch.
  void add(const EventBatch& batch, Translations& codes, std::size_t first, std::size_t n);
  std::size_t size() const { return id_.size(); }
  std::size_t bytes() const;
  void clear();
  // Gives the memory back; nothing can be added afterwards.
  void release();

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

  // Of one value for each event.
  auto columns() {
    return std::tie(id_, learner_, time_, received_, sequence_, kind_, object_, course_, context_,
                    outcome_, source_, duration_ms_, score_, weight_, property_end_);
  }
  void add_properties(const EventBatch& batch, Translations& codes, std::size_t first,
                      std::size_t n);
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
