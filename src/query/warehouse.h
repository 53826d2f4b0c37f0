#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "query/learner_rows.h"
#include "query/new_table.h"
#include "query/table.h"
#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::query {

// What a derived table was made from.
struct Origin {
  std::string definition;  // the name of the measure or the model
  std::string version;     // its content hash
  std::uint64_t trail_generation = 0;
  Micros made_at = 0;
  // Hash of the rows that it was computed from, where that costs more than to see whether they have
  // changed; else empty.
  std::string input = {};

  friend bool operator==(const Origin&, const Origin&) = default;
};

// A row of the warehouse's table of contents, `waymark_tables`.
struct Entry {
  std::string table;
  Origin origin;
  std::uint64_t rows = 0;
};

// The derived tables: sessions, engagement, features, predictions. One DuckDB file, which any
// DuckDB client may open read-only while no Warehouse of it exists; so make one, write, and let it
// go. Tables are replaced in a transaction; their rows stand in no promised order. Names are
// compared without regard to case; some are taken.
class Warehouse {
 public:
  static constexpr std::string_view kTakenNames[] = {"events", "waymark_tables"};

  // Makes the file if there is none. Throws Error{kConflict, "warehouse.locked"} while another
  // process has it open.
  explicit Warehouse(const std::filesystem::path& file, const sql::Options& options = {});
  // One without a file, which goes with it.
  static Warehouse in_memory() { return Warehouse(sql::Database::in_memory()); }

  void replace(const Table& table, const Origin& origin);
  // By what a SELECT over the other tables gives, and over `events` where they are shown.
  void replace(const std::string& table, const std::string& select, const Origin& origin);
  // Says what a table holds, in the place where SQL clients look for it.
  void comment(const std::string& table, const std::string& words);

  // By name.
  std::vector<Entry> entries();
  std::optional<Entry> find(const std::string& table);
  void drop(const std::string& table);
  // Where all of these were made from the origin's input: leaves them as they are, as of the origin
  // from here on. False, and nothing done, where they were not.
  bool keep(const std::vector<std::string>& tables, const Origin& origin);
  // From here on, of tables by learner that are replaced it is kept what rows each learner has, so
  // that only others than those are written (learner_rows.h). For tables that are carried on.
  void remember_rows() { remembers_rows_ = true; }
  // Has every table written whole when it is replaced next.
  void forget_rows();
  // How many rows were written since it was made.
  std::uint64_t rows_written() const { return rows_written_; }
  // Reads all of every table. Throws Error{kCorrupt, "sql.damaged"} where a checksum disagrees.
  void verify();

  // `events` for the SELECTs of replace(); and the connection that runs those.
  void show_events(const trail::TrailReader& trails, trail::Selection only = {});
  sql::Connection& connection() { return connection_; }

  // A view `events` for other clients, over what export_events wrote to this folder.
  void show_export(const std::filesystem::path& folder);

 private:
  friend class TableReplacement;
  explicit Warehouse(sql::Database database);
  void check_name(const std::string& table) const;
  sql::Database database_;
  sql::Connection connection_;
  bool remembers_rows_ = false;
  std::uint64_t rows_written_ = 0;
};

// A table replaced piece by piece, for what does not fit into memory at once. The warehouse does
// nothing else meanwhile. Without finish() the table stays as it was.
class TableReplacement {
 public:
  TableReplacement(Warehouse& warehouse, Origin origin);
  ~TableReplacement();
  TableReplacement(const TableReplacement&) = delete;
  TableReplacement& operator=(const TableReplacement&) = delete;

  // All pieces have the same name and columns; the first, which may be without rows, makes the
  // table.
  void append(const Table& piece);
  // After the first piece, which then is without rows: only the rows of learners (hash64 of the
  // key) who have `changed`, or whose rows are not settled as of then, must come, those returned;
  // others keep theirs. None where the table is written as a whole, so that all must come.
  std::optional<std::unordered_set<std::uint64_t>> keep_settled(
      const std::unordered_set<std::uint64_t>& changed, Micros as_of);
  // Instead, where rows of learners are still to be compared with those of others: all rows must
  // come, but only those of the learners returned be made anew.
  std::optional<std::unordered_set<std::uint64_t>> unsettled(
      const std::unordered_set<std::uint64_t>& changed, Micros as_of);
  // Until when the rows of learners who came, or who have none, are settled (fold::Settling). Of
  // whom it is not said: for good.
  void settle(const Codes& learners, std::span<const Micros> until);
  // Instead: all of it.
  void select(const std::string& table, const std::string& statement);
  void finish();

 private:
  void begin(const Table& piece);
  bool has_columns_of(const Table& piece);
  void drop_old(const std::string& name);
  void put_in_place();
  sql::Connection& connection_;
  Warehouse& warehouse_;
  Origin origin_;
  std::string name_;
  std::unique_ptr<LearnerRows> learners_;  // none: of a table that has none
  bool is_whole_ = true;                   // else what changed waits in a table of its own
  std::unique_ptr<NewTable> table_;
  bool finished_ = false;
};

}  // namespace waymark::query
