#include "trail/format.h"

#include <array>

namespace waymark::trail {

std::string_view name_of(SectionKind kind) {
  static constexpr std::array<std::string_view, kSectionKinds> kNames{"learner_key_end",
                                                                      "learner_key_text",
                                                                      "learner_row_end",
                                                                      "learner_first_time",
                                                                      "learner_last_time",
                                                                      "time",
                                                                      "received",
                                                                      "lag",
                                                                      "kind",
                                                                      "object",
                                                                      "course",
                                                                      "context",
                                                                      "outcome",
                                                                      "source",
                                                                      "sequence",
                                                                      "duration",
                                                                      "score",
                                                                      "weight",
                                                                      "property_number",
                                                                      "property_text",
                                                                      "id",
                                                                      "open_end",
                                                                      "open_name",
                                                                      "open_type",
                                                                      "open_bits",
                                                                      "open_text_end",
                                                                      "open_text",
                                                                      "dictionary_end",
                                                                      "dictionary_text"};
  const auto index = static_cast<std::size_t>(kind);
  return index < kNames.size() ? kNames[index] : "unknown";
}

std::uint64_t section_size(const SectionEntry& entry) {
  const std::uint64_t n = entry.count;
  const Planes planes = planes_of(entry.width);
  switch (entry.encoding) {
    case Encoding::kBytes:
      return n;
    case Encoding::kConstant:
      return 0;
    case Encoding::kInteger:
      return planes.high == 0 ? n * planes.low : aligned(n * planes.low) + n * planes.high;
    case Encoding::kTable:
      return aligned(entry.unit * 8) + n * planes.low;
    case Encoding::kFloat:
      return n * 4;
    case Encoding::kWide:
      return n * 8;
  }
  return 0;
}

}  // namespace waymark::trail
