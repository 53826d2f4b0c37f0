#include "engine/items.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace waymark::engine {
ItemStudy study_items(const Frame& all, const ItemQuestion& question) {
  const Flag correct = parse_flag(question.correct);
  std::vector<std::string> needed{question.learner, question.item, correct.column};
  if (!question.answer.empty()) needed.push_back(question.answer);
  const Frame frame = all.rows(all.complete(needed));
  if (frame.size() == 0) {
    throw Error(ErrorCode::kInvalid, "items.nothing",
                fmt::format("none of {} rows is complete in all columns named", all.size()));
  }
  const Groups learners = groups_of(frame, {question.learner});
  const Groups items = groups_of(frame, {question.item});
  const std::vector<std::uint8_t> is_correct = flags_of(frame, correct);
  Groups options;
  if (!question.answer.empty()) options = groups_of(frame, {question.answer});

  std::vector<std::uint32_t> order(frame.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t row) {
    return std::pair(learners.group[row], items.group[row]);
  });
  ItemStudy study{.left_out = all.size() - frame.size(),
                  .items = items.values(question.item),
                  .learners = learners.values(question.learner),
                  .options = options.values(question.answer)};
  study.responses = {.items = study.items.size()};
  std::vector<std::uint32_t> option;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t row = order[i];
    const auto at = static_cast<std::uint32_t>(study.responses.item.size());
    const bool is_new = i == 0 || learners.group[order[i - 1]] != learners.group[row];
    if (is_new) study.responses.begin.push_back(at);
    if (!is_new && items.group[order[i - 1]] == items.group[row]) {
      ++study.repeated;
      continue;
    }
    study.responses.item.push_back(items.group[row]);
    study.responses.correct.push_back(is_correct[row]);
    if (!study.options.empty()) option.push_back(options.group[row]);
  }
  study.answers = study.responses.item.size();
  study.responses.begin.push_back(static_cast<std::uint32_t>(study.answers));
  study.analysis = stats::analyse_items(study.responses);
  if (!study.options.empty()) study.chosen = stats::analyse_options(study.responses, option);
  study.fit = stats::fit_item_response(study.responses, question.model);
  return study;
}

}  // namespace waymark::engine
