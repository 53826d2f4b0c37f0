#include "trail/event_buffer.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/hash.h"
#include "base/parallel.h"

namespace waymark::trail {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr std::size_t kBlockRows = 1024;
constexpr std::size_t kBytesPerEvent = sizeof(EventId) + 6 * sizeof(std::uint64_t) +
                                       7 * sizeof(Code) + sizeof(std::size_t) +
                                       2 * sizeof(std::uint32_t);  // the last for sorting
constexpr std::size_t kBytesPerProperty =
    sizeof(Code) + sizeof(PropertyType) + sizeof(std::uint64_t);
constexpr std::size_t kBytesPerText = 80;  // in a Dictionary, besides the text

bool is_text(PropertyType type) {
  return type == PropertyType::kText || type == PropertyType::kJson;
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from, std::size_t first, std::size_t n) {
  to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(first),
            from.begin() + static_cast<std::ptrdiff_t>(first + n));
}

}  // namespace

// All columns of some rows, as a writer takes them.
struct EventBuffer::Block {
  explicit Block(std::size_t properties)
      : number(properties, std::vector<double>(kBlockRows)),
        text(properties, std::vector<Code>(kBlockRows)) {
    for (std::size_t p = 0; p < properties; ++p)
      sides.push_back({number[p].data(), text[p].data()});
  }
  Slice slice(std::size_t n) const {
    return {n,       time,   id,       received,    kind,  object, course, context,
            outcome, source, sequence, duration_ms, score, weight, sides};
  }

  EventId id[kBlockRows];
  Micros time[kBlockRows], received[kBlockRows];
  std::uint64_t sequence[kBlockRows];
  Code kind[kBlockRows], object[kBlockRows], course[kBlockRows], context[kBlockRows],
      outcome[kBlockRows], source[kBlockRows];
  std::int64_t duration_ms[kBlockRows];
  double score[kBlockRows], weight[kBlockRows];
  std::vector<std::vector<double>> number;
  std::vector<std::vector<Code>> text;
  std::vector<PropertyColumn> sides;
};

EventBuffer::EventBuffer(AllSymbols& symbols, const std::vector<std::string>& properties,
                         std::size_t memory)
    : symbols_(symbols), property_count_(properties.size()) {
  const auto reserve = [&](auto&... column) { (column.reserve(memory / kBytesPerEvent), ...); };
  std::apply(reserve, columns());
  for (std::size_t column = 0; column < properties.size(); ++column) {
    const Code name = symbols_.property_names.intern(properties[column]);
    if (name >= column_of_name_.size()) column_of_name_.resize(name + 1, kNone);
    column_of_name_[name] = column;
  }
}

EventBuffer::Translations EventBuffer::translations(const EventBatch& batch) {
  Symbols& symbols = symbols_.symbols;
  return {.learners = {batch.learners, learners_},
          .kinds = {batch.kinds, symbols.kinds},
          .objects = {batch.objects, symbols.objects},
          .courses = {batch.courses, symbols.courses},
          .contexts = {batch.contexts, symbols.contexts},
          .outcomes = {batch.outcomes, symbols.outcomes},
          .sources = {batch.sources, symbols.sources},
          .property_names = {batch.property_names, symbols_.property_names},
          .property_texts = {batch.property_texts, texts_}};
}

void EventBuffer::add(const EventBatch& batch, Translations& codes, std::size_t first,
                      std::size_t n) {
  append(id_, batch.id, first, n);
  append(time_, batch.time, first, n);
  append(received_, batch.received, first, n);
  append(sequence_, batch.sequence, first, n);
  append(duration_ms_, batch.duration_ms, first, n);
  append(score_, batch.score, first, n);
  append(weight_, batch.weight, first, n);
  const std::size_t known_learners = learners_.size();
  codes.learners.append(batch.learner, first, n, learner_);
  for (std::size_t code = known_learners; code < learners_.size(); ++code) {
    text_bytes_ += learners_.text(static_cast<Code>(code)).size();
  }
  codes.kinds.append(batch.kind, first, n, kind_);
  codes.objects.append(batch.object, first, n, object_);
  codes.courses.append(batch.course, first, n, course_);
  codes.contexts.append(batch.context, first, n, context_);
  codes.outcomes.append(batch.outcome, first, n, outcome_);
  codes.sources.append(batch.source, first, n, source_);
  add_properties(batch, codes, first, n);
}

void EventBuffer::add_properties(const EventBatch& batch, Translations& codes, std::size_t first,
                                 std::size_t n) {
  for (std::size_t row = first; row < first + n; ++row) {
    for (std::size_t p = batch.first_property(row); p < batch.property_end[row]; ++p) {
      const Code name = codes.property_names(batch.property_name[p]);
      std::uint64_t bits = batch.property_bits[p];
      if (is_text(batch.property_type[p])) {
        const Code text = codes.property_texts(static_cast<Code>(bits));
        note_text(text, column_of(name) != kNone);
        bits = text;
      }
      property_name_.push_back(name);
      property_type_.push_back(batch.property_type[p]);
      property_bits_.push_back(bits);
    }
    property_end_.push_back(property_name_.size());
  }
}

// A text of an open property has come; `in_column`: the property is a column.
void EventBuffer::note_text(Code text, bool in_column) {
  for (std::size_t code = column_text_.size(); code < texts_.size(); ++code) {
    column_text_.push_back(kNoCode);
    text_bytes_ += texts_.text(static_cast<Code>(code)).size();
  }
  if (in_column && column_text_[text] == kNoCode) {
    column_text_[text] = symbols_.symbols.property_texts.intern(texts_.text(text));
  }
}

