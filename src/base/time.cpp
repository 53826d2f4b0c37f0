#include "base/time.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "base/error.h"

namespace waymark {
namespace {

using std::chrono::microseconds;
using SysMicros = date::sys_time<microseconds>;
using LocalMicros = date::local_time<microseconds>;

ZoneSpan span_of(const date::time_zone& zone, Micros utc) {
  const auto info = zone.get_info(SysMicros{microseconds(utc)});
  return {info.begin.time_since_epoch().count() * kMicrosPerSecond,
          info.end.time_since_epoch().count() * kMicrosPerSecond,
          info.offset.count() * kMicrosPerSecond};
}

date::year_month_day date_of(std::int64_t day) {
  return date::sys_days(date::days(static_cast<int>(day)));
}

std::int64_t day_of(const date::year_month_day& date) {
  return date::sys_days(date).time_since_epoch().count();
}

// Reads exactly `digits` decimal digits at `at` and moves on.
bool read_digits(std::string_view text, std::size_t& at, std::size_t digits, int& value) {
  if (at + digits > text.size()) return false;
  value = 0;
  for (std::size_t end = at + digits; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') return false;
    value = value * 10 + (text[at] - '0');
  }
  return true;
}

bool skip(std::string_view text, std::size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) return false;
  ++at;
  return true;
}

// ".250" -> 250,000 microseconds; digits beyond six are cut.
bool read_fraction(std::string_view text, std::size_t& at, Micros& micros) {
  micros = 0;
  Micros place = kMicrosPerSecond / 10;
  const std::size_t start = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    micros += (text[at] - '0') * place;
    place /= 10;
    ++at;
  }
  return at > start;
}

// "Z", "+01:00", "+0100", "+01"
bool read_offset(std::string_view text, std::size_t& at, Micros& offset) {
  if (skip(text, at, 'Z')) {
    offset = 0;
    return true;
  }
  const char sign = text[at++];
  int hours = 0;
  int minutes = 0;
  if ((sign != '+' && sign != '-') || !read_digits(text, at, 2, hours)) return false;
  if (at < text.size()) {
    skip(text, at, ':');
    if (!read_digits(text, at, 2, minutes)) return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset = (hours * 60 + minutes) * kMicrosPerMinute * (sign == '-' ? -1 : 1);
  return true;
}

}  // namespace

std::string to_iso(Micros time) {
  const SysMicros point{microseconds(time)};
  const auto day = date::floor<date::days>(point);
  const date::year_month_day ymd(day);
  const auto tod = (point - day).count();
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int(ymd.year()),
                                 unsigned(ymd.month()), unsigned(ymd.day()), tod / kMicrosPerHour,
                                 tod / kMicrosPerMinute % 60, tod / kMicrosPerSecond % 60);
  if (const auto fraction = tod % kMicrosPerSecond; fraction != 0) {
    text += fmt::format(".{:06}", fraction);
  }
  return text + "Z";
}

std::string to_iso_date(Micros time) { return to_iso(time).substr(0, 10); }

