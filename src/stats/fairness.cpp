#include "stats/fairness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "stats/forecast.h"
#include "stats/proportion.h"
#include "stats/random.h"

namespace waymark::stats {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kChiSquared = 3.841458820694124;  // 95 %, one degree of freedom

Interval wilson(Share share) { return wilson_interval(share.part, share.whole); }

// Koopman's equation 2.1: how far the counts are from shares whose ratio is `ratio`, each estimated
// under that ratio.
double distance(Share one, Share other, double ratio) {
  const double all = one.whole + other.whole;
  const double b = ratio * (one.whole + other.part) + one.part + other.whole;
  const double root = std::sqrt(b * b - 4 * ratio * all * (one.part + other.part));
  const double first = (b - root) / (2 * all), second = first / ratio;
  const double off_first = one.part - one.whole * first;
  const double off_second = other.part - other.whole * second;
  double sum = 0;
  if (off_first != 0) sum += off_first * off_first / (one.whole * first * (1 - first));
  if (off_second != 0) sum += off_second * off_second / (other.whole * second * (1 - second));
  return sum;
}

// Where the distance reaches the quantile between `near` (below it) and `far`, by halving.
double bound(Share one, Share other, double near, double far) {
  for (int step = 0; step < 200 && near != far; ++step) {
    const double middle = std::sqrt(near) * std::sqrt(far);
    if (middle == near || middle == far) break;
    (distance(one, other, middle) < kChiSquared ? near : far) = middle;
  }
  return near;
}

// A row of two groups, by falling score.
struct Ranked {
  double score;
  std::uint32_t position;
  bool positive;
};

// A ROC curve as it grows, and how far it is known: straight from one end to the next.
struct Point {
  double x = 0, y = 0;
};
using Curve = std::vector<Point>;

std::array<Curve, 2> curves(std::span<const Ranked> rows, std::span<const std::uint8_t> group,
                            const std::array<Point, 2>& sizes) {
  std::array<Curve, 2> out{Curve{Point{}}, Curve{Point{}}};
  std::array<Point, 2> counts;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    std::array<bool, 2> moved{};
    for (; end < rows.size() && rows[end].score == rows[begin].score; ++end) {
      const std::uint8_t of = group[rows[end].position];
      (rows[end].positive ? counts[of].y : counts[of].x) += 1;
      moved[of] = true;
    }
    for (std::size_t of = 0; of < 2; ++of) {
      if (moved[of]) out[of].push_back({counts[of].x / sizes[of].x, counts[of].y / sizes[of].y});
    }
  }
  return out;
}

// The curve's height just after x (`after`) or just before it; `at` goes forward with x.
double height(const Curve& curve, std::size_t& at, double x, bool after) {
  while (at + 1 < curve.size() && (after ? curve[at + 1].x <= x : curve[at + 1].x < x)) ++at;
  if (at + 1 == curve.size()) return curve[at].y;
  const Point &a = curve[at], &b = curve[at + 1];
  return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
}

double area_between(const Curve& one, const Curve& other) {
  std::vector<double> grid;
  for (const Curve* curve : {&one, &other}) {
    for (const Point& point : *curve) grid.push_back(point.x);
  }
  std::ranges::sort(grid);
  double area = 0;
  std::array<std::size_t, 2> at{};
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const double width = grid[i + 1] - grid[i];
    if (width <= 0) continue;
    const double begin = height(one, at[0], grid[i], true) - height(other, at[1], grid[i], true);
    const double end =
        height(one, at[0], grid[i + 1], false) - height(other, at[1], grid[i + 1], false);
    const double a = std::abs(begin), b = std::abs(end);
    if (a + b == 0) continue;
    // Curves that cross make two triangles.
    area += width * (begin * end < 0 ? (a * a + b * b) / (2 * (a + b)) : (a + b) / 2);
  }
  return area;
}

double area_of(std::span<const Ranked> rows, std::span<const std::uint8_t> group) {
  std::array<Point, 2> sizes;
  for (const Ranked& row : rows) {
    Point& size = sizes[group[row.position]];
    (row.positive ? size.y : size.x) += 1;
  }
  for (const Point& size : sizes) {
    if (size.x == 0 || size.y == 0) return kNone;
  }
  const std::array<Curve, 2> both = curves(rows, group, sizes);
  return area_between(both[0], both[1]);
}

}  // namespace

Estimate share_of(Share share) { return {share.value(), wilson(share)}; }

Estimate share_difference(Share one, Share other) {
  const double a = one.value(), b = other.value();
  const Interval of_one = wilson(one), of_other = wilson(other);
  return {a - b,
          {a - b - std::hypot(a - of_one.low, of_other.high - b),
           a - b + std::hypot(of_one.high - a, b - of_other.low)}};
}

Estimate share_ratio(Share one, Share other) {
  constexpr double kFarthest = 1e12;
  if (one.whole <= 0 || other.whole <= 0 || one.part + other.part == 0) {
    return {kNone, {kNone, kNone}};
  }
  const double infinite = std::numeric_limits<double>::infinity();
  const double ratio = other.part == 0 ? infinite : one.value() / other.value();
  // From where the counts fit best, as far as each side goes.
  const double best = std::clamp(ratio, 1 / kFarthest, kFarthest);
  return {ratio,
          {one.part == 0 ? 0 : bound(one, other, best, 1 / kFarthest),
           other.part == 0 ? infinite : bound(one, other, best, kFarthest)}};
}

GroupRates group_rates(std::span<const double> probability, std::span<const std::uint8_t> called,
                       std::span<const std::uint8_t> positive) {
  WAYMARK_CHECK(called.size() == probability.size() && positive.size() == probability.size());
  GroupRates rates{.rows = probability.size()};
  for (std::size_t row = 0; row < probability.size(); ++row) {
    rates.predicted += probability[row] / static_cast<double>(probability.size());
    rates.positives += positive[row];
    Share& hit = positive[row] != 0 ? rates.true_positive : rates.false_positive;
    for (Share* share : {&rates.selected, &hit}) {
      share->part += called[row];
      share->whole += 1;
    }
  }
  if (probability.empty()) rates.predicted = kNone;
  rates.observed = {static_cast<double>(rates.positives), static_cast<double>(rates.rows)};
  rates.roc_auc = Forecast(probability, positive).roc_auc();
  return rates;
}

CurveGap curve_gap(std::span<const double> score, std::span<const std::uint8_t> positive,
                   std::span<const std::uint8_t> in_second, std::size_t permutations,
                   std::uint64_t seed) {
  WAYMARK_CHECK(score.size() == positive.size() && score.size() == in_second.size());
  std::vector<Ranked> rows;
  for (std::uint32_t i = 0; i < score.size(); ++i) {
    rows.push_back({score[i], i, positive[i] != 0});
  }
  std::ranges::stable_sort(rows, std::ranges::greater(), &Ranked::score);
  CurveGap gap{.area = area_of(rows, in_second)};
  if (std::isnan(gap.area)) return {kNone, kNone};
  std::vector<std::uint8_t> group(in_second.begin(), in_second.end());
  Random random(seed);
  std::size_t as_large = 1, drawn = 1;
  for (std::size_t i = 0; i < permutations; ++i) {
    random.shuffle(std::span(group));
    const double area = area_of(rows, group);
    if (std::isnan(area)) continue;
    ++drawn;
    // Rounding must not part what is equal.
    if (area >= gap.area - 1e-12) ++as_large;
  }
  gap.probability = static_cast<double>(as_large) / static_cast<double>(drawn);
  return gap;
}

}  // namespace waymark::stats
