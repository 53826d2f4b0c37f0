#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "query/table.h"
#include "sql/database.h"

namespace waymark::query {

// What a table's rows of each learner come to, as hashes that stand beside the table, so that of
// rows made anew only those need to be written that are others than before. For tables whose first
// column is `learner`.
class LearnerRows {
 public:
  // Where they stand: a schema with a table of the same name for each of those.
  static constexpr const char* kSchema = "waymark_rows";

  static bool apply_to(const Table& table);
  static bool are_known(sql::Connection& connection, const std::string& table);

  // Reads what is known of the table, unless it is written as a whole.
  LearnerRows(sql::Connection& connection, std::string table, bool whole);

  // The rows of a piece that are of learners whose rows are new or others than before. All of a
  // learner's rows are in one piece.
  std::vector<std::uint32_t> changed(const Table& piece);
  // Learners other than these (hash64 of the key) keep the rows that they have, and are in no
  // piece.
  void keep_others(const std::unordered_set<std::uint64_t>& learners);
  // Deletes the rows of other learners who had some before and are in no piece.
  void delete_gone() const;
  // Keeps the hashes for the next time.
  void store();

  static void forget(sql::Connection& connection, const std::string& table);

 private:
  struct Rows {
    std::uint64_t hash = 0;  // the sum of the rows' hashes, whatever their order
    bool seen = false;
  };

  sql::Connection& connection_;
  std::string table_;
  std::unordered_map<std::uint64_t, Rows> learners_;  // by the hash of the key
  std::vector<std::uint64_t> changed_;
};

}  // namespace waymark::query
