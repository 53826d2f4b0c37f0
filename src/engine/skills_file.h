#pragma once

#include <filesystem>

#include "engine/knowledge.h"

namespace waymark::engine {

// Writes what was learned of each skill under `skills:` into a definition of `measure: mastery`, so
// that every answer that comes moves what is known by it. The rest of a file that is there stays as
// it is; a new one says where to go on. Guess and slip are the means of a skill's items. Throws
// Error{kUsage, "knowledge.save"} where the file is another measure's.
void save_skills(const KnowledgeStudy& study, const std::filesystem::path& file);

}  // namespace waymark::engine
