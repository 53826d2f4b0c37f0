#include "engine/question.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "engine/measure.h"
#include "engine/measures.h"

namespace waymark::engine {
namespace {

struct Comparison {
  std::string name, sign;
  std::vector<std::string> values;
};

Comparison parse_comparison(const std::string& text) {
  // The longer signs first.
  for (const std::string_view sign : {"!=", "<=", ">=", "=", "<", ">"}) {
    const std::size_t at = text.find_first_of("!<=>");
    if (at == std::string::npos || text.compare(at, sign.size(), sign) != 0) continue;
    Comparison comparison{std::string(trimmed(text.substr(0, at))), std::string(sign), {}};
    const bool may_be_many = sign == "=" || sign == "!=";
    std::string_view rest = std::string_view(text).substr(at + sign.size());
    while (true) {
      const std::size_t bar = may_be_many ? rest.find('|') : std::string_view::npos;
      comparison.values.emplace_back(trimmed(rest.substr(0, bar)));
      if (bar == std::string_view::npos) break;
      rest.remove_prefix(bar + 1);
    }
    if (!comparison.name.empty()) return comparison;
  }
  throw Error(ErrorCode::kUsage, "query.condition",
              fmt::format("'{}' is no condition; say NAME=VALUE, NAME=A|B, or another of != < <= "
                          "> >= between a name and a value",
                          text));
}

// The FROM and WHERE of a measure's main table with what a question names beside its columns.
class Rows {
 public:
  Rows(const Summary& summary, const std::string& table, const Catalog& catalog,
       const trail::TrailReader& trails, query::Session& session)
      : summary_(summary), table_(table), zone_(catalog.zone().name()), trails_(trails) {
    const auto names_of = [&](const std::string& from) {
      std::vector<std::string> names;
      const sql::Result rows = session.query("FROM " + from + " LIMIT 0");
      for (const sql::Column& column : rows.columns()) names.push_back(column.name);
      return names;
    };
    columns_ = names_of(sql::quoted_name(table));
    event_columns_ = names_of("events");
    has_course_ = std::ranges::find(columns_, "course") != columns_.end();
  }

  // Makes sure that `asked` has a column of this name.
  void need(const std::string& name) {
    if (std::ranges::find(columns_, name) != columns_.end()) return;
    if (!summary_.start.empty() && (name == "day" || name == "week" || name == "month")) {
      select_ +=
          fmt::format(", date_trunc('{0}', timezone({1}, timezone('UTC', m.{2})))::DATE AS \"{0}\"",
                      name, sql::quoted_text(zone_), start());
    } else {
      need_property(name);
    }
    columns_.push_back(name);
  }

  void where(const Comparison& comparison) {
    need(comparison.name);
    const std::string name = sql::quoted_name(comparison.name);
    std::vector<std::string> parts;
    for (const std::string& value : comparison.values) {
      const bool is_order = comparison.sign.front() == '<' || comparison.sign.front() == '>';
      const bool is_number = parse_number(value).has_value();
      // Texts that are numbers compare as such; what is no number is neither less nor more.
      parts.push_back(
          is_order && is_number
              ? fmt::format("TRY_CAST({}::VARCHAR AS DOUBLE) {} {}", name, comparison.sign, value)
          : comparison.sign == "!="
              ? fmt::format("{} IS DISTINCT FROM {}", name, sql::quoted_text(value))
              : fmt::format("{} {} {}", name, comparison.sign, sql::quoted_text(value)));
    }
    conditions_.push_back(
        fmt::format("({})", fmt::join(parts, comparison.sign == "!=" ? " AND " : " OR ")));
  }

  std::string sql() const {
    return fmt::format(
        "SELECT * FROM (SELECT m.*{} FROM {} m{}){}", select_, sql::quoted_name(table_), joins_,
        conditions_.empty() ? "" : fmt::format(" WHERE {}", fmt::join(conditions_, " AND ")));
  }

 private:
  std::string start() const { return sql::quoted_name(summary_.start); }

  void need_property(const std::string& name) {
    const bool is_column = std::ranges::find(event_columns_, name) != event_columns_.end();
    const bool is_known = is_column || trails_.property_names().find(name) != kAbsentCode;
    if (summary_.start.empty() || !is_known) throw_unknown(name);
    const std::string value =
        is_column ? sql::quoted_name(name)
                  : fmt::format("properties->>{}", sql::quoted_text("$.\"" + name + "\""));
    const auto join = [&](const std::string& alias, const std::string& of, const std::string& on) {
      joins_ += fmt::format(
          " ASOF LEFT JOIN (SELECT learner, course, time, {0} AS value FROM events WHERE {0} IS "
          "NOT NULL{1}) {2} ON m.learner = {2}.learner{3} AND m.{4} >= {2}.time",
          value, of, alias, on, start());
    };
    const std::string alias = fmt::format("p{}", ++properties_);
    if (!has_course_) {
      join(alias, "", "");
      select_ += fmt::format(", {}.value AS {}", alias, sql::quoted_name(name));
      return;
    }
    join(alias, " AND course IS NOT NULL", fmt::format(" AND m.course = {}.course", alias));
    join(alias + "x", " AND course IS NULL", "");
    select_ +=
        fmt::format(", coalesce({0}.value, {0}x.value) AS {1}", alias, sql::quoted_name(name));
  }

