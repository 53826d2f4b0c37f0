#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fold/anomalies.h"

namespace waymark::fold {

// A fault that is planted into real numbers: so many periods of them times a factor.
struct Fault {
  std::string name;
  std::size_t periods = 1;
  double first = 0, last = 0;  // the factors at both ends, with a straight line between them
  std::size_t planted = 0, found = 0;
  std::vector<double> delays;  // in periods from the fault's first, of those that were found
};

// How a watch does on its own numbers.
struct Rehearsal {
  std::size_t series = 0;                // that have a judged period
  std::size_t judged = 0;                // periods of all of them
  double years = 0;                      // in which any was judged
  std::size_t alerts = 0;                // without any fault planted, whatever the reason
  std::size_t alarmed = 0;               // periods in which any of those began
  std::vector<Fault> alone, everywhere;  // in one series; in all at once, as an outage is
};

// Plants each fault `trials` times, one at a time, where nothing is found without it, and counts in
// how many an alarm of the fault's direction is raised while it lasts: in the series that it was
// planted into; of faults everywhere, in one that is drawn. The same for equal arguments.
Rehearsal rehearse(const Watching& watching, const std::vector<WatchedSeries>& series,
                   std::size_t trials, std::uint64_t seed);

}  // namespace waymark::fold
