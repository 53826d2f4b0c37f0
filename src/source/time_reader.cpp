#include "source/time_reader.h"

#include <cmath>

#include "base/hash.h"
#include "base/text.h"

namespace waymark::source {
namespace {

// Longer texts are no times; remembering them would only take memory.
constexpr std::size_t kMaxTimeBytes = 64;

std::optional<Micros> parse_epoch(std::string_view text, Micros unit) {
  const std::optional<double> count = parse_number(text);
  if (!count) return std::nullopt;
  const double micros = std::round(*count * static_cast<double>(unit));
  if (micros < static_cast<double>(kEarliest)) return kEarliest - 1;
  if (micros > static_cast<double>(kLatest)) return kLatest + 1;
  return static_cast<Micros>(micros);
}

}  // namespace

TimeReader::TimeReader(const Zone& zone)
    : zone_(zone), texts_(kSlots), days_(kSlots), midnights_(kSlots) {}

std::optional<Micros> TimeReader::text(const TimeRule& rule, std::string_view text) {
  if (text.size() > kMaxTimeBytes) return std::nullopt;
  if (rule.form == TimeRule::Form::kEpoch) return parse_epoch(text, rule.unit);
  TextAnswer& known = texts_[hash64(text) % kSlots];
  if (known.rule != &rule || known.text != text) {
    known.rule = &rule;
    known.text = text;
    known.time = rule.form == TimeRule::Form::kFormat ? parse_time(text, rule.format, zone_)
                                                      : parse_iso_time(text, zone_);
  }
  return known.time;
}

std::optional<Micros> TimeReader::day(Micros since, double days) {
  if (days != std::floor(days)) return std::nullopt;
  constexpr Micros kLastDay = kLatest / kMicrosPerDay;
  constexpr auto kFarthest = static_cast<double>(kLastDay);
  if (days < -kFarthest) return kEarliest - 1;
  if (days > kFarthest) return kLatest + 1;
  return midnight(local_day(since) + static_cast<std::int64_t>(days));
}

std::int64_t TimeReader::local_day(Micros time) {
  NumberAnswer& known = days_[static_cast<std::uint64_t>(time / kMicrosPerMinute) % kSlots];
  if (!known.known || known.asked != time) known = {time, zone_.local_day(time), true};
  return known.answer;
}

Micros TimeReader::midnight(std::int64_t day) {
  NumberAnswer& known = midnights_[static_cast<std::uint64_t>(day) % kSlots];
  if (!known.known || known.asked != day) known = {day, zone_.to_utc(day * kMicrosPerDay), true};
  return known.answer;
}

}  // namespace waymark::source
