#include "stats/rating.h"

#include <unordered_map>

#include "base/error.h"
#include "stats/calibration.h"

namespace waymark::stats {
namespace {

struct Rating {
  double value = 0, answers = 0;

  void move(double surprise, const RatingOptions& options) {
    value += options.step / (1 + options.settling * answers) * surprise;
    ++answers;
  }
};

// Calls visit(answer, the learner's rating), which gives by how much the answer surprised.
template <typename Visit>
void follow(const Attempts& attempts, const RatingOptions& options, const Visit& visit) {
  for (std::size_t learner = 0; learner < attempts.learners(); ++learner) {
    Rating whole;
    std::unordered_map<std::uint32_t, Rating> skills;
    for (std::size_t i = attempts.begin[learner]; i < attempts.begin[learner + 1]; ++i) {
      Rating& in_skill = skills[attempts.skill[i]];
      const double surprise = visit(i, whole.value + in_skill.value);
      whole.move(surprise, options);
      in_skill.move(surprise, options);
    }
  }
}

}  // namespace

RatingModel::RatingModel(const Attempts& attempts, const RatingOptions& options)
    : options_(options) {
  std::vector<Rating> skills(attempts.skills), items(attempts.items);
  follow(attempts, options, [&](std::size_t i, double learner) {
    Rating& skill = skills[attempts.skill[i]];
    Rating* item = attempts.item.empty() ? nullptr : &items[attempts.item[i]];
    const double against = skill.value + (item != nullptr ? item->value : 0);
    const double surprise = attempts.correct[i] - logistic(learner - against);
    skill.move(-surprise, options);
    if (item != nullptr) item->move(-surprise, options);
    return surprise;
  });
  for (const Rating& rating : skills) skill_.push_back(rating.value);
  for (const Rating& rating : items) item_.push_back(rating.value);
}

std::vector<double> RatingModel::foretell(const Attempts& attempts) const {
  WAYMARK_CHECK(attempts.skills == skill_.size() && attempts.items == item_.size());
  std::vector<double> right(attempts.size());
  follow(attempts, options_, [&](std::size_t i, double learner) {
    const double item = attempts.item.empty() ? 0 : item_[attempts.item[i]];
    right[i] = logistic(learner - skill_[attempts.skill[i]] - item);
    return attempts.correct[i] - right[i];
  });
  return right;
}

}  // namespace waymark::stats
