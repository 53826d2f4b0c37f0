#include "query/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "query/local_day.h"
#include "query/table.h"

namespace waymark::query {
namespace {

using sql::ColumnWriter;
using sql::Type;
using trail::Rows;
using trail::TrailReader;

// The texts of a column of codes: where a slice has the codes and what they mean.
struct CodedField {
  const Code* Slice::*codes;
  Dictionary Symbols::*texts;
};

struct Field {
  const char* name;
  Type type;
  std::optional<Column> column;  // none: the learner, who is not a column of a slice
  std::optional<CodedField> coded;
  // Where there are no codes.
  void (*write)(const Slice& slice, ColumnWriter& column) = nullptr;
};

template <auto kMember>
void copy_integers(const Slice& slice, ColumnWriter& column) {
  std::copy_n(slice.*kMember, slice.size, column.integers());
}

template <auto kMember>
void copy_numbers(const Slice& slice, ColumnWriter& column) {
  double* numbers = column.numbers();
  for (std::size_t i = 0; i < slice.size; ++i) {
    numbers[i] = (slice.*kMember)[i];
    if (std::isnan(numbers[i])) column.null(i);
  }
}

void copy_ids(const Slice& slice, ColumnWriter& column) {
  for (std::size_t i = 0; i < slice.size; ++i) column.uuid(i, slice.id[i]);
}

void copy_durations(const Slice& slice, ColumnWriter& column) {
  std::int64_t* durations = column.integers();
  for (std::size_t i = 0; i < slice.size; ++i) {
    durations[i] = slice.duration_ms[i];
    if (durations[i] == kNoDuration) column.null(i);
  }
}

template <auto kCodes, auto kTexts>
Field coded(const char* name, Column column) {
  return {name, Type::kText, column, CodedField{kCodes, kTexts}};
}

Field plain(const char* name, Type type, Column column,
            void (*write)(const Slice& slice, ColumnWriter& column)) {
  return {name, type, column, std::nullopt, write};
}

const std::array<Field, 14>& fields() {
  static const std::array<Field, 14> kFields = {
      Field{"learner", Type::kText},
      plain("time", Type::kTimestamp, Column::kTime, copy_integers<&Slice::time>),
      plain("received", Type::kTimestamp, Column::kReceived, copy_integers<&Slice::received>),
      plain("id", Type::kUuid, Column::kId, copy_ids),
      coded<&Slice::source, &Symbols::sources>("source", Column::kSource),
      plain("sequence", Type::kInteger, Column::kSequence, copy_integers<&Slice::sequence>),
      coded<&Slice::kind, &Symbols::kinds>("kind", Column::kKind),
      coded<&Slice::object, &Symbols::objects>("object", Column::kObject),
      coded<&Slice::course, &Symbols::courses>("course", Column::kCourse),
      coded<&Slice::context, &Symbols::contexts>("context", Column::kContext),
      coded<&Slice::outcome, &Symbols::outcomes>("outcome", Column::kOutcome),
      plain("duration_ms", Type::kInteger, Column::kDuration, copy_durations),
      plain("score", Type::kDouble, Column::kScore, copy_numbers<&Slice::score>),
      plain("weight", Type::kDouble, Column::kWeight, copy_numbers<&Slice::weight>),
  };
  return kFields;
}

constexpr std::size_t kLearner = 0;
constexpr std::size_t kFirstProperty = 14;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// What a query may ask for: the fields, the property columns, and the JSON of all properties.
std::vector<sql::Column> all_columns(const TrailReader& trails) {
  std::vector<sql::Column> columns;
  std::set<std::string> taken{"properties"};
  for (const Field& field : fields()) {
    columns.push_back({field.name, field.type});
    taken.insert(field.name);
  }
  for (const std::string& property : trails.state().properties) {
    std::string name = property;
    for (int i = 2; !taken.insert(lower(name)).second; ++i)
      name = fmt::format("{}_{}", property, i);
    const auto [numbers, texts] = sides_of(trails, property);
    columns.push_back({name, numbers && !texts ? Type::kDouble : Type::kText});
  }
  columns.push_back({"properties", Type::kJson});
  return columns;
}

// Which buckets, and what of them.
struct Range {
  std::vector<std::size_t> buckets;
  trail::Request request;
};

class EventsReader : public sql::TableReader {
 public:
  EventsReader(const TrailReader& trails, const Range& range, const std::vector<sql::Column>& known,
               std::span<const std::size_t> columns)
      : trails_(trails),
        range_(range),
        known_(known),
        columns_(columns.begin(), columns.end()),
        request_(range.request),
        dictionaries_(fields().size()) {
    for (const std::size_t column : columns_) {
      if (column + 1 == known_.size()) {
        request_.open_properties = true;
      } else if (column >= kFirstProperty) {
        property_of_[column] = request_.properties.size();
        request_.properties.push_back(trails_.state().properties[column - kFirstProperty]);
      } else if (fields()[column].column.has_value()) {
        request_.columns.add(*fields()[column].column);
      }
    }
  }

