#include "query/warehouse.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "query/events.h"
#include "query/export.h"

namespace waymark::query {
namespace {

constexpr const char* kCatalog =
    "CREATE TABLE IF NOT EXISTS waymark_tables ("
    "  name VARCHAR PRIMARY KEY COLLATE NOCASE, definition VARCHAR, version VARCHAR,"
    "  trail_generation BIGINT, made_at TIMESTAMP, rows BIGINT, input VARCHAR);"
    "ALTER TABLE waymark_tables ADD COLUMN IF NOT EXISTS input VARCHAR";  // of older versions

constexpr const char* kChanged = " rows";  // which no table is called

sql::Database open_warehouse(const std::filesystem::path& file, const sql::Options& options) {
  try {
    return sql::Database::open(file, options);
  } catch (const Error& error) {
    if (error.reason() != "sql.locked") throw;
    throw Error(ErrorCode::kConflict, "warehouse.locked",
                fmt::format("{} is open in another program; close it there and run this again",
                            file.string()));
  }
}

}  // namespace

Warehouse::Warehouse(const std::filesystem::path& file, const sql::Options& options)
    : Warehouse(open_warehouse(file, options)) {}

Warehouse::Warehouse(sql::Database database)
    : database_(std::move(database)), connection_(database_.connect()) {
  connection_.execute(kCatalog);
}

void Warehouse::replace(const Table& table, const Origin& origin) {
  TableReplacement replacement(*this, origin);
  replacement.append(table);
  replacement.finish();
}

void Warehouse::replace(const std::string& table, const std::string& select, const Origin& origin) {
  TableReplacement replacement(*this, origin);
  replacement.select(table, select);
  replacement.finish();
}

void Warehouse::comment(const std::string& table, const std::string& words) {
  connection_.execute(
      fmt::format("COMMENT ON TABLE {} IS {}", sql::quoted_name(table), sql::quoted_text(words)));
}

std::vector<Entry> Warehouse::entries() {
  sql::Result result = connection_.query(
      "SELECT name, definition, version, trail_generation, made_at, rows, coalesce(input, '')"
      " FROM waymark_tables ORDER BY name");
  std::vector<Entry> entries;
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const auto text = [&](std::size_t column) { return chunk->column(column).to_text(row); };
      const auto integer = [&](std::size_t column) { return chunk->column(column).integer(row); };
      entries.push_back(
          {text(0),
           {text(1), text(2), static_cast<std::uint64_t>(integer(3)), integer(4), text(6)},
           static_cast<std::uint64_t>(integer(5))});
    }
  }
  return entries;
}

std::optional<Entry> Warehouse::find(const std::string& table) {
  for (Entry& entry : entries()) {
    if (entry.table == table) return std::move(entry);
  }
  return std::nullopt;
}

void Warehouse::verify() {
  for (const Entry& entry : entries()) {
    connection_.query("SELECT bit_xor(hash(t)) FROM " + sql::quoted_name(entry.table) + " AS t")
        .next();
  }
}

void Warehouse::drop(const std::string& table) {
  check_name(table);
  connection_.execute("BEGIN; DROP TABLE IF EXISTS " + sql::quoted_name(table));
  LearnerRows::forget(connection_, table);
  connection_.query("DELETE FROM waymark_tables WHERE name = ?", {table}).next();
  connection_.execute("COMMIT");
}

bool Warehouse::keep(const std::vector<std::string>& tables, const Origin& origin) {
  const auto is_kept = [&](const std::string& table) {
    const auto entry = find(table);
    return entry && !origin.input.empty() && entry->origin.input == origin.input;
  };
  if (!std::ranges::all_of(tables, is_kept)) return false;
  connection_.execute("BEGIN");
  for (const std::string& table : tables) {
    connection_
        .query(
            "UPDATE waymark_tables SET definition = ?, version = ?, trail_generation = ?, "
            "made_at = ? WHERE name = ?",
            {origin.definition, origin.version, static_cast<std::int64_t>(origin.trail_generation),
             sql::Timestamp{origin.made_at}, table})
        .next();
  }
  connection_.execute("COMMIT");
  return true;
}

