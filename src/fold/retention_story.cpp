#include "fold/retention_story.h"

#include "fold/schemas.h"
#include "fold/story_table.h"

namespace waymark::fold {
namespace {

std::string date_cell(std::int32_t day) { return to_iso_date(day * kMicrosPerDay); }

RetentionDefinition defined(std::string_view yaml, const RetentionSetting& setting) {
  std::vector<SeasonCalendar> calendars;
  if (!setting.calendar.empty()) {
    workspace::Diagnostics diagnostics;
    const auto node = workspace::parse_yaml("dates:\n" + std::string(setting.calendar),
                                            "terms.yaml", diagnostics);
    workspace::validate(node, kCalendarSchema, diagnostics);
    calendars.push_back(parse_season_calendar({"terms", "calendar", node, ""}, diagnostics));
    EXPECT_EQ(in_words(diagnostics), "");
  }
  return parsed("retention", yaml, kRetentionSchema, [&](const auto& definition, auto& found) {
    return parse_retention(definition, calendars, found);
  });
}

TextTable table_of(const RetentionMatrix& matrix, const Meaning& meaning) {
  return Tabulator(matrix.size(), meaning)
      .courses(matrix.course)
      .column("cohort", matrix.cohort, date_cell)
      .numbers("period", matrix.period)
      .numbers("last_period", matrix.last_period)
      .numbers("learners", matrix.learners)
      .numbers("observed", matrix.observed)
      .numbers("returned", matrix.returned)
      .numbers("share", matrix.share)
      .numbers("low", matrix.low)
      .numbers("high", matrix.high)
      .numbers("open_share", matrix.open_share)
      .numbers("flagged", matrix.flagged)
      .take();
}

Measure<RetentionFold> cells(decltype(matrix_of)* cells_of, std::string_view yaml,
                             const RetentionSetting& setting) {
  Measure<RetentionFold> measure = retention(yaml, setting);
  measure.tabulate = [cells_of, definition = defined(yaml, setting)](const auto& output,
                                                                     const Meaning& meaning) {
    return table_of(cells_of(definition, output.totals), meaning);
  };
  return measure;
}

}  // namespace

Measure<RetentionFold> retention(std::string_view yaml, const RetentionSetting& setting) {
  const auto make = [definition = defined(yaml, setting), setting](const Names& names) {
    return RetentionFold(definition, setting.zone, names, setting.as_of);
  };
  const auto tabulate = [make](const RetentionFold::Output& output, const Meaning& meaning) {
    const RetentionFold fold = make(Names(meaning.symbols));
    const RetentionTable& rows = output.rows;
    Tabulator table(rows.size(), meaning);
    table.learners(rows.learner)
        .courses(rows.course)
        .times("started", rows.started)
        .column("cohort", rows.cohort, date_cell)
        .times("last_return", rows.last_return)
        .numbers("observed", rows.observed)
        .numbers("returned", rows.returned)
        .texts("periods", rows.periods)
        .column("zone", rows.zone, [&](Code told) { return fold.zones().of(told).name(); })
        .column("zone_from", rows.zone,
                [&](Code told) { return std::string(fold.zones().from(told)); });
    if (!rows.days.empty()) table.texts("days", rows.days).texts("open_days", rows.open_days);
    return table.take();
  };
  return {make, tabulate};
}

Measure<RetentionFold> retention_matrix(std::string_view yaml, const RetentionSetting& setting) {
  return cells(matrix_of, yaml, setting);
}

Measure<RetentionFold> retention_curve(std::string_view yaml, const RetentionSetting& setting) {
  return cells(curve_of, yaml, setting);
}

std::string retention_mistakes(std::string_view yaml, std::string_view calendar) {
  workspace::Diagnostics diagnostics;
  const std::vector<SeasonCalendar> calendars{{.name = std::string(calendar)}};
  parse_retention(story_definition("retention", yaml, kRetentionSchema, diagnostics), calendars,
                  diagnostics);
  return in_words(diagnostics);
}

}  // namespace waymark::fold
