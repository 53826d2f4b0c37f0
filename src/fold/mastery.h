#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "fold/code_index.h"
#include "fold/filter_masks.h"
#include "fold/fold.h"
#include "fold/mastery_definition.h"

namespace waymark::fold {

// What learners know: a row for each learner and skill with an answer, a learner's in the order in
// which they first came. stats/tracing.h says how an answer moves it.
struct MasteryTable {
  static constexpr Micros kNever = std::numeric_limits<Micros>::min();

  std::vector<Code> learner;
  std::vector<Code> skill;  // of MasteryFold::skills()
  std::vector<double> known;
  std::vector<std::uint8_t> mastered;
  std::vector<Micros> mastered_since;  // kNever where it is not
  std::vector<Micros> review_at;  // when what was mastered at the last answer fades, or has faded,
                                  // below that; kNever where that is never
  std::vector<double> next_right;
  std::vector<std::uint64_t> answers, correct;
  std::vector<Micros> first, last;

  std::size_t size() const { return learner.size(); }
};

// Takes constant time for an answer. Where what is known fades, rows are as of `as_of`, or of each
// one's last answer where there is none.
class MasteryFold {
 public:
  struct Skill {
    stats::SkillState state;  // after the last answer
    std::uint64_t answers = 0, correct = 0;
    Micros first = 0, last = 0;
    Micros mastered_since = MasteryTable::kNever;
  };
  struct State {
    CodeIndex codes;
    std::vector<Skill> skills;
  };
  using Output = MasteryTable;

  // Events from `as_of` on are not looked at.
  MasteryFold(const MasteryDefinition& definition, const Names& names, Micros as_of = kLatest);

  const Reads& reads() const { return reads_; }
  void begin(State& state) const;
  void step(State& state, const Slice& slice) const;
  Output make_output() const { return {}; }
  void end(const State& state, Code learner, Output& output) const;
  Micros settled_until(const State& state) const;
  void merge(Output& output, Output&& more) const;
  void finish(Output&) const {}
  void save(const State& state, ByteWriter& writer) const;
  State load(ByteReader& reader) const;

  // What the codes of skills stand for.
  const Dictionary& skills() const { return *names_of_skills_; }

 private:
  // Null where the skill is not followed.
  const stats::TracingParameters* parameters(Code skill) const;
  const Code* skills_of(const Slice& slice) const;
  double half_lives(Micros duration) const;
  Micros review_at(const Skill& skill, const stats::TracingParameters& numbers) const;

  MasteryDefinition definition_;
  Micros as_of_;
  Reads reads_;
  ValueList values_;
  FilterMasks masks_;
  std::size_t property_ = 0;  // its position in a slice's properties
  const Dictionary* names_of_skills_;
  std::unordered_map<Code, stats::TracingParameters> parameters_;
};

}  // namespace waymark::fold