void Warehouse::forget_rows() {
  connection_.execute(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", LearnerRows::kSchema));
}

void Warehouse::show_events(const trail::TrailReader& trails, trail::Selection only) {
  query::show_events(database_, connection_, trails, std::move(only));
}

void Warehouse::show_export(const std::filesystem::path& folder) {
  connection_.execute(
      "CREATE OR REPLACE VIEW events AS FROM read_parquet(" +
      sql::quoted_text((std::filesystem::absolute(folder) / kExportedFiles).string()) +
      ", hive_partitioning = true)");
}

void Warehouse::check_name(const std::string& table) const {
  const std::string name = lower_ascii(table);
  if (std::ranges::find(kTakenNames, name) != std::end(kTakenNames)) {
    throw Error(ErrorCode::kInvalid, "warehouse.name_taken",
                fmt::format("a derived table cannot be named '{}': that name has a meaning of its "
                            "own in the warehouse",
                            table));
  }
}

TableReplacement::TableReplacement(Warehouse& warehouse, Origin origin)
    : connection_(warehouse.connection_), warehouse_(warehouse), origin_(std::move(origin)) {
  connection_.execute("BEGIN");
}

TableReplacement::~TableReplacement() {
  if (finished_) return;
  table_.reset();
  try {
    connection_.execute("ROLLBACK");
  } catch (const Error&) {
    // The engine has rolled back already.
  }
}

void TableReplacement::begin(const Table& piece) {
  warehouse_.check_name(piece.name);
  name_ = piece.name;
  const bool by_learner = warehouse_.remembers_rows_ && LearnerRows::apply_to(piece);
  is_whole_ = !by_learner || !LearnerRows::are_known(connection_, name_) || !has_columns_of(piece);
  if (is_whole_) drop_old(name_);
  if (by_learner) learners_ = std::make_unique<LearnerRows>(connection_, name_, is_whole_);
  table_ = is_whole_
               ? std::make_unique<NewTable>(connection_, "main", name_, piece)
               : std::make_unique<NewTable>(connection_, LearnerRows::kSchema, kChanged, piece);
}

void TableReplacement::append(const Table& piece) {
  if (table_ == nullptr) begin(piece);
  if (learners_ == nullptr) {
    table_->append(piece);
    warehouse_.rows_written_ += piece.rows();
  } else {
    const std::vector<std::uint32_t> rows = learners_->lacking(piece);
    table_->append(piece, rows);
    warehouse_.rows_written_ += rows.size();
  }
}

std::optional<std::unordered_set<std::uint64_t>> TableReplacement::keep_settled(
    const std::unordered_set<std::uint64_t>& changed, Micros as_of) {
  if (is_whole_) return std::nullopt;
  return learners_->keep_settled(changed, as_of);
}

std::optional<std::unordered_set<std::uint64_t>> TableReplacement::unsettled(
    const std::unordered_set<std::uint64_t>& changed, Micros as_of) {
  if (is_whole_) return std::nullopt;
  return learners_->unsettled(changed, as_of);
}

void TableReplacement::settle(const Codes& learners, std::span<const Micros> until) {
  if (learners_ != nullptr) learners_->settle(learners, until);
}

// The columns that the table has now are those of the piece.
bool TableReplacement::has_columns_of(const Table& piece) {
  if (!warehouse_.find(name_)) return false;
  const std::vector<sql::Column> wanted = columns_of(piece);
  const sql::Result rows = connection_.query("FROM " + sql::quoted_name(name_) + " LIMIT 0");
  return std::ranges::equal(rows.columns(), wanted, [](const auto& a, const auto& b) {
    return a.name == b.name && a.type == b.type;
  });
}

void TableReplacement::drop_old(const std::string& name) {
  connection_.execute("DROP TABLE IF EXISTS " + sql::quoted_name(name));
  LearnerRows::forget(connection_, name);
}

void TableReplacement::put_in_place() {
  table_->finish();
  if (!is_whole_) {
    learners_->delete_past();
    connection_.execute(
        fmt::format("INSERT INTO {0} FROM {1}; DROP TABLE {1}", sql::quoted_name(name_),
                    fmt::format("{}.{}", LearnerRows::kSchema, sql::quoted_name(kChanged))));
  }
  if (learners_ != nullptr) learners_->store();
}

// Of what may be the table's own rows.
void TableReplacement::select(const std::string& table, const std::string& statement) {
  warehouse_.check_name(table);
  name_ = table;
  const std::string made = sql::quoted_name(kChanged);
  connection_.execute(fmt::format("CREATE TABLE {} AS {}", made, statement));
  drop_old(name_);
  connection_.execute(fmt::format("ALTER TABLE {} RENAME TO {}", made, sql::quoted_name(name_)));
}

void TableReplacement::finish() {
  WAYMARK_CHECK(!name_.empty());
  if (table_ != nullptr) put_in_place();
  const std::int64_t rows = connection_.query("SELECT count(*) FROM " + sql::quoted_name(name_))
                                .next()
                                ->column(0)
                                .integer(0);
  if (table_ == nullptr) warehouse_.rows_written_ += static_cast<std::uint64_t>(rows);
  connection_
      .query("INSERT OR REPLACE INTO waymark_tables VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''))",
             {name_, origin_.definition, origin_.version,
              static_cast<std::int64_t>(origin_.trail_generation), sql::Timestamp{origin_.made_at},
              rows, origin_.input})
      .next();
  connection_.execute("COMMIT");
  finished_ = true;
}

}  // namespace waymark::query
