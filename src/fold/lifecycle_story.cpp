#include "fold/lifecycle_story.h"

#include "fold/lifecycle_totals.h"
#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

std::string date_cell(std::int32_t day) { return to_iso_date(day * kMicrosPerDay); }

std::string stage_cell(std::optional<Stage> stage) {
  return stage ? std::string(kStageWords[static_cast<std::size_t>(*stage)]) : "";
}

LifecycleDefinition defined(std::string_view yaml) {
  return parsed("lifecycle", yaml, kLifecycleSchema, parse_lifecycle);
}

template <typename Tabulate>
Measure<LifecycleFold> tabulated(std::string_view yaml, const LifecycleSetting& setting,
                                 const Tabulate& tabulate) {
  Measure<LifecycleFold> measure = lifecycle(yaml, setting);
  measure.tabulate = [definition = defined(yaml), tabulate](const LifecycleTable& output,
                                                            const Meaning& meaning) {
    LifecycleTotals totals(definition);
    totals.add(output);
    return tabulate(totals.tables(), meaning);
  };
  return measure;
}

}  // namespace

Measure<LifecycleFold> lifecycle(std::string_view yaml, const LifecycleSetting& setting) {
  const auto make = [definition = defined(yaml), setting](const Names& names) {
    return LifecycleFold(definition, setting.calendar, setting.zone, names, setting.as_of);
  };
  const auto tabulate = [make](const LifecycleTable& rows, const Meaning& meaning) {
    const LifecycleFold fold = make(Names(meaning.symbols));
    return Tabulator(rows.size(), meaning)
        .learners(rows.learner)
        .courses(rows.course)
        .column("stage", rows.stage, stage_cell)
        .column("first_period", rows.first_period, date_cell)
        .column("last_period", rows.last_period, date_cell)
        .numbers("periods", rows.periods)
        .numbers("active_days", rows.active_days)
        .times("entered", rows.entered)
        .numbers("lasts", rows.lasts)
        .column("zone", rows.zone, [&](Code told) { return fold.zones().of(told).name(); })
        .take();
  };
  return {make, tabulate};
}

Measure<LifecycleFold> lifecycle_periods(std::string_view yaml, const LifecycleSetting& setting) {
  return tabulated(yaml, setting, [](const LifecycleTables& tables, const Meaning& meaning) {
    const LifecyclePeriods& periods = tables.periods;
    return Tabulator(periods.size(), meaning)
        .courses(periods.course)
        .column("period", periods.period, date_cell)
        .column("stage", periods.stage, stage_cell)
        .numbers("learners", periods.learners)
        .numbers("share", periods.share)
        .take();
  });
}

Measure<LifecycleFold> lifecycle_transitions(std::string_view yaml,
                                             const LifecycleSetting& setting) {
  return tabulated(yaml, setting, [](const LifecycleTables& tables, const Meaning& meaning) {
    const LifecycleTransitions& transitions = tables.transitions;
    return Tabulator(transitions.size(), meaning)
        .courses(transitions.course)
        .column("period", transitions.period, date_cell)
        .column("from_stage", transitions.from, stage_cell)
        .column("to_stage", transitions.to, stage_cell)
        .numbers("learners", transitions.learners)
        .numbers("share", transitions.share)
        .take();
  });
}

std::string lifecycle_mistakes(std::string_view yaml) {
  workspace::Diagnostics diagnostics;
  parse_lifecycle(story_definition("lifecycle", yaml, kLifecycleSchema, diagnostics), diagnostics);
  return in_words(diagnostics);
}

}  // namespace waymark::fold
