#include <limits>
#include <optional>
#include <unordered_set>

#include "base/hash.h"
#include "engine/measure.h"

namespace waymark::engine {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::string contexts_name(const fold::EngagementDefinition& definition) {
  return definition.name + "_contexts";
}

query::Table learners_table(const fold::EngagementDefinition& definition,
                            const fold::EngagementTable& rows, const Making& making) {
  return {definition.name,
          {{"learner", learner_column(making.trails, rows.learner)},
           {"course", text_column(making.symbols().courses, rows.course)},
           {"first_active", query::Times{rows.first_active}},
           {"last_active", query::Times{rows.last_active}},
           {"events", std::span(rows.events)},
           {"weight", std::span(rows.weight)},
           {"active_days", std::span(rows.active_days)},
           {"objects", std::span(rows.objects)},
           {"revisits", std::span(rows.revisits)},
           {"first_action_days", std::span(rows.first_action_days)},
           {"abandoned", std::span(rows.abandoned)},
           {"active_ms", std::span(rows.active_ms)},
           {"weight_per_active_day", std::span(rows.weight_per_active_day)},
           {"weight_per_course_week", std::span(rows.weight_per_course_week)},
           {"relative_intensity", std::span(rows.relative_intensity)}}};
}

query::Table contexts_table(const fold::EngagementDefinition& definition,
                            const fold::EngagementTable::Contexts& rows, const Making& making) {
  return {contexts_name(definition),
          {{"learner", learner_column(making.trails, rows.learner)},
           {"course", text_column(making.symbols().courses, rows.course)},
           {"context", text_column(making.symbols().contexts, rows.context)},
           {"events", std::span(rows.events)},
           {"weight", std::span(rows.weight)},
           {"active_days", std::span(rows.active_days)},
           {"active_ms", std::span(rows.active_ms)}}};
}

// A row of one of the tables as it stands, value by value behind the learner.
class StoredRow {
 public:
  StoredRow(Code learner, const sql::Chunk& chunk, std::size_t row)
      : learner_(learner), chunk_(chunk), row_(row) {}

  Code learner() const { return learner_; }
  Code code(const Dictionary& dictionary) {
    const sql::ColumnView& column = next();
    return column.is_null(row_) ? kNoCode : dictionary.find(column.text(row_));
  }
  Micros time() {
    const sql::ColumnView& column = next();
    return column.is_null(row_) ? fold::EngagementTable::kNoTime : column.integer(row_);
  }
  double number() {
    const sql::ColumnView& column = next();
    return column.is_null(row_) ? kMissing : column.number(row_);
  }
  template <typename T>
  T integer() {
    return static_cast<T>(next().integer(row_));
  }

 private:
  const sql::ColumnView& next() { return chunk_.column(at_++); }
  Code learner_;
  const sql::Chunk& chunk_;
  std::size_t row_, at_ = 1;
};

// Calls take(row) with the rows of a table, but for those of learners who are `due`.
template <typename Take>
void for_each_kept(const Making& making, const std::string& table, const char* columns,
                   const std::unordered_set<std::uint64_t>& due, const Take& take) {
  sql::Result rows = making.warehouse.connection().query(
      fmt::format("SELECT {} FROM {} ORDER BY learner, course", columns, sql::quoted_name(table)));
  std::optional<std::string> learner;
  std::optional<Code> number;  // none: due
  while (const auto chunk = rows.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const std::string_view key = chunk->column(0).text(row);
      if (learner != key) {
        learner = key;
        number.reset();
        if (!due.contains(hash64(key))) number = making.changed->number_of(key);
      }
      if (number) take(StoredRow(*number, *chunk, row));
    }
  }
}

