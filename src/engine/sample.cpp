#include "engine/sample.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"

namespace waymark::engine {
namespace {

constexpr double kStudent = 2.262157;  // the .975 quantile with 9 degrees of freedom
static_assert(Replicates::kGroups == 10);

// The same of a learner for the same seed and purpose, wherever and whenever.
std::uint64_t draw(std::uint64_t seed, const char* purpose, const LearnerKey& learner) {
  return hash64(fmt::format("{}/{}/{}", seed, purpose, learner.reveal()));
}

std::vector<bool> members_of(const std::string& cohort, const trail::TrailReader& trails,
                             query::Warehouse& warehouse) {
  std::vector<bool> members(trails.state().learners);
  sql::Result keys = warehouse.connection().query(fmt::format(
      "SELECT DISTINCT learner FROM {} WHERE exited IS NULL", sql::quoted_name(cohort)));
  while (const auto chunk = keys.next()) {
    for (std::size_t row = 0; row < chunk->size(); ++row) {
      const auto number = trails.find_learner(LearnerKey(std::string(chunk->column(0).text(row))));
      if (number) members[*number] = true;
    }
  }
  return members;
}

// How many each learner has.
std::vector<std::uint64_t> count_events(const trail::Selection& selection,
                                        const trail::TrailReader& trails) {
  std::vector<std::uint64_t> events(trails.state().learners);
  for (std::size_t bucket = 0; bucket < trails.bucket_count(); ++bucket) {
    if (trails.events(bucket) == 0) continue;
    trail::BucketCursor cursor = trails.cursor(bucket, {.only = selection});
    Code learner = 0;
    Slice slice;
    while (cursor.next(learner, slice)) events[learner] += slice.size;
  }
  return events;
}

// By code; null: all.
std::shared_ptr<const std::vector<bool>> sources_of(const Choice& choice,
                                                    const Dictionary& sources) {
  if (choice.is_of_all_sources()) return nullptr;
  const auto is_among = [](const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  std::vector<bool> wanted;
  for (Code code = 0; code < sources.size(); ++code) {
    const std::string_view name = sources.text(code);
    wanted.push_back((choice.sources.empty() || is_among(choice.sources, name)) &&
                     !is_among(choice.without_sources, name));
  }
  return std::make_shared<const std::vector<bool>>(std::move(wanted));
}

}  // namespace

Chosen choose(const Choice& choice, const trail::TrailReader& trails, query::Warehouse& warehouse) {
  Chosen chosen{.known = trails.state().learners, .events_known = trails.state().events};
  std::vector<bool> learners(chosen.known, true);
  const auto keep = [&](const std::string& cohort, bool members_stay) {
    const std::vector<bool> members = members_of(cohort, trails, warehouse);
    for (std::size_t i = 0; i < learners.size(); ++i)
      learners[i] = learners[i] && members[i] == members_stay;
  };
  for (const std::string& cohort : choice.include) keep(cohort, true);
  for (const std::string& cohort : choice.exclude) keep(cohort, false);
  chosen.events.sources = sources_of(choice, trails.symbols().sources);
  const std::vector<std::uint64_t> events = count_events(chosen.events, trails);
  for (std::size_t i = 0; i < learners.size(); ++i) learners[i] = learners[i] && events[i] != 0;
  chosen.included = static_cast<std::uint64_t>(std::ranges::count(learners, true));
  if (choice.share) {
    const auto limit = static_cast<std::uint64_t>(std::ldexp(*choice.share, 64));
    for (std::size_t i = 0; i < learners.size(); ++i) {
      learners[i] =
          learners[i] && draw(choice.seed, "sample", trails.learner(static_cast<Code>(i))) < limit;
    }
  }
  chosen.drawn = static_cast<std::uint64_t>(std::ranges::count(learners, true));
  for (std::size_t i = 0; i < learners.size(); ++i)
    chosen.events_drawn += learners[i] ? events[i] : 0;
  chosen.events.learners = std::make_shared<const std::vector<bool>>(std::move(learners));
  return chosen;
}

std::string in_words(const Choice& choice, const Chosen& chosen) {
  std::vector<std::string> who;
  if (!choice.include.empty())
    who.push_back(fmt::format("in {}", fmt::join(choice.include, " and in ")));
  if (!choice.exclude.empty())
    who.push_back(fmt::format("not in {}", fmt::join(choice.exclude, " nor in ")));
  if (!choice.sources.empty())
    who.push_back(fmt::format("with events from {}", fmt::join(choice.sources, " or ")));
  if (!choice.without_sources.empty())
    who.push_back(fmt::format("without events from {}", fmt::join(choice.without_sources, " or ")));
  if (choice.share)
    who.push_back(fmt::format("a sample of {:g} % (seed {})", 100 * *choice.share, choice.seed));
  std::string words = fmt::format(
      "Of {} learners {}: {}. Left out: {} learners {} {} of {} events.",
      with_thousands(chosen.known), with_thousands(chosen.drawn), fmt::join(who, ", "),
      with_thousands(chosen.known - chosen.drawn), choice.is_of_all_sources() ? "with" : "and",
      with_thousands(chosen.events_known - chosen.events_drawn),
      with_thousands(chosen.events_known));
  if (choice.share) {
    words += fmt::format(
        " Each stands for {:.4g}; numbers are estimates for {} learners, with their 95 % interval "
        "(±, or _low to _high); n counts what was drawn.",
        chosen.weight(), with_thousands(chosen.included));
  }
  return words;
}

Replicates::Replicates(const Choice& choice, const Chosen& chosen, const trail::TrailReader& trails,
                       query::Warehouse& warehouse)
    : sources_(chosen.events.sources), groups_(chosen.known), left_out_(1 - 1 / chosen.weight()) {
  std::vector<std::uint64_t> drawn(kGroups + 1);
  std::vector<Code> learners;
  std::vector<std::int64_t> replicates;
  for (Code learner = 0; learner < groups_.size(); ++learner) {
    if (!(*chosen.events.learners)[learner]) continue;
    const std::uint64_t group = 1 + draw(choice.seed, "group", trails.learner(learner)) % kGroups;
    groups_[learner] = group;
    for (std::size_t replicate = 0; replicate <= kGroups; ++replicate) {
      if (replicate == group) continue;
      ++drawn[replicate];
      learners.push_back(learner);
      replicates.push_back(static_cast<std::int64_t>(replicate));
    }
  }
  const auto text = [&trails](Code learner) { return trails.learner(learner).reveal(); };
  warehouse.replace({kTable,
                     {{"learner", query::Codes{learners, text, kAbsentCode}},
                      {"replicate", std::span<const std::int64_t>(replicates)}}},
                    {});
  for (const std::uint64_t n : drawn) {
    weights_.push_back(n == 0 ? 1 : static_cast<double>(chosen.included) / static_cast<double>(n));
  }
}

trail::Selection Replicates::events(std::size_t replicate) const {
  std::vector<bool> learners;
  for (const std::size_t group : groups_) learners.push_back(group != 0 && group != replicate);
  return {std::make_shared<const std::vector<bool>>(std::move(learners)), sources_};
}

std::string Replicates::weight() const {
  return fmt::format("([{}])[replicate + 1]", fmt::join(weights_, ", "));
}

std::string Replicates::estimates(const std::string& select, std::span<const sql::Column> columns,
                                  std::span<const std::string> labels,
                                  const Estimated& estimated) const {
  const auto is_in = [](std::span<const std::string> names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  std::vector<std::string> weighted, errors, shown;
  std::string same;
  for (const sql::Column& column : columns) {
    if (column.name == "replicate") continue;
    const std::string name = sql::quoted_name(column.name);
    const bool is_total = is_in(estimated.totals, column.name);
    const bool is_share = is_in(estimated.shares, column.name);
    if (is_in(labels, column.name)) {
      same += fmt::format(" AND whole.{0} IS NOT DISTINCT FROM part.{0}", name);
    } else if (is_total ||
               (column.type == sql::Type::kDouble && !is_in(estimated.bounds, column.name))) {
      const std::string error = sql::quoted_name(column.name + "_error");
      const std::string part =
          is_total ? fmt::format("coalesce(part.{}, 0)", name) : "part." + name;
      errors.push_back(fmt::format(
          "CASE WHEN count({0}) = {1} THEN {2} * sqrt({3} * sum(({0} - whole.{4}) ^ 2)) END AS {5}",
          part, kGroups, kStudent, left_out_ * (kGroups - 1) / kGroups, name, error));
      const auto show = [&](const std::string& value, const char* suffix) {
        shown.push_back(fmt::format("{} AS {}", is_total ? "round(" + value + ")" : value,
                                    sql::quoted_name(column.name + suffix)));
      };
      const std::string lowest =
          is_in(estimated.differences, column.name)
              ? "NULL"
              : fmt::format("CASE WHEN min({}) OVER () >= 0 THEN 0 END", name);
      if (is_total) weighted.push_back(fmt::format("{0} * {1} AS {0}", name, weight()));
      show(name, "");
      show(fmt::format("CASE WHEN {1} IS NOT NULL THEN greatest({0} - {1}, {2}) END", name, error,
                       lowest),
           "_low");
      show(fmt::format("CASE WHEN {1} IS NOT NULL THEN least({0} + {1}, {2}) END", name, error,
                       is_share ? "1" : "NULL"),
           "_high");
      continue;
    }
    shown.push_back(name);
  }
  const std::string replaced =
      weighted.empty() ? "" : fmt::format(" REPLACE ({})", fmt::join(weighted, ", "));
  return fmt::format(
      "WITH answers AS MATERIALIZED (SELECT *{} FROM ({})), whole AS MATERIALIZED (SELECT *, "
      "row_number() OVER () AS whole_row FROM answers WHERE replicate = 0), spread AS (SELECT "
      "whole_row, {} FROM whole CROSS JOIN range(1, {}) AS groups(number) LEFT JOIN answers AS "
      "part "
      "ON part.replicate = groups.number{} GROUP BY whole_row) SELECT {} FROM whole JOIN spread "
      "USING (whole_row) ORDER BY ALL",
      replaced, select, fmt::join(errors, ", "), kGroups + 1, same, fmt::join(shown, ", "));
}

}  // namespace waymark::engine
