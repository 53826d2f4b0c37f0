#include <fmt/format.h>

#include "base/hash.h"
#include "engine/measure.h"
#include "fold/cohort.h"
#include "fold/cohort_words.h"

namespace waymark::engine {

std::vector<std::string> tables_of(const fold::CohortDefinition& definition) {
  return {definition.name};
}

Summary summary_of(const fold::CohortDefinition&) {
  return {.sql = R"(SELECT {by}count(DISTINCT CASE WHEN exited IS NULL THEN learner END) AS members,
    count(DISTINCT learner) AS ever_members, count(*) AS stays,
    median(epoch_us(exited - entered) / 864e8) AS median_days_of_ended_stays
    FROM asked GROUP BY ALL ORDER BY ALL)",
          .start = "entered",
          .estimated = {.totals = {"members", "ever_members", "stays"}},
          .value = "members"};
}

void make_tables(const fold::CohortDefinition& definition, const Making& making) {
  replace_in_parts(
      making, fold::CohortFold(definition, making.names(), making.known_until(), making.calendar),
      [&](const fold::CohortTable& part, query::TableReplacement& table) {
        query::Table piece{definition.name,
                           {{"learner", learner_column(making.trails, part.learner)}}};
        if (definition.per_course) {
          piece.columns.push_back({"course", text_column(making.symbols().courses, part.course)});
        }
        piece.columns.push_back({"entered", query::Times{part.entered}});
        piece.columns.push_back({"exited", query::Times{part.exited}});
        table.append(piece);
      });
  making.warehouse.comment(definition.name, fold::describe(definition));
}

CohortOverlap overlap_of(const std::vector<fold::CohortDefinition>& cohorts) {
  CohortOverlap overlap;
  Hasher version;
  for (const fold::CohortDefinition& cohort : cohorts) {
    overlap.cohorts.push_back(cohort.name);
    version.field(cohort.name);
    version.field(cohort.version);
  }
  overlap.version = to_hex(version.digest());
  return overlap;
}

std::vector<std::string> tables_of(const CohortOverlap& overlap) { return {overlap.name}; }

Summary summary_of(const CohortOverlap&) {
  return {.sql = R"(SELECT {by}sum(learners_both)::BIGINT AS learners_both,
    sum(learners_both) / nullif(sum(learners_a), 0) AS share_of_a FROM asked
    GROUP BY ALL ORDER BY ALL)",
          .by = {"cohort_a", "cohort_b"},
          .unsampled =
              "compares cohorts as they are, with all of their learners; of a sample, "
              "ask each cohort",
          .value = "share_of_a",
          .words = "Share of the first cohort's learners who are in the second"};
}

void make_tables(const CohortOverlap& overlap, const Making& making) {
  std::vector<std::string> cohorts, members;
  for (const std::string& cohort : overlap.cohorts) {
    cohorts.push_back(sql::quoted_text(cohort));
    members.push_back(
        fmt::format("SELECT DISTINCT {} AS cohort, learner FROM {} WHERE exited IS NULL",
                    sql::quoted_text(cohort), sql::quoted_name(cohort)));
  }
  making.warehouse.replace(
      overlap.name,
      fmt::format(
          "WITH cohorts AS (SELECT unnest([{}]) AS cohort), members AS ({}),"
          " sizes AS (SELECT cohort, count(learner) AS learners"
          "   FROM cohorts LEFT JOIN members USING (cohort) GROUP BY ALL),"
          " shared AS (SELECT a.cohort AS cohort_a, b.cohort AS cohort_b, count(*) AS learners"
          "   FROM members AS a JOIN members AS b USING (learner) GROUP BY ALL) "
          "SELECT a.cohort AS cohort_a, b.cohort AS cohort_b, a.learners AS learners_a,"
          " b.learners AS learners_b, coalesce(shared.learners, 0) AS learners_both,"
          " learners_both / nullif(a.learners, 0) AS share_of_a,"
          " learners_both / nullif(b.learners, 0) AS share_of_b,"
          " learners_both / nullif(a.learners + b.learners - learners_both, 0) AS jaccard "
          "FROM sizes AS a CROSS JOIN sizes AS b LEFT JOIN shared"
          " ON shared.cohort_a = a.cohort AND shared.cohort_b = b.cohort "
          "ORDER BY cohort_a, cohort_b",
          fmt::join(cohorts, ", "), fmt::join(members, " UNION ALL ")),
      making.origin);
  making.warehouse.comment(overlap.name,
                           "Who is in two cohorts at once, as of the last event known: distinct "
                           "learners, whatever the course.");
}

}  // namespace waymark::engine
