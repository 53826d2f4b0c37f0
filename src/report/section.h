#pragma once

#include <string>
#include <vector>

#include "report/chart.h"
#include "report/content.h"
#include "report/html.h"

namespace waymark::report {

// A chapter of the page: where links lead to, how the table of contents calls it, what it says.
struct Section {
  std::string id;
  std::string title;
  Html body;
};

Section data_section(const Content& content);
Section activity_section(const Content& content);
Section sessions_section(const Content& content);
Section engagement_section(const Content& content);
Section alerts_section(const Content& content);
Section stages_section(const Content& content);
Section tiers_section(const Content& content);
Section clusters_section(const Content& content);
Section mastery_section(const Content& content);
Section survival_section(const Content& content);
// These, metrics, funnels, retention, cohorts and paths: one for each sort that there is.
std::vector<Section> measure_sections(const Content& content);
// The model against its baselines, what drives it, who is at risk: three for each model, or one
// that says how to get a model.
std::vector<Section> model_sections(const Content& content);
Section learners_section(const Content& content, const Model& model);
// Of a model of several classes: what is expected of each course.
Section expected_section(const Content& content, const Model& model);
// Learners one by one, each with what weighs most; of several classes a list for each.
Html predictions_part(const Content& content, const Model& model);
// Parts of what is said of a model: how it does class by class, and group by group.
Html classes_part(const Model& model, std::int64_t least);
Html fairness_part(const Model& model, std::int64_t least);
// How many are found at the cost of how many false alarms; nothing where no curve has points.
Html roc_figure(const std::string& title, const Html& explanation, const std::string& alarmed,
                const std::string& found, const std::vector<Curve>& curves);
// How often what was predicted came true.
Html reliability_figure(const std::string& title, const std::vector<CalibrationBin>& bins,
                        std::int64_t least);
Section method_section(const Content& content);

}  // namespace waymark::report
