#include "stats/watch.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "stats/descriptive.h"

namespace waymark::stats {
namespace {

// Added to counts before they are transformed: Anscombe's 3/8; 1/2 before a logarithm.
constexpr double kCountShift = 0.375, kLogShift = 0.5;
// Of a normal distribution, a standard deviation in median and in mean absolute deviations.
constexpr double kMedianDeviation = 1.4826, kMeanDeviation = 1.2533;

// A count of mean m and variance m + (spread m)^2, so that its variance is about 1.
double stable(double count, double spread) {
  const double root = std::sqrt(count + kCountShift);
  return spread == 0 ? 2 * root : 2 / spread * std::asinh(spread * root);
}

double from_stable(double value, double spread) {
  if (value <= 0) return 0;
  const double root = spread == 0 ? value / 2 : std::sinh(spread * value / 2) / spread;
  return std::max(0.0, root * root - kCountShift);
}

bool is_counted(NumberKind kind) { return kind == NumberKind::kCount || kind == NumberKind::kSum; }

template <typename T>
void push(std::deque<T>& last, T value, std::size_t most) {
  last.push_back(std::move(value));
  if (last.size() > most) last.pop_front();
}

double median_of(const std::deque<double>& values) {
  return median(std::vector(values.begin(), values.end()));
}

}  // namespace

double tail_probability(double score) {
  if (std::isinf(score)) return 0;
  // 1 - sin t (1 + cos^2 t / 2), where tan t = |score| / 2, without cancellation far out.
  const double cosine = 2 / std::sqrt(4 + score * score);
  const double sine = std::abs(score) / std::sqrt(4 + score * score);
  const double below = cosine * cosine / (1 + sine);  // 1 - sine
  return below * below * (1 + sine / 2);
}

double tail_score(double probability) {
  WAYMARK_CHECK(probability > 0 && probability <= 1);
  const double root = std::sqrt(probability * (2 - probability));
  return 2 * std::sqrt(std::max(0.0, std::cos(std::acos(root) / 3) / root - 1));
}

// What one of the things that a sum adds up is worth.
double Watch::unit() const {
  return kind_ == NumberKind::kSum && !units_.empty() ? median_of(units_) : 1;
}

double Watch::measured(double value) const {
  return is_counted(kind_) ? std::log(std::max(0.0, value) / unit() + kLogShift) : value;
}

double Watch::value_of(double measure) const {
  if (is_counted(kind_)) return std::max(0.0, std::exp(measure) - kLogShift) * unit();
  return kind_ == NumberKind::kShare ? std::clamp(measure, 0.0, 1.0) : measure;
}

std::optional<double> Watch::level() const {
  if (recent_.size() < kLevel) return std::nullopt;
  std::vector<double> last;
  for (const Recent& recent : recent_) last.push_back(measured(recent.value) - recent.reference);
  return median(last);
}

std::optional<double> Watch::rise(std::size_t season) const {
  const auto same = rises_.find(season);
  const std::size_t least = seasons_are_short_ ? kLeastSame : 1;
  if (same != rises_.end() && same->second.size() >= least) return median_of(same->second);
  if (seasons_are_short_ || all_rises_.empty()) return std::nullopt;
  return median_of(all_rises_);
}

double Watch::chance_of(double expected, double n) const {
  if (is_counted(kind_)) return 1 / (expected / unit() + kLogShift);
  if (kind_ != NumberKind::kShare || n <= 0) return 0;
  // As if one more had been met and one more had not, since a share of 1 is not certain either.
  const double share = (expected * n + 1) / (n + 2);
  return share * (1 - share) / n;
}

double Watch::spread() const {
  std::vector<double> sizes, chances;
  for (const Error& error : errors_) {
    sizes.push_back(std::abs(error.size));
    chances.push_back(error.chance);
  }
  double spread = kMedianDeviation * median(sizes);
  if (spread == 0) spread = kMeanDeviation * mean(sizes);
  if (!is_counted(kind_)) return spread;
  return std::sqrt(std::max(0.0, spread * spread - median(chances)));
}

std::optional<Watch::Judgement> Watch::judge(const Number& number) const {
  const auto base = level();
  const auto above = rise(number.season);
  if (!base || !above || errors_.size() < kLeastErrors) return std::nullopt;
  Judgement judgement{
      .expected = value_of(*base + *above + number.reference), .kind = kind_, .unit = unit()};
  judgement.spread = spread();
  if (is_counted(kind_)) {
    judgement.score = stable(std::max(0.0, number.value) / judgement.unit, judgement.spread) -
                      stable(judgement.expected / judgement.unit, judgement.spread);
    return judgement;
  }
  std::vector<double> sizes;
  for (const Error& error : errors_) sizes.push_back(error.n);
  // What rests on fewer rows than usual varies more; what rests on more is not trusted for it.
  const double usual = number.n > 0 ? std::max(1.0, median(sizes) / number.n) : 1;
  judgement.spread = std::max(judgement.spread * std::sqrt(usual),
                              std::sqrt(chance_of(judgement.expected, number.n)));
  const double difference = number.value - judgement.expected;
  judgement.score = difference == 0 ? 0
                    : judgement.spread == 0
                        ? std::copysign(std::numeric_limits<double>::infinity(), difference)
                        : difference / judgement.spread;
  return judgement;
}

double Watch::Judgement::value_at(double at) const {
  if (is_counted(kind)) return from_stable(stable(expected / unit, spread) + at, spread) * unit;
  const double value = expected + at * spread;
  return kind == NumberKind::kShare ? std::clamp(value, 0.0, 1.0) : value;
}

bool Watch::goes_on(const Judgement& judgement) const {
  return odd_ > 0 && since_odd_ <= kGap && (judgement.score < 0) == is_below_ &&
         tail_probability(judgement.score) < kStillOdd;
}

void Watch::learn(const Number& number, bool is_odd) {
  const auto base = level();
  const auto above = rise(number.season);
  const double measure = measured(number.value) - number.reference;
  const double expected =
      base && above ? value_of(*base + *above + number.reference) : number.value;
  skipped_ = 0;
  if (is_odd) {
    ++odd_;
    since_odd_ = 0;
    is_below_ = number.value < expected;
    if (odd_ <= kPatience) return push(recent_, {expected, number.reference}, kLevel);
  } else if (++since_odd_ > kGap) {
    odd_ = 0;
  }
  if (base && above) {
    push(errors_, Error{measure - *base - *above, chance_of(expected, number.n), number.n},
         kErrors);
  }
  if (base) {
    push(rises_[number.season], measure - *base, kSame);
    push(all_rises_, measure - *base, kSame);
  }
  push(recent_, {number.value, number.reference}, kLevel);
  if (number.n > 0 && number.value > 0) push(units_, number.value / number.n, kErrors);
}

void Watch::skip(std::size_t season) {
  if (!seasons_are_short_) return;
  const auto base = level();
  const auto above = rise(season);
  if (++skipped_ <= kBridge && base && above) {
    push(recent_, {value_of(*base + *above)}, kLevel);
  } else {
    recent_.clear();
  }
}

}  // namespace waymark::stats
