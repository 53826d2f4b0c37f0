#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waymark {

// Every stored time: microseconds since 1970-01-01T00:00:00Z, UTC, leap seconds ignored.
using Micros = std::int64_t;

inline constexpr Micros kMicrosPerSecond = 1'000'000;
inline constexpr Micros kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr Micros kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr Micros kMicrosPerDay = 24 * kMicrosPerHour;

// The earliest and latest time an event may claim: 1970 and the end of 2199.
inline constexpr Micros kEarliest = 0;
inline constexpr Micros kLatest = 7'258'118'400 * kMicrosPerSecond - 1;

// "2026-11-22T10:15:00.250000Z"; fractions only where there are any.
std::string to_iso(Micros time);
// "2026-11-22"
std::string to_iso_date(Micros time);

// Days since 1970-01-01, rounded down.
constexpr std::int64_t day_of(Micros time) {
  return time / kMicrosPerDay - (time % kMicrosPerDay < 0 ? 1 : 0);
}

// Months of the calendar, numbered from January 1970, which is 0.
std::int64_t month_of(std::int64_t day);
std::int64_t first_day_of_month(std::int64_t month);
// The day so many months later: that of the same number, or the month's last where it is shorter.
std::int64_t add_months(std::int64_t day, std::int64_t months);

Micros now();

// A run of UTC time [begin, end) in which a zone's local time is UTC + offset.
struct ZoneSpan {
  Micros begin = 0;
  Micros end = 0;
  Micros offset = 0;
};

// A zone of the IANA database, such as "Europe/London". Cheap to copy; throws Error{kInvalid,
// "zone.unknown"}.
class Zone {
 public:
  static Zone named(std::string_view name);
  // The same for a name that need not be one.
  static std::optional<Zone> find(std::string_view name);
  static Zone utc() { return named("Etc/UTC"); }

  // Wall-clock time here -> UTC. A time that a forward change skips counts from the change on; a
  // time that happens twice means the first.
  Micros to_utc(Micros local) const;
  Micros to_local(Micros utc) const;
  // The local calendar day (days since 1970-01-01) in which the time falls.
  std::int64_t local_day(Micros utc) const { return day_of(to_local(utc)); }
  // The span around a time: lets a loop over many times look the offset up once per change.
  ZoneSpan span_at(Micros utc) const;
  std::string name() const;

 private:
  struct Offsets;
  explicit Zone(const Offsets& offsets) : offsets_(&offsets) {}
  const Offsets* offsets_;
};

// Reads text by a strptime-like format (%Y %y %m %d %H %I %p %M %S %z %b %e …; %S takes fractions).
// The whole text must match. Times without an offset (%z) are local to `zone`.
std::optional<Micros> parse_time(std::string_view text, const std::string& format,
                                 const Zone& zone);

// ISO 8601 / RFC 3339 in its usual forms: date only, 'T' or blank, optional seconds, fraction,
// offset.
std::optional<Micros> parse_iso_time(std::string_view text, const Zone& zone);

// "90s", "30m", "2h", "7d", "4w"; also "0". Null if it is none of these.
std::optional<Micros> parse_duration(std::string_view text);
std::string format_duration(Micros duration);

}  // namespace waymark
