#include "query/learner_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "query/new_table.h"

namespace waymark::query {
namespace {

constexpr const char* kNews = " news";  // which no table is called

std::string place_of(const std::string& table) {
  return fmt::format("{}.{}", LearnerRows::kSchema, sql::quoted_name(table));
}

}  // namespace

bool LearnerRows::apply_to(const Table& table) {
  return table.columns.front().name == "learner" &&
         std::holds_alternative<Codes>(table.columns.front().values);
}

// Earlier versions kept less of them.
bool LearnerRows::are_known(sql::Connection& connection, const std::string& table) {
  const auto found = connection
                         .query(
                             "SELECT count(*) FROM duckdb_columns() WHERE schema_name = ? AND "
                             "table_name = ? AND column_name = 'settled_until'",
                             {kSchema, table})
                         .next();
  return found->column(0).integer(0) != 0;
}

LearnerRows::LearnerRows(sql::Connection& connection, std::string table, bool whole)
    : connection_(connection), table_(std::move(table)), is_read_(whole) {
  connection_.execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", kSchema));
}

void LearnerRows::read(const std::function<bool(std::uint64_t, Micros)>& is_wanted) {
  is_read_ = true;
  sql::Result stored = connection_.query(
      "SELECT learner, rows, hash, hash_but_last, settled_until FROM " + place_of(table_));
  while (const auto chunk = stored.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const auto number = [&](std::size_t column) {
        return static_cast<std::uint64_t>(chunk->column(column).integer(row));
      };
      const Micros settled_until = chunk->column(4).integer(row);
      if (!is_wanted(number(0), settled_until)) continue;
      learners_[number(0)].before = {number(1), number(2), number(3), settled_until};
    }
  }
}

std::unordered_map<std::uint64_t, LearnerRows::Learner>& LearnerRows::learners() {
  if (!is_read_) read([](std::uint64_t, Micros) { return true; });
  return learners_;
}

std::unordered_set<std::uint64_t> LearnerRows::keep_settled(
    const std::unordered_set<std::uint64_t>& changed, Micros as_of) {
  std::unordered_set<std::uint64_t> due = changed;
  read([&](std::uint64_t learner, Micros settled_until) {
    return changed.contains(learner) || settled_until <= as_of;
  });
  for (const auto& [learner, rows] : learners_) due.insert(learner);
  return due;
}

std::unordered_set<std::uint64_t> LearnerRows::unsettled(
    const std::unordered_set<std::uint64_t>& changed, Micros as_of) {
  std::unordered_set<std::uint64_t> due = changed;
  for (auto& [learner, rows] : learners()) {
    if (rows.before.settled_until <= as_of) due.insert(learner);
    if (!due.contains(learner)) rows.now.settled_until = rows.before.settled_until;
  }
  return due;
}

std::vector<std::uint32_t> LearnerRows::lacking(const Table& piece) {
  const auto& codes = std::get<Codes>(piece.columns.front().values);
  const std::vector<std::uint64_t> hashes = hashes_of(piece);
  std::unordered_map<Code, std::vector<std::uint32_t>> rows_of;
  for (std::uint32_t row = 0; row < hashes.size(); ++row) rows_of[codes.values[row]].push_back(row);
  std::vector<std::uint32_t> lacking;
  for (const auto& [code, rows] : rows_of) {
    const std::string key = codes.text_of(code);
    auto& [before, now] = learners()[hash64(key)];
    std::size_t kept = 0;
    for (const std::uint32_t row : rows) {
      now.hash_but_last = now.hash;
      now.hash += hashes[row];
      if (++now.rows != before.rows) continue;
      kept = now.hash == before.hash                     ? before.rows
             : now.hash_but_last == before.hash_but_last ? before.rows - 1
                                                         : 0;
    }
    // They stand as they did, which may be in another order.
    if (now.rows == kept) now.hash_but_last = before.hash_but_last;
    if (kept != before.rows) (kept == 0 ? past_ : past_in_last_).push_back(key);
    lacking.insert(lacking.end(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end());
  }
  std::ranges::sort(lacking);
  return lacking;
}

void LearnerRows::settle(const Codes& codes, std::span<const Micros> until) {
  for (std::size_t i = 0; i < until.size(); ++i)
    learners()[hash64(codes.text_of(codes.values[i]))].now.settled_until = until[i];
}

void LearnerRows::delete_past() {
  const auto is_gone = [](const Learner& learner) {
    return learner.before.rows != 0 && learner.now.rows == 0;
  };
  const auto& known = learners();
  if (std::ranges::any_of(known, [&](const auto& one) { return is_gone(one.second); })) {
    sql::Result keys =
        connection_.query("SELECT DISTINCT learner FROM " + sql::quoted_name(table_));
    while (const auto chunk = keys.next()) {
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        const std::string_view key = chunk->column(0).text(row);
        const auto found = known.find(hash64(key));
        if (found != known.end() && is_gone(found->second)) past_.emplace_back(key);
      }
    }
  }
  delete_rows(past_, "DELETE FROM {0} WHERE learner IN (SELECT learner FROM {1})");
  // Rows that were written later have greater numbers.
  delete_rows(past_in_last_,
              "DELETE FROM {0} WHERE rowid IN (SELECT max(rowid) FROM {0} WHERE learner IN (SELECT "
              "learner FROM {1}) GROUP BY learner)");
}

// `statement`: {0} is the table, {1} one of the learners.
void LearnerRows::delete_rows(const std::vector<std::string>& learners, const char* statement) {
  if (learners.empty()) return;
  const Table keys{kNews, {{"learner", std::span<const std::string>(learners)}}};
  NewTable table(connection_, kSchema, kNews, keys);
  table.append(keys);
  table.finish();
  connection_.execute(
      fmt::format(fmt::runtime(statement), sql::quoted_name(table_), place_of(kNews)));
  connection_.execute("DROP TABLE " + place_of(kNews));
}

void LearnerRows::store() {
  std::vector<std::uint64_t> others;
  for (const auto& [learner, rows] : learners()) {
    if (rows.before != rows.now) others.push_back(learner);
  }
  std::ranges::sort(others);  // so that the same rows give the same bytes
  std::vector<std::uint64_t> rows, hashes, hashes_but_last;
  std::vector<Micros> settled_until;
  for (const std::uint64_t learner : others) {
    const Known& now = learners_[learner].now;
    rows.push_back(now.rows);
    hashes.push_back(now.hash);
    hashes_but_last.push_back(now.hash_but_last);
    settled_until.push_back(now.settled_until);
  }
  const Table news{kNews,
                   {{"learner", std::span<const std::uint64_t>(others)},
                    {"rows", std::span<const std::uint64_t>(rows)},
                    {"hash", std::span<const std::uint64_t>(hashes)},
                    {"hash_but_last", std::span<const std::uint64_t>(hashes_but_last)},
                    {"settled_until", Times{settled_until}}}};
  NewTable table(connection_, kSchema, kNews, news);
  table.append(news);
  table.finish();
  connection_.execute(fmt::format(
      "CREATE TABLE IF NOT EXISTS {0} AS FROM {1} LIMIT 0;"
      "DELETE FROM {0} WHERE learner IN (SELECT learner FROM {1}); INSERT INTO {0} FROM {1};"
      "DROP TABLE {1}",
      place_of(table_), place_of(kNews)));
}

void LearnerRows::forget(sql::Connection& connection, const std::string& table) {
  connection.execute("DROP TABLE IF EXISTS " + place_of(table));
}

}  // namespace waymark::query
