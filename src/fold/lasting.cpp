#include "fold/lasting.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/descriptive.h"
#include "stats/false_discovery.h"

namespace waymark::fold {
namespace {

// Of a normal distribution: a standard deviation in median absolute deviations; and the variance of
// a median of n numbers, as a multiple of that of their mean.
constexpr double kMedianDeviation = 1.4826, kMedianVariance = 1.5708;
// Enough for the longest window, what stands before it, and odd ones between them.
constexpr std::size_t kMostSeen = 168;
constexpr double kMostLikely = 0.05;

template <typename T>
void push(std::deque<T>& last, T value, std::size_t most) {
  last.push_back(std::move(value));
  if (last.size() > most) last.pop_front();
}

}  // namespace

void LastingLook::learn(std::size_t series, const stats::Watch& watch, const Number& number) {
  Past& past = pasts_[series];
  past.watch = &watch;
  push(past.seen,
       {number, watch.measured(number.value) - number.reference,
        watch.chance_of(number.value, number.n)},
       kMostSeen);
}

void LastingLook::forget(std::size_t series) {
  pasts_[series].seen.clear();
  pasts_[series].odd = 0;
}

std::vector<std::optional<Lasting>> LastingLook::judge(std::uint32_t period, double rate) {
  std::vector<std::optional<Lasting>> most(pasts_.size());
  for (std::size_t window = 0; window < kWindows.size(); ++window) {
    const auto periods = static_cast<double>(kWindows[window].periods);
    const auto found = judge(window, period, std::min(kMostLikely, rate * periods));
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto telling = [](const Lasting& one) {
        return std::pair(one.is_odd, std::abs(one.score));
      };
      if (found[i] && (!most[i] || telling(*found[i]) > telling(*most[i]))) most[i] = found[i];
    }
  }
  for (std::size_t i = 0; i < pasts_.size(); ++i) {
    if (!most[i]) continue;
    most[i]->is_odd ? mark_odd(pasts_[i], most[i]->over) : void(pasts_[i].odd = 0);
  }
  return most;
}

std::vector<std::optional<Lasting>> LastingLook::judge(std::size_t window, std::uint32_t period,
                                                       double rate) {
  const std::optional<double> variance = spreads_[window].variance();
  std::vector<std::optional<Change>> changes(pasts_.size());
  std::vector<double> spreads(pasts_.size());
  std::vector<double> chances(pasts_.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<Change> now;
  for (std::size_t i = 0; i < pasts_.size(); ++i) {
    Past& past = pasts_[i];
    if (past.seen.empty() || past.seen.back().number.period != period) continue;
    changes[i] = change_of(past, kWindows[window]);
    if (!changes[i]) continue;
    now.push_back(*changes[i]);
    if (variance) spreads[i] = spread_of(past, window, *changes[i], *variance);
    if (spreads[i] > 0) chances[i] = stats::tail_probability(changes[i]->size / spreads[i]);
    push(past.changes[window], std::abs(changes[i]->size), kChanges);
  }
  if (!now.empty()) push(spreads_[window].changes, std::move(now), kChanges);

  std::vector<std::optional<Lasting>> found(pasts_.size());
  const std::vector<std::uint8_t> odd = stats::discoveries(chances, rate);
  const auto judged = std::ranges::count_if(spreads, [](double spread) { return spread > 0; });
  for (std::size_t i = 0; i < pasts_.size() && judged > 0; ++i) {
    if (!(spreads[i] > 0)) continue;
    const double reach = stats::tail_score(rate / static_cast<double>(judged));
    found[i] = described(pasts_[i], kWindows[window].periods, *changes[i], spreads[i], reach);
    found[i]->is_odd = odd[i] != 0;
  }
  return found;
}

std::optional<LastingLook::Change> LastingLook::change_of(const Past& past, const Window& window) {
  std::vector<double> last, before, chances;
  std::uint32_t first = 0;
  for (auto seen = past.seen.rbegin(); seen != past.seen.rend(); ++seen) {
    if (last.size() < window.periods) {
      last.push_back(seen->measure);
      first = seen->number.period;
    } else if (!seen->is_odd) {
      before.push_back(seen->measure);
    } else {
      continue;
    }
    chances.push_back(seen->chance);
    if (before.size() == window.before) break;
  }
  if (before.size() < window.before) return std::nullopt;
  if (past.seen.back().number.period - first >= window.periods + kMostWithout) return std::nullopt;
  const double level = stats::median(before);
  const double share =
      1 / static_cast<double>(window.periods) + 1 / static_cast<double>(window.before);
  return Change{stats::median(last) - level, level,
                kMedianVariance * share * stats::median(chances)};
}

std::optional<double> LastingLook::Spread::variance() const {
  if (changes.size() < kLeastChanges) return std::nullopt;
  std::vector<double> sizes, chances;
  for (const std::vector<Change>& period : changes) {
    for (const Change& change : period) {
      sizes.push_back(std::abs(change.size));
      chances.push_back(change.chance);
    }
  }
  const double spread = kMedianDeviation * stats::median(sizes);
  return std::max(0.0, spread * spread - stats::median(chances));
}

double LastingLook::spread_of(const Past& past, std::size_t window, const Change& change,
                              double variance) {
  const std::deque<double>& sizes = past.changes[window];
  const double independent =
      static_cast<double>(sizes.size()) / static_cast<double>(kWindows[window].periods);
  const double own =
      sizes.empty() ? 0 : kMedianDeviation * stats::median(std::vector(sizes.begin(), sizes.end()));
  const double shrunk =
      (independent * own * own + kPrior * (variance + change.chance)) / (independent + kPrior);
  return std::sqrt(std::max(change.chance, shrunk));
}

Lasting LastingLook::described(const Past& past, std::size_t periods, const Change& change,
                               double spread, double reach) {
  const auto first = past.seen.end() - static_cast<std::ptrdiff_t>(periods);
  Lasting lasting{.first = first->number.period, .over = periods, .score = change.size / spread};
  const auto share = 1 / static_cast<double>(periods);
  for (auto seen = first; seen != past.seen.end(); ++seen) {
    const double usual = change.before + seen->number.reference;
    lasting.value += share * seen->number.value;
    lasting.expected += share * past.watch->value_of(usual);
    lasting.low += share * past.watch->value_of(usual - reach * spread);
    lasting.high += share * past.watch->value_of(usual + reach * spread);
  }
  return lasting;
}

// What is odd is nothing to compare later periods with, until it is the new normal.
void LastingLook::mark_odd(Past& past, std::size_t periods) {
  const auto end = past.seen.end();
  std::for_each(end - static_cast<std::ptrdiff_t>(periods), end,
                [](Seen& seen) { seen.is_odd = true; });
  if (++past.odd < kPatience) return;
  constexpr std::size_t kKept = kWindows.back().periods;
  past.seen.erase(past.seen.begin(), end - static_cast<std::ptrdiff_t>(kKept));
  for (Seen& seen : past.seen) seen.is_odd = false;
}

}  // namespace waymark::fold
