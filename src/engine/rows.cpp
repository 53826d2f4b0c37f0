#include "engine/rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text.h"

namespace waymark::engine {
namespace {

std::string list_of(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(sql::quoted_text(text));
  return fmt::format("({})", fmt::join(quoted, ", "));
}

std::string json_path(const std::string& property) {
  return sql::quoted_text("$.\"" + property + "\"");
}

std::string json_of(const std::string& property) {
  return fmt::format("(properties->>{})", json_path(property));
}

// Of a whole number, which is as exact in SQL, as people write it.
std::string literal(double number) {
  const bool is_whole = number == std::floor(number) && std::abs(number) < 1e9;
  return is_whole ? fmt::format("{}", number) : fmt::format("'{}'::DOUBLE", number);
}

std::string json_is_text(const std::string& property) {
  return fmt::format("json_type(properties, {}) = 'VARCHAR'", json_path(property));
}

}  // namespace

Comparison parse_comparison(const std::string& text) {
  const std::size_t at = std::min(text.find_first_of("!<=>"), text.size());
  // The longer signs first.
  for (const std::string_view sign : {"!=", "<=", ">=", "=", "<", ">"}) {
    if (text.compare(at, sign.size(), sign) != 0) continue;
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

Rows::Rows(const RowsOf& of, const std::string& zone, const trail::TrailReader& trails,
           sql::Connection& connection)
    : of_(of), zone_(zone), trails_(trails) {
  event_columns_ = connection.query("FROM events LIMIT 0").columns();
  if (is_events()) {
    note_times(event_columns_);
    columns_.assign(std::begin(kEventColumns), std::end(kEventColumns));
  } else {
    const sql::Result rows =
        connection.query(fmt::format("FROM {} LIMIT 0", sql::quoted_name(of_.table)));
    for (const sql::Column& column : rows.columns()) columns_.push_back(column.name);
    note_times(rows.columns());
  }
  has_course_ = std::ranges::find(columns_, "course") != columns_.end();
}

void Rows::note_times(std::span<const sql::Column> columns) {
  for (const sql::Column& column : columns) {
    if (column.type == sql::Type::kTimestamp) times_.push_back(column.name);
  }
}

void Rows::need(const std::string& name) {
  if (std::ranges::find(columns_, name) != columns_.end()) return;
  if (!of_.start.empty() && (name == "day" || name == "week" || name == "month")) {
    return need_period(name, name);
  }
  need_property(name);
  columns_.push_back(name);
}

void Rows::need_period(std::string_view unit, const std::string& as) {
  if (std::ranges::find(columns_, as) != columns_.end()) return;
  select_ += fmt::format(", date_trunc('{}', local_day(m.{}, {}))::DATE AS {}", unit, start(),
                         sql::quoted_text(zone_), sql::quoted_name(as));
  columns_.push_back(as);
}

std::string Rows::own(const std::string& name) {
  if (std::ranges::find(columns_, name) != columns_.end()) return sql::quoted_name(name);
  if (!is_events()) throw_unknown(name);
  return own_as(event_value(name));
}

std::string Rows::own(const fold::Value& value) {
  WAYMARK_CHECK(is_events());
  return own_as(event_number(value));
}

std::string Rows::own_as(const std::string& sql) {
  std::string alias = fmt::format("own{}", own_.size());
  own_.push_back(fmt::format("{} AS {}", sql, alias));
  return alias;
}

void Rows::replicate(const std::string& table) {
  joins_ += fmt::format(" JOIN {0} ON {0}.learner = m.learner", sql::quoted_name(table));
  select_ += fmt::format(", {}.replicate", sql::quoted_name(table));
  columns_.emplace_back("replicate");
}

void Rows::where(const Comparison& comparison) {
  need(comparison.name);
  const std::string name = sql::quoted_name(comparison.name);
  const auto column = std::ranges::find(event_columns_, comparison.name, &sql::Column::name);
  const bool is_numeric = column != event_columns_.end() && column->type == sql::Type::kDouble;
  const bool is_time = std::ranges::find(times_, comparison.name) != times_.end();
  std::vector<std::string> parts;
  for (std::string value : comparison.values) {
    // A time is one by the workspace's clock, as with --as-of.
    if (const auto time = parse_iso_time(value, Zone::named(zone_)); is_time && time) {
      value = to_iso(*time);
      value.pop_back();
    }
    const bool is_order = comparison.sign.front() == '<' || comparison.sign.front() == '>';
    const bool is_number = parse_number(value).has_value();
    // A property's numbers are no text, whichever.
    const std::string text = is_numeric && !is_number ? name + "::VARCHAR" : name;
    // Texts that are numbers compare as such; what is no number is neither less nor more.
    parts.push_back(is_order && is_number ? fmt::format("TRY_CAST({}::VARCHAR AS DOUBLE) {} {}",
                                                        name, comparison.sign, value)
                    : comparison.sign == "!="
                        ? fmt::format("{} IS DISTINCT FROM {}", text, sql::quoted_text(value))
                        : fmt::format("{} {} {}", text, comparison.sign, sql::quoted_text(value)));
  }
  conditions_.push_back(
      fmt::format("({})", fmt::join(parts, comparison.sign == "!=" ? " AND " : " OR ")));
}

std::string Rows::sql() const {
  return fmt::format(
      "SELECT * FROM (SELECT m.*{} FROM {} m{}){}", select_, base(), joins_,
      conditions_.empty() ? "" : fmt::format(" WHERE {}", fmt::join(conditions_, " AND ")));
}

std::string Rows::words() const {
  std::string words = is_events() ? of_.events + filter_sql() : of_.table;
  for (const std::string& condition : conditions_) {
    words += (words.find(" WHERE ") == std::string::npos ? " WHERE " : " AND ") + condition;
  }
  return words;
}

std::string Rows::start() const { return sql::quoted_name(of_.start); }

std::string Rows::base() const {
  if (!is_events()) return sql::quoted_name(of_.table);
  return fmt::format("(SELECT {}{}{} FROM {}{})", fmt::join(kEventColumns, ", "),
                     own_.empty() ? "" : ", ", fmt::join(own_, ", "), of_.events, filter_sql());
}

bool Rows::is_event_column(const std::string& name) const {
  return std::ranges::find(event_columns_, name, &sql::Column::name) != event_columns_.end();
}

// Whether events can have it.
bool Rows::is_known(const std::string& name) const {
  const auto has = [&](const auto& names) { return std::ranges::find(names, name) != names.end(); };
  if (has(trails_.properties())) return true;
  return is_event_column(name) && (of_.may_be_to_come || !has(trails_.state().properties));
}

// What an event says of this name itself.
std::string Rows::event_value(const std::string& name) const {
  return is_event_column(name) ? sql::quoted_name(name) : json_of(name);
}

void Rows::need_property(const std::string& name) {
  if (of_.start.empty() || !is_known(name)) throw_unknown(name);
  // Of what was said at one microsecond, the last in trail order counts.
  const auto join = [&](const std::string& alias, const std::string& by, const std::string& of,
                        const std::string& on) {
    joins_ += fmt::format(
        " ASOF LEFT JOIN (SELECT {1}, time, arg_max({0}, id) AS value FROM events WHERE {0} IS "
        "NOT NULL{2} GROUP BY {1}, time) {3} ON m.learner = {3}.learner{4} AND m.{5} >= {3}.time",
        event_value(name), by, of, alias, on, start());
  };
  const std::string alias = fmt::format("p{}", ++properties_);
  std::vector<std::string> values{alias + ".value"};
  if (is_events()) values.insert(values.begin(), "m." + own(name));
  if (has_course_) {
    join(alias, "learner, course", " AND course IS NOT NULL",
         fmt::format(" AND m.course = {}.course", alias));
    join(alias + "x", "learner", " AND course IS NULL", "");
    values.push_back(alias + "x.value");
  } else {
    join(alias, "learner", "", "");
  }
  select_ += fmt::format(", coalesce({}) AS {}", fmt::join(values, ", "), sql::quoted_name(name));
}

// Both where it is no column of its own, or merely called like one.
query::PropertySides Rows::sides_of(const std::string& property) const {
  const auto& columns = trails_.state().properties;
  const bool is_column = std::ranges::find(columns, property) != columns.end() &&
                         std::ranges::find(kEventColumns, property) == std::end(kEventColumns) &&
                         is_event_column(property);
  return is_column ? query::sides_of(trails_, property) : query::PropertySides{true, true};
}

std::string Rows::event_number(const fold::Value& value) const {
  switch (value.kind) {
    case fold::Value::Kind::kWeight:
      return "weight";
    case fold::Value::Kind::kScore:
      return "score";
    case fold::Value::Kind::kDuration:
      return "duration_ms";
    case fold::Value::Kind::kProperty:
      break;
  }
  const query::PropertySides sides = sides_of(value.property);
  if (!sides.numbers) return "NULL::DOUBLE";
  if (!sides.texts) return sql::quoted_name(value.property);
  return fmt::format("CASE WHEN NOT {} THEN TRY_CAST({} AS DOUBLE) END",
                     json_is_text(value.property), json_of(value.property));
}

// The same events as fold::FilterMasks lets pass.
std::string Rows::filter_sql() const {
  const fold::Filter& filter = of_.filter;
  std::vector<std::string> all;
  const auto restrict_to = [&](const char* column, const std::vector<std::string>& allowed) {
    if (!allowed.empty()) all.push_back(fmt::format("{} IN {}", column, list_of(allowed)));
  };
  restrict_to("kind", filter.kinds);
  restrict_to("context", filter.contexts);
  restrict_to("object", filter.objects);
  restrict_to("course", filter.courses);
  restrict_to("outcome", filter.outcomes);
  restrict_to("source", filter.sources);
  for (const fold::Condition& condition : filter.where) {
    if (!condition.texts.empty()) {
      const std::string& property = condition.value.property;
      const query::PropertySides sides = sides_of(property);
      const std::string values =
          fmt::format("{}IN {}", condition.is_not ? "NOT " : "", list_of(condition.texts));
      all.push_back(!sides.texts    ? "false"
                    : sides.numbers ? fmt::format("({} AND {} {})", json_is_text(property),
                                                  json_of(property), values)
                                    : fmt::format("{} {}", sql::quoted_name(property), values));
      continue;
    }
    const std::string value = event_number(condition.value);
    const auto compare = [&](const char* sign, double bound) {
      if (std::isfinite(bound)) all.push_back(fmt::format("{} {} {}", value, sign, literal(bound)));
    };
    if (condition.at_least == condition.at_most) {
      compare("=", condition.at_least);
    } else if (!std::isfinite(condition.at_least) && !std::isfinite(condition.at_most)) {
      all.push_back(fmt::format("{} IS NOT NULL", value));
    } else {
      compare(">=", condition.at_least);
      compare("<=", condition.at_most);
    }
  }
  return all.empty() ? "" : fmt::format(" WHERE {}", fmt::join(all, " AND "));
}

void Rows::throw_unknown(const std::string& name) const {
  std::vector<std::string> known = columns_;
  if (!of_.start.empty()) {
    known.insert(known.end(), {"day", "week", "month"});
    std::ranges::move(trails_.properties(), std::back_inserter(known));
  }
  throw Error(ErrorCode::kNotFound, "query.name_unknown",
              fmt::format("{} has no '{}'{}; it has: {}{}", is_events() ? "events" : of_.table,
                          name, in_brackets(did_you_mean(name, known)), fmt::join(known, ", "),
                          of_.start.empty() ? ". Its rows are not of one learner each; --include "
                                              "COHORT asks them of some learners, and a measure "
                                              "'per: course' has a column course"
                                            : ""));
}

}  // namespace waymark::engine
