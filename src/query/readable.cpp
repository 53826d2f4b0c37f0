#include "query/readable.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace waymark::query {
namespace {

// How a column is shown, and which of the columns that come.
struct Shown {
  std::size_t from = 0;
  double seconds = 0;  // that 1 is; 0: no duration
  bool has_interval = false;
};

double seconds_of(const Heading& heading) {
  if (!heading.is_number) return 0;
  return heading.name.ends_with("_ms") ? 1e-3 : heading.name.ends_with("_seconds") ? 1 : 0;
}

std::string rounded(double number) {
  return std::abs(number) < 1000 ? fmt::format("{:.4g}", number) : fmt::format("{:.0f}", number);
}

std::string half_in_words(double half) {
  return half < 10 ? fmt::format("{:.2g}", half) : fmt::format("{:.0f}", half);
}

std::optional<double> number_of(const Cell& cell) {
  return cell.kind == Cell::Kind::kNumber ? parse_number(cell.text) : std::nullopt;
}

class ReadablePrinter : public Printer {
 public:
  explicit ReadablePrinter(std::unique_ptr<Printer> printer) : printer_(std::move(printer)) {}

  void begin(std::span<const Heading> headings) override {
    std::vector<Heading> shown;
    for (std::size_t i = 0; i < headings.size(); ++i) {
      const std::string& name = headings[i].name;
      const bool has_interval = i + 2 < headings.size() && headings[i + 1].name == name + "_low" &&
                                headings[i + 2].name == name + "_high";
      columns_.push_back({i, seconds_of(headings[i]), has_interval});
      shown.push_back(headings[i]);
      if (has_interval) i += 2;
    }
    printer_->begin(shown);
  }

  bool row(std::span<const Cell> cells) override {
    std::vector<Cell> shown;
    for (const Shown& column : columns_) {
      Cell& cell = shown.emplace_back(cells[column.from]);
      const auto number = number_of(cell);
      if (!number) continue;
      cell.text = text_of(cell.text, *number, column.seconds);
      if (!column.has_interval) continue;
      const auto low = number_of(cells[column.from + 1]), high = number_of(cells[column.from + 2]);
      if (!low || !high) continue;
      const double half = (*high - *low) / 2;
      cell.text += " ± " + (column.seconds > 0 ? duration_in_words(half * column.seconds)
                                               : half_in_words(half));
    }
    return printer_->row(shown);
  }

  void end() override { printer_->end(); }

 private:
  static std::string text_of(const std::string& text, double number, double seconds) {
    if (seconds > 0) return duration_in_words(number * seconds);
    const bool is_whole = text.find_first_of(".eE") == std::string::npos;
    return is_whole ? text : rounded(number);
  }

  std::unique_ptr<Printer> printer_;
  std::vector<Shown> columns_;
};

}  // namespace

std::string duration_in_words(double seconds) {
  const double size = std::abs(seconds);
  if (size > 0 && size < 0.9995) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (size < 59.5) return fmt::format("{:.3g} s", seconds);
  if (size < 3570) return fmt::format("{:.0f} min", seconds / 60);
  if (size >= 2 * 86'400) return fmt::format("{:.3g} d", seconds / 86'400);
  const auto minutes = std::llround(seconds / 60);
  return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60)
                           : fmt::format("{} h {} min", minutes / 60, std::abs(minutes % 60));
}

std::unique_ptr<Printer> make_readable(std::unique_ptr<Printer> printer) {
  return std::make_unique<ReadablePrinter>(std::move(printer));
}

}  // namespace waymark::query
