#include "query/learner_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

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

bool LearnerRows::are_known(sql::Connection& connection, const std::string& table) {
  const auto found = connection
                         .query(
                             "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND "
                             "table_name = ?",
                             {kSchema, table})
                         .next();
  return found->column(0).integer(0) != 0;
}

LearnerRows::LearnerRows(sql::Connection& connection, std::string table, bool whole)
    : connection_(connection), table_(std::move(table)) {
  connection_.execute(fmt::format("CREATE SCHEMA IF NOT EXISTS {}", kSchema));
  if (whole) return;
  sql::Result stored = connection_.query("SELECT learner, hash FROM " + place_of(table_));
  while (const auto chunk = stored.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      learners_[static_cast<std::uint64_t>(chunk->column(0).integer(row))].hash =
          static_cast<std::uint64_t>(chunk->column(1).integer(row));
    }
  }
}

std::vector<std::uint32_t> LearnerRows::changed(const Table& piece) {
  const auto& codes = std::get<Codes>(piece.columns.front().values);
  const std::vector<std::uint64_t> hashes = hashes_of(piece);
  struct Learner {
    std::uint64_t hash = 0;
    bool changed = false;
  };
  std::unordered_map<Code, Learner> learners;
  for (std::size_t row = 0; row < hashes.size(); ++row)
    learners[codes.values[row]].hash += hashes[row];
  for (auto& [code, learner] : learners) {
    const std::uint64_t key = hash64(codes.text_of(code));
    const auto [known, is_new] = learners_.try_emplace(key);
    learner.changed = is_new || known->second.hash != learner.hash;
    known->second = {learner.hash, true};
    if (learner.changed) changed_.push_back(key);
  }
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < hashes.size(); ++row) {
    if (learners[codes.values[row]].changed) rows.push_back(row);
  }
  return rows;
}

void LearnerRows::keep_others(const std::unordered_set<std::uint64_t>& learners) {
  for (auto& [key, rows] : learners_) rows.seen = !learners.contains(key);
}

void LearnerRows::delete_gone() const {
  const auto is_gone = [](const auto& learner) { return !learner.second.seen; };
  if (std::ranges::none_of(learners_, is_gone)) return;
  std::vector<std::string> gone;
  sql::Result keys = connection_.query("SELECT DISTINCT learner FROM " + sql::quoted_name(table_));
  while (const auto chunk = keys.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const std::string_view key = chunk->column(0).text(row);
      const auto known = learners_.find(hash64(key));
      if (known == learners_.end() || !known->second.seen) gone.emplace_back(key);
    }
  }
  for (const std::string& key : gone) {
    connection_.query("DELETE FROM " + sql::quoted_name(table_) + " WHERE learner = ?", {key})
        .next();
  }
}

void LearnerRows::store() {
  for (const auto& [key, rows] : learners_) {
    if (!rows.seen) changed_.push_back(key);
  }
  std::ranges::sort(changed_);  // so that the same rows give the same bytes
  std::vector<std::uint64_t> hashes;
  std::vector<std::uint8_t> gone;
  for (const std::uint64_t key : changed_) {
    hashes.push_back(learners_[key].hash);
    gone.push_back(!learners_[key].seen);
  }
  const Table news{kNews,
                   {{"learner", std::span<const std::uint64_t>(changed_)},
                    {"hash", std::span<const std::uint64_t>(hashes)},
                    {"gone", Flags{gone}}}};
  NewTable table(connection_, kSchema, kNews, news);
  table.append(news);
  table.finish();
  connection_.execute(
      fmt::format("CREATE TABLE IF NOT EXISTS {0} (learner BIGINT, hash BIGINT);"
                  "DELETE FROM {0} WHERE learner IN (SELECT learner FROM {1});"
                  "INSERT INTO {0} SELECT learner, hash FROM {1} WHERE NOT gone; DROP TABLE {1}",
                  place_of(table_), place_of(kNews)));
}

void LearnerRows::forget(sql::Connection& connection, const std::string& table) {
  connection.execute("DROP TABLE IF EXISTS " + place_of(table));
}

}  // namespace waymark::query
