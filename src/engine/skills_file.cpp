#include "engine/skills_file.h"

#include <fmt/format.h>

#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

namespace waymark::engine {
namespace {

constexpr std::string_view kNew =
    "# yaml-language-server: $schema=../.waymark/schemas/mastery.schema.json\n"
    "measure: mastery\n"
    "# Which events are answers, what names the skill of each, and which are right:\n"
    "answers: {kinds: [answered]}\n"
    "skill: object\n"
    "correct: {outcome: [right]}\n";

std::string skills_of(const KnowledgeStudy& study) {
  std::string text = "skills:\n";
  for (const SkillStudy& skill : study.skills) {
    const stats::TracingParameters of = skill.model.usual();
    // A JSON string is one of YAML's, whatever is in it.
    text += fmt::format(
        "  {}: {{known_first: {:.6f}, learn: {:.6f}, forget: {:.6f}, guess: {:.6f}, "
        "slip: {:.6f}}}\n",
        JsonWriter().string(skill.skill).take(), of.known_first, of.learn, of.forget, of.guess,
        of.slip);
  }
  return text;
}

// The file's lines without those of its skills, where the new ones go in.
std::string replaced(const std::string& before, const std::string& skills) {
  std::istringstream lines(before);
  std::string after, line;
  bool is_within = false, is_written = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("skills:")) {
      is_within = is_written = true;
      after += skills;
      continue;
    }
    is_within = is_within && (line.empty() || line.front() == ' ');
    if (!is_within) after += line + "\n";
  }
  return is_written ? after : after + skills;
}

}  // namespace

void save_skills(const KnowledgeStudy& study, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    write_file_atomically(file, std::string(kNew) + skills_of(study));
    return;
  }
  const std::string before = read_file(file);
  if (("\n" + before).find("\nmeasure: mastery") == std::string::npos) {
    throw Error(ErrorCode::kUsage, "knowledge.save",
                fmt::format("{} is no definition of `measure: mastery`", file.string()));
  }
  write_file_atomically(file, replaced(before, skills_of(study)));
}

}  // namespace waymark::engine
