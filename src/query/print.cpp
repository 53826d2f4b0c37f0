#include "query/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "query/text_width.h"

namespace waymark::query {
namespace {

constexpr std::size_t kSampleRows = 1000;
constexpr std::size_t kNarrowest = 8;
constexpr std::string_view kBetween = "  ";

class TablePrinter : public Printer {
 public:
  TablePrinter(std::ostream& out, const PrintOptions& options) : out_(out), options_(options) {}

  void begin(std::span<const Heading> headings) override {
    for (const Heading& heading : headings) {
      headings_.push_back({one_line(heading.name), heading.is_number});
      widths_.push_back(display_width(headings_.back().name));
    }
  }

  bool row(std::span<const Cell> cells) override {
    if (rows_ == options_.row_limit) {
      more_ = true;
      return false;
    }
    ++rows_;
    std::vector<Cell> shown;
    for (const Cell& cell : cells) {
      const bool is_null = cell.kind == Cell::Kind::kNull;
      shown.push_back({cell.kind, is_null ? "NULL" : one_line(cell.text)});
    }
    if (!streaming_) {
      for (std::size_t i = 0; i < shown.size(); ++i)
        widths_[i] = std::max(widths_[i], display_width(shown[i].text));
      sample_.push_back(std::move(shown));
      if (sample_.size() == kSampleRows) flush();
    } else {
      write(shown);
    }
    return true;
  }

  void end() override {
    if (headings_.empty()) return;
    if (!streaming_) flush();
    if (more_) {
      out_ << style(fmt::format("only the first {} rows are shown", with_thousands(rows_)), "2")
           << "\n";
    }
  }

 private:
  std::string style(std::string_view text, std::string_view code) const {
    return options_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }

  std::size_t total_width() const {
    std::size_t total = kBetween.size() * (widths_.size() - 1);
    for (const std::size_t width : widths_) total += width;
    return total;
  }

  // Takes from the widest text columns what does not fit.
  void fit() {
    if (options_.width == 0) return;
    while (total_width() > options_.width) {
      std::size_t widest = widths_.size();
      for (std::size_t i = 0; i < widths_.size(); ++i) {
        const bool can_shrink = !headings_[i].is_number && widths_[i] > kNarrowest;
        if (can_shrink && (widest == widths_.size() || widths_[i] > widths_[widest])) widest = i;
      }
      if (widest == widths_.size()) return;
      --widths_[widest];
    }
  }

  void flush() {
    streaming_ = true;
    fit();
    std::string line, rule;
    for (std::size_t i = 0; i < headings_.size(); ++i) {
      const bool last = i + 1 == headings_.size();
      line += aligned(headings_[i].name, i, "1") + (last ? "" : "  ");
      for (std::size_t j = 0; j < widths_[i]; ++j) rule += "─";
      rule += last ? "" : "  ";
    }
    out_ << line << "\n" << style(rule, "2") << "\n";
    for (const std::vector<Cell>& cells : sample_) write(cells);
    sample_.clear();
  }

  std::string aligned(std::string_view text, std::size_t column, std::string_view code) const {
    const bool whole = options_.width == 0 || headings_[column].is_number;
    const std::string cut = whole ? std::string(text) : shortened(text, widths_[column]);
    const std::size_t width = display_width(cut);
    const std::string padding(widths_[column] - std::min(width, widths_[column]), ' ');
    const std::string styled = code.empty() ? cut : style(cut, code);
    if (headings_[column].is_number) return padding + styled;
    return column + 1 == headings_.size() ? styled : styled + padding;
  }

  void write(const std::vector<Cell>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i != 0) line += kBetween;
      line += aligned(cells[i].text, i, cells[i].kind == Cell::Kind::kNull ? "2" : "");
    }
    out_ << line << "\n";
  }

  std::ostream& out_;
  PrintOptions options_;
  std::vector<Heading> headings_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<Cell>> sample_;
  std::size_t rows_ = 0;
  bool streaming_ = false;
  bool more_ = false;
};

class CsvPrinter : public Printer {
 public:
  explicit CsvPrinter(std::ostream& out) : out_(out) {}

  void begin(std::span<const Heading> headings) override {
    for (const Heading& heading : headings) put(&heading == &headings.front(), field(heading.name));
    out_ << "\n";
  }
  bool row(std::span<const Cell> cells) override {
    for (const Cell& cell : cells)
      put(&cell == &cells.front(), cell.kind == Cell::Kind::kNull ? "" : field(cell.text));
    out_ << "\n";
    return true;
  }
  void end() override {}

 private:
  void put(bool first, const std::string& field) { out_ << (first ? "" : ",") << field; }

