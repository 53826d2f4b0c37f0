#include "base/text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "report/hostile.h"
#include "report/html.h"
#include "report/number.h"
#include "report/report.h"
#include "report/sample.h"

namespace waymark::report {
namespace {

std::vector<std::string> lines_of(const std::string& page) {
  std::istringstream in(page);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Nothing that a terminal obeys, and nothing beyond its edge.
void expect_sound(const std::string& page) {
  EXPECT_EQ(valid_utf8(page), page);
  for (const std::string& line : lines_of(page)) {
    EXPECT_EQ(cleaned(line), line);
    EXPECT_LE(display_width(line), 80u) << line;
  }
}

bool shows(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

// The model's lines under "Most at risk".
std::string at_risk_part(const std::string& page) {
  const auto begin = page.find("Most at risk");
  return begin == std::string::npos ? "" : page.substr(begin);
}

TEST(Text, SaysTheSameAsThePage) {
  const std::string page = render_text(sample());
  expect_sound(page);
  for (const std::string_view text :
       {"Open University", "19,117 learners", "clicks", "7,035,828", "quarantined",
        "Gradient boosting", "Fewest clicks first", "at_risk", "day 49 of the course",
        "Average score so far", "Days since the last click", "busiest week"})
    EXPECT_TRUE(shows(page, text)) << text;
  EXPECT_TRUE(shows(at_risk_part(page), "99%"));
  EXPECT_TRUE(shows(at_risk_part(page), sample().models[0].predictions[0].learner));
}

TEST(Text, OfGroupsShowsNoSmallOne) {
  const std::string page = render_text(sample());
  for (const std::string_view text :
       {"Stages, in the week from", "Activity, by clicks", "Ways of studying",
        "twice the usual clicks", "Unusual: Unusual days"})
    EXPECT_TRUE(shows(page, text)) << text;
  for (const std::string_view text : {"1,693", "no forum at all", "1,357", "to 7,"})
    EXPECT_FALSE(shows(page, text)) << text;
}

TEST(Text, OfMasteryShowsWhatMostLack) {
  const std::string page = render_text(sample());
  for (const std::string_view text :
       {"Skills: first what most learners have not mastered",
        "fractions                          1,204       25%       61%         65%",
        "long division                         40    hidden       71%         70%"})
    EXPECT_TRUE(shows(page, text)) << text;
  EXPECT_FALSE(shows(page, "spherical")) << "nine";
}

TEST(Text, OfAModelOfSeveralClassesShowsEachOfThem) {
  const std::string page = render_text(sample_of_classes());
  expect_sound(page);
  for (const std::string_view text :
       {"accuracy", "class by class", " F1  ROC-AUC", "Called low, the surest", "2,251",
        "82 learners in 100", "Average score so far"})
    EXPECT_TRUE(shows(page, text)) << text;
  EXPECT_FALSE(shows(page, "PR-AUC"));
  EXPECT_TRUE(shows(render_text(sample()), "! disparate_impact of disability"));
}

TEST(Text, MarksTheChosenModelAndNoOther) {
  Content content = sample();
  content.models[0].chosen = 1;
  std::vector<std::string> marked;
  for (const std::string& line : lines_of(render_text(content))) {
    if (line.starts_with("* ")) marked.push_back(line);
  }
  ASSERT_EQ(marked.size(), 1u);
  EXPECT_TRUE(shows(marked[0], content.models[0].candidates[1].name));
}

TEST(Text, OfNothingIsAHeading) {
  const std::string page = render_text({});
  expect_sound(page);
  EXPECT_TRUE(shows(page, "no learners"));
  EXPECT_FALSE(shows(page, "Model"));
  EXPECT_FALSE(shows(page, "source"));
}

TEST(Text, ShowsNoSmallGroupAndNobodyOfOne) {
  Content content = sample();
  for (Course& course : content.courses) course.learners = 9;
  EXPECT_EQ(at_risk_part(render_text(content)), "");
  content.learners = 9;
  EXPECT_TRUE(shows(render_text(content), "fewer than 10 learners"));
  content.models[0].test_learners = 9;
  EXPECT_FALSE(shows(render_text(content), "Gradient boosting"));
}

TEST(Text, IsColouredOnlyOnATerminal) {
  EXPECT_FALSE(shows(render_text(sample(), Colour::kNever), "\033"));
  std::string coloured = render_text(sample(), Colour::kTerminal);
  EXPECT_TRUE(shows(coloured, "\033[1m"));
  for (const std::string_view code : {"\033[1m", "\033[0m"}) {
    for (auto at = coloured.find(code); at != std::string::npos; at = coloured.find(code))
      coloured.erase(at, code.size());
  }
  EXPECT_EQ(coloured, render_text(sample(), Colour::kNever));
}

TEST(Text, StaysInItsColumnsWhateverTheTexts) {
  for (const std::string& hostile : hostile_texts()) {
    SCOPED_TRACE(hostile.substr(0, 40));
    Content content = sample();
    content.title = hostile;
    for (Source& source : content.sources) source.name = hostile;
    content.courses.resize(1);
    content.courses[0].name = hostile;
    Model& model = content.models[0];
    model.name = model.outcome = model.as_of = hostile;
    Lifecycle& lifecycle = content.lifecycles[0];
    lifecycle.name = lifecycle.unit = hostile;
    Tiers& tiers = content.tiers[0];
    tiers.name = tiers.feature = tiers.tiers[0].name = hostile;
    Clusters& clusters = content.clusters[0];
    clusters.name = clusters.clusters[0].name = clusters.clusters[0].profile = hostile;
    Anomalies& anomalies = content.anomalies[0];
    anomalies.name = anomalies.metric = anomalies.unit = anomalies.series[0].of = hostile;
    for (Candidate& candidate : model.candidates) candidate.name = hostile;
    for (Driver& driver : model.drivers) driver.label = hostile;
    for (Prediction& prediction : model.predictions) {
      prediction.learner = prediction.course = hostile;
      for (Reason& reason : prediction.reasons) reason.text = hostile;
    }
    const std::string page = render_text(content);
    expect_sound(page);
    EXPECT_LE(lines_of(page).size(), 160u);
    for (Source& source : content.sources) source.received += 1;  // a warning names it
    expect_sound(render_text(content));
    model.candidates[model.chosen].roc_auc.value = 0.1;
    expect_sound(render_text(content));
  }
}

TEST(Text, StaysInItsColumnsWhateverTheNumbers) {
  for (const double extreme : extreme_values()) {
    if (std::isfinite(extreme) && std::fabs(extreme) > 1e3) continue;  // than any share or score
    SCOPED_TRACE(extreme);
    Content content = sample();
    for (Source& source : content.sources)
      source.received = source.stored = source.duplicate = source.quarantined = source.refused =
          2'000'000'000'000;
    content.events = content.learners = 2'000'000'000'000;
    content.engagement->active_days = content.engagement->abandoned = extreme;
    Model& model = content.models[0];
    model.base_rate = extreme;
    for (Candidate& candidate : model.candidates)
      candidate.roc_auc = candidate.pr_auc = candidate.macro_f1 = {extreme, extreme, extreme};
    for (Driver& driver : model.drivers) driver.weight = extreme;
    for (Prediction& prediction : model.predictions) {
      prediction.probability = extreme;
      for (Reason& reason : prediction.reasons) reason.effect = extreme;
    }
    const std::string page = render_text(content);
    expect_sound(page);
    for (const std::string_view wrong : {"nan", "inf"})
      EXPECT_FALSE(shows(page, std::string(" ") + std::string(wrong)));
  }
}

}  // namespace
}  // namespace waymark::report