  [[noreturn]] void throw_unknown(const std::string& name) const {
    std::vector<std::string> known = columns_;
    if (!summary_.start.empty()) {
      known.insert(known.end(), {"day", "week", "month"});
      const Dictionary& properties = trails_.property_names();
      for (Code code = kNoCode + 1; code < properties.size(); ++code) {
        known.emplace_back(properties.text(code));
      }
    }
    const std::string_view nearest = nearest_word(name, known);
    throw Error(ErrorCode::kNotFound, "query.name_unknown",
                fmt::format("{} has no '{}'{}; it has: {}", table_, name,
                            nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest),
                            fmt::join(known, ", ")));
  }

  const Summary& summary_;
  std::string table_, zone_;
  const trail::TrailReader& trails_;
  std::vector<std::string> columns_, event_columns_, conditions_;
  bool has_course_ = false;
  std::string select_, joins_;
  std::size_t properties_ = 0;
};

// The measure's main table as of a moment, in a warehouse of its own.
std::filesystem::path make_as_of(const auto& definition, Micros as_of, const Catalog& catalog,
                                 const journal::Journal& journal, const trail::TrailReader& trails,
                                 Micros now, Progress& progress,
                                 const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "warehouse.duckdb";
  query::Warehouse warehouse(file, sql_options(catalog));
  const fold::Calendar calendar = calendar_of(journal);
  progress.begin(definition.name, trails.bucket_count());
  const Making making{
      catalog,   trails,   calendar,
      warehouse, progress, {definition.name, definition.version, trails.state().generation, now},
      as_of};
  if constexpr (std::is_same_v<std::decay_t<decltype(definition)>, CohortOverlap>) {
    for (const auto& cohort : catalog.cohorts) make_tables(cohort, making);
  }
  make_tables(definition, making);
  progress.end("as of " + to_iso(as_of));
  return file;
}

}  // namespace

Answer answer(const Question& question, const Catalog& catalog, const journal::Journal& journal,
              Micros now, Progress& progress) {
  const Derived derived = bring_up_to_date(catalog, journal, false, now, progress);
  Answer answer{
      .sources = {.trails = derived.reader, .warehouse = Folders(catalog.workspace).warehouse}};
  std::optional<Summary> summary;
  std::string table;
  std::vector<std::string> known;
  for_each_measure(catalog, [&](const auto& definition) {
    known.push_back(definition.name);
    if (definition.name != question.measure) return;
    summary = summary_of(definition);
    table = summary->table.empty() ? tables_of(definition).front() : summary->table;
    if (!question.as_of) return;
    answer.scratch = std::make_unique<TemporaryFolder>();
    answer.sources.warehouse = make_as_of(definition, *question.as_of, catalog, journal,
                                          derived.reader, now, progress, answer.scratch->path());
  });
  if (!summary) {
    const std::string_view nearest = nearest_word(question.measure, known);
    throw Error(
        ErrorCode::kNotFound, "measure.missing",
        fmt::format("there is no measure '{}' that can be asked{}; there is: {}", question.measure,
                    nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest),
                    known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
  }
  query::Session session(answer.sources, sql_options(catalog));
  Rows rows(*summary, table, catalog, derived.reader, session);
  std::string by;
  for (const std::string& name : question.by.empty() ? summary->by : question.by) {
    rows.need(name);
    by += sql::quoted_name(name) + ", ";
    answer.labels.push_back(name);
  }
  for (const std::string& condition : question.where) rows.where(parse_comparison(condition));
  std::string statement = summary->sql;
  for (std::size_t at = 0; (at = statement.find(Summary::kBy, at)) != std::string::npos;) {
    statement.replace(at, Summary::kBy.size(), by);
    at += by.size();
  }
  answer.select = fmt::format("WITH asked AS ({}) {}", rows.sql(), statement);
  answer.labels.insert(answer.labels.end(), summary->labels.begin(), summary->labels.end());
  answer.value = summary->value;
  return answer;
}

}  // namespace waymark::engine
