#include "cli/bars.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/terminal.h"
#include "query/text_width.h"

namespace waymark::cli {
namespace {

constexpr std::size_t kLabelColumns = 32;
constexpr std::size_t kUsualWidth = 80;

// So many eighths of a column.
std::string bar(std::size_t eighths) {
  static constexpr std::string_view kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text += kParts[eighths % 8];
}

}  // namespace

void print_bars(const report::AnswerTable& table, std::ostream& out, std::size_t width,
                bool colour) {
  out << bold(fmt::format("{}: {}", table.title, table.words), colour) << "\n";
  const auto label_of = [&](std::size_t row) { return query::one_line(table.whole_label(row)); };
  double most = 0;
  std::size_t label_width = 0, value_width = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    most = std::fmax(most, std::abs(table.number(row)));
    label_width = std::max(label_width, query::display_width(label_of(row)));
    value_width = std::max(value_width, table.rows[row][table.value].size());
  }
  label_width = std::min(label_width, kLabelColumns);
  const std::size_t used = label_width + value_width + 4;
  const std::size_t room =
      std::max<std::size_t>((width == 0 ? kUsualWidth : width), used + 10) - used;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const double size = std::abs(table.number(row));  // its sign stands before it
    const double share = most > 0 && std::isfinite(size) ? size / most : 0;
    const std::string label = query::shortened(label_of(row), label_width);
    out << label << std::string(label_width - query::display_width(label) + 2, ' ')
        << fmt::format("{:>{}}  ", table.rows[row][table.value], value_width)
        << bar(static_cast<std::size_t>(std::lround(share * static_cast<double>(room) * 8)))
        << "\n";
  }
  if (table.rows.empty()) out << dim("nothing to show", colour) << "\n";
}

}  // namespace waymark::cli
