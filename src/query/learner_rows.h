#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "query/table.h"
#include "sql/database.h"

namespace waymark::query {

// What a table's rows of each learner come to, as hashes that stand beside the table, so that of
// rows made anew only those need to be written that are others than before or come after them; and
// until when they are settled, so that only those need to be made anew that time has changed. For
// tables whose first column is `learner`. Learners are told apart by hash64 of their key.
class LearnerRows {
 public:
  // Where they stand: a schema with a table of the same name for each of those.
  static constexpr const char* kSchema = "waymark_rows";

  static bool apply_to(const Table& table);
  static bool are_known(sql::Connection& connection, const std::string& table);

  // `whole`: the table is written as a whole, and nothing is known of it.
  LearnerRows(sql::Connection& connection, std::string table, bool whole);

  // Before any piece. Learners other than `changed` whose rows are settled as of then keep those
  // that they have, and are in no piece; returns who must be.
  std::unordered_set<std::uint64_t> keep_settled(const std::unordered_set<std::uint64_t>& changed,
                                                 Micros as_of);
  // The same of rows that finish() of a fold has still to compare: all learners must be in a piece,
  // those too who are not returned and are as settled as they were.
  std::unordered_set<std::uint64_t> unsettled(const std::unordered_set<std::uint64_t>& changed,
                                              Micros as_of);
  // The rows of a piece that the table lacks: those that come after a learner's rows of before,
  // whose last may be another; or all of a learner's. All of a learner's rows are in one piece.
  std::vector<std::uint32_t> lacking(const Table& piece);
  // Of learners in a piece, or without rows: the moment as of which their rows may be others, if no
  // event of theirs comes. Of whom it is not said, that is never.
  void settle(const Codes& learners, std::span<const Micros> until);
  // Deletes the rows of before that are past: those that others stand for now, and those of
  // learners who must be in a piece and are in none.
  void delete_past();
  // Keeps all that for the next time.
  void store();

  static void forget(sql::Connection& connection, const std::string& table);

 private:
  struct Known {
    std::uint64_t rows = 0;
    std::uint64_t hash = 0;  // the sum of the rows', whatever their order
    std::uint64_t hash_but_last = 0;
    Micros settled_until = kLatest;
    friend bool operator==(const Known&, const Known&) = default;
  };
  struct Learner {
    Known before, now;
  };
  void read(const std::function<bool(std::uint64_t learner, Micros settled_until)>& is_wanted);
  std::unordered_map<std::uint64_t, Learner>& learners();
  void delete_rows(const std::vector<std::string>& learners, const char* statement);

  sql::Connection& connection_;
  std::string table_;
  bool is_read_;
  std::unordered_map<std::uint64_t, Learner> learners_;
  std::vector<std::string> past_;          // keys of learners all of whose rows of before are
  std::vector<std::string> past_in_last_;  // only the last
};

}  // namespace waymark::query
