#include <fmt/format.h>

#include "engine/measure.h"
#include "fold/mastery.h"

namespace waymark::engine {

std::vector<std::string> tables_of(const fold::MasteryDefinition& definition) {
  return {definition.name};
}

// A row per skill.
Summary summary_of(const fold::MasteryDefinition&) {
  return {.sql = R"(SELECT {by}skill, count(*) AS learners, count_if(mastered) AS mastered,
    count_if(mastered) / count(*) AS mastered_share, avg(known) AS known,
    sum(answers)::BIGINT AS answers, sum(correct) / sum(answers) AS correct_share
    FROM asked GROUP BY ALL ORDER BY ALL)",
          .start = "first",
          .estimated = {.totals = {"learners", "mastered", "answers"},
                        .shares = {"mastered_share", "known", "correct_share"}},
          .labels = {"skill"},
          .value = "mastered_share",
          .words = "Share of learners who have mastered the skill"};
}

void make_tables(const fold::MasteryDefinition& definition, const Making& making) {
  const fold::MasteryFold fold(definition, making.names(), making.known_until());
  replace_in_parts(making, fold,
                   [&](const fold::MasteryTable& part, query::TableReplacement& table) {
                     query::Table piece{definition.name,
                                        {{"learner", learner_column(making.trails, part.learner)},
                                         {"skill", text_column(fold.skills(), part.skill)},
                                         {"known", std::span(part.known)},
                                         {"mastered", query::Flags{part.mastered}},
                                         {"mastered_since", query::Times{part.mastered_since}},
                                         {"review_at", query::Times{part.review_at}},
                                         {"next_right", std::span(part.next_right)},
                                         {"answers", std::span(part.answers)},
                                         {"correct", std::span(part.correct)},
                                         {"first", query::Times{part.first}},
                                         {"last", query::Times{part.last}}}};
                     table.append(piece);
                   });
}

}  // namespace waymark::engine
