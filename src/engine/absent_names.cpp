#include "engine/absent_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "workspace/mention.h"

namespace waymark::engine {
namespace {

// What the schemas' keyword `x-names` says, and what it means.
struct Sort {
  std::string_view name;
  Dictionary Symbols::*known;
  const char* sentence;
  bool may_lack;  // beside others that occur, those that are like none are as they should be
};

constexpr Sort kSorts[] = {{"kind", &Symbols::kinds, "no event is of kind '{}'", false},
                           {"context", &Symbols::contexts, "no event is in context '{}'", true},
                           {"course", &Symbols::courses, "no event is in course '{}'", false},
                           {"source", &Symbols::sources, "no event is from source '{}'", false},
                           {"outcome", &Symbols::outcomes, "no event has outcome '{}'", true}};

std::vector<std::string> texts(const Dictionary& dictionary) {
  std::vector<std::string> texts;
  for (Code code = kNoCode + 1; code < dictionary.size(); ++code)
    texts.emplace_back(dictionary.text(code));
  return texts;
}

void note_absent(const workspace::Mention& mention, const Symbols& symbols,
                 workspace::Diagnostics& notes) {
  const Sort* sort = std::ranges::find(kSorts, mention.of, &Sort::name);
  WAYMARK_CHECK(sort != std::end(kSorts));
  const Dictionary& known = symbols.*sort->known;
  std::vector<workspace::Node> absent = mention.names.items();
  const std::size_t present = std::erase_if(
      absent, [&](const workspace::Node& name) { return known.find(name.text()) != kAbsentCode; });
  for (const workspace::Node& name : absent) {
    std::string hint = did_you_mean(name.text(), texts(known));
    if (sort->may_lack && present > 0 && hint.empty()) continue;
    notes.add(name.place(), "name.absent", fmt::format(fmt::runtime(sort->sentence), name.text()),
              std::move(hint));
  }
}

}  // namespace

std::vector<std::string> absent_names(const Catalog& catalog, const trail::TrailReader& trails) {
  if (trails.state().events == 0) return {};
  workspace::Diagnostics notes;
  for (const workspace::Definition& definition : catalog.workspace.definitions()) {
    for (const auto& mention :
         workspace::mentions(definition.node, schemas().at(definition.kind))) {
      note_absent(mention, trails.symbols(), notes);
    }
  }
  std::vector<std::string> lines;
  for (const workspace::Diagnostic& note : notes.sorted())
    lines.push_back(workspace::to_text(note));
  return lines;
}

}  // namespace waymark::engine
