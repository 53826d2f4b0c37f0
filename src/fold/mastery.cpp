#include "fold/mastery.h"

namespace waymark::fold {
namespace {

using From = MasteryDefinition::SkillFrom;

constexpr std::uint64_t kAnswer = 1, kCorrect = 2;  // bits of the masks

Names::Part part_of(From from) {
  switch (from) {
    case From::kContext:
      return &Symbols::contexts;
    case From::kCourse:
      return &Symbols::courses;
    case From::kProperty:
      return &Symbols::property_texts;
    case From::kObject:
      break;
  }
  return &Symbols::objects;
}

}  // namespace

MasteryFold::MasteryFold(const MasteryDefinition& definition, const Names& names, Micros as_of)
    : definition_(definition),
      as_of_(as_of),
      names_of_skills_(&names.texts(part_of(definition.skill_from))) {
  reads_.columns.add(Column::kTime);
  masks_.add(0, definition.answers, names, values_, reads_);
  masks_.add(1, definition.correct, names, values_, reads_);
  reads_.only = masks_.only(kAnswer);
  switch (definition.skill_from) {
    case From::kObject:
      reads_.columns.add(Column::kObject);
      break;
    case From::kContext:
      reads_.columns.add(Column::kContext);
      break;
    case From::kCourse:
      reads_.columns.add(Column::kCourse);
      break;
    case From::kProperty:
      property_ = position_in(reads_.properties, definition.skill_property);
      break;
  }
  for (const auto& [name, skill] : definition.skills) {
    parameters_[names(part_of(definition.skill_from), name)] = skill;
  }
}

const stats::TracingParameters* MasteryFold::parameters(Code skill) const {
  const auto found = parameters_.find(skill);
  if (found != parameters_.end()) return &found->second;
  return definition_.other_skills ? &*definition_.other_skills : nullptr;
}

// Null where no event of the slice has any.
const Code* MasteryFold::skills_of(const Slice& slice) const {
  switch (definition_.skill_from) {
    case From::kContext:
      return slice.context;
    case From::kCourse:
      return slice.course;
    case From::kProperty:
      return slice.properties[property_].text;
    case From::kObject:
      break;
  }
  return slice.object;
}

double MasteryFold::half_lives(Micros duration) const {
  if (!definition_.half_life) return 0;
  return static_cast<double>(duration) / static_cast<double>(*definition_.half_life);
}

void MasteryFold::begin(State& state) const {
  state.codes.clear();
  state.skills.clear();
}

void MasteryFold::step(State& state, const Slice& slice) const {
  const Code* const skills = skills_of(slice);
  if (skills == nullptr) return;
  for_each_row(slice, masks_, values_, [&](std::size_t row, std::uint64_t mask, const auto&) {
    const Code code = skills[row];
    const Micros time = slice.time[row];
    if ((mask & kAnswer) == 0 || code == kNoCode || time >= as_of_) return;
    const stats::TracingParameters* const numbers = parameters(code);
    if (numbers == nullptr) return;
    const bool is_correct = (mask & kCorrect) != 0;
    const auto [index, is_new] = state.codes.add(code);
    if (is_new) state.skills.emplace_back().first = time;
    Skill& skill = state.skills[index];
    const stats::SkillState now =
        is_new ? stats::SkillState::first(*numbers)
               : skill.state.onward(*numbers).faded(*numbers, half_lives(time - skill.last));
    // What has faded is mastered anew.
    if (definition_.half_life && now.known < definition_.mastered_at) {
      skill.mastered_since = MasteryTable::kNever;
    }
    skill.state = now.answered(*numbers, is_correct);
    ++skill.answers;
    skill.correct += is_correct;
    skill.last = time;
    if (skill.state.known < definition_.mastered_at) {
      skill.mastered_since = MasteryTable::kNever;
    } else if (skill.mastered_since == MasteryTable::kNever) {
      skill.mastered_since = time;
    }
  });
}

Micros MasteryFold::review_at(const Skill& skill, const stats::TracingParameters& numbers) const {
  if (!definition_.half_life) return MasteryTable::kNever;
  const double until = skill.state.half_lives_until(numbers, definition_.mastered_at) *
                       static_cast<double>(*definition_.half_life);
  if (until >= static_cast<double>(kLatest - skill.last)) return MasteryTable::kNever;
  return skill.last + static_cast<Micros>(until) / kMicrosPerSecond * kMicrosPerSecond;
}

void MasteryFold::end(const State& state, Code learner, Output& output) const {
  for (std::uint32_t i = 0; i < state.codes.size(); ++i) {
    const Skill& skill = state.skills[i];
    const stats::TracingParameters& numbers = *parameters(state.codes[i]);
    output.learner.push_back(learner);
    output.skill.push_back(state.codes[i]);
    const double since = half_lives(as_of_ == kLatest ? 0 : as_of_ - skill.last);
    const double known = skill.state.faded(numbers, since).known;
    const bool was_mastered = skill.mastered_since != MasteryTable::kNever;
    const bool is_mastered = was_mastered && known >= definition_.mastered_at;
    output.known.push_back(known);
    output.mastered.push_back(is_mastered);
    output.mastered_since.push_back(is_mastered ? skill.mastered_since : MasteryTable::kNever);
    output.review_at.push_back(was_mastered ? review_at(skill, numbers) : MasteryTable::kNever);
    output.next_right.push_back(skill.state.onward(numbers).faded(numbers, since).right(numbers));
    output.answers.push_back(skill.answers);
    output.correct.push_back(skill.correct);
    output.first.push_back(skill.first);
    output.last.push_back(skill.last);
  }
}

// What fades does so all the time.
Micros MasteryFold::settled_until(const State& state) const {
  return definition_.half_life && !state.skills.empty() ? as_of_ + 1 : kLatest;
}

void MasteryFold::merge(Output& output, Output&& more) const {
  append(output.learner, more.learner);
  append(output.skill, more.skill);
  append(output.known, more.known);
  append(output.mastered, more.mastered);
  append(output.mastered_since, more.mastered_since);
  append(output.review_at, more.review_at);
  append(output.next_right, more.next_right);
  append(output.answers, more.answers);
  append(output.correct, more.correct);
  append(output.first, more.first);
  append(output.last, more.last);
}

void MasteryFold::save(const State& state, ByteWriter& writer) const {
  state.codes.save(writer);
  writer.values(state.skills);
}

MasteryFold::State MasteryFold::load(ByteReader& reader) const {
  State state;
  state.codes = CodeIndex::load(reader);
  state.skills = reader.values<Skill>();
  bool is_sound = state.skills.size() == state.codes.size();
  for (std::uint32_t i = 0; is_sound && i < state.codes.size(); ++i) {
    is_sound = state.codes[i] < names_of_skills_->size() && parameters(state.codes[i]) != nullptr;
  }
  if (!is_sound) reject_state("this mastery");
  return state;
}

}  // namespace waymark::fold
