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
    "  trail_generation BIGINT, made_at TIMESTAMP, rows BIGINT)";

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
      "SELECT name, definition, version, trail_generation, made_at, rows"
      " FROM waymark_tables ORDER BY name");
  std::vector<Entry> entries;
  while (const auto chunk = result.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const auto text = [&](std::size_t column) { return chunk->column(column).to_text(row); };
      const auto integer = [&](std::size_t column) { return chunk->column(column).integer(row); };
      entries.push_back({text(0),
                         {text(1), text(2), static_cast<std::uint64_t>(integer(3)), integer(4)},
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
  connection_.query("DELETE FROM waymark_tables WHERE name = ?", {table}).next();
  connection_.execute("COMMIT");
}

void Warehouse::show_events(const trail::TrailReader& trails) {
  query::show_events(database_, connection_, trails);
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
  appender_.reset();
  try {
    connection_.execute("ROLLBACK");
  } catch (const Error&) {
    // The engine has rolled back already.
  }
}

void TableReplacement::begin_table(const std::string& name) {
  warehouse_.check_name(name);
  name_ = name;
  connection_.execute("DROP TABLE IF EXISTS " + sql::quoted_name(name_));
}

void TableReplacement::append(const Table& piece) {
  if (appender_ == nullptr) {
    begin_table(piece.name);
    const std::vector<sql::Column> columns = columns_of(piece);
    connection_.execute(create_statement(name_, columns));
    appender_ = std::make_unique<sql::Appender>(connection_, "main", name_, columns);
  }
  for (std::size_t first = 0; first < piece.rows(); first += sql::kChunkRows) {
    write_rows(piece, first, std::min(sql::kChunkRows, piece.rows() - first), appender_->chunk());
    appender_->append();
  }
  rows_ += piece.rows();
}

void TableReplacement::select(const std::string& table, const std::string& statement) {
  begin_table(table);
  connection_.execute("CREATE TABLE " + sql::quoted_name(name_) + " AS " + statement);
  sql::Result result = connection_.query("SELECT count(*) FROM " + sql::quoted_name(name_));
  rows_ = static_cast<std::uint64_t>(result.next()->column(0).integer(0));
}

void TableReplacement::finish() {
  WAYMARK_CHECK(!name_.empty());
  if (appender_ != nullptr) appender_->finish();
  connection_
      .query("INSERT OR REPLACE INTO waymark_tables VALUES (?, ?, ?, ?, ?, ?)",
             {name_, origin_.definition, origin_.version,
              static_cast<std::int64_t>(origin_.trail_generation), sql::Timestamp{origin_.made_at},
              static_cast<std::int64_t>(rows_)})
      .next();
  connection_.execute("COMMIT");
  finished_ = true;
}

}  // namespace waymark::query
