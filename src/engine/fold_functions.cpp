#include "engine/fold_functions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/scratch.h"
#include "query/other_table.h"

namespace waymark::engine {
namespace {

// What a measure given in a query is called.
constexpr const char* kAsked = "asked";

struct Workplace {
  Catalog catalog;
  trail::TrailReader trails;
};

class FoldFunction : public sql::TableFunction {
 public:
  FoldFunction(std::string kind, std::shared_ptr<const Workplace> workplace)
      : kind_(std::move(kind)), workplace_(std::move(workplace)) {}

  std::string name() const override { return kind_; }
  std::vector<sql::Column> parameters() const override {
    return {{"measure", sql::Type::kText},
            {"definition", sql::Type::kText},
            {"part", sql::Type::kText},
            {"as_of", sql::Type::kTimestamp}};
  }

  std::unique_ptr<sql::TableScan> bind(std::span<const sql::Value> arguments) const override {
    const auto text = [&](std::size_t i) { return std::get_if<std::string>(&arguments[i]); };
    const std::string* const definition = text(1);
    if (text(0) != nullptr && definition != nullptr) {
      throw Error(
          ErrorCode::kUsage, "measure.two",
          fmt::format("{0}() takes either a measure that there is, {0}(measure := NAME), or "
                      "the definition of another, {0}(definition := YAML), and not both",
                      kind_));
    }
    const Catalog& known = workplace_->catalog;
    const Catalog catalog =
        definition == nullptr ? known : with_measure(known, kind_, kAsked, with_kind(*definition));
    const std::string measure = definition != nullptr ? kAsked : named(text(0));
    std::optional<Micros> as_of;
    if (const auto* time = std::get_if<sql::Timestamp>(&arguments[3])) as_of = time->micros;
    const auto scratch = std::make_shared<Scratch>();
    Silent silent;
    scratch->make({measure}, catalog, workplace_->trails,
                  calendar_of(open_journal(workplace_->catalog, true)), as_of, silent);
    return query::scan_of_other(scratch, scratch->warehouse(), table_of(catalog, measure, text(2)),
                                sql_options(catalog));
  }

 private:
  std::string with_kind(const std::string& yaml) const {
    if (yaml.find("measure:") != std::string::npos) return yaml;
    const std::string_view start = trimmed(yaml);
    return start.starts_with('{') ? fmt::format("{{measure: {}, {}", kind_, start.substr(1))
                                  : fmt::format("{}\nmeasure: {}\n", yaml, kind_);
  }

  std::string named(const std::string* name) const {
    std::vector<std::string> known;
    for (const auto& definition : workplace_->catalog.workspace.definitions(kind_)) {
      known.push_back(definition.name);
    }
    if (name == nullptr && known.size() == 1) return known.front();
    if (name == nullptr) {
      throw Error(
          ErrorCode::kUsage, "measure.unnamed",
          fmt::format("say {0}(measure := NAME) or {0}(definition := YAML); there is: {1}", kind_,
                      known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    if (std::ranges::find(known, *name) == known.end())
      throw_missing("measure.missing", kind_, *name, known);
    return *name;
  }

  std::string table_of(const Catalog& catalog, const std::string& measure,
                       const std::string* part) const {
    const std::vector<std::string> tables = tables_of(measure, catalog);
    if (part == nullptr) return tables.front();
    std::string wanted = measure + "_" + *part;
    if (std::ranges::find(tables, wanted) != tables.end()) return wanted;
    std::vector<std::string> parts;
    for (const std::string& table : tables) {
      if (table != measure) parts.push_back(table.substr(measure.size() + 1));
    }
    throw Error(ErrorCode::kNotFound, "measure.part_missing",
                fmt::format("this {} has no part '{}'{}; it has: {}", kind_, *part,
                            in_brackets(did_you_mean(*part, parts)),
                            parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "))));
  }

  std::string kind_;
  std::shared_ptr<const Workplace> workplace_;
};

}  // namespace

std::vector<std::shared_ptr<const sql::TableFunction>> fold_functions(
    const Catalog& catalog, const trail::TrailReader& trails) {
  const auto workplace = std::make_shared<const Workplace>(Workplace{catalog, trails});
  std::vector<std::shared_ptr<const sql::TableFunction>> functions;
  for (const char* kind : {"sessions", "engagement", "funnel", "retention", "lifecycle", "mastery",
                           "paths", "cohort", "tiers", "clusters", "metric", "anomalies"}) {
    functions.push_back(std::make_shared<FoldFunction>(kind, workplace));
  }
  return functions;
}

}  // namespace waymark::engine
