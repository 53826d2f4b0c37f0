#include "engine/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "engine/kept_definitions.h"
#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/metrics.h"
#include "engine/model_table.h"
#include "engine/models.h"
#include "engine/scratch.h"
#include "query/session.h"

namespace waymark::engine {
namespace {

using Change = PlannedMeasure::Change;

// What tells of a measure as a whole.
struct Shown {
  std::string select;
  std::vector<std::string> labels;
  std::string value;
};

Shown shown(const auto& definition) {
  if constexpr (std::is_same_v<std::decay_t<decltype(definition)>, fold::MetricDefinition>) {
    return {"FROM " + sql::quoted_name(definition.name), MetricSql::usual(definition), "value"};
  } else {
    const Summary summary = summary_of(definition);
    if (!summary.kept.table.empty()) {
      return {"FROM " + sql::quoted_name(summary.kept.table), summary.kept.labels,
              summary.kept.value};
    }
    Shown shown{.labels = summary.by, .value = summary.value};
    const std::string table = summary.table.empty() ? tables_of(definition).front() : summary.table;
    shown.select = select_of(summary, "FROM " + sql::quoted_name(table), summary.by);
    shown.labels.insert(shown.labels.end(), summary.labels.begin(), summary.labels.end());
    return shown;
  }
}

// row -> number -> value, where it has one
using Numbers = std::map<std::string, std::map<std::string, std::optional<double>>>;

// A label that the tables do not have names no rows.
Numbers numbers_of(query::Session& session, const Shown& shown) {
  sql::Result result = session.query(shown.select);
  std::vector<std::size_t> labels, columns;
  for (std::size_t i = 0; i < result.columns().size(); ++i) {
    const auto& [name, type] = result.columns()[i];
    if (std::ranges::find(shown.labels, name) != shown.labels.end()) {
      labels.push_back(i);
    } else if (type == sql::Type::kInteger || type == sql::Type::kDouble ||
               type == sql::Type::kDecimal) {
      columns.push_back(i);
    }
  }
  Numbers numbers;
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      std::string name;
      for (const std::size_t label : labels) {
        name += (name.empty() ? "" : " · ") + chunk->column(label).to_text(row);
      }
      auto& values = numbers[name];
      for (const std::size_t column : columns) {
        values[result.columns()[column].name] =
            chunk->column(column).is_null(row) ? std::nullopt
                                               : std::optional(chunk->column(column).number(row));
      }
    }
  }
  return numbers;
}

class Planner {
 public:
  Planner(const Catalog& catalog, const journal::Journal& journal, Progress& progress)
      : catalog_(catalog),
        calendar_(calendar_of(journal)),
        progress_(progress),
        plan_{.trails = trails_due(catalog, journal)} {}

  Plan run() {
    if (plan_.trails.state) trails_ = open_trails(catalog_);
    const std::filesystem::path file = Folders(catalog_.workspace).warehouse;
    if (std::filesystem::exists(file)) read_made(file);
    for_each_tabled(catalog_, [&](const auto& definition) {
      look_at(definition.name, made_by(definition, catalog_), tables_of(definition));
    });
    for (const model::ModelDefinition& model : catalog_.models) look_at(model);
    for (const auto& survival : catalog_.survivals) wanted_.insert(shadow_table(survival));
    find_gone();
    if (trails_) make_changed();
    if (trails_ && !made_.empty()) {
      std::size_t at = 0;
      for_each_tabled(catalog_,
                      [&](const auto& definition) { compare(definition, plan_.measures[at++]); });
    }
    return std::move(plan_);
  }

 private:
  // What the warehouse says of a table.
  struct Made {
    std::string definition, version;
    std::uint64_t rows;
  };

