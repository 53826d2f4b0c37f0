#pragma once

#include <string>
#include <vector>

#include "report/content.h"

namespace waymark::report {

// A sentence about what stands out, with its key figures marked, and the section that shows more.
struct Finding {
  struct Phrase {
    std::string text;
    bool key = false;
  };
  std::string section;
  std::vector<Phrase> phrases;
  bool warning = false;

  Finding& say(std::string text);
  Finding& key(std::string text);
};

// Warnings first, then the nearer to what a reader can act on the earlier; nothing is said about
// parts that are absent or too small to show.
std::vector<Finding> findings(const Content& content);

// What tells the sections of several models apart: "" for the first, "-2" for the second.
std::string model_suffix(std::size_t index);

// What a source's ledger does not account for: 0 if it balances.
std::int64_t imbalance(const Source& source);

// The best baseline by ROC-AUC, or null.
const Candidate* best_baseline(const Model& model);
// The candidate that predicts, or null if there is none.
const Candidate* chosen(const Model& model);
// Whether the test set is large enough to be shown, and there is something to show.
bool evaluated(const Model& model, const Content& content);

// The predictions that may be listed: those whose course is known, and large enough that its name
// does not give a learner away.
std::vector<const Prediction*> listed(const Content& content, const Model& model);

// The week with the most learners, or null if there is none that may be shown.
const Week* busiest(const std::vector<Week>& weeks, std::int64_t least);

}  // namespace waymark::report
