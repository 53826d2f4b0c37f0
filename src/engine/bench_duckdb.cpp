#include <algorithm>
#include <array>
#include <optional>

#include "engine/bench_database.h"
#include "sql/database.h"
#include "sql/writer.h"

namespace waymark::engine {
namespace {

class DuckDb : public BenchDatabase {
 public:
  DuckDb(const BenchEvents& events, const BenchOptions& options)
      : options_{.memory_mb = 16'384, .threads = options.threads} {
    if (options.cold) file_ = options.scratch / "events.duckdb";
    open();
    connection_->execute(
        "CREATE TABLE events (learner UINTEGER, time BIGINT, kind UTINYINT, context UTINYINT, "
        "course UTINYINT, weight USMALLINT); CREATE TABLE arriving (learner BIGINT, time BIGINT, "
        "kind BIGINT, context BIGINT, course BIGINT, weight BIGINT)");
    load(events);
    connection_->execute(
        "INSERT INTO events SELECT * FROM arriving ORDER BY learner, time; DROP TABLE arriving; "
        "CHECKPOINT");
  }

  std::vector<double> ask(const std::string& sql) override {
    std::vector<double> numbers;
    sql::Result result = connection_->query(sql);
    while (const auto chunk = result.next()) {
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        for (std::size_t column = 0; column < chunk->column_count(); ++column) {
          numbers.push_back(chunk->column(column).number(row));
        }
      }
    }
    return numbers;
  }

  void forget() override {
    connection_.reset();
    database_.reset();
    open();
  }

 private:
  void open() {
    database_ =
        file_.empty() ? sql::Database::in_memory(options_) : sql::Database::open(file_, options_);
    connection_ = database_->connect();
  }

  void load(const BenchEvents& events) {
    using sql::Type;
    const std::array<sql::Column, 6> columns{{{"learner", Type::kInteger},
                                              {"time", Type::kInteger},
                                              {"kind", Type::kInteger},
                                              {"context", Type::kInteger},
                                              {"course", Type::kInteger},
                                              {"weight", Type::kInteger}}};
    sql::Appender appender(*connection_, "main", "arriving", columns);
    for (std::size_t begin = 0; begin < events.size(); begin += sql::kChunkRows) {
      const std::size_t rows = std::min(sql::kChunkRows, events.size() - begin);
      sql::ChunkWriter& chunk = appender.chunk();
      const auto fill = [&](std::size_t column, const auto& values) {
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(begin), rows,
                    chunk.column(column).integers());
      };
      fill(0, events.learner);
      fill(1, events.time);
      fill(2, events.kind);
      fill(3, events.context);
      fill(4, events.course);
      fill(5, events.weight);
      chunk.set_size(rows);
      appender.append();
    }
    appender.finish();
  }

  sql::Options options_;
  std::filesystem::path file_;  // none: in memory
  std::optional<sql::Database> database_;
  std::optional<sql::Connection> connection_;
};

}  // namespace

std::unique_ptr<BenchDatabase> load_duckdb(const BenchEvents& events, const BenchOptions& options) {
  return std::make_unique<DuckDb>(events, options);
}

}  // namespace waymark::engine
