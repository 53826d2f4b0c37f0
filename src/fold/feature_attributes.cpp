#include <bit>
#include <cmath>
#include <numeric>

#include "fold/feature_stepper.h"

namespace waymark::fold {

void FeatureStepper::take_text(const FeatureStep& step, Rows rows) {
  const Code* const column = slice_.properties[step.value].text;
  if (column == nullptr) return;
  Code& text = state_->texts[at_ * program_.texts + step.cell];
  for (const Row* row = rows.begin; row != rows.end; ++row) {
    if (column[*row] != kNoCode) text = column[*row];
  }
}

// Notes what rows [begin, end), which have no course, say of the learner, and tells all courses.
void FeatureStepper::say(Row begin, Row end) {
  block_ = begin;
  select(begin, end);
  every_.resize(end - begin);
  std::iota(every_.begin(), every_.end(), begin);
  for (std::size_t i = 0; i < program_.attributes.size(); ++i) {
    const auto& [step, list] = program_.attributes[i];
    std::vector<FeaturesFold::Said>& said = state_->said[i];
    const std::size_t before = said.size();
    const auto note = [&](Row row, std::uint64_t value) {
      said.push_back({slice_.time[row], slice_.received[row], value});
    };
    const Code* const texts =
        step.kind == StepKind::kText ? slice_.properties[step.value].text : nullptr;
    const double* const numbers = step.kind == StepKind::kText ? nullptr : values_[step.value];
    const Rows rows = list ? Rows{selection(*list), selected_end_[*list]}
                           : Rows{every_.data(), every_.data() + every_.size()};
    for (const Row* row = rows.begin; row != rows.end; ++row) {
      if (texts != nullptr && texts[*row] != kNoCode) note(*row, texts[*row]);
      if (numbers != nullptr && !std::isnan(numbers[*row])) {
        note(*row, std::bit_cast<std::uint64_t>(numbers[*row]));
      }
    }
    for (std::size_t course = 0; course < state_->courses.size(); ++course) {
      if (state_->courses[course] != kNoCode) tell(course, i, before);
    }
  }
}

// What was said of the learner from there on, as far as it is known as of the course's moments.
void FeatureStepper::tell(std::size_t course, std::size_t attribute, std::size_t from) {
  const FeatureStep& step = program_.attributes[attribute].step;
  const std::span said = std::span(state_->said[attribute]).subspan(from);
  const CoursePlan& plan = program_.plan(state_->courses[course]);
  for (std::size_t at = 0; at < program_.points; ++at) {
    const CoursePlan::Point& point = plan.points[at];
    if (point.as_of == FeaturesFold::kNever) continue;
    const std::size_t point_at = course * program_.points + at;
    for (const auto& [time, received, value] : said) {
      const bool is_known = time < point.as_of && received <= program_.arrived_by(point.as_of);
      if (!is_known || time < point.begin[step.window] || time >= point.end[step.window]) continue;
      if (step.kind == StepKind::kText) {
        state_->texts[point_at * program_.texts + step.cell] = static_cast<Code>(value);
      } else {
        state_->numbers[point_at * program_.initial_numbers.size() + step.cell] =
            std::bit_cast<double>(value);
      }
    }
  }
}

}  // namespace waymark::fold
