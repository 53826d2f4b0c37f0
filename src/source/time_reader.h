#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "source/definition.h"

namespace waymark::source {

// Reads times as the rules of a source say. Remembers recent answers, because texts and days repeat
// and time zones are slow to ask.
class TimeReader {
 public:
  explicit TimeReader(const Zone& zone);

  // What the text means under a rule that is not kDay; null where it is no time. A number of
  // seconds beyond all bounds gives a time outside kEarliest … kLatest.
  std::optional<Micros> text(const TimeRule& rule, std::string_view text);

  // Local midnight of the day that is `days` whole days after the local day of `since`; null where
  // `days` is not whole. Far days give a time outside kEarliest … kLatest.
  std::optional<Micros> day(Micros since, double days);

 private:
  static constexpr std::size_t kSlots = 4096;

  struct TextAnswer {
    const TimeRule* rule = nullptr;
    std::string text;
    std::optional<Micros> time;
  };
  struct NumberAnswer {
    std::int64_t asked = 0;
    std::int64_t answer = 0;
    bool known = false;
  };

  std::int64_t local_day(Micros time);
  Micros midnight(std::int64_t day);

  Zone zone_;
  std::vector<TextAnswer> texts_;
  std::vector<NumberAnswer> days_;
  std::vector<NumberAnswer> midnights_;
};

}  // namespace waymark::source