  void start(std::size_t unit) override {
    const std::size_t bucket = range_.buckets[unit];
    cursor_.emplace(trails_.cursor(bucket, request_));
    const auto [first, end] = trails_.learners(bucket);
    first_learner_ = first;
    if (std::find(columns_.begin(), columns_.end(), kLearner) == columns_.end()) return;
    learners_.emplace(end - first);
    for (Code learner = first; learner < end; ++learner)
      learners_->set(learner - first, trails_.learner(learner).reveal());
  }

  std::size_t read(sql::ChunkWriter& chunk) override {
    Rows rows;
    if (!cursor_->next_rows(rows)) return 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      ColumnWriter writer = chunk.column(i);
      write(columns_[i], rows, writer);
    }
    return rows.columns.size;
  }

 private:
  void write(std::size_t column, const Rows& rows, ColumnWriter& writer) {
    if (column == kLearner) {
      write_learners(rows, writer);
    } else if (column + 1 == known_.size()) {
      write_open_properties(rows.columns.size, writer);
    } else if (column >= kFirstProperty) {
      write_property(rows.columns, property_of_.at(column), known_[column].type, writer);
    } else if (const auto& coded = fields()[column].coded) {
      writer.texts(dictionary(column, *coded), {rows.columns.*coded->codes, rows.columns.size});
    } else {
      fields()[column].write(rows.columns, writer);
    }
  }

  void write_learners(const Rows& rows, ColumnWriter& writer) {
    codes_.resize(rows.columns.size);
    for (std::size_t row = 0; row < codes_.size(); ++row)
      codes_[row] = rows.learner[row] - first_learner_;
    writer.texts(*learners_, codes_);
  }

  void write_open_properties(std::size_t rows, ColumnWriter& writer) {
    for (std::size_t row = 0; row < rows; ++row) {
      const auto open = cursor_->open_properties(row);
      // Most events have none.
      writer.text(row, open.empty() ? "{}" : properties_json(open, trails_.property_names()));
    }
  }

  void write_property(const Slice& slice, std::size_t property, Type type, ColumnWriter& writer) {
    const auto [numbers, texts] = slice.properties[property];
    for (std::size_t row = 0; row < slice.size; ++row) {
      const bool has_number = numbers != nullptr && !std::isnan(numbers[row]);
      if (texts != nullptr && texts[row] != kNoCode) {
        writer.text(row, trails_.symbols().property_texts.text(texts[row]));
      } else if (!has_number) {
        writer.null(row);
      } else if (type == Type::kDouble) {
        writer.numbers()[row] = numbers[row];
      } else {
        writer.text(row, fmt::format("{}", numbers[row]));
      }
    }
  }

  const sql::TextDictionary& dictionary(std::size_t column, const CodedField& coded) {
    auto& held = dictionaries_[column];
    if (!held.has_value()) held.emplace(texts_of(trails_.symbols().*coded.texts));
    return *held;
  }

  const TrailReader& trails_;
  const Range& range_;
  const std::vector<sql::Column>& known_;
  std::vector<std::size_t> columns_;
  trail::Request request_;
  std::map<std::size_t, std::size_t> property_of_;  // column -> place in the request
  std::vector<std::optional<sql::TextDictionary>> dictionaries_;
  std::optional<trail::BucketCursor> cursor_;
  std::optional<sql::TextDictionary> learners_;
  Code first_learner_ = 0;
  std::vector<Code> codes_;
};

class EventsScan : public sql::TableScan {
 public:
  EventsScan(TrailReader trails, std::vector<sql::Column> columns, Range range)
      : trails_(std::move(trails)), columns_(std::move(columns)), range_(std::move(range)) {}

