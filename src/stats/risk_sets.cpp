#include "stats/risk_sets.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace waymark::stats {

RiskSets::RiskSets(const Lifetimes& rows) : order(rows.size()) {
  WAYMARK_CHECK(rows.event.size() == rows.size());
  WAYMARK_CHECK(rows.start.empty() || rows.start.size() == rows.size());
  WAYMARK_CHECK(rows.stratum.empty() || rows.stratum.size() == rows.size());
  const auto stratum = [&](std::uint32_t row) {
    return rows.stratum.empty() ? 0 : rows.stratum[row];
  };
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    if (stratum(a) != stratum(b)) return stratum(a) < stratum(b);
    if (rows.stop[a] != rows.stop[b]) return rows.stop[a] > rows.stop[b];
    return rows.event[a] > rows.event[b];
  });
  const auto start = [&](std::uint32_t position) { return rows.start[order[position]]; };
  if (!rows.start.empty()) {
    leaving.resize(order.size());
    std::iota(leaving.begin(), leaving.end(), 0u);
    std::ranges::stable_sort(leaving, [&](std::uint32_t a, std::uint32_t b) {
      if (stratum(order[a]) != stratum(order[b])) return stratum(order[a]) < stratum(order[b]);
      return start(a) > start(b);
    });
  }
  std::uint32_t left = 0, stratum_begin = 0;
  const auto size = static_cast<std::uint32_t>(order.size());
  for (std::uint32_t i = 0; i < size;) {
    Moment moment{.time = rows.stop[order[i]], .stratum = stratum(order[i]), .begin = i};
    if (moments.empty() || moments.back().stratum != moment.stratum) left = stratum_begin = i;
    while (i < size && stratum(order[i]) == moment.stratum && rows.stop[order[i]] == moment.time) {
      moment.events += rows.event[order[i++]];
    }
    moment.end = i;
    moment.leave_begin = left;
    while (left < leaving.size() && stratum(order[leaving[left]]) == moment.stratum &&
           start(leaving[left]) >= moment.time) {
      ++left;
    }
    moment.leave_end = left;
    moment.at_risk = (i - stratum_begin) - (left - stratum_begin);
    moments.push_back(moment);
  }
}

std::vector<std::uint32_t> RiskSets::ends() const {
  std::vector<std::uint32_t> ends;
  for (std::uint32_t i = 0; i < moments.size(); ++i) {
    if (i + 1 == moments.size() || moments[i + 1].stratum != moments[i].stratum) {
      ends.push_back(i + 1);
    }
  }
  return ends;
}

}  // namespace waymark::stats
