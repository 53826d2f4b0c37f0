#include "fold/columns.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>

namespace waymark::fold {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// Takes a text column over into another dictionary, each code once.
class Translation {
 public:
  Translation(const Dictionary& from, Dictionary& to) : from_(from), to_(to) {}

  Code operator()(Code code) {
    const auto [it, inserted] = known_.try_emplace(code, kNoCode);
    if (inserted) it->second = to_.intern(from_.text(code));
    return it->second;
  }

 private:
  const Dictionary& from_;
  Dictionary& to_;
  std::unordered_map<Code, Code> known_;
};

template <typename T>
std::vector<T> picked(const std::vector<T>& column, std::span<const std::size_t> rows) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const std::size_t row : rows) values.push_back(column[row]);
  return values;
}

std::vector<Code> translated(const std::vector<Code>& column, std::span<const std::size_t> rows,
                             const Dictionary& from, Dictionary& to) {
  Translation translation(from, to);
  std::vector<Code> codes;
  codes.reserve(rows.size());
  for (const std::size_t row : rows) codes.push_back(translation(column[row]));
  return codes;
}

}  // namespace

Columns::Columns(const EventBatch& batch, std::span<const std::size_t> rows, const Reads& reads,
                 Symbols& symbols)
    : size_(rows.size()) {
  const auto has = [&](Column column) { return reads.columns.has(column); };
  if (has(Column::kTime)) time_ = picked(batch.time, rows);
  if (has(Column::kId)) id_ = picked(batch.id, rows);
  if (has(Column::kReceived)) received_ = picked(batch.received, rows);
  if (has(Column::kSequence)) sequence_ = picked(batch.sequence, rows);
  if (has(Column::kDuration)) duration_ms_ = picked(batch.duration_ms, rows);
  if (has(Column::kScore)) score_ = picked(batch.score, rows);
  if (has(Column::kWeight)) weight_ = picked(batch.weight, rows);
  if (has(Column::kKind)) kind_ = translated(batch.kind, rows, batch.kinds, symbols.kinds);
  if (has(Column::kObject)) {
    object_ = translated(batch.object, rows, batch.objects, symbols.objects);
  }
  if (has(Column::kCourse)) {
    course_ = translated(batch.course, rows, batch.courses, symbols.courses);
  }
  if (has(Column::kContext)) {
    context_ = translated(batch.context, rows, batch.contexts, symbols.contexts);
  }
  if (has(Column::kOutcome)) {
    outcome_ = translated(batch.outcome, rows, batch.outcomes, symbols.outcomes);
  }
  if (has(Column::kSource)) {
    source_ = translated(batch.source, rows, batch.sources, symbols.sources);
  }
  for (const std::string& name : reads.properties) read_property(batch, rows, name, symbols);
}

void Columns::read_property(const EventBatch& batch, std::span<const std::size_t> rows,
                            const std::string& name, Symbols& symbols) {
  Property property{std::vector<double>(rows.size(), kNoNumber),
                    std::vector<Code>(rows.size(), kNoCode)};
  const Code wanted = batch.property_names.find(name);
  Translation text(batch.property_texts, symbols.property_texts);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t p = batch.first_property(rows[i]); p < batch.property_end[rows[i]]; ++p) {
      if (batch.property_name[p] != wanted) continue;
      const std::uint64_t bits = batch.property_bits[p];
      property.number[i] = kNoNumber;
      property.text[i] = kNoCode;
      switch (batch.property_type[p]) {
        case PropertyType::kNumber:
          property.number[i] = std::bit_cast<double>(bits);
          break;
        case PropertyType::kBoolean:
          property.number[i] = bits != 0 ? 1 : 0;
          break;
        case PropertyType::kText:
        case PropertyType::kJson:
          property.text[i] = text(static_cast<Code>(bits));
          break;
      }
    }
  }
  properties_.push_back(std::move(property));
}

Slice Columns::slice(std::size_t begin, std::size_t size) {
  const auto from = [begin]<typename T>(const std::vector<T>& column) -> const T* {
    return column.empty() ? nullptr : column.data() + begin;
  };
  views_.clear();
  for (const Property& property : properties_) {
    views_.push_back({from(property.number), from(property.text)});
  }
  return {.size = size,
          .time = from(time_),
          .id = from(id_),
          .received = from(received_),
          .kind = from(kind_),
          .object = from(object_),
          .course = from(course_),
          .context = from(context_),
          .outcome = from(outcome_),
          .source = from(source_),
          .sequence = from(sequence_),
          .duration_ms = from(duration_ms_),
          .score = from(score_),
          .weight = from(weight_),
          .properties = views_};
}

std::vector<std::vector<std::size_t>> trails_of(const EventBatch& batch) {
  std::vector<std::vector<std::size_t>> trails;
  std::unordered_map<Code, std::size_t> index;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const auto [it, inserted] = index.try_emplace(batch.learner[row], trails.size());
    if (inserted) trails.emplace_back();
    trails[it->second].push_back(row);
  }
  const auto order = [&](std::size_t row) { return TrailOrder{batch.time[row], batch.id[row]}; };
  for (auto& rows : trails) {
    std::sort(rows.begin(), rows.end(),
              [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
  }
  return trails;
}

void save_dictionary(const Dictionary& dictionary, ByteWriter& writer) {
  writer.value<std::uint64_t>(dictionary.size());
  for (Code code = 0; code < dictionary.size(); ++code) writer.text(dictionary.text(code));
}

void load_dictionary(ByteReader& reader, Dictionary& dictionary) {
  const auto size = reader.value<std::uint64_t>();
  for (std::uint64_t code = 0; code < size; ++code) dictionary.intern(reader.text());
}

namespace {

constexpr Names::Part kParts[] = {&Symbols::kinds,         &Symbols::objects,  &Symbols::courses,
                                  &Symbols::contexts,      &Symbols::outcomes, &Symbols::sources,
                                  &Symbols::property_texts};

}  // namespace

void save_symbols(const Symbols& symbols, ByteWriter& writer) {
  for (const Names::Part part : kParts) save_dictionary(symbols.*part, writer);
}

void load_symbols(ByteReader& reader, Symbols& symbols) {
  for (const Names::Part part : kParts) load_dictionary(reader, symbols.*part);
}

}  // namespace waymark::fold
