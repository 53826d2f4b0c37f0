#include "report/text_page.h"

#include <algorithm>

#include "report/html.h"
#include "report/number.h"
#include "report/scale.h"

namespace waymark::report {

void TextPage::heading(const std::string& text) {
  const std::string cut = shortened(cleaned(text), kWidth);
  page_ += (page_.empty() ? "" : "\n") + (colour_ ? "\033[1m" + cut + "\033[0m" : cut) + "\n";
}

void TextPage::paragraph(const std::string& first, const std::string& text) {
  const std::string words = cleaned(text);
  const std::size_t margin = display_width(first);
  std::string current = first;
  std::size_t used = margin;
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    const std::string word = shortened(words.substr(begin, end - begin), kWidth - margin);
    begin = end + 1;
    if (word.empty()) continue;
    const std::size_t width = display_width(word);
    if (used > margin && used + 1 + width > kWidth) {
      line(current);
      current = std::string(margin, ' ');
      used = margin;
    }
    current += (used > margin ? " " : "") + word;
    used += (used > margin ? 1 : 0) + width;
  }
  line(current);
}

std::string padded(const std::string& text, std::size_t width) {
  const std::string cut = shortened(cleaned(text), width);
  return cut + std::string(width - std::min(width, display_width(cut)), ' ');
}

std::string text_bar(double share, std::size_t width) {
  const Scale blocks{0, 1, 0, static_cast<double>(width)};
  std::string bar;
  for (double block = 0.5; block <= blocks(share); ++block) bar += "━";
  return bar;
}

}  // namespace waymark::report
