#include <fmt/format.h>
#include <simdjson.h>

#include <string>

#include "base/text.h"
#include "event/dictionary.h"
#include "source/record_reader.h"
#include "source/text_window.h"

namespace waymark::source {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// A longer dotted path is no column's name.
constexpr std::size_t kMaxPathBytes = 1024;

// simdjson reads this far beyond the end of what it is given.
static_assert(TextWindow::kPadding >= simdjson::SIMDJSON_PADDING);

class NdjsonReader : public RecordReader {
 public:
  NdjsonReader(std::unique_ptr<ByteStream> bytes, std::size_t max_record_bytes)
      : window_(std::move(bytes), max_record_bytes) {}

  const std::vector<std::string>& columns() const override { return columns_; }
  bool columns_are_fixed() const override { return false; }
  std::uint64_t position() const override { return window_.position(); }

  bool next(Record& record) override {
    for (;;) {
      window_.drop(taken_);
      taken_ = 0;
      const std::size_t newline = window_.find('\n', 0);
      if (window_.text().empty()) return false;
      record = Record{};
      record.line = ++line_;
      if (newline == TextWindow::npos && window_.full()) {
        raw_ = window_.text().substr(0, kMaxRejectBytes);
        record.raw = raw_;
        window_.drop_line();
        fail(record, "record.too_long", "the line is longer than a record may be");
        return true;
      }
      record.raw = window_.text().substr(0, newline);
      taken_ = std::min(record.raw.size() + 1, window_.text().size());
      record.bytes = taken_;
      // The same line is the same record, whichever line ends its file has.
      if (record.raw.ends_with('\r')) record.raw.remove_suffix(1);
      if (trimmed(record.raw).empty()) continue;
      read_object(record);
      return true;
    }
  }

 private:
  static void fail(Record& record, const char* reason, std::string message) {
    record.reason = reason;
    record.message = std::move(message);
  }

  void read_object(Record& record) {
    element root;
    const auto error = parser_.parse(record.raw.data(), record.raw.size(), false).get(root);
    if (error != simdjson::SUCCESS) {
      return fail(record, "record.malformed",
                  fmt::format("not JSON: {}", simdjson::error_message(error)));
    }
    if (!root.is_object()) return fail(record, "record.malformed", "not a JSON object");
    fields_.assign(columns_.size(), {});
    types_.assign(columns_.size(), PropertyType::kText);
    written_.clear();
    written_fields_.clear();
    path_.clear();
    reason_ = nullptr;
    add_members(root);
    if (reason_ != nullptr) return fail(record, reason_, message_);
    for (const Written& field : written_fields_) {
      fields_[field.column] =
          std::string_view(written_).substr(field.begin, field.end - field.begin);
    }
    record.fields = fields_;
    record.types = types_;
  }

  void add_members(const simdjson::dom::object& object) {
    const std::size_t prefix = path_.size();
    for (const auto& [key, value] : object) {
      path_.resize(prefix);
      if (prefix != 0) path_ += '.';
      path_ += key;
      if (value.is_object()) {
        add_members(value);
      } else {
        add_field(value);
      }
      if (reason_ != nullptr) return;
    }
    path_.resize(prefix);
  }

  void add_field(const element& value) {
    if (value.is_null()) return;
    const std::size_t column = column_of_path();
    if (reason_ != nullptr) return;
    if (set_in_line_[column] == line_)
      return refuse("record.malformed", "a member stands there twice");
    set_in_line_[column] = line_;
    const std::size_t begin = written_.size();
    switch (value.type()) {
      case element_type::STRING:
        fields_[column] = value.get_string().value_unsafe();
        if (fields_[column].find('\0') != std::string_view::npos)
          refuse("record.encoding", "a NUL character, which no text has");
        return;
      case element_type::BOOL:
        types_[column] = PropertyType::kBoolean;
        fields_[column] = value.get_bool().value_unsafe() ? "true" : "false";
        return;
      case element_type::ARRAY:
        types_[column] = PropertyType::kJson;
        written_ += simdjson::to_string(value);
        break;
      default:
        types_[column] = PropertyType::kNumber;
        write_number(value);
    }
    written_fields_.push_back({column, begin, written_.size()});
  }

  void write_number(const element& value) {
    const auto out = std::back_inserter(written_);
    if (value.is_int64()) {
      fmt::format_to(out, "{}", value.get_int64().value_unsafe());
    } else if (value.is_uint64()) {
      fmt::format_to(out, "{}", value.get_uint64().value_unsafe());
    } else {
      fmt::format_to(out, "{}", value.get_double().value_unsafe());
    }
  }

  // The column of path_, made where it is new.
  std::size_t column_of_path() {
    if (const Code known = paths_.find(path_); known != kAbsentCode && known != kNoCode)
      return known - 1;
    if (path_.empty() || path_.size() > kMaxPathBytes) {
      refuse("record.malformed", "a member's name is empty or too long");
      return 0;
    }
    if (columns_.size() == kMaxColumns) {
      refuse("record.columns",
             fmt::format("the file has more than {} different members", kMaxColumns));
      return 0;
    }
    paths_.intern(path_);
    columns_.push_back(path_);
    fields_.emplace_back();
    types_.push_back(PropertyType::kText);
    set_in_line_.push_back(0);
    return columns_.size() - 1;
  }

  void refuse(const char* reason, std::string message) {
    reason_ = reason;
    message_ = std::move(message);
  }

  // A field whose text was written here; views into `written_` are taken when it is complete.
  struct Written {
    std::size_t column;
    std::size_t begin;
    std::size_t end;
  };

  TextWindow window_;
  simdjson::dom::parser parser_;
  std::uint64_t line_ = 0;
  std::size_t taken_ = 0;  // how much of the window the last record takes
  std::string raw_;        // of a record that the window could not hold

  Dictionary paths_;  // column i has code i + 1
  std::vector<std::string> columns_;
  std::vector<std::uint64_t> set_in_line_;  // by column: the line that had it last
  std::vector<std::string_view> fields_;
  std::vector<PropertyType> types_;
  std::string written_;
  std::vector<Written> written_fields_;

  std::string path_;
  const char* reason_ = nullptr;
  std::string message_;
};

}  // namespace

std::unique_ptr<RecordReader> read_ndjson(std::unique_ptr<ByteStream> bytes,
                                          std::size_t max_record_bytes) {
  return std::make_unique<NdjsonReader>(std::move(bytes), max_record_bytes);
}

}  // namespace waymark::source
