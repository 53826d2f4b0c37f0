#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "workspace/node.h"

namespace waymark::fold {

// What definitions of measures have in common. Each takes a node that has passed its schema.

// The longest duration that a definition may name; times plus this do not overflow.
inline constexpr Micros kLongestDuration = 36'525 * kMicrosPerDay;

// A duration such as 30m, or the fallback where the node is absent; what is none, or longer than
// kLongestDuration, is a mistake.
Micros read_duration(const workspace::Node& node, Micros fallback,
                     workspace::Diagnostics& diagnostics);

// The open property that a word stands for where columns may stand as well: `days_late`, or
// `property.weight` for one that is called like a column. A word that is nearly a column's name is
// a mistake, as it is hardly meant for a property.
std::string read_property(std::string_view word, const workspace::Place& place,
                          std::span<const std::string> columns,
                          workspace::Diagnostics& diagnostics);

}  // namespace waymark::fold
