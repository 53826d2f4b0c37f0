#include "engine/absent_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "engine/rows.h"
#include "engine/trails.h"
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

bool is_word_character(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

// Whether the text, such as "views + acton / 2", names it.
bool names(std::string_view text, std::string_view word) {
  const auto ends_at = [&](std::size_t at) {
    return at == 0 || at >= text.size() || !is_word_character(text[at - 1]) ||
           !is_word_character(text[at]);
  };
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    if (ends_at(at) && ends_at(at + word.size())) return true;
  }
  return false;
}

// Where a definition first names the word: as a value, else as a key.
std::optional<workspace::Place> place_of(const workspace::Node& node, std::string_view word) {
  if (node.is_scalar())
    return names(node.text(), word) ? std::optional(node.place()) : std::nullopt;
  std::vector<workspace::Node> parts;
  if (node.is_list()) parts = node.items();
  for (const auto& [key, value] : node.members())
    if (key != "description") parts.push_back(value);
  for (const workspace::Node& part : parts)
    if (const auto place = place_of(part, word)) return place;
  for (const auto& [key, value] : node.members())
    if (names(key, word)) return value.place();
  return std::nullopt;
}

// What a definition reads, but for what it reads by way of others.
void note_absent(const workspace::Definition& definition, const std::vector<std::string>& read,
                 const std::vector<std::string>& known, workspace::Diagnostics& notes) {
  for (const std::string& property : read) {
    if (std::ranges::find(known, property) != known.end()) continue;
    if (const auto place = place_of(definition.node, property)) {
      notes.add(*place, "name.absent", fmt::format("no event has the property '{}'", property),
                did_you_mean(property, known));
    }
  }
}

// The open properties that each definition reads, by its name.
std::map<std::string, std::vector<std::string>> all_read(const Catalog& catalog) {
  auto read = properties_read(catalog);
  for (const model::SurvivalDefinition& survival : catalog.survivals) {
    for (const auto& value : {survival.target.sum, survival.target.weighted_by}) {
      if (value && value->kind == fold::Value::Kind::kProperty)
        read[survival.name].push_back(value->property);
    }
    std::ranges::move(survival.target.events.properties(), std::back_inserter(read[survival.name]));
  }
  return read;
}

constexpr std::size_t kMostValues = 1000;

bool has(const auto& names, const auto& name) {
  return std::ranges::find(names, name) != std::end(names);
}

// What the rows have of this name as texts; none where it is neither text nor number, or too much.
std::optional<std::vector<std::string>> values_of(const std::string& name, const std::string& table,
                                                  const std::string& zone,
                                                  const trail::TrailReader& trails,
                                                  sql::Connection& connection) {
  RowsOf of;
  if (!table.empty()) {
    const sql::Result own = connection.query("FROM " + sql::quoted_name(table) + " LIMIT 0");
    const auto& columns = own.columns();
    if (std::ranges::find(columns, name, &sql::Column::name) != columns.end()) of.table = table;
  }
  if (name == "learner" ||
      (of.table.empty() && !has(kEventColumns, name) && !has(trails.properties(), name))) {
    return std::nullopt;
  }
  Rows rows(of, zone, trails, connection);
  const std::string column = rows.own(name);
  sql::Result found =
      connection.query(fmt::format("SELECT DISTINCT {0} FROM ({1}) WHERE {0} IS NOT NULL LIMIT {2}",
                                   column, rows.sql(), kMostValues + 1));
  constexpr sql::Type kTold[]{sql::Type::kText, sql::Type::kInteger, sql::Type::kDouble,
                              sql::Type::kDecimal};
  if (!has(kTold, found.columns()[0].type)) return std::nullopt;
  std::vector<std::string> values;
  while (const auto chunk = found.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row)
      values.push_back(chunk->column(0).to_text(row));
  }
  return values.size() > kMostValues ? std::nullopt : std::optional(std::move(values));
}

bool is_same(const std::string& one, const std::string& other) {
  const auto number = parse_number(one);
  return one == other || (number && number == parse_number(other));
}

}  // namespace

std::vector<std::string> absent_values(const std::vector<std::string>& conditions,
                                       const std::string& table, const std::string& zone,
                                       const trail::TrailReader& trails,
                                       sql::Connection& connection) {
  std::vector<std::string> lines;
  for (const std::string& condition : conditions) {
    const auto [name, sign, wanted] = parse_comparison(condition);
    if (sign != "=" && sign != "!=") continue;
    const auto known = values_of(name, table, zone, trails, connection);
    if (!known) continue;
    for (const std::string& value : wanted) {
      if (std::ranges::any_of(*known, [&](const auto& one) { return is_same(one, value); }))
        continue;
      lines.push_back(fmt::format("No row has {} '{}'{}.", name, value,
                                  in_brackets(did_you_mean(value, *known))));
    }
  }
  return lines;
}

std::vector<std::string> absent_names(const Catalog& catalog, const trail::TrailReader& trails,
                                      std::string_view only) {
  if (trails.state().events == 0) return {};
  workspace::Diagnostics notes;
  const auto read = all_read(catalog);
  const std::vector<std::string> properties = trails.properties();
  for (const workspace::Definition& definition : catalog.workspace.definitions()) {
    if (!only.empty() && definition.name != only) continue;
    for (const auto& mention :
         workspace::mentions(definition.node, schemas().at(definition.kind))) {
      note_absent(mention, trails.symbols(), notes);
    }
    if (const auto found = read.find(definition.name); found != read.end())
      note_absent(definition, found->second, properties, notes);
  }
  std::vector<std::string> lines;
  for (const workspace::Diagnostic& note : notes.sorted())
    lines.push_back(workspace::to_text(note));
  return lines;
}

}  // namespace waymark::engine