  void read_made(const std::filesystem::path& warehouse) {
    query::Session session({.warehouse = warehouse}, sql_options(catalog_));
    sql::Result result =
        session.query("SELECT name, definition, version, rows FROM waymark_tables");
    while (const auto chunk = result.next()) {
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        const auto text = [&](std::size_t column) { return chunk->column(column).to_text(row); };
        made_[text(0)] = {text(1), text(2),
                          static_cast<std::uint64_t>(chunk->column(3).integer(row))};
      }
    }
  }

  void look_at(const std::string& name, const std::string& version,
               const std::vector<std::string>& tables) {
    wanted_.insert(tables.begin(), tables.end());
    PlannedMeasure& planned = plan_.measures.emplace_back();
    planned.name = name;
    const auto is_made = [&](const std::string& table) { return made_.contains(table); };
    if (is_made(tables.front())) planned.rows_now = made_.at(tables.front()).rows;
    if (!trails_ || !std::ranges::any_of(tables, is_made)) {
      planned.change = Change::kNew;
      return;
    }
    const std::string current = derived_version(version, catalog_, calendar_, *trails_);
    const bool same = std::ranges::all_of(tables, [&](const std::string& table) {
      return is_made(table) && made_.at(table).version == current;
    });
    planned.change = !same                     ? Change::kDefinition
                     : plan_.trails.events > 0 ? Change::kEvents
                                               : Change::kNone;
  }

  void look_at(const model::ModelDefinition& definition) {
    for (std::string& table : tables_of(definition)) wanted_.insert(std::move(table));
    if (is_imported(catalog_, definition.name)) return;
    const std::filesystem::path models = Folders(catalog_.workspace).models;
    PlannedModel& planned = plan_.models.emplace_back(PlannedModel{definition.name});
    planned.live = model::Registry::read(models, definition.name).live().value_or("");
    const auto last = model::latest_model(models, definition.name);
    if (!last) {
      planned.change = PlannedModel::Change::kNew;
      return;
    }
    planned.version = last->filename();
    const auto trained = trained_model(catalog_, definition);
    planned.change = !trained                                ? PlannedModel::Change::kDefinition
                     : is_of_same_data(definition, *trained) ? PlannedModel::Change::kNone
                                                             : PlannedModel::Change::kData;
  }

  bool is_of_same_data(const model::ModelDefinition& definition,
                       const model::Model& trained) const {
    if (definition.table) {
      const Frame file = read_table_file(catalog_.workspace.folder() / definition.table->file);
      const model::DataSet rows = table_rows(definition, file, TableRows::kLabelled);
      return model::content_hash(rows) == trained.lineage().data;
    }
    const auto made = made_.find(features_table(definition.name));
    return trails_ && plan_.trails.events == 0 && made != made_.end() &&
           made->second.version ==
               derived_version(rows_version(definition), catalog_, calendar_, *trails_);
  }

  void find_gone() {
    std::set<std::string> seen;
    for (const auto& [table, made] : made_) {
      if (wanted_.contains(table) || !seen.insert(made.definition).second) continue;
      plan_.measures.push_back({.name = table, .change = Change::kGone, .rows_now = made.rows});
    }
  }

  static bool is_changed(const PlannedMeasure& planned) {
    return planned.change == Change::kNew || planned.change == Change::kDefinition;
  }

  void make_changed() {
    std::set<std::string> names;
    for (const PlannedMeasure& planned : plan_.measures) {
      if (is_changed(planned)) names.insert(planned.name);
    }
    if (names.empty()) return;
    try {
      scratch_.make(names, catalog_, *trails_, calendar_, std::nullopt, progress_);
      is_made_ = true;
    } catch (const Error& error) {
      if (error.reason() != "trail.property_missing") throw;
      not_told_ = "the trails must be built again first: the definitions name other properties";
    }
  }

  void compare(const auto& definition, PlannedMeasure& planned) {
    if (!is_changed(planned)) return;
    planned.not_told = not_told_;
    if (!is_made_) return;
    const Shown shown = engine::shown(definition);
    planned.number = shown.value;
    const std::string rows =
        "SELECT count(*) FROM " + sql::quoted_name(tables_of(definition).front());
    query::Session after({.trails = trails_, .warehouse = scratch_.warehouse()},
                         sql_options(catalog_));
    planned.rows_after = static_cast<std::uint64_t>(after.query(rows).next()->column(0).integer(0));
    if (planned.change == Change::kNew) return;
    query::Session now({.trails = trails_, .warehouse = Folders(catalog_.workspace).warehouse},
                       sql_options(catalog_));
    try {
      move(numbers_of(now, shown), numbers_of(after, shown), planned);
    } catch (const Error& error) {
      if (error.reason() != "sql.failed") throw;
      planned.not_told = "the table has other columns than before";
    }
  }

  static void move(const Numbers& now, const Numbers& after, PlannedMeasure& planned) {
    using Moved = PlannedMeasure::Moved;
    std::set<std::string> rows;
    for (const auto& [row, values] : now) rows.insert(row);
    for (const auto& [row, values] : after) rows.insert(row);
    planned.rows = rows.size();
    const auto number = [](const auto& values, const std::string& name) {
      const auto found = values.find(name);
      return found == values.end() ? std::nullopt : found->second;
    };
    for (const std::string& row : rows) {
      const auto before = now.find(row), then = after.find(row);
      Moved main{.row = row, .number = planned.number};
      if (before != now.end()) main.now = number(before->second, planned.number);
      if (then != after.end()) main.after = number(then->second, planned.number);
      if (before == now.end() || then == after.end()) {
        main.is = before == now.end() ? Moved::Row::kNew : Moved::Row::kLost;
        planned.moved.push_back(std::move(main));
        continue;
      }
      for (const auto& [name, value] : then->second) {
        Moved moved{
            .row = row, .number = name, .now = number(before->second, name), .after = value};
        if (moved.now != moved.after) planned.moved.push_back(std::move(moved));
      }
    }
    const auto rank = [&](const Moved& moved) {
      const double size = moved.now && moved.after ? std::abs(*moved.after - *moved.now)
                                                   : std::numeric_limits<double>::infinity();
      return moved.is != Moved::Row::kStays   ? std::pair(2, 0.0)
             : moved.number == planned.number ? std::pair(1, size)
                                              : std::pair(0, 0.0);
    };
    std::ranges::stable_sort(planned.moved, std::greater<>(), rank);
  }

  const Catalog& catalog_;
  fold::Calendar calendar_;
  Progress& progress_;
  Plan plan_;
  std::optional<trail::TrailReader> trails_;
  std::map<std::string, Made> made_;  // by table
  std::set<std::string> wanted_;      // tables that some definition makes
  Scratch scratch_;
  bool is_made_ = false;
  std::string not_told_;
};

}  // namespace

Plan plan(const Catalog& catalog, const journal::Journal& journal, Progress& progress) {
  return Planner(catalog, journal, progress).run();
}

}  // namespace waymark::engine