// What was made of other learners, not finished.
fold::EngagementTable kept_rows(const fold::EngagementDefinition& definition, const Making& making,
                                const std::unordered_set<std::uint64_t>& due) {
  fold::EngagementTable kept;
  for_each_kept(making, definition.name,
                "learner, course, first_active, last_active, events, weight, active_days, objects, "
                "revisits, first_action_days, abandoned, active_ms, weight_per_active_day",
                due, [&](StoredRow row) {
                  kept.learner.push_back(row.learner());
                  kept.course.push_back(row.code(making.symbols().courses));
                  kept.first_active.push_back(row.time());
                  kept.last_active.push_back(row.time());
                  kept.events.push_back(row.integer<std::uint64_t>());
                  kept.weight.push_back(row.number());
                  kept.active_days.push_back(row.integer<std::uint32_t>());
                  kept.objects.push_back(row.integer<std::uint32_t>());
                  kept.revisits.push_back(row.integer<std::uint32_t>());
                  kept.first_action_days.push_back(row.number());
                  kept.abandoned.push_back(row.number());
                  kept.active_ms.push_back(row.integer<std::int64_t>());
                  kept.weight_per_active_day.push_back(row.number());
                });
  auto& contexts = kept.contexts;
  for_each_kept(making, contexts_name(definition),
                "learner, course, context, events, weight, active_days, active_ms", due,
                [&](StoredRow row) {
                  contexts.learner.push_back(row.learner());
                  contexts.course.push_back(row.code(making.symbols().courses));
                  contexts.context.push_back(row.code(making.symbols().contexts));
                  contexts.events.push_back(row.integer<std::uint64_t>());
                  contexts.weight.push_back(row.number());
                  contexts.active_days.push_back(row.integer<std::uint32_t>());
                  contexts.active_ms.push_back(row.integer<std::int64_t>());
                });
  return kept;
}

}  // namespace

std::vector<std::string> tables_of(const fold::EngagementDefinition& definition) {
  return {definition.name, contexts_name(definition)};
}

Summary summary_of(const fold::EngagementDefinition&) {
  return {.sql = R"(SELECT {by}count(*) AS learners, count(*) FILTER (events > 0) AS active,
    median(first_action_days) AS median_first_action_days,
    median(active_days) AS median_active_days, median(weight) AS median_weight,
    avg(revisits) AS mean_revisits, avg(abandoned) AS share_abandoned
    FROM asked GROUP BY ALL ORDER BY ALL)",
          .start = "last_active",
          .estimated = {.totals = {"learners", "active"},
                        .shares = {"share_abandoned"},
                        .differences = {"median_first_action_days"}},
          .value = "median_active_days",
          .words = "Days on which learners were active, median"};
}

// Learners are compared with all others, but read only where their own rows may be others.
void make_tables(const fold::EngagementDefinition& definition, const Making& making) {
  const fold::EngagementFold fold(definition, making.calendar, making.catalog.zone(),
                                  making.names(), making.known_until());
  fold::EngagementTable rows = fold.make_output();
  trail::Selection only = making.only;
  std::optional<std::unordered_set<std::uint64_t>> due;  // none: all
  query::TableReplacement table(making.warehouse, making.origin);
  table.append(learners_table(definition, rows, making));
  if (making.changed != nullptr) {
    due = table.unsettled(making.changed->keys(), making.known_until());
    if (due) only.learners = making.changed->numbers_of(*due);
  }
  const fold::WithSettled settling(fold);
  fold::run_parts(settling, TrailSource(making.trails, fold.reads(), making.as_of, only),
                  making.threads(), [&](auto&& part, std::size_t done) {
                    fold.merge(rows, std::move(part.rows));
                    table.settle(learner_column(making.trails, part.learner), part.settled_until);
                    making.progress.advance(done);
                  });
  const fold::EngagementTable::Contexts anew = rows.contexts;
  if (due) fold.merge(rows, kept_rows(definition, making, *due));
  fold.finish(rows);
  table.append(learners_table(definition, rows, making));
  table.finish();

  query::TableReplacement contexts(making.warehouse, making.origin);
  contexts.append(contexts_table(definition, {}, making));
  const bool others_stay = due && contexts.keep_settled(*due, making.known_until());
  contexts.append(contexts_table(definition, others_stay ? anew : rows.contexts, making));
  contexts.finish();
}

}  // namespace waymark::engine
