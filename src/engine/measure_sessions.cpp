#include "engine/measure.h"

namespace waymark::engine {
namespace {

std::vector<std::string> end_words(const std::vector<fold::EndedBy>& ends) {
  std::vector<std::string> words;
  for (const fold::EndedBy end : ends) {
    words.push_back(end == fold::EndedBy::kGap      ? "gap"
                    : end == fold::EndedBy::kSwitch ? "switch"
                                                    : "end");
  }
  return words;
}

void append_sessions(const Making& making, const std::string& name, const fold::SessionTable& part,
                     query::TableReplacement& table) {
  const std::vector<std::string> ends = end_words(part.ended_by);
  table.append({name,
                {{"learner", learner_column(making.trails, part.learner)},
                 {"course", text_column(making.symbols().courses, part.course)},
                 {"number", std::span(part.number)},
                 {"start", query::Times{part.start}},
                 {"end", query::Times{part.end}},
                 {"events", std::span(part.events)},
                 {"weight", std::span(part.weight)},
                 {"objects", std::span(part.objects)},
                 {"ended_by", std::span<const std::string>(ends)}}});
}

}  // namespace

std::vector<std::string> tables_of(const fold::SessionsDefinition& definition) {
  return {definition.name};
}

void make_tables(const fold::SessionsDefinition& definition, const Making& making) {
  replace_in_parts(making, fold::SessionsFold(definition, making.names()),
                   [&](const fold::SessionTable& part, query::TableReplacement& table) {
                     append_sessions(making, definition.name, part, table);
                   });
}

}  // namespace waymark::engine
