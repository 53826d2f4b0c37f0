#include "trail/bucket_writer.h"

#include <algorithm>

#include "base/error.h"

namespace waymark::trail {
namespace {

using Form = ColumnSpool::Form;

constexpr std::size_t kColumns = 28;       // those of every file, about
constexpr std::size_t kTextOverhead = 80;  // of a text in a Dictionary, about
constexpr Form kDoubles{ColumnSpool::Type::kDouble,
                        std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN())};
// What every fold reads decodes fastest.
constexpr Form kTimes{ColumnSpool::Type::kInteger, {}, false};

std::uint64_t minus(Micros a, Micros b) {
  return static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
}

}  // namespace

BucketWriter::BucketWriter(std::filesystem::path path, std::size_t property_columns,
                           std::size_t memory)
    : path_(std::move(path)),
      scratch_(path_.string() + ".scratch"),
      limit_(std::max<std::size_t>(memory / (kColumns + 2 * property_columns), 4096)),
      key_ends_(add(SectionKind::kLearnerKeyEnd, kTimes)),
      row_ends_(add(SectionKind::kLearnerRowEnd, kTimes)),
      first_times_(add(SectionKind::kLearnerFirstTime, kTimes)),
      last_times_(add(SectionKind::kLearnerLastTime, kTimes)),
      time_(add(SectionKind::kTime, kTimes)),
      received_(add(SectionKind::kReceived)),
      lag_(add(SectionKind::kLag)),
      kind_(add(SectionKind::kKind)),
      object_(add(SectionKind::kObject)),
      course_(add(SectionKind::kCourse)),
      context_(add(SectionKind::kContext)),
      outcome_(add(SectionKind::kOutcome)),
      source_(add(SectionKind::kSource)),
      sequence_(add(SectionKind::kSequence)),
      duration_(add(SectionKind::kDuration,
                    {ColumnSpool::Type::kInteger, static_cast<std::uint64_t>(kNoDuration)})),
      score_(add(SectionKind::kScore, kDoubles)),
      weight_(add(SectionKind::kWeight, kDoubles)),
      open_ends_(add(SectionKind::kOpenEnd, kTimes)),
      open_names_(add(SectionKind::kOpenName)),
      open_types_(add(SectionKind::kOpenType)),
      open_bits_(add(SectionKind::kOpenBits)),
      open_text_ends_(add(SectionKind::kOpenTextEnd, kTimes)),
      keys_(scratch_, limit_),
      open_texts_(scratch_, limit_),
      ids_(scratch_, limit_ / sizeof(EventId)) {
  for (std::size_t i = 0; i < property_columns; ++i) {
    const auto column = static_cast<std::uint16_t>(i);
    property_numbers_.push_back(&add(SectionKind::kPropertyNumber, kDoubles, column));
    property_texts_.push_back(&add(SectionKind::kPropertyText,
                                   {ColumnSpool::Type::kInteger, std::uint64_t{kNoCode}}, column));
  }
}

ColumnSpool& BucketWriter::add(SectionKind kind, Form form, std::uint16_t ordinal) {
  const std::size_t limit = limit_ / sizeof(std::uint64_t);
  return sections_.emplace_back(kind, ordinal, scratch_, limit, form).values;
}

void BucketWriter::begin_learner(std::string_view learner, Micros first_time) {
  end_learner();
  learner_ = learner;
  first_time_ = first_time;
  ++learners_;
  keys_.append(learner.data(), learner.size());
  key_ends_.push(keys_.size());
  first_times_.push(static_cast<std::uint64_t>(first_time));
}

void BucketWriter::end_learner() {
  if (learners_ == 0) return;
  row_ends_.push(events_);
  last_times_.push(static_cast<std::uint64_t>(last_time_));
  earliest_ = learners_ == 1 ? first_time_ : std::min(earliest_, first_time_);
  latest_ = learners_ == 1 ? last_time_ : std::max(latest_, last_time_);
}

