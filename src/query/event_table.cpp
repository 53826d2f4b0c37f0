#include "query/event_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "query/table.h"

namespace waymark::query {
namespace {

struct CodedColumn {
  const char* name;
  std::vector<Code> EventBatch::*codes;
  Dictionary EventBatch::*texts;
};

constexpr std::array kCoded = {
    CodedColumn{"learner", &EventBatch::learner, &EventBatch::learners},
    CodedColumn{"kind", &EventBatch::kind, &EventBatch::kinds},
    CodedColumn{"object", &EventBatch::object, &EventBatch::objects},
    CodedColumn{"course", &EventBatch::course, &EventBatch::courses},
    CodedColumn{"context", &EventBatch::context, &EventBatch::contexts},
    CodedColumn{"outcome", &EventBatch::outcome, &EventBatch::outcomes},
};

std::vector<sql::Column> table_columns() {
  std::vector<sql::Column> columns;
  for (const CodedColumn& column : kCoded) columns.push_back({column.name, sql::Type::kText});
  columns.push_back({"time", sql::Type::kTimestamp});
  columns.push_back({"id", sql::Type::kUuid});
  columns.push_back({"duration_ms", sql::Type::kInteger});
  columns.push_back({"score", sql::Type::kDouble});
  columns.push_back({"weight", sql::Type::kDouble});
  return columns;
}

void write_plain(const EventBatch& batch, std::size_t first, std::size_t rows,
                 sql::ChunkWriter& chunk) {
  std::size_t next = kCoded.size();
  sql::ColumnWriter times = chunk.column(next++);
  std::copy_n(batch.time.begin() + static_cast<std::ptrdiff_t>(first), rows, times.integers());
  sql::ColumnWriter ids = chunk.column(next++);
  sql::ColumnWriter durations = chunk.column(next++);
  sql::ColumnWriter scores = chunk.column(next++);
  sql::ColumnWriter weights = chunk.column(next++);
  for (std::size_t row = 0; row < rows; ++row) {
    ids.uuid(row, batch.id[first + row]);
    durations.integers()[row] = batch.duration_ms[first + row];
    if (batch.duration_ms[first + row] == kNoDuration) durations.null(row);
    scores.numbers()[row] = batch.score[first + row];
    if (std::isnan(batch.score[first + row])) scores.null(row);
    weights.numbers()[row] = batch.weight[first + row];
  }
}

std::string arrival_name(const std::string& name) { return name + " as it came"; }

}  // namespace

EventTable::EventTable(sql::Connection& connection, std::string name)
    : connection_(connection), name_(std::move(name)) {
  const std::vector<sql::Column> columns = table_columns();
  connection_.execute(create_statement(arrival_name(name_), columns));
  appender_ = std::make_unique<sql::Appender>(connection_, "main", arrival_name(name_), columns);
}

EventTable::~EventTable() = default;

void EventTable::append(const EventBatch& batch) {
  std::vector<sql::TextDictionary> dictionaries;
  for (const CodedColumn& column : kCoded) dictionaries.push_back(texts_of(batch.*column.texts));
  for (std::size_t first = 0; first < batch.size(); first += sql::kChunkRows) {
    const std::size_t rows = std::min(sql::kChunkRows, batch.size() - first);
    sql::ChunkWriter& chunk = appender_->chunk();
    for (std::size_t i = 0; i < kCoded.size(); ++i) {
      chunk.column(i).texts(dictionaries[i],
                            std::span(batch.*kCoded[i].codes).subspan(first, rows));
    }
    write_plain(batch, first, rows, chunk);
    chunk.set_size(rows);
    appender_->append();
  }
}

void EventTable::finish() {
  appender_->finish();
  appender_.reset();
  const std::string arrived = sql::quoted_name(arrival_name(name_));
  std::string columns = "time, id";
  for (const CodedColumn& column : kCoded) {
    const std::string type = sql::quoted_name(name_ + " " + column.name);
    connection_.execute(fmt::format(
        "CREATE TYPE {} AS ENUM (SELECT DISTINCT {} FROM {} WHERE {} IS NOT NULL ORDER BY ALL)",
        type, column.name, arrived, column.name));
    columns += fmt::format(", {}::{} AS {}", column.name, type, column.name);
  }
  connection_.execute(
      fmt::format("CREATE TABLE {} AS SELECT {}, duration_ms, score, weight FROM {}"
                  " ORDER BY learner, time, id; DROP TABLE {}",
                  sql::quoted_name(name_), columns, arrived, arrived));
}

}  // namespace waymark::query
