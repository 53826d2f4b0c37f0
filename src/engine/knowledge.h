#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/frame.h"
#include "stats/fading.h"
#include "stats/tracing.h"

namespace waymark::engine {

// What is asked of answers to items that exercise skills: of a row for each.
struct KnowledgeQuestion {
  std::string learner, skill;  // columns
  std::string correct;         // "COLUMN", of 1 and 0; or "COLUMN=VALUE|VALUE"
  std::string item;            // empty: items are not told apart
  std::string time;            // when it was given, as times_of() reads it; empty: not known
  // By which a learner's answers follow, those of one time where times are known; empty: as the
  // rows do.
  std::string order;
  // Which learners to try models out on, having learned from the others, as `correct`; empty: all,
  // in five parts drawn by chance.
  std::string held_out;
  bool try_out = true;  // else there are no trials and half-lives, which take most of the time
  bool forgets = false;
  std::size_t restarts = 20;
  std::size_t threads = 1;
};

inline constexpr std::size_t kLeastAnswers = 20;

struct SkillStudy {
  std::string skill;
  std::size_t learners = 0, answers = 0, right = 0;
  stats::TracingModel model;                 // of all learners
  std::optional<stats::FadingModel> fading;  // the same, fading, where times are known
  std::vector<double> mastery;               // after the last answer, of the learners in `of`
  std::vector<std::uint32_t> of;             // KnowledgeStudy::learners
};

// How well a model foretells the answers of learners that it has not learned from.
struct KnowledgeTrial {
  std::string model;
  double roc_auc = 0, log_loss = 0, calibration_error = 0;
  double seconds = 0;  // that it took to learn and to foretell, all threads' together
};

struct KnowledgeStudy {
  std::size_t answers = 0, left_out = 0;
  // Columns without a value in some rows, which are left out, and in how many.
  std::map<std::string, std::size_t> missing;
  std::vector<std::string> learners;
  std::vector<SkillStudy> skills;  // sorted
  // Of the learners held out; else in five parts of the learners drawn by chance, each foretold by
  // the four others.
  std::vector<KnowledgeTrial> trials;
};

// Throws Error{kUsage} for columns that do not hold what is asked of them, Error{kInvalid,
// "knowledge.nothing"} where there are fewer than two learners or kLeastAnswers answers, or all are
// right or all wrong, and Error{kUsage,
// "knowledge.held_out"} where all or none are held out, or some in part. The same for equal
// arguments, whatever the threads.
KnowledgeStudy study_knowledge(const Frame& frame, const KnowledgeQuestion& question);

}  // namespace waymark::engine
