#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "fold/features_definition.h"
#include "fold/season_calendar.h"
#include "model/data_set.h"
#include "workspace/diagnostic.h"
#include "workspace/node.h"

namespace waymark::model {

// Which stretch of time a feature goes by, before its as-of.
struct Stretch {
  enum class Kind {
    kWindow,     // its window, or all since the course's start
    kIfMissing,  // the same where there was nothing to compute it from: a mean of nothing
    kSinceLast,  // as many days as it says: days since the last event
  };
  Kind kind = Kind::kWindow;
  fold::Window window;
  std::vector<std::string> sources;  // whose events it reads; none: those of all
};

// `outages:` of a model: what to do about days on which nobody could come, as a calendar has them.
struct OutageRule {
  fold::SeasonCalendar calendar;
  std::vector<std::string> kinds;  // of events that did not come in; none: all
  std::vector<std::string> peers;  // features by which learners are alike, the first above all
  double share = 0.5;  // a value is spoiled where at least so much of its stretch was out
  std::map<std::string, std::vector<Stretch>>
      stretches;  // feature -> its own, or those of what it is
                  // computed from. Those of facts are none
};

// `features`: those of the measure that the model learns from.
OutageRule read_outages(const workspace::Node& node, const fold::FeaturesDefinition& measure,
                        const std::vector<std::string>& features,
                        std::span<const fold::SeasonCalendar> calendars,
                        workspace::Diagnostics& diagnostics);

// Says of every number which ones outages have spoiled (DataColumn::spoiled). `zone`: in which the
// calendar's days are.
void mark_spoiled(const OutageRule& rule, const Zone& zone, DataSet& data);

// Whether any source of the cohort's course was out on any of so many local days from the as-of on.
bool any_out(const OutageRule& rule, const Zone& zone, const Cohort& cohort, std::int64_t days);

}  // namespace waymark::model