  static std::string field(const std::string& text) {
    const bool plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string::npos &&
                       trimmed(text).size() == text.size();
    if (plain) return text;
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '"') quoted += '"';
      quoted += c;
    }
    return quoted + "\"";
  }

  std::ostream& out_;
};

class JsonPrinter : public Printer {
 public:
  JsonPrinter(std::ostream& out, bool array) : out_(out), array_(array) {}

  void begin(std::span<const Heading> headings) override {
    headings_.assign(headings.begin(), headings.end());
    if (array_) out_ << "[";
  }
  bool row(std::span<const Cell> cells) override {
    JsonWriter json;
    json.begin_object();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      json.key(headings_[i].name);
      write(cells[i], json);
    }
    json.end_object();
    if (array_) out_ << (first_ ? "\n" : ",\n");
    out_ << json.take();
    if (!array_) out_ << "\n";
    first_ = false;
    return true;
  }
  void end() override {
    if (array_) out_ << (first_ ? "]\n" : "\n]\n");
  }

 private:
  static void write(const Cell& cell, JsonWriter& json) {
    switch (cell.kind) {
      case Cell::Kind::kNull:
        json.null();
        break;
      case Cell::Kind::kNumber: {
        const bool finite = cell.text.find_first_of("nN") == std::string::npos;  // nan, inf
        finite ? json.raw(cell.text) : json.null();
        break;
      }
      case Cell::Kind::kBoolean:
        json.raw(cell.text);
        break;
      case Cell::Kind::kJson: {
        // Line breaks between its parts would break a file of JSON lines.
        std::string line = cell.text;
        std::replace(line.begin(), line.end(), '\n', ' ');
        std::replace(line.begin(), line.end(), '\r', ' ');
        json.raw(line);
        break;
      }
      case Cell::Kind::kText:
        json.string(cell.text);
        break;
      case Cell::Kind::kTime: {
        std::string iso = cell.text;
        std::replace(iso.begin(), iso.end(), ' ', 'T');
        json.string(iso);
        break;
      }
    }
  }

  std::ostream& out_;
  bool array_;
  bool first_ = true;
  std::vector<Heading> headings_;
};

Cell::Kind kind_of(sql::Type type) {
  switch (type) {
    case sql::Type::kBoolean:
      return Cell::Kind::kBoolean;
    case sql::Type::kInteger:
    case sql::Type::kDouble:
    case sql::Type::kDecimal:
      return Cell::Kind::kNumber;
    case sql::Type::kTimestamp:
      return Cell::Kind::kTime;
    case sql::Type::kJson:
    case sql::Type::kNested:
      return Cell::Kind::kJson;
    case sql::Type::kText:
    case sql::Type::kDate:
    case sql::Type::kUuid:
    case sql::Type::kOther:
      break;
  }
  return Cell::Kind::kText;
}

}  // namespace

Cell Cell::of(std::int64_t number) { return {Kind::kNumber, fmt::format("{}", number)}; }
Cell Cell::of(double number) { return {Kind::kNumber, fmt::format("{}", number)}; }
Cell Cell::of(double number, int decimals) {
  return {Kind::kNumber, fmt::format("{:.{}f}", number, decimals)};
}

std::unique_ptr<Printer> make_printer(PrintFormat format, std::ostream& out,
                                      const PrintOptions& options) {
  switch (format) {
    case PrintFormat::kTable:
      return std::make_unique<TablePrinter>(out, options);
    case PrintFormat::kCsv:
      return std::make_unique<CsvPrinter>(out);
    case PrintFormat::kJsonLines:
    case PrintFormat::kJsonArray:
      break;
  }
  return std::make_unique<JsonPrinter>(out, format == PrintFormat::kJsonArray);
}

std::uint64_t print(sql::Result& result, Printer& printer) {
  std::vector<Heading> headings;
  std::vector<Cell::Kind> kinds;
  for (const sql::Column& column : result.columns()) {
    kinds.push_back(kind_of(column.type));
    headings.push_back({column.name, kinds.back() == Cell::Kind::kNumber});
  }
  printer.begin(headings);
  std::uint64_t rows = 0;
  std::vector<Cell> cells(kinds.size());
  bool wanted = true;
  while (wanted) {
    const std::optional<sql::Chunk> chunk = result.next();
    if (!chunk.has_value()) break;
    for (std::size_t row = 0; wanted && row < chunk->size(); ++row) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const sql::ColumnView& column = chunk->column(i);
        cells[i] = column.is_null(row) ? Cell::null() : Cell{kinds[i], column.to_text(row)};
      }
      wanted = printer.row(cells);
      rows += wanted ? 1 : 0;
    }
  }
  printer.end();
  return rows;
}

}  // namespace waymark::query
