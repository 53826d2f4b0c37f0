#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "source/record_reader.h"
#include "source/text_window.h"

namespace waymark::source {
namespace {

constexpr std::size_t npos = TextWindow::npos;

[[noreturn]] void bad_header(std::string_view why) {
  throw Error(ErrorCode::kInvalid, "source.header",
              fmt::format("the header line cannot be used: {}", why));
}

class DelimitedReader : public RecordReader {
 public:
  DelimitedReader(std::unique_ptr<ByteStream> bytes, char delimiter,
                  std::vector<std::string> header, std::size_t max_record_bytes)
      : window_(std::move(bytes), max_record_bytes),
        delimiter_(delimiter),
        columns_(std::move(header)) {
    if (columns_.empty()) read_header();
    if (columns_.size() > kMaxColumns) bad_header("it has too many columns");
    std::set<std::string_view> names;
    for (const std::string& name : columns_) {
      if (!names.insert(name).second)
        bad_header(fmt::format("the column '{}' stands there twice", name));
    }
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  bool columns_are_fixed() const override { return true; }
  std::uint64_t position() const override { return window_.position(); }

  bool next(Record& record) override {
    if (!take(record)) return false;
    if (record.readable() && fields_.size() != columns_.size()) {
      fail(record, "record.columns",
           fmt::format("{} fields where the header has {}", fields_.size(), columns_.size()));
    }
    return true;
  }

 private:
  // Where a field lies in the window. `doubled`: quotes in it are written twice.
  struct Span {
    std::size_t begin;
    std::size_t end;
    bool doubled;
  };

  void read_header() {
    for (const std::string_view utf16_mark : {"\xFF\xFE", "\xFE\xFF"}) {
      if (window_.text().starts_with(utf16_mark))
        bad_header("the file is UTF-16; save it as UTF-8");
    }
    Record record;
    if (!take(record)) return;
    if (!record.readable()) bad_header(record.message);
    for (const std::string_view field : record.fields) {
      const std::string_view name = trimmed(field);
      columns_.push_back(name.empty() ? fmt::format("column_{}", columns_.size() + 1)
                                      : std::string(name));
    }
  }

  // The next record, whatever its width.
  bool take(Record& record) {
    std::size_t newline = next_line();
    if (window_.text().empty()) return false;
    record = Record{};
    record.line = line_;
    if (newline == npos && window_.full()) {
      take_long_line(record);
      return true;
    }
    newline = std::min(newline, window_.text().size());
    const std::string_view line = window_.text().substr(0, newline);
    if (line.find('"') == npos) {
      split_plain(line);
      finish(record, newline);
      return true;
    }
    const bool line_only = offset_ < lines_only_until_;
    std::size_t end = 0;
    if (const char* problem = split_quoted(line_only ? newline : npos, end)) {
      // Which line the quote was meant to end in is not known: give up this line only. Up to where
      // the search has come each line then stands for itself, so that the work stays linear.
      const std::size_t searched = window_.text().rfind('\n', end);
      lines_only_until_ = std::max(lines_only_until_, offset_ + searched + 1);
      record.raw = window_.text().substr(0, newline);
      take_up_to(newline);
      fail(record, problem,
           problem == kUnterminated ? "a quote is opened and not closed"
                                    : "there is text between a closing quote and the next field");
      return true;
    }
    resolve_spans();
    finish(record, end);
    return true;
  }

  // Drops what was taken and blank lines; where the line that begins the window ends.
  std::size_t next_line() {
    for (;;) {
      window_.drop(taken_);
      offset_ += taken_;
      taken_ = 0;
      const std::size_t newline = window_.find('\n', 0);
      const std::string_view line = window_.text().substr(0, newline);
      const bool blank = line.empty() || line == "\r";
      if (!blank || window_.text().empty()) return newline;
      take_up_to(line.size());
    }
  }

  // The record ends before `end`, where the window has a line end or the file's end.
  void take_up_to(std::size_t end) {
    const std::string_view text = window_.text();
    taken_ = std::min(end + 1, text.size());
    line_ += 1 + static_cast<std::uint64_t>(std::ranges::count(text.substr(0, end), '\n'));
  }

  void take_long_line(Record& record) {
    raw_ = window_.text().substr(0, kMaxRejectBytes);
    record.raw = raw_;
    record.bytes = raw_.size();
    offset_ += window_.drop_line();
    ++line_;
    fail(record, "record.too_long", "the line is longer than a record may be");
  }

  void finish(Record& record, std::size_t end) {
    record.raw = window_.text().substr(0, end);
    take_up_to(end);
    record.bytes = taken_;
    if (!simdjson::validate_utf8(record.raw.data(), record.raw.size())) {
      fail(record, "record.encoding",
           "bytes that are not UTF-8; if the file is Windows-1252, say `encoding: windows-1252`");
    } else if (record.raw.find('\0') != npos) {
      fail(record, "record.encoding", "a NUL byte, which no text has");
    } else {
      record.fields = fields_;
    }
  }

  void fail(Record& record, const char* reason, std::string message) {
    record.reason = reason;
    record.message = std::move(message);
    // The same line is the same record, whichever line ends its file has.
    if (record.raw.ends_with('\r')) record.raw.remove_suffix(1);
    record.fields = {};
  }

  // One field more than kMaxColumns is enough to see that there are too many.
  bool too_wide() const { return fields_.size() > kMaxColumns; }

  void split_plain(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    fields_.clear();
    for (std::size_t at = 0; !too_wide();) {
      const std::size_t end = line.find(delimiter_, at);
      fields_.push_back(line.substr(at, end - at));
      if (end == npos) return;
      at = end + 1;
    }
  }

  static constexpr const char* kUnterminated = "record.unterminated";

  // Splits a record that has quotes and looks no further than `bound`. `end` is where it ends (at
  // the line end or the file's end), or where it went wrong: then the result is the reason.
  const char* split_quoted(std::size_t bound, std::size_t& end) {
    spans_.clear();
    std::size_t& at = end;
    for (;; ++at) {
      if (peek(at, bound) == '"') {
        if (!skip_quoted(at, bound)) return kUnterminated;
      } else {
        skip_plain(at, bound);
      }
      if (peek(at, bound) != delimiter_) break;
    }
    if (peek(at, bound) == '\r' && ends(at + 1, bound)) ++at;
    return ends(at, bound) ? nullptr : "record.quote";
  }

  static constexpr int kEnd = -1;
  int peek(std::size_t at, std::size_t bound) {
    if (at >= bound) return kEnd;
    while (at >= window_.text().size()) {
      if (!window_.more()) return kEnd;
    }
    return static_cast<unsigned char>(window_.text()[at]);
  }
  bool ends(std::size_t at, std::size_t bound) {
    const int c = peek(at, bound);
    return c == '\n' || (c == kEnd && !(bound == npos && window_.full()));
  }

  bool skip_quoted(std::size_t& at, std::size_t bound) {
    const std::size_t begin = ++at;
    bool doubled = false;
    for (;; at += 2, doubled = true) {
      const std::size_t quote =
          bound == npos ? window_.find('"', at) : window_.text().substr(0, bound).find('"', at);
      if (quote == npos) {
        at = std::min(bound, window_.text().size());
        return false;
      }
      at = quote;
      if (peek(at + 1, bound) != '"') break;
    }
    add_span(begin, at, doubled);
    ++at;
    return true;
  }

  void skip_plain(std::size_t& at, std::size_t bound) {
    const std::size_t begin = at;
    int c = peek(at, bound);
    while (c != kEnd && c != '\n' && c != delimiter_) c = peek(++at, bound);
    const bool carriage = c != delimiter_ && at > begin && window_.text()[at - 1] == '\r';
    add_span(begin, carriage ? at - 1 : at, false);
  }

  void add_span(std::size_t begin, std::size_t end, bool doubled) {
    if (spans_.size() <= kMaxColumns) spans_.push_back({begin, end, doubled});
  }

  void resolve_spans() {
    const std::string_view text = window_.text();
    std::size_t room = 0;
    for (const Span& span : spans_) room += span.doubled ? span.end - span.begin : 0;
    unquoted_.clear();
    unquoted_.reserve(room);
    fields_.clear();
    for (const Span& span : spans_) {
      const std::string_view field = text.substr(span.begin, span.end - span.begin);
      fields_.push_back(span.doubled ? with_single_quotes(field) : field);
    }
  }

  std::string_view with_single_quotes(std::string_view field) {
    const std::size_t begin = unquoted_.size();
    for (std::size_t at = 0; at < field.size(); ++at) {
      unquoted_ += field[at];
      if (field[at] == '"') ++at;
    }
    return std::string_view(unquoted_).substr(begin);
  }

  TextWindow window_;
  char delimiter_;
  std::vector<std::string> columns_;
  std::vector<std::string_view> fields_;
  std::vector<Span> spans_;
  std::string unquoted_;  // fields that had doubled quotes
  std::string raw_;       // of a record that the window could not hold
  std::uint64_t line_ = 1;
  std::size_t taken_ = 0;               // how much of the window the last record takes
  std::uint64_t offset_ = 0;            // where the window begins in the text
  std::uint64_t lines_only_until_ = 0;  // up to here a quote must close in its own line
};

}  // namespace

std::unique_ptr<RecordReader> read_delimited(std::unique_ptr<ByteStream> bytes, char delimiter,
                                             std::vector<std::string> header,
                                             std::size_t max_record_bytes) {
  return std::make_unique<DelimitedReader>(std::move(bytes), delimiter, std::move(header),
                                           max_record_bytes);
}

}  // namespace waymark::source