std::size_t EventBuffer::column_of(Code name) const {
  return name < column_of_name_.size() ? column_of_name_[name] : kNone;
}

std::size_t EventBuffer::bytes() const {
  return id_.size() * kBytesPerEvent + property_name_.size() * kBytesPerProperty + text_bytes_ +
         (learners_.size() + texts_.size()) * kBytesPerText;
}

EventBuffer::Sorted EventBuffer::sorted(std::size_t buckets) const {
  const std::size_t learners = learners_.size();
  std::vector<std::uint32_t> bucket(learners), events(learners);
  for (Code code = 0; code < learners; ++code) {
    bucket[code] = static_cast<std::uint32_t>(hash64(learners_.text(code)) % buckets);
  }
  for (const Code code : learner_) ++events[code];

  Sorted sorted;
  for (Code code = 0; code < learners; ++code) {
    if (events[code] != 0) sorted.learners.push_back(code);
  }
  std::ranges::sort(sorted.learners, [&](Code a, Code b) {
    return bucket[a] != bucket[b] ? bucket[a] < bucket[b] : learners_.text(a) < learners_.text(b);
  });
  sorted.bucket_end.resize(buckets);
  std::vector<std::uint32_t> next(learners);  // where each learner's next row goes
  std::uint32_t rows = 0;
  for (const Code code : sorted.learners) {
    ++sorted.bucket_end[bucket[code]];
    next[code] = rows;
    sorted.learner_end.push_back(rows += events[code]);
  }
  std::partial_sum(sorted.bucket_end.begin(), sorted.bucket_end.end(), sorted.bucket_end.begin());
  sorted.rows.resize(size());
  for (std::uint32_t row = 0; row < size(); ++row) sorted.rows[next[learner_[row]]++] = row;
  return sorted;
}

void EventBuffer::write(Sorted& sorted, std::size_t first, std::size_t end,
                        BucketWriter& writer) const {
  Block block(property_count_);
  std::vector<OpenProperty> open;
  for (std::size_t i = first; i < end; ++i) {
    const std::size_t begin = i == 0 ? 0 : sorted.learner_end[i - 1];
    std::span<std::uint32_t> rows(sorted.rows.data() + begin, sorted.learner_end[i] - begin);
    std::ranges::sort(rows, {}, [&](std::uint32_t row) {
      return TrailOrder{time_[row], id_[row]};
    });
    for (; !rows.empty(); rows = rows.subspan(std::min(rows.size(), kBlockRows))) {
      const auto some = rows.first(std::min(rows.size(), kBlockRows));
      gather(some, block);
      writer.append(learners_.text(sorted.learners[i]), block.slice(some.size()), 0, some.size());
      for (const std::uint32_t row : some) {
        open_properties(row, open);
        writer.append_open(open);
      }
    }
  }
}

void EventBuffer::gather(std::span<const std::uint32_t> rows, Block& block) const {
  const auto copy = [&](const auto& from, auto* to) {
    for (std::size_t i = 0; i < rows.size(); ++i) to[i] = from[rows[i]];
  };
  copy(id_, block.id);
  copy(time_, block.time);
  copy(received_, block.received);
  copy(sequence_, block.sequence);
  copy(kind_, block.kind);
  copy(object_, block.object);
  copy(course_, block.course);
  copy(context_, block.context);
  copy(outcome_, block.outcome);
  copy(source_, block.source);
  copy(duration_ms_, block.duration_ms);
  copy(score_, block.score);
  copy(weight_, block.weight);
  if (property_count_ == 0) return;
  for (std::size_t column = 0; column < property_count_; ++column) {
    std::fill_n(block.number[column].begin(), rows.size(), kNoScore);
    std::fill_n(block.text[column].begin(), rows.size(), kNoCode);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) fill_columns(rows[i], i, block);
}

void EventBuffer::fill_columns(std::size_t row, std::size_t at, Block& block) const {
  for (std::size_t p = first_property(row); p < property_end_[row]; ++p) {
    const std::size_t column = column_of(property_name_[p]);
    if (column == kNone) continue;
    const std::uint64_t bits = property_bits_[p];
    double& number = block.number[column][at];
    Code& text = block.text[column][at];
    number = kNoScore;
    text = kNoCode;
    switch (property_type_[p]) {
      case PropertyType::kText:
      case PropertyType::kJson:
        text = column_text_[bits];
        break;
      case PropertyType::kNumber:
        number = std::bit_cast<double>(bits);
        break;
      case PropertyType::kBoolean:
        number = static_cast<double>(bits);
        break;
    }
  }
}

void EventBuffer::open_properties(std::size_t row, std::vector<OpenProperty>& open) const {
  open.clear();
  for (std::size_t p = first_property(row); p < property_end_[row]; ++p) {
    const PropertyType type = property_type_[p];
    const std::uint64_t bits = property_bits_[p];
    open.push_back({property_name_[p], type, is_text(type) ? 0 : bits,
                    is_text(type) ? texts_.text(static_cast<Code>(bits)) : std::string_view()});
  }
}

void EventBuffer::clear() {
  learners_ = Dictionary();
  texts_ = Dictionary();
  text_bytes_ = 0;
  column_text_.clear();
  property_name_.clear();
  property_type_.clear();
  property_bits_.clear();
  std::apply([](auto&... column) { (column.clear(), ...); }, columns());
}

void EventBuffer::release() {
  clear();
  std::apply([](auto&... column) { (column.shrink_to_fit(), ...); }, columns());
}

}  // namespace waymark::trail