void BucketWriter::append(std::string_view learner, const Slice& slice, std::size_t first,
                          std::size_t n) {
  if (learners_ == 0 || learner != learner_) begin_learner(learner, slice.time[first]);
  last_time_ = slice.time[first + n - 1];
  events_ += n;

  scratch_values_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    scratch_values_[i] = minus(slice.time[first + i], first_time_);
  }
  time_.append(scratch_values_.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    scratch_values_[i] = minus(slice.received[first + i], slice.time[first + i]);
  }
  lag_.append(scratch_values_.data(), n);

  ids_.append(slice.id + first, n);
  received_.append(slice.received + first, n);
  kind_.append(slice.kind + first, n);
  object_.append(slice.object + first, n);
  course_.append(slice.course + first, n);
  context_.append(slice.context + first, n);
  outcome_.append(slice.outcome + first, n);
  source_.append(slice.source + first, n);
  sequence_.append(slice.sequence + first, n);
  duration_.append(slice.duration_ms + first, n);
  score_.append(slice.score + first, n);
  weight_.append(slice.weight + first, n);
  for (std::size_t column = 0; column < property_numbers_.size(); ++column) {
    property_numbers_[column]->append(slice.properties[column].number + first, n);
    property_texts_[column]->append(slice.properties[column].text + first, n);
  }
}

void BucketWriter::append_open(std::span<const OpenProperty> properties) {
  for (const OpenProperty& property : properties) {
    const bool is_text =
        property.type == PropertyType::kText || property.type == PropertyType::kJson;
    open_names_.push(property.name);
    open_types_.push(static_cast<std::uint64_t>(property.type));
    open_bits_.push(is_text ? text_number(property.text) : property.bits);
  }
  open_ends_.push(open_properties_ += properties.size());
}

std::uint64_t BucketWriter::text_number(std::string_view text) {
  if (recent_text_bytes_ > limit_) {
    forgotten_texts_ += recent_texts_.size();
    recent_texts_ = Dictionary();
    recent_written_ = recent_text_bytes_ = 0;
  }
  const Code code = recent_texts_.intern(text);
  for (; recent_written_ < recent_texts_.size(); ++recent_written_) {
    const std::string_view added = recent_texts_.text(static_cast<Code>(recent_written_));
    open_texts_.append(added.data(), added.size());
    open_text_ends_.push(open_texts_.size());
    recent_text_bytes_ += added.size() + kTextOverhead;
  }
  return forgotten_texts_ + code;
}

void BucketWriter::write_bytes(SectionWriter& writer, SectionKind kind, const auto& spool) const {
  writer.begin({kind, 0, Encoding::kBytes});
  spool.for_each([&](const auto& chunk) { writer.write(chunk.data(), chunk.size_bytes()); });
}

BucketEntry BucketWriter::finish(bool durable) {
  end_learner();
  for (Section& section : sections_) {
    if (section.kind != SectionKind::kReceived) section.values.plan(section.kind, section.ordinal);
  }
  // Received or lag, whichever is smaller, tells the other.
  SectionKind redundant = SectionKind::kReceived;
  if (lag_.stored_size() != 0) {
    received_.plan(SectionKind::kReceived);
    if (received_.stored_size() < lag_.stored_size()) redundant = SectionKind::kLag;
  }

  constexpr std::size_t kRunsOfBytes = 3;
  SectionWriter writer(path_, sections_.size() - 1 + kRunsOfBytes);
  for (const Section& section : sections_) {
    if (section.kind != redundant) section.values.write(writer);
  }
  write_bytes(writer, SectionKind::kLearnerKeyText, keys_);
  write_bytes(writer, SectionKind::kOpenText, open_texts_);
  write_bytes(writer, SectionKind::kId, ids_);
  BucketEntry entry;
  entry.file = path_.filename();
  entry.seal = writer.finish(durable);
  entry.events = events_;
  entry.learners = learners_;
  entry.first_time = earliest_;
  entry.last_time = latest_;
  for (const SectionEntry& section : writer.entries()) {
    if (is_core(section.kind)) entry.core_bytes += section.size;
  }
  return entry;
}

}  // namespace waymark::trail