  std::vector<sql::Column> columns() const override { return columns_; }
  std::size_t units() const override { return range_.buckets.size(); }
  std::uint64_t estimated_rows() const override {
    std::uint64_t rows = 0;
    for (const std::size_t bucket : range_.buckets) rows += trails_.events(bucket);
    return rows;
  }
  std::unique_ptr<sql::TableReader> reader(std::span<const std::size_t> columns) const override {
    return std::make_unique<EventsReader>(trails_, range_, columns_, columns);
  }

 private:
  TrailReader trails_;
  std::vector<sql::Column> columns_;
  Range range_;
};

class EventsFunction : public sql::TableFunction {
 public:
  EventsFunction(const TrailReader& trails, trail::Selection only)
      : trails_(trails), columns_(all_columns(trails)), only_(std::move(only)) {}

  std::string name() const override { return "events"; }
  std::vector<sql::Column> parameters() const override {
    return {{"since", Type::kTimestamp},
            {"until", Type::kTimestamp},
            {"learner", Type::kText},
            {"bucket", Type::kInteger}};
  }

  std::unique_ptr<sql::TableScan> bind(std::span<const sql::Value> arguments) const override {
    Range range;
    range.request.block_rows = sql::kChunkRows;
    range.request.only = only_;
    if (const auto* since = std::get_if<sql::Timestamp>(&arguments[0]))
      range.request.from = since->micros;
    if (const auto* until = std::get_if<sql::Timestamp>(&arguments[1]))
      range.request.to = until->micros;
    std::size_t first = 0, end = trails_.bucket_count();
    if (const auto* bucket = std::get_if<std::int64_t>(&arguments[3])) {
      if (*bucket < 0 || static_cast<std::size_t>(*bucket) >= end) {
        throw Error(ErrorCode::kInvalid, "events.bucket",
                    fmt::format("events(bucket := {}): buckets are 0 to {}", *bucket, end - 1));
      }
      first = static_cast<std::size_t>(*bucket);
      end = first + 1;
    }
    if (const auto* key = std::get_if<std::string>(&arguments[2])) {
      const std::optional<Code> learner = trails_.find_learner(LearnerKey(*key));
      const std::size_t bucket = learner.has_value() ? trails_.bucket_of(*learner) : end;
      first = std::max(first, bucket);
      end = std::min(end, bucket + 1);
      if (learner.has_value()) {
        range.request.first_learner = *learner;
        range.request.end_learner = *learner + 1;
      }
    }
    for (std::size_t bucket = first; bucket < end; ++bucket) range.buckets.push_back(bucket);
    return std::make_unique<EventsScan>(trails_, columns_, std::move(range));
  }

 private:
  TrailReader trails_;
  std::vector<sql::Column> columns_;
  trail::Selection only_;
};

}  // namespace

std::shared_ptr<const sql::TableFunction> events_function(const TrailReader& trails,
                                                          trail::Selection only) {
  return std::make_shared<EventsFunction>(trails, std::move(only));
}

// Which sides a property has is the same in every bucket, so one event tells.
PropertySides sides_of(const TrailReader& trails, const std::string& property) {
  for (std::size_t bucket = 0; bucket < trails.bucket_count(); ++bucket) {
    if (trails.events(bucket) == 0) continue;
    trail::BucketCursor cursor = trails.cursor(bucket, {.properties = {property}, .block_rows = 1});
    Rows rows;
    WAYMARK_CHECK(cursor.next_rows(rows));
    const PropertyColumn& column = rows.columns.properties[0];
    return {column.number != nullptr, column.text != nullptr};
  }
  return {};
}

void show_events(sql::Database& database, sql::Connection& connection,
                 const trail::TrailReader& trails, trail::Selection only) {
  database.add(events_function(trails, std::move(only)));
  database.add(local_day_function());
  // Temporary names come first, so that an exported view of this name is hidden.
  connection.execute("CREATE OR REPLACE TEMP VIEW events AS FROM events()");
}

}  // namespace waymark::query
