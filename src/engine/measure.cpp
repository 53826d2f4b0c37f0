#include "engine/measure.h"

#include <fmt/format.h>

namespace waymark::engine {

std::string select_of(const Summary& summary, const std::string& rows,
                      std::span<const std::string> by) {
  std::string names;
  for (const std::string& name : by) names += sql::quoted_name(name) + ", ";
  std::string statement = summary.sql;
  for (std::size_t at = 0; (at = statement.find(Summary::kBy, at)) != std::string::npos;) {
    statement.replace(at, Summary::kBy.size(), names);
    at += names.size();
  }
  return fmt::format("WITH asked AS ({}) {}", rows, statement);
}

std::string evened_share(const std::string& share, const std::string& days,
                         const std::string& open_days) {
  return fmt::format("CASE WHEN {2} > 0 THEN 1 - pow(1 - {0}, {1} / {2}) END", share, days,
                     open_days);
}

std::vector<std::string> tables_of(const std::string& name, const Catalog& catalog) {
  std::vector<std::string> tables;
  for_each_tabled(catalog, [&](const auto& definition) {
    if (definition.name == name) tables = tables_of(definition);
  });
  return tables;
}

query::Codes learner_column(const trail::TrailReader& trails, std::span<const Code> learners) {
  return {learners, [&trails](Code number) { return trails.learner(number).reveal(); },
          kAbsentCode};
}

query::Codes text_column(const Dictionary& dictionary, std::span<const Code> codes) {
  return {codes, [&dictionary](Code code) { return std::string(dictionary.text(code)); }};
}

void add_zones(const fold::LearnerZones& zones, std::span<const Code> told, query::Table& table) {
  const auto name = [&zones](Code zone) { return zones.of(zone).name(); };
  const auto from = [&zones](Code zone) { return std::string(zones.from(zone)); };
  table.columns.push_back({"zone", query::Codes{told, name, kAbsentCode}});
  table.columns.push_back({"zone_from", query::Codes{told, from, kAbsentCode}});
}

}  // namespace waymark::engine
