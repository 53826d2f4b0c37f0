#include "report/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/text.h"

namespace waymark::report {
namespace {

constexpr const char* kNone = "–";
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Beyond these a day is not a date but a mistake; the calendar has no name for it.
constexpr Day kFirstDay = -719'162;  // 1 Jan 1
constexpr Day kLastDay = 2'932'896;  // 31 Dec 9999

// The next code point of valid UTF-8, which `text` is shortened by.
char32_t take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length && i < text.size(); ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(std::min(length, text.size()));
  return point;
}

std::size_t width_of(char32_t point) {
  if ((point >= 0x300 && point <= 0x36F) || (point >= 0x200B && point <= 0x200D)) return 0;
  const bool wide = (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
                    (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
                    (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
                    (point >= 0x1F300 && point <= 0x1FAFF) || (point >= 0x20000 && point < 0x40000);
  return wide ? 2 : 1;
}

}  // namespace

std::string count(std::int64_t n) { return with_thousands(n); }

std::string count(std::int64_t n, std::string_view singular) {
  return fmt::format("{} {}{}", with_thousands(n), singular, n == 1 ? "" : "s");
}

std::string decimal(double value, int decimals) {
  if (!std::isfinite(value)) return kNone;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
  return text;
}

std::string percent(double share, int decimals) {
  if (!std::isfinite(share)) return kNone;
  // A share that is not all, or not nothing, must not read as if it were.
  const std::string text = decimal(100 * share, decimals);
  if (share > 0 && share < 1 && text == decimal(100, decimals))
    return ">" + decimal(99.9, std::max(decimals, 1)) + "%";
  if (share > 0 && text == decimal(0, decimals))
    return "<" + decimal(std::pow(10.0, -decimals), decimals) + "%";
  return text + "%";
}

std::string compact(double value) {
  if (!std::isfinite(value)) return kNone;
  const double size = std::fabs(value);
  if (size >= 999.5e12) return fmt::format("{:.0e}", value);
  const auto scaled = [&](double unit, const char* suffix) {
    return fmt::format("{:.3g}{}", value / unit, suffix);
  };
  if (size >= 999.5e9) return scaled(1e12, "tn");
  if (size >= 999.5e6) return scaled(1e9, "bn");
  if (size >= 999.5e3) return scaled(1e6, "M");
  if (size >= 9'999.5) return scaled(1e3, "k");
  if (size >= 100 || value == std::floor(value)) return with_thousands(std::llround(value));
  return fmt::format("{:.3g}", value);
}

std::string days(double n) {
  if (!std::isfinite(n)) return kNone;
  const bool whole = n == std::floor(n);
  return fmt::format("{} day{}", decimal(n, whole ? 0 : 1), n == 1 ? "" : "s");
}

std::string minutes(double n) {
  if (!std::isfinite(n) || std::fabs(n) > 1e12) return kNone;
  if (n < 1) return decimal(60 * n, 0) + " s";
  if (n < 59.5) return decimal(n, 0) + " min";
  const auto whole = std::llround(n);
  if (whole % 60 == 0) return fmt::format("{} h", whole / 60);
  return fmt::format("{} h {} min", whole / 60, whole % 60);
}

std::string interval(const Estimate& estimate, int decimals) {
  if (!std::isfinite(estimate.low) || !std::isfinite(estimate.high)) return {};
  return decimal(estimate.low, decimals) + " to " + decimal(estimate.high, decimals);
}

std::string rounded(double value) {
  const double size = std::abs(value);
  return size >= 100 || value == std::floor(value) ? compact(value)
                                                   : decimal(value, size < 1 ? 3 : 1);
}

std::string with_unit(double value, std::string_view unit) {
  if (unit == "share") return percent(value, 1);
  const bool is_bare = std::isnan(value) || unit.empty() || unit == "ratio" || unit == "count";
  return is_bare ? rounded(value) : fmt::format("{} {}", rounded(value), unit);
}

std::string title_of(std::string_view name) {
  std::string title(name);
  std::ranges::replace(title, '_', ' ');
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z')
    title[0] = static_cast<char>(title[0] - 32);
  return title;
}

std::string date(Day day) {
  if (day < kFirstDay || day > kLastDay) return kNone;
  const std::chrono::year_month_day when{std::chrono::sys_days{std::chrono::days{day}}};
  return fmt::format("{} {} {}", static_cast<unsigned>(when.day()),
                     kMonths[static_cast<unsigned>(when.month()) - 1],
                     static_cast<int>(when.year()));
}

std::string date(const Days& d) { return date(d.first) + " to " + date(d.last); }

std::string date_time(Micros utc) {
  const Micros minute = (utc - day_of(utc) * kMicrosPerDay) / kMicrosPerMinute;
  return fmt::format("{}, {:02}:{:02} UTC", date(day_of(utc)), minute / 60, minute % 60);
}

std::string list(const std::vector<std::string>& items, std::size_t most) {
  const bool cut = items.size() > most;
  const std::size_t shown = cut ? most : items.size();
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) out += (i + 1 == items.size()) ? " and " : ", ";
    out += items[i];
  }
  if (cut) out += fmt::format(" and {} more", items.size() - most);
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take(text));
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view before = rest;
    used += width_of(take(rest));
    if (used + 1 > width) break;
    out += before.substr(0, before.size() - rest.size());
  }
  return out + "…";
}

}  // namespace waymark::report
