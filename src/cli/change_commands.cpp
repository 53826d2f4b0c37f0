// plan, diff: what a change of definitions would do, and what the change is.

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "engine/plan.h"
#include "workspace/difference.h"

namespace waymark::cli {
namespace {

using engine::PlannedMeasure;
using engine::PlannedModel;
using query::Cell;

constexpr std::size_t kMovesShown = 5;  // of each measure

const char* words_of(PlannedMeasure::Change change) {
  switch (change) {
    case PlannedMeasure::Change::kNew:
      return "new";
    case PlannedMeasure::Change::kDefinition:
      return "made again: changed";
    case PlannedMeasure::Change::kEvents:
      return "made again: new events";
    case PlannedMeasure::Change::kGone:
      return "dropped";
    default:
      return "stays";
  }
}

const char* words_of(PlannedMeasure::Moved::Row row) {
  switch (row) {
    case PlannedMeasure::Moved::Row::kLost:
      return "lost";
    case PlannedMeasure::Moved::Row::kNew:
      return "new";
    default:
      return "stays";
  }
}

const char* words_of(PlannedModel::Change change) {
  switch (change) {
    case PlannedModel::Change::kNew:
      return "trained";
    case PlannedModel::Change::kDefinition:
      return "trained again: it or its features changed";
    case PlannedModel::Change::kData:
      return "trained again: other data";
    default:
      return "stays";
  }
}

// "4 rows lost, 2 of 3 share_of_first, 5 other numbers"
std::string words_of_moves(const PlannedMeasure& planned) {
  using Moved = PlannedMeasure::Moved;
  if (!planned.not_told.empty()) return planned.not_told;
  if (planned.rows == 0) return "";
  const auto rows = [&](Moved::Row is) {
    return std::ranges::count(planned.moved, is, &Moved::is);
  };
  const auto lost = rows(Moved::Row::kLost), added = rows(Moved::Row::kNew);
  const auto main = std::ranges::count(planned.moved, planned.number, &Moved::number);
  const auto others = std::ssize(planned.moved) - main;
  std::string words;
  if (lost != 0) words += fmt::format("{} rows lost, ", lost);
  if (added != 0) words += fmt::format("{} rows new, ", added);
  words += fmt::format("{} of {} {}", main - lost - added, planned.rows, planned.number);
  if (others != 0) words += fmt::format(", {} other numbers", others);
  return words;
}

std::string number_or_dash(const std::optional<double>& number) {
  return number ? fmt::format("{:.6g}", *number) : "–";
}

void print_plan(const Arguments& arguments, const engine::Plan& plan) {
  say(arguments,
      !plan.trails.rebuild_because.empty()
          ? fmt::format("The trails would be built again, as {}: {} events.",
                        plan.trails.rebuild_because, with_thousands(plan.trails.events))
      : plan.trails.events > 0
          ? fmt::format("{} events would join the trails; what follows is of those built before.",
                        with_thousands(plan.trails.events))
          : "The trails are up to date.");
  const auto rows = [](const std::optional<std::uint64_t>& count) {
    return Cell::of(count ? with_thousands(*count) : "");
  };
  std::vector<std::vector<Cell>> measures, moves;
  for (const PlannedMeasure& planned : plan.measures) {
    measures.push_back({Cell::of(planned.name), Cell::of(words_of(planned.change)),
                        rows(planned.rows_now),
                        rows(planned.change == PlannedMeasure::Change::kNone ? planned.rows_now
                                                                             : planned.rows_after),
                        Cell::of(words_of_moves(planned))});
    for (std::size_t i = 0; i < std::min(planned.moved.size(), kMovesShown); ++i) {
      const PlannedMeasure::Moved& one = planned.moved[i];
      using Row = PlannedMeasure::Moved::Row;
      moves.push_back({Cell::of(planned.name), Cell::of(one.row), Cell::of(one.number),
                       Cell::of(one.is == Row::kNew ? "no row" : number_or_dash(one.now)),
                       Cell::of(one.is == Row::kLost ? "no row" : number_or_dash(one.after))});
    }
  }
  print_table(arguments,
              {{"measure"}, {"build would"}, {"rows", true}, {"rows after", true}, {"moves"}},
              measures);
  if (!moves.empty()) {
    fmt::print("\n");
    print_table(arguments, {{"measure"}, {"of"}, {"number"}, {"now", true}, {"after", true}},
                moves);
  }
  std::vector<std::vector<Cell>> models;
  for (const PlannedModel& planned : plan.models) {
    models.push_back({Cell::of(planned.name), Cell::of(words_of(planned.change)),
                      Cell::of(planned.version), Cell::of(planned.live)});
  }
  if (models.empty()) return;
  fmt::print("\n");
  print_table(arguments, {{"model"}, {"train would"}, {"trained last"}, {"live"}}, models);
}

void print_plan_as_json(const engine::Plan& plan) {
  JsonWriter out(JsonWriter::Style::kPretty);
  const auto count = [&](const char* key, const std::optional<std::uint64_t>& number) {
    out.key(key);
    number ? out.integer(static_cast<std::int64_t>(*number)) : out.null();
  };
  const auto number = [&](const char* key, const std::optional<double>& value) {
    out.key(key);
    value ? out.number(*value) : out.null();
  };
  out.begin_object().key("trails_built_again_because").string(plan.trails.rebuild_because);
  count("events_to_join", plan.trails.events);
  out.key("measures").begin_array();
  for (const PlannedMeasure& planned : plan.measures) {
    out.begin_object().key("name").string(planned.name);
    out.key("change").string(words_of(planned.change));
    count("rows", planned.rows_now);
    count("rows_after", planned.rows_after);
    out.key("number").string(planned.number).key("not_told").string(planned.not_told);
    out.key("moved").begin_array();
    for (const PlannedMeasure::Moved& moved : planned.moved) {
      out.begin_object().key("of").string(moved.row).key("number").string(moved.number);
      out.key("row").string(words_of(moved.is));
      number("now", moved.now);
      number("after", moved.after);
      out.end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().key("models").begin_array();
  for (const PlannedModel& planned : plan.models) {
    out.begin_object().key("name").string(planned.name);
    out.key("change").string(words_of(planned.change));
    out.key("trained_last").string(planned.version);
    out.key("live").string(planned.live).end_object();
  }
  fmt::print("{}\n", out.end_array().end_object().take());
}

std::string place_of(const workspace::Difference& difference) {
  const workspace::Place& place = difference.after.empty() ? difference.from : difference.to;
  return fmt::format("{}:{}", place.file, place.line);
}

}  // namespace

int plan(const Arguments& arguments) {
  const engine::Catalog catalog = engine::load(arguments.workspace);
  const journal::Journal journal = engine::open_journal(catalog, true);
  const engine::Plan plan = engine::plan(catalog, journal, *progress_for(arguments));
  arguments.json ? print_plan_as_json(plan) : print_plan(arguments, plan);
  return 0;
}

int diff(const Arguments& arguments) {
  workspace::Diagnostics mistakes;  // `check` tells of these
  const auto open = [&](const std::filesystem::path& folder) {
    return workspace::Workspace::open(folder, engine::schemas(), mistakes);
  };
  const auto differences = workspace::differences(
      open(arguments.folder),
      open(arguments.other.empty() ? std::filesystem::path(arguments.workspace) : arguments.other));
  std::vector<std::vector<Cell>> rows;
  for (const workspace::Difference& difference : differences) {
    const char* change = difference.before.empty()  ? "added"
                         : difference.after.empty() ? "removed"
                                                    : "changed";
    const bool whole = difference.path.empty();
    rows.push_back({Cell::of(difference.definition), Cell::of(difference.path), Cell::of(change),
                    Cell::of(whole && !arguments.json ? "" : difference.before),
                    Cell::of(whole && !arguments.json ? "" : difference.after),
                    Cell::of(place_of(difference))});
  }
  if (!rows.empty() || arguments.json) {
    print_table(arguments,
                {{"definition"}, {"where"}, {"change"}, {"before"}, {"after"}, {"place"}}, rows);
  }
  if (rows.empty()) say(arguments, "They say the same.");
  return 0;
}

}  // namespace waymark::cli
