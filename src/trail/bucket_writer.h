#pragma once

// Private to the room: writes the file of a bucket, or of a bucket's part in a run.

#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/slice.h"
#include "trail/column_spool.h"
#include "trail/cursor.h"
#include "trail/manifest.h"

namespace waymark::trail {

inline constexpr ColumnSet kAllColumns{
    Column::kTime,     Column::kId,      Column::kReceived, Column::kKind,   Column::kObject,
    Column::kCourse,   Column::kContext, Column::kOutcome,  Column::kSource, Column::kSequence,
    Column::kDuration, Column::kScore,   Column::kWeight};

// Takes the events of one learner after another, in the order of keys, each one's in trail order.
class BucketWriter {
 public:
  // Holds about `memory` bytes; more waits in a scratch file beside `path`.
  BucketWriter(std::filesystem::path path, std::size_t property_columns, std::size_t memory);

  // Events [first, first + n) of a slice that has all columns and property columns, of that
  // learner. One call of append_open for each of them follows, in the same order.
  void append(std::string_view learner, const Slice& slice, std::size_t first, std::size_t n);
  void append_open(std::span<const OpenProperty> properties);

  // Once, at the end. Fills in all but `bucket`.
  BucketEntry finish(bool durable);
  // After finish: whether any event has a value on that side of a property column.
  bool has_numbers(std::size_t column) const { return property_numbers_[column]->has_values(); }
  bool has_texts(std::size_t column) const { return property_texts_[column]->has_values(); }

 private:
  // A column, and where it will stand. A deque never moves them.
  struct Section {
    Section(SectionKind section_kind, std::uint16_t place, ScratchFile& scratch, std::size_t limit,
            ColumnSpool::Form form)
        : kind(section_kind), ordinal(place), values(scratch, limit, form) {}
    SectionKind kind;
    std::uint16_t ordinal;
    ColumnSpool values;
  };

  ColumnSpool& add(SectionKind kind, ColumnSpool::Form form = {}, std::uint16_t ordinal = 0);
  void begin_learner(std::string_view learner, Micros first_time);
  void end_learner();
  std::uint64_t text_number(std::string_view text);
  void write_bytes(SectionWriter& writer, SectionKind kind, const auto& spool) const;

  std::filesystem::path path_;
  ScratchFile scratch_;
  std::size_t limit_;  // bytes that each column may hold
  std::deque<Section> sections_;

  ColumnSpool &key_ends_, &row_ends_, &first_times_, &last_times_;
  ColumnSpool &time_, &received_, &lag_, &kind_, &object_, &course_, &context_, &outcome_, &source_,
      &sequence_, &duration_, &score_, &weight_;
  std::vector<ColumnSpool*> property_numbers_, property_texts_;
  ColumnSpool &open_ends_, &open_names_, &open_types_, &open_bits_, &open_text_ends_;
  Spool<char> keys_, open_texts_;
  Spool<EventId> ids_;

  std::string learner_;
  std::uint64_t learners_ = 0, events_ = 0, open_properties_ = 0;
  Micros first_time_ = 0, last_time_ = 0;  // of the present learner
  Micros earliest_ = 0, latest_ = 0;       // of all
  Dictionary recent_texts_;                // of open properties: so that most stand there once
  std::size_t recent_written_ = 0;         // how many of those are in open_texts_
  std::size_t recent_text_bytes_ = 0;
  std::uint64_t forgotten_texts_ = 0;  // how many came before those
  std::vector<std::uint64_t> scratch_values_;
};

}  // namespace waymark::trail
