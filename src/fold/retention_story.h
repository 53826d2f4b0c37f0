#pragma once

#include <string>
#include <string_view>

#include "fold/retention.h"
#include "fold/story.h"

// Stories about retention, for tests.
namespace waymark::fold {

struct RetentionSetting {
  Zone zone = Zone::utc();
  Micros as_of = kLatest;
  std::string_view calendar;  // the items of `dates:` of the calendar `terms`, as YAML
};

// Its rows, its matrix, or its curve.
Measure<RetentionFold> retention(std::string_view yaml, const RetentionSetting& setting = {});
Measure<RetentionFold> retention_matrix(std::string_view yaml,
                                        const RetentionSetting& setting = {});
Measure<RetentionFold> retention_curve(std::string_view yaml, const RetentionSetting& setting = {});
// The mistakes in a definition beside calendars of these names, as the user sees them.
std::string retention_mistakes(std::string_view yaml, std::string_view calendar = "terms");

}  // namespace waymark::fold
