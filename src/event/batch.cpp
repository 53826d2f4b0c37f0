#include "event/batch.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"

namespace waymark {
namespace {

constexpr std::uint32_t kBatchFormat = 1;

// The columns of texts and the dictionaries that their codes refer to, in stored order.
template <typename Batch, typename Visit>
void for_each_text_column(Batch& batch, Visit&& visit) {
  visit(batch.learners, batch.learner);
  visit(batch.sources, batch.source);
  visit(batch.kinds, batch.kind);
  visit(batch.objects, batch.object);
  visit(batch.courses, batch.course);
  visit(batch.contexts, batch.context);
  visit(batch.outcomes, batch.outcome);
}

template <typename Batch, typename Visit>
void for_each_plain_column(Batch& batch, Visit&& visit) {
  visit(batch.id);
  visit(batch.time);
  visit(batch.received);
  visit(batch.sequence);
  visit(batch.duration_ms);
  visit(batch.score);
  visit(batch.weight);
}

void write_dictionary(ByteWriter& out, const Dictionary& dictionary) {
  out.value<std::uint64_t>(dictionary.size());
  for (Code code = 1; code < dictionary.size(); ++code) out.text(dictionary.text(code));
}

[[noreturn]] void corrupt() {
  throw Error(ErrorCode::kCorrupt, "batch.corrupt", "a stored batch of events contradicts itself");
}

Dictionary read_dictionary(ByteReader& in) {
  Dictionary dictionary;
  const auto size = in.value<std::uint64_t>();
  for (Code code = 1; code < size; ++code) {
    if (dictionary.intern(in.text()) != code) corrupt();
  }
  return dictionary;
}

void expect_codes(const std::vector<Code>& codes, const Dictionary& dictionary) {
  if (std::ranges::any_of(codes, [&](Code code) { return code >= dictionary.size(); })) corrupt();
}

}  // namespace

void EventBatch::append(const Event& event) {
  id.push_back(event.id);
  learner.push_back(learners.intern(event.learner.reveal()));
  time.push_back(event.time);
  received.push_back(event.received);
  source.push_back(sources.intern(event.source));
  sequence.push_back(event.sequence);
  kind.push_back(kinds.intern(event.kind));
  object.push_back(objects.intern(event.object));
  course.push_back(courses.intern(event.course));
  context.push_back(contexts.intern(event.context));
  outcome.push_back(outcomes.intern(event.outcome));
  duration_ms.push_back(event.duration_ms);
  score.push_back(event.score);
  weight.push_back(event.weight);
  for (const auto& [name, value] : event.properties) {
    property_name.push_back(property_names.intern(name));
    if (const auto* text = std::get_if<std::string>(&value)) {
      property_type.push_back(PropertyType::kText);
      property_bits.push_back(property_texts.intern(*text));
    } else if (const auto* json = std::get_if<JsonText>(&value)) {
      property_type.push_back(PropertyType::kJson);
      property_bits.push_back(property_texts.intern(json->text));
    } else if (const auto* number = std::get_if<double>(&value)) {
      property_type.push_back(PropertyType::kNumber);
      property_bits.push_back(std::bit_cast<std::uint64_t>(*number));
    } else {
      property_type.push_back(PropertyType::kBoolean);
      property_bits.push_back(std::get<bool>(value) ? 1 : 0);
    }
  }
  property_end.push_back(static_cast<std::uint32_t>(property_name.size()));
}

void EventBatch::append(const EventBatch& from, std::size_t row) {
  id.push_back(from.id[row]);
  learner.push_back(learners.intern(from.learners.text(from.learner[row])));
  time.push_back(from.time[row]);
  received.push_back(from.received[row]);
  source.push_back(sources.intern(from.sources.text(from.source[row])));
  sequence.push_back(from.sequence[row]);
  kind.push_back(kinds.intern(from.kinds.text(from.kind[row])));
  object.push_back(objects.intern(from.objects.text(from.object[row])));
  course.push_back(courses.intern(from.courses.text(from.course[row])));
  context.push_back(contexts.intern(from.contexts.text(from.context[row])));
  outcome.push_back(outcomes.intern(from.outcomes.text(from.outcome[row])));
  duration_ms.push_back(from.duration_ms[row]);
  score.push_back(from.score[row]);
  weight.push_back(from.weight[row]);
  for (std::size_t p = from.first_property(row); p < from.property_end[row]; ++p) {
    const PropertyType type = from.property_type[p];
    property_name.push_back(property_names.intern(from.property_names.text(from.property_name[p])));
    property_type.push_back(type);
    const bool is_text = type == PropertyType::kText || type == PropertyType::kJson;
    property_bits.push_back(is_text ? property_texts.intern(from.property_texts.text(
                                          static_cast<Code>(from.property_bits[p])))
                                    : from.property_bits[p]);
  }
  property_end.push_back(static_cast<std::uint32_t>(property_name.size()));
}

Event EventBatch::event(std::size_t row) const {
  Event event;
  event.id = id[row];
  event.learner = LearnerKey(std::string(learners.text(learner[row])));
  event.time = time[row];
  event.received = received[row];
  event.source = sources.text(source[row]);
  event.sequence = sequence[row];
  event.kind = kinds.text(kind[row]);
  event.object = objects.text(object[row]);
  event.course = courses.text(course[row]);
  event.context = contexts.text(context[row]);
  event.outcome = outcomes.text(outcome[row]);
  event.duration_ms = duration_ms[row];
  event.score = score[row];
  event.weight = weight[row];
  for (std::size_t p = first_property(row); p < property_end[row]; ++p) {
    const std::uint64_t bits = property_bits[p];
    PropertyValue value;
    switch (property_type[p]) {
      case PropertyType::kText:
        value = std::string(property_texts.text(static_cast<Code>(bits)));
        break;
      case PropertyType::kJson:
        value = JsonText{std::string(property_texts.text(static_cast<Code>(bits)))};
        break;
      case PropertyType::kNumber:
        value = std::bit_cast<double>(bits);
        break;
      case PropertyType::kBoolean:
        value = bits != 0;
        break;
    }
    event.properties.emplace_back(property_names.text(property_name[p]), std::move(value));
  }
  return event;
}

void EventBatch::clear() { *this = EventBatch(); }

std::string encode(const EventBatch& batch) {
  ByteWriter out;
  out.value(kBatchFormat);
  for_each_plain_column(batch, [&](const auto& column) { out.values(column); });
  for_each_text_column(batch, [&](const Dictionary& dictionary, const std::vector<Code>& column) {
    write_dictionary(out, dictionary);
    out.values(column);
  });
  write_dictionary(out, batch.property_names);
  write_dictionary(out, batch.property_texts);
  out.values(batch.property_end);
  out.values(batch.property_name);
  out.values(batch.property_type);
  out.values(batch.property_bits);
  return out.take();
}

EventBatch decode_batch(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.value<std::uint32_t>() != kBatchFormat) {
    throw Error(ErrorCode::kCorrupt, "batch.format",
                "a stored batch has a format that this version does not know");
  }
  EventBatch batch;
  for_each_plain_column(batch,
                        [&]<typename T>(std::vector<T>& column) { column = in.values<T>(); });
  for_each_text_column(batch, [&](Dictionary& dictionary, std::vector<Code>& column) {
    dictionary = read_dictionary(in);
    column = in.values<Code>();
    expect_codes(column, dictionary);
  });
  batch.property_names = read_dictionary(in);
  batch.property_texts = read_dictionary(in);
  batch.property_end = in.values<std::uint32_t>();
  batch.property_name = in.values<Code>();
  batch.property_type = in.values<PropertyType>();
  batch.property_bits = in.values<std::uint64_t>();
  in.expect_done();

  const std::size_t size = batch.size();
  for_each_plain_column(batch, [&](const auto& column) {
    if (column.size() != size) corrupt();
  });
  for_each_text_column(batch, [&](const Dictionary&, const auto& column) {
    if (column.size() != size) corrupt();
  });
  const std::size_t entries = batch.property_name.size();
  if (batch.property_end.size() != size || !std::ranges::is_sorted(batch.property_end) ||
      (size == 0 ? 0 : batch.property_end.back()) != entries ||
      batch.property_type.size() != entries || batch.property_bits.size() != entries) {
    corrupt();
  }
  expect_codes(batch.property_name, batch.property_names);
  for (std::size_t p = 0; p < entries; ++p) {
    const PropertyType type = batch.property_type[p];
    if (type > PropertyType::kJson) corrupt();
    const bool is_text = type == PropertyType::kText || type == PropertyType::kJson;
    if (is_text && batch.property_bits[p] >= batch.property_texts.size()) corrupt();
  }
  return batch;
}

}  // namespace waymark
