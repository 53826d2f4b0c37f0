#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace waymark::fold {

// The days (since 1970-01-01) that give a course presentation's activity its shape, ascending: its
// first, those on which work is due, and the one after its last.
using Landmarks = std::vector<std::int64_t>;

// Which day of an earlier presentation of a course its days are compared with: that which stands to
// a landmark of the earlier one as the day stands to the same of its own, the nearest; of two that
// are as near, the later. Landmarks are the same that lie at most kMostApart days from one another,
// counted from the same one before, so that a term that is a week longer does not put a deadline's
// rush beside a calm week. The first day and the last always are, the order is kept, and each is
// taken once.
class CourseDays {
 public:
  static constexpr std::int64_t kMostApart = 14;

  // Each has at least the first and the last.
  CourseDays(const Landmarks& course, const Landmarks& earlier);
  std::int64_t earlier(std::int64_t day) const;

 private:
  std::vector<std::pair<std::int64_t, std::int64_t>> same_;  // landmarks of both
};

}  // namespace waymark::fold