Micros now() {
  return std::chrono::duration_cast<microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t month_of(std::int64_t day) {
  const date::year_month_day date = date_of(day);
  return 12 * (int(date.year()) - 1970) + unsigned(date.month()) - 1;
}

std::int64_t first_day_of_month(std::int64_t month) {
  return day_of(date::year(1970) / date::January / 1 + date::months(static_cast<int>(month)));
}

std::int64_t add_months(std::int64_t day, std::int64_t months) {
  const date::year_month_day later = date_of(day) + date::months(static_cast<int>(months));
  return day_of(later.ok() ? later : later.year() / later.month() / date::last);
}

// The spans of all times that an event may claim: asking the library for one takes ten times as
// long.
struct Zone::Offsets {
  const date::time_zone* zone;
  std::vector<ZoneSpan> spans;
};

std::optional<Zone> Zone::find(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, Offsets, std::less<>> known;  // never moves what it holds
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return Zone(found->second);
  Offsets offsets{};
  try {
    offsets.zone = date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
  for (Micros at = kEarliest; at <= kLatest; at = offsets.spans.back().end) {
    offsets.spans.push_back(span_of(*offsets.zone, at));
  }
  return Zone(known.emplace(name, std::move(offsets)).first->second);
}

Zone Zone::named(std::string_view name) {
  if (const auto zone = find(name)) return *zone;
  throw Error(
      ErrorCode::kInvalid, "zone.unknown",
      fmt::format(
          "no time zone is called '{}'; use a name of the IANA database, such as Europe/London",
          name));
}

Micros Zone::to_utc(Micros local) const {
  const LocalMicros point{microseconds(local)};
  const auto info = offsets_->zone->get_info(point);
  if (info.result == date::local_info::nonexistent) {
    return info.first.end.time_since_epoch().count() * kMicrosPerSecond;
  }
  return local - info.first.offset.count() * kMicrosPerSecond;
}

ZoneSpan Zone::span_at(Micros utc) const {
  const auto next = std::ranges::upper_bound(offsets_->spans, utc, {}, &ZoneSpan::begin);
  if (next == offsets_->spans.begin() || utc >= std::prev(next)->end) {
    return span_of(*offsets_->zone, utc);
  }
  return *std::prev(next);
}

Micros Zone::to_local(Micros utc) const { return utc + span_at(utc).offset; }

std::string Zone::name() const { return offsets_->zone->name(); }

std::optional<Micros> parse_time(std::string_view text, const std::string& format,
                                 const Zone& zone) {
  std::istringstream in{std::string(text)};
  LocalMicros local;
  std::chrono::minutes offset{0};
  std::string abbreviation;
  in >> date::parse(format, local, abbreviation, offset);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  const Micros micros = local.time_since_epoch().count();
  if (format.find("%z") != std::string::npos) return micros - offset.count() * kMicrosPerMinute;
  return zone.to_utc(micros);
}

std::optional<Micros> parse_iso_time(std::string_view text, const Zone& zone) {
  std::size_t at = 0;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  Micros fraction = 0;
  if (!read_digits(text, at, 4, year) || !skip(text, at, '-') || !read_digits(text, at, 2, month) ||
      !skip(text, at, '-') || !read_digits(text, at, 2, day)) {
    return std::nullopt;
  }
  const date::year_month_day ymd{date::year(year), date::month(unsigned(month)),
                                 date::day(unsigned(day))};
  if (!ymd.ok()) return std::nullopt;
  std::optional<Micros> offset;
  if (at < text.size()) {
    if (text[at] != 'T' && text[at] != 't' && text[at] != ' ') return std::nullopt;
    ++at;
    if (!read_digits(text, at, 2, hour) || !skip(text, at, ':') ||
        !read_digits(text, at, 2, minute)) {
      return std::nullopt;
    }
    if (skip(text, at, ':') && !read_digits(text, at, 2, second)) return std::nullopt;
    if ((skip(text, at, '.') || skip(text, at, ',')) && !read_fraction(text, at, fraction)) {
      return std::nullopt;
    }
    if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
    if (at < text.size()) {
      Micros read = 0;
      if (!read_offset(text, at, read) || at != text.size()) return std::nullopt;
      offset = read;
    }
  }
  const Micros local = date::local_days(ymd).time_since_epoch().count() * kMicrosPerDay +
                       hour * kMicrosPerHour + minute * kMicrosPerMinute +
                       second * kMicrosPerSecond + fraction;
  return offset ? local - *offset : zone.to_utc(local);
}

std::optional<Micros> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
  Micros unit = 0;
  switch (*end) {
    case 's':
      unit = kMicrosPerSecond;
      break;
    case 'm':
      unit = kMicrosPerMinute;
      break;
    case 'h':
      unit = kMicrosPerHour;
      break;
    case 'd':
      unit = kMicrosPerDay;
      break;
    case 'w':
      unit = 7 * kMicrosPerDay;
      break;
    default:
      return std::nullopt;
  }
  Micros product = 0;
  if (__builtin_mul_overflow(count, unit, &product)) return std::nullopt;
  return product;
}

std::string format_duration(Micros duration) {
  struct Unit {
    Micros size;
    char name;
  };
  constexpr std::array<Unit, 5> kUnits{{{7 * kMicrosPerDay, 'w'},
                                        {kMicrosPerDay, 'd'},
                                        {kMicrosPerHour, 'h'},
                                        {kMicrosPerMinute, 'm'},
                                        {kMicrosPerSecond, 's'}}};
  for (const Unit& unit : kUnits) {
    if (duration != 0 && duration % unit.size == 0)
      return fmt::format("{}{}", duration / unit.size, unit.name);
  }
  return fmt::format("{}s", duration / kMicrosPerSecond);
}

}  // namespace waymark
