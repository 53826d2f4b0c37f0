#include "stats/performance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>

#include "base/error.h"
#include "stats/calibration.h"
#include "stats/descent.h"
#include "stats/windows.h"

namespace waymark::stats {
namespace {

// Rows of which most columns are 0.
struct SparseRows {
  std::size_t columns = 0;
  std::vector<std::uint32_t> begin{0};
  std::vector<std::uint32_t> column;
  std::vector<double> value;

  std::size_t size() const { return begin.size() - 1; }
  void add(std::size_t at, double what) {
    if (what == 0) return;
    column.push_back(static_cast<std::uint32_t>(at));
    value.push_back(what);
  }
  double product(std::size_t row, const double* weights) const {
    double sum = 0;
    for (std::uint32_t i = begin[row]; i < begin[row + 1]; ++i) {
      sum += value[i] * weights[column[i]];
    }
    return sum;
  }
};

// Recent tries count more than those long ago.
constexpr double kFade = 0.7;
constexpr double kGhosts = 1 + kFade + kFade * kFade;

struct Tries {
  double all = 0, right = 0;
  double recent_wrong = 0, recent_right = 0, ghosts = kGhosts;

  void add(double is_right) {
    ++all;
    right += is_right;
    recent_wrong = kFade * recent_wrong + 1 - is_right;
    recent_right = kFade * recent_right + is_right;
    ghosts *= kFade;
  }
  double recent_share() const { return recent_right / (recent_right + recent_wrong + ghosts); }
};

// What a learner has answered so far.
struct History {
  Tries whole;
  std::map<std::uint32_t, Tries> skills, items;
  TriesInWindows whole_in_windows;
  std::map<std::uint32_t, TriesInWindows> skills_in_windows;

  void add(const Attempts& attempts, std::size_t i) {
    const double right = attempts.correct[i];
    whole.add(right);
    skills[attempts.skill[i]].add(right);
    if (!attempts.item.empty()) items[attempts.item[i]].add(right);
    if (attempts.time.empty()) return;
    whole_in_windows.add(attempts.time[i], attempts.correct[i] != 0);
    skills_in_windows[attempts.skill[i]].add(attempts.time[i], attempts.correct[i] != 0);
  }
};

constexpr std::size_t kWindowColumns = 2 * TriesInWindows::kLengths.size();

// Into a column from `begin` on and every `stride` after it.
void add_windows(SparseRows& rows, TriesInWindows& tries, Micros now, std::size_t begin,
                 std::size_t stride) {
  for (const TriesInWindows::Count& count : tries.until(now)) {
    rows.add(begin, std::log1p(count.right));
    rows.add(begin + stride, std::log1p(count.all));
    begin += 2 * stride;
  }
}

SparseRows encode(const Attempts& attempts, PerformanceTerms terms) {
  using enum PerformanceTerms;
  const bool of_windows = terms == kWindows;
  const bool of_counts = terms == kCounts || terms == kAll || of_windows;
  const bool of_items = terms == kItem || of_counts;
  const bool of_recent = terms == kRecent || terms == kAll;
  const std::size_t items = attempts.items, skills = attempts.skills;
  // Columns: items, skills, two for each skill, four for the whole and the item, and two for each
  // skill again; of windows, eight for each skill and eight for the whole.
  const std::size_t of_skills = items, right = items + skills, other = right + skills,
                    rest = other + skills, share = rest + 4, wrong = share + skills,
                    skills_in_windows = wrong + skills,
                    in_windows = skills_in_windows + kWindowColumns * skills;
  SparseRows rows{.columns = of_windows ? in_windows + kWindowColumns : skills_in_windows};
  WAYMARK_CHECK(!of_windows || attempts.time.size() == attempts.size());
  for (std::size_t learner = 0; learner < attempts.learners(); ++learner) {
    History history;
    for (std::size_t i = attempts.begin[learner]; i < attempts.begin[learner + 1]; ++i) {
      const std::uint32_t skill = attempts.skill[i];
      const Tries of_skill = history.skills[skill];
      if (of_items && items > 0) rows.add(attempts.item[i], 1);
      if (terms != kItem) rows.add(of_skills + skill, 1);
      if (terms == kSkill) {
        rows.add(right + skill, std::log1p(of_skill.right));
        rows.add(other + skill, std::log1p(of_skill.all - of_skill.right));
      }
      if (of_counts) {
        const Tries of_item = items > 0 ? history.items[attempts.item[i]] : Tries();
        rows.add(right + skill, std::log1p(of_skill.right));
        rows.add(other + skill, std::log1p(of_skill.all));
        rows.add(rest, std::log1p(history.whole.right));
        rows.add(rest + 1, std::log1p(history.whole.all));
        rows.add(rest + 2, std::log1p(of_item.right));
        rows.add(rest + 3, std::log1p(of_item.all));
      }
      if (of_recent) {
        rows.add(share + skill, of_skill.recent_share());
        rows.add(wrong + skill, of_skill.recent_wrong);
      }
      if (of_windows) {
        const Micros now = attempts.time[i];
        add_windows(rows, history.skills_in_windows[skill], now, skills_in_windows + skill, skills);
        add_windows(rows, history.whole_in_windows, now, in_windows, 1);
      }
      rows.begin.push_back(static_cast<std::uint32_t>(rows.column.size()));
      history.add(attempts, i);
    }
  }
  return rows;
}

// The penalised negative log-likelihood; the intercept is the last of the variables.
struct Objective {
  const SparseRows& rows;
  const std::vector<std::uint8_t>& correct;
  double l2;

  double operator()(std::span<const double> x, std::span<double> gradient) const {
    double sum = 0;
    gradient[rows.columns] = 0;
    for (std::size_t j = 0; j < rows.columns; ++j) {
      sum += 0.5 * l2 * x[j] * x[j];
      gradient[j] = l2 * x[j];
    }
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const double log_odds = x[rows.columns] + rows.product(row, x.data());
      const double y = correct[row];
      const double small = std::exp(-std::abs(log_odds));
      sum += std::max(log_odds, 0.0) + std::log1p(small) - y * log_odds;
      const double residual = (log_odds < 0 ? small : 1) / (1 + small) - y;
      gradient[rows.columns] += residual;
      for (std::uint32_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) {
        gradient[rows.column[i]] += residual * rows.value[i];
      }
    }
    return sum;
  }
};

}  // namespace

PerformanceModel::PerformanceModel(const Attempts& attempts, PerformanceTerms terms, double l2)
    : terms_(terms) {
  WAYMARK_CHECK(l2 > 0);
  const SparseRows rows = encode(attempts, terms);
  // A forecast wants no more digits than these. That the search may end a little early does not
  // matter: with as many rows as here rounding alone can end it.
  weights_ =
      descend(std::vector<double>(rows.columns + 1), {.epsilon = 1e-4, .max_iterations = 500},
              Objective{rows, attempts.correct, l2});
}

std::vector<double> PerformanceModel::foretell(const Attempts& attempts) const {
  const SparseRows rows = encode(attempts, terms_);
  WAYMARK_CHECK(rows.columns + 1 == weights_.size());
  std::vector<double> right;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    right.push_back(logistic(weights_.back() + rows.product(row, weights_.data())));
  }
  return right;
}

}  // namespace waymark::stats
