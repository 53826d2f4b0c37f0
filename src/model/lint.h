#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fold/features_definition.h"
#include "model/definition.h"
#include "model/leak.h"

namespace waymark::model {

// Ways in which a model can come to know what it is to foretell. Each has a name for good, by which
// a definition may allow it: `allow: {stand_in: reason}`.
struct LeakRule {
  std::string_view name;
  std::string_view passed;  // what the card says where nothing was found
  std::string_view remedy;
};
std::span<const LeakRule> leak_rules();

// What the definition alone tells:
//   reads_target   a feature reads events of the target's or the leaving's kinds
std::vector<Leak> leaks_in(const ModelDefinition& definition,
                           const fold::FeaturesDefinition& measure);

// What takes more than the definition and the rows to tell; engine/model_leaks.h finds these:
//   risk_set       rows are of learners who had left by their as-of
//   early_marks    features go by scores before these were given
//   due_dates      features go by work that counts from when it was due instead of handed in
inline constexpr std::string_view kRiskSet = "risk_set", kEarlyMarks = "early_marks",
                                  kDueDates = "due_dates";

// What labelled rows tell:
//   late_as_of     rows are taken when their course is over
//   random_split   learners are parted at random, though courses start one after the other: rows
//                  are tested by what later courses teach
//   stand_in       one feature alone tells the classes apart (ROC-AUC of kTellingAlone or more), by
//                  its values or by being there at all; or, as the date of leaving does for those
//                  who have one, it makes a class all but certain for some rows, by being there or
//                  by one of its words, or a flag of 1: for kCertain of them, or where that class
//                  is common all but a tenth of what is otherwise uncertain. Such rows are kFewRows
//                  of all or more, and more than chance gives (binomial against the class's share
//                  of all rows, at kByChance over all that is looked at)
std::vector<Leak> leaks_in(const DataSet& data, const SplitRule& split);
inline constexpr double kTellingAlone = 0.99, kCertain = 0.99, kFewRows = 0.01, kByChance = 0.01;

// What the accused features are worth on held-out rows, in words: "ROC-AUC of held-out rows 0.99
// with, 0.71 without"; "" where that cannot be told.
std::string gained_by(const std::vector<std::string>& features, const DataSet& data);

// The same of all rows beside those of learners who were still there.
std::string gained_by_the_gone(const DataSet& all, const DataSet& there);

// The same of parting learners at random instead of by time.
std::string gained_by_chance(const DataSet& data);

struct LeakJudgement {
  std::string card;  // a section of it: each rule with what was found, allowed or not, and what
                     // cannot be by construction
  std::vector<std::string> refused;  // what the definition does not allow, with what mends it

  void expect_none() const;  // throws Error{kInvalid, "model.leak"} that lists what is refused
};

// Of what the definition has been found to do, and of what its rows tell.
LeakJudgement judged_leaks(const ModelDefinition& definition, const DataSet& data);

}  // namespace waymark::model
