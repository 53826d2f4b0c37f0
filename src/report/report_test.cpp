#include "report/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "report/finding.h"
#include "report/hostile.h"
#include "report/html.h"
#include "report/lifecycle.h"
#include "report/sample.h"
#include "report/sound_page.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

// Each text that comes from data or definitions.
void for_each_text(Content& content, const std::function<void(std::string&)>& visit) {
  visit(content.title);
  visit(content.time_zone);
  for (Source& source : content.sources) {
    visit(source.name);
    for (Rejection& rejection : source.rejections)
      visit(rejection.reason), visit(rejection.example);
  }
  for (Course& course : content.courses) visit(course.name);
  visit(content.sessions->definition);
  for (Sessions& other : content.other_sessions) visit(other.definition);
  for (std::string& key : content.sessions->switch_on) visit(key);
  visit(content.engagement->definition);
  for (Modality& modality : content.engagement->modalities) visit(modality.name);
  for (Metric& metric : content.metrics) {
    for (std::string* text : {&metric.name, &metric.description, &metric.owner, &metric.unit,
                              &metric.direction, &metric.grain})
      visit(*text);
  }
  for (Funnel& funnel : content.funnels) {
    visit(funnel.name), visit(funnel.reading);
    for (FunnelStep& step : funnel.steps) visit(step.name);
  }
  for (Retention& retention : content.retentions) {
    visit(retention.name), visit(retention.unit), visit(retention.reading);
  }
  for (Cohort& cohort : content.cohorts) {
    visit(cohort.name);
    for (std::string& line : cohort.words) visit(line);
  }
  for (Paths& paths : content.paths) {
    visit(paths.name);
    for (Transition& one : paths.transitions) visit(one.from), visit(one.to);
  }
  for (Lifecycle& lifecycle : content.lifecycles) visit(lifecycle.name), visit(lifecycle.unit);
  for (Tiers& tiers : content.tiers) {
    visit(tiers.name), visit(tiers.feature);
    for (Tier& tier : tiers.tiers) visit(tier.name);
  }
  for (Clusters& clusters : content.clusters) {
    visit(clusters.name);
    for (Cluster& cluster : clusters.clusters) {
      visit(cluster.name), visit(cluster.profile);
      for (Trait& trait : cluster.traits) visit(trait.feature);
    }
  }
  for (Mastery& mastery : content.masteries) {
    visit(mastery.name);
    for (Skill& skill : mastery.skills) {
      if (skill.learners >= 10) visit(skill.name);
    }
  }
  for (Anomalies& anomalies : content.anomalies) {
    for (std::string* text :
         {&anomalies.name, &anomalies.metric, &anomalies.unit, &anomalies.owner, &anomalies.grain})
      visit(*text);
    for (WatchedSeries& series : anomalies.series) visit(series.of);
  }
  for (Survival& survival : content.survivals) {
    for (std::string* text : {&survival.name, &survival.description, &survival.method})
      visit(*text);
    for (SurvivalCurve& curve : survival.curves) {
      if (!curve.feature.empty() && curve.learners >= 10) visit(curve.value);
    }
    for (SurvivalEffect& effect : survival.effects) {
      if (effect.p < 0.05) visit(effect.input), visit(effect.unit);
    }
    for (SurvivalJudged& judged : survival.judged) visit(judged.method);
  }
  for (Model& model : content.models) {
    for (std::string* text : {&model.name, &model.version, &model.outcome, &model.as_of})
      visit(*text);
    for (std::string& course : model.train_courses) visit(course);
    for (std::string& course : model.test_courses) visit(course);
    for (Candidate& candidate : model.candidates) visit(candidate.name);
    for (ClassQuality& one : model.classes) {
      const std::string before = one.name;
      visit(one.name);
      for (Prediction& prediction : model.predictions)
        if (prediction.called == before) prediction.called = one.name;
    }
    for (Fairness& fairness : model.fairness) {
      for (GroupTreated& group : fairness.groups) visit(group.group);
      visit(fairness.about);
    }
    for (std::string& sentence : model.broken) visit(sentence);
    for (Driver& driver : model.drivers) visit(driver.label);
    for (Expected& expected : model.expected) visit(expected.course);
    for (Prediction& prediction : model.predictions) {
      visit(prediction.learner);
      visit(prediction.course);
      for (Reason& reason : prediction.reasons) visit(reason.text);
    }
  }
  for (std::string* text :
       {&content.method.program, &content.method.command, &content.method.data_version})
    visit(*text);
  for (Definition& definition : content.method.definitions)
    visit(definition.kind), visit(definition.name), visit(definition.version);
  for (std::string& limit : content.method.limits) visit(limit);
  for (Attribution& attribution : content.attributions)
    visit(attribution.text), visit(attribution.licence), visit(attribution.url);
}

// Each figure, as a share, a count or the like.
void for_each_number(Content& content, const std::function<void(double&)>& visit) {
  const auto visit_estimate = [&](Estimate& e) { visit(e.value), visit(e.low), visit(e.high); };
  const auto visit_points = [&](std::vector<Point>& points) {
    for (Point& point : points) visit(point.x), visit(point.y);
  };
  const auto visit_bins = [&](std::vector<Bin>& bins) {
    for (Bin& bin : bins) visit(bin.low), visit(bin.high);
  };
  for (Course& course : content.courses)
    visit(course.active_days), visit(course.first_action_days), visit(course.abandoned);
  Sessions& sessions = *content.sessions;
  visit(sessions.minutes), visit(sessions.events), visit(sessions.per_learner);
  visit_bins(sessions.by_minutes), visit_bins(sessions.by_events);
  Engagement& engagement = *content.engagement;
  visit(engagement.active_days), visit(engagement.first_action_days), visit(engagement.abandoned);
  visit_bins(engagement.by_active_days), visit_bins(engagement.by_first_action);
  for (Modality& modality : engagement.modalities) visit(modality.hours);
  for (MetricPeriod& period : content.metrics[0].periods) {
    visit(period.value), visit(period.usual), visit(period.low), visit(period.high);
  }
  for (FunnelStep& step : content.funnels[0].steps) visit(step.share), visit(step.median_seconds);
  for (RetentionPeriod& period : content.retentions[0].periods) visit_estimate(period.share);
  for (Transition& one : content.paths[0].transitions) visit(one.share);
  for (Tier& tier : content.tiers[0].tiers) visit(tier.median), visit(tier.total);
  visit(content.clusters[0].silhouette);
  for (Cluster& cluster : content.clusters[0].clusters) {
    visit(cluster.stability);
    for (Trait& trait : cluster.traits)
      visit(trait.mean), visit(trait.usual), visit(trait.difference);
  }
  Mastery& mastery = content.masteries[0];
  visit(mastery.mastered_at), visit(mastery.half_life_days);
  for (Skill& skill : mastery.skills) visit(skill.known), visit(skill.next_right);
  for (WatchedSeries& series : content.anomalies[0].series) {
    for (WatchedPeriod& period : series.periods) visit(period.value), visit(period.expected);
  }
  for (Survival& survival : content.survivals) {
    for (SurvivalCurve& curve : survival.curves) {
      visit(curve.log_rank);
      for (SurvivalStep& step : curve.steps) visit(step.day), visit(step.share);
    }
    for (SurvivalEffect& effect : survival.effects) visit_estimate(effect.ratio), visit(effect.p);
    for (SurvivalJudged& judged : survival.judged)
      visit(judged.days), visit_estimate(judged.concordance), visit_estimate(judged.brier);
  }
  for (Model& model : content.models) {
    visit(model.base_rate);
    for (Candidate& candidate : model.candidates) {
      visit_estimate(candidate.roc_auc), visit_estimate(candidate.pr_auc);
      visit_estimate(candidate.macro_f1), visit_estimate(candidate.brier);
      visit_estimate(candidate.accuracy);
      visit_points(candidate.roc), visit_points(candidate.pr);
      for (CalibrationBin& bin : candidate.calibration)
        visit(bin.predicted), visit_estimate(bin.observed);
    }
    for (ClassQuality& one : model.classes) {
      visit_estimate(one.precision), visit_estimate(one.recall), visit_estimate(one.f1);
      visit_estimate(one.roc_auc), visit_points(one.roc);
    }
    for (Fairness& fairness : model.fairness) {
      for (GroupTreated& group : fairness.groups) {
        visit_estimate(group.came_true), visit_estimate(group.called), visit_estimate(group.ratio);
        visit_estimate(group.found), visit_estimate(group.alarmed), visit_estimate(group.left);
      }
    }
    for (Driver& driver : model.drivers) visit(driver.weight);
    for (Expected& expected : model.expected) {
      visit(expected.probability);
      for (double& share : expected.shares) visit(share);
    }
    for (Prediction& prediction : model.predictions) {
      visit(prediction.probability);
      for (Reason& reason : prediction.reasons) visit(reason.effect);
    }
  }
}

Content one_event() {
  Content content;
  content.title = "One";
  content.learners = content.events = 1;
  content.days = Days{15'000, 15'000};
  content.sources = {{.name = "clicks", .files = 1, .received = 1, .stored = 1}};
  content.weeks = {{14'998, 1, 1}};
  content.courses = {{.name = "c", .days = {}, .learners = 1, .events = 1, .weeks = content.weeks}};
  content.sessions = Sessions{.definition = "s", .count = 1, .learners = 1, .minutes = 0};
  content.sessions->by_minutes = {{0, 1, 1, 1}};
  content.engagement = Engagement{.definition = "e", .learners = 1, .active_days = 1};
  return content;
}

TEST(Report, EqualContentGivesEqualBytes) { EXPECT_EQ(render(sample()), render(sample())); }

TEST(Report, IsOneSoundFileThatNeedsNothing) {
  const Markup page = sound_page(sample());
  for (const std::string_view text :
       {"Open University", "19,117", "Gradient boosting", "Average score so far", "BBB/2013J",
        "event.time_malformed", "oucontent", "fail or withdraw", "4b1f09c2d8e7a365"})
    EXPECT_TRUE(page.shows(text)) << text;
  for (const Element& element : page.elements) {
    if (element.tag != "p" && element.tag != "li" && element.tag != "td") continue;
    EXPECT_EQ(element.text.find("…"), std::string::npos) << "cut: " << element.text;
  }
}

TEST(Report, OfNothingSaysWhatIsMissing) {
  const Markup page = sound_page({});
  for (const std::string_view command :
       {"waymark run", "waymark ingest", "waymark build", "waymark train"})
    EXPECT_TRUE(page.shows(command)) << command;
  EXPECT_TRUE(std::ranges::none_of(page.elements, [](const Element& element) {
    const auto css = element.attributes.find("class");
    return css != element.attributes.end() && css->second.starts_with("chart");
  }));
}

TEST(Report, OfOneEventShowsNobody) {
  const Markup page = sound_page(one_event());
  EXPECT_TRUE(page.shows("<10"));
  EXPECT_FALSE(page.shows("1 learner"));
  Content open = one_event();
  open.smallest_group = 1;
  sound_page(open);
  open.smallest_group = 0;
  sound_page(open);
}

TEST(Report, OfMeasuresShowsNoSmallGroup) {
  const Markup page = sound_page(sample());
  for (const std::string_view text :
       {"7–9 weeks", "Active learners", "First quiz", "56%", "Prize winners",
        "64% (71% of days open)", "  - has come since the beginning;", "Walks", "15,204"})
    EXPECT_TRUE(page.shows(text)) << text;
  EXPECT_FALSE(page.shows("62% (")) << "nearly all days of week 12 were open";
  EXPECT_TRUE(page.shows("<10")) << "winners, and who came to the last step";
  EXPECT_TRUE(page.shows("hidden")) << "the metric's third week, and the last week of retention";
  EXPECT_FALSE(page.shows("lottery"));
  const auto is_line = [](const Element& element) {
    return element.tag == "span" && element.text == "  - has come since the beginning;";
  };
  EXPECT_EQ(std::ranges::count_if(page.elements, is_line), 1) << "each rule is a line of its own";
}

TEST(Report, DefinitionsOfSessionsStandBesideEachOther) {
  const Markup page = sound_page(sample());
  for (const std::string_view text : {"Sessions by each definition", "Short sessions",
                                      "a pause of more than 5m, a change of course",
                                      "Episodes, which sessions join to", "84,116", "31 days"})
    EXPECT_TRUE(page.shows(text)) << text;
  Content few = sample();
  few.other_sessions[0].learners = 9;
  few.other_sessions[0].count = 777'001;
  EXPECT_FALSE(sound_page(few).shows("777,001"));
}

// Of a share everything lies from 0 to 1; a band that holds all of that calls nothing unusual.
TEST(Report, AMetricWhoseBandHoldsAllIsTooVariableToJudge) {
  const auto standing = [](double low, double high, const std::string& unit) {
    Content content = sample();
    content.metrics = {{.name = "on_time", .unit = unit, .grain = "week"}};
    content.metrics[0].periods = {{15'000, 0, 0.36, low, high, 500}};
    return sound_page(content);
  };
  EXPECT_TRUE(standing(-0.5, 1.2, "share").shows("too variable to judge"));
  EXPECT_TRUE(standing(-0.5, 0.9, "share").shows("as usual"));
  EXPECT_TRUE(standing(0.1, 1.2, "share").shows("lower than usual"));
  EXPECT_TRUE(standing(-0.5, 1.2, "clicks").shows("as usual")) << "there could be more";
}

// Those who are hidden are one among the stages, so that none is taken for nobody.
TEST(Report, StagesThatAreHiddenAreDrawnTogether) {
  const auto outlines = [](const Content& content) {
    const Markup page = sound_page(content);
    return std::ranges::count_if(page.elements, [](const Element& element) {
      const auto style = element.attributes.find("class");
      return element.tag == "path" && style != element.attributes.end() &&
             style->second == "joined";
    });
  };
  Content content = sample();
  EXPECT_GT(outlines(content), 0) << "four are new in week 7";
  for (StagePeriod& period : content.lifecycles[0].periods)
    period.learners = {50, 40, 30, 20, 10, 0};
  EXPECT_EQ(outlines(content), 0);
  content.lifecycles[0].periods.back().learners = {1226, 3000, 4000, 9, 5000, 6000};
  EXPECT_EQ(outlines(content), 2) << "one in the wide chart, one in the narrow";
  const Markup page = sound_page(content);
  EXPECT_TRUE(page.shows("1,235")) << "the two together";
  EXPECT_FALSE(page.shows("1,226"));
}

TEST(Report, OfGroupsShowsNoSmallOneNorWhatWouldTellOfIt) {
  const Markup page = sound_page(sample());
  for (const std::string_view text :
       {"What becomes of them a week later", "engaged → at risk", "power: 32%", "4,862,518",
        "twice the usual clicks", "every day, clicks", "silhouette 0.21",
        "Active learners in BBB/2013J fell to 55", "Active learners in DDD/2014B stayed far below"})
    EXPECT_EQ(page.shows(text), text != "4,862,518") << text;
  EXPECT_TRUE(page.shows("Unheard of")) << "that there is such a tier is no secret";
  EXPECT_FALSE(page.shows("1,693")) << "all learners less the other tiers' are those of the small";
  for (const std::string_view text : {"no forum at all", "hermits, clicks"})
    EXPECT_FALSE(page.shows(text)) << text;
  for (const std::string_view text : {"few clicks", "1,357", "few, clicks"})
    EXPECT_FALSE(page.shows(text)) << "so would this, of the hermits: " << text;
}

TEST(Report, OfMasteryShowsWhatMostLack) {
  Content content = sample();
  const Markup page = sound_page(content);
  for (const std::string_view text :
       {"What learners know",
        "fractions: mastered 25%, faded 18%, likely known 33%, hardly known 24%", "1,204 learners",
        "212", "61%", "65%", "half of what was learned is lost in 60 days",
        "1 skill with answers of fewer than 10"})
    EXPECT_TRUE(page.shows(text)) << text;
  EXPECT_TRUE(page.shows("long division: likely known 50%")) << "three, five and who tells of them";
  EXPECT_FALSE(page.shows("spherical geometry"));
  EXPECT_LT(page.text.find("fractions"), page.text.find("long division"));
  content.masteries[0].half_life_days = kUnknown;
  content.masteries[0].skills = {{"fractions", 20, {10, 0, 10, 0}, 0.7, 0.8}};
  const Markup lasting = sound_page(content);
  EXPECT_TRUE(lasting.shows("fractions: mastered 50%, likely known 50%, hardly known 0%"));
  EXPECT_FALSE(lasting.shows("faded"));
  content.masteries[0].skills[0].learners = 9;
  EXPECT_FALSE(sound_page(content).shows("Next right")) << "of a table of nothing";
}

TEST(Report, OfSurvivalShowsCurvesEffectsAndWhatForecastsAreWorth) {
  const Markup page = sound_page(sample());
  for (const std::string_view text : {"How long it takes", "By Education", "A levels", "1.42",
                                      "0.0561", "6,215 learners", "hidden"})
    EXPECT_TRUE(page.shows(text)) << text;
  EXPECT_FALSE(page.shows("Age = 35-55")) << "no more than chance";
  Content alone = sample();
  alone.survivals[0].judged.clear();
  EXPECT_TRUE(sound_page(alone).shows("Nothing is forecast"));
}

TEST(Report, OfALifecycleTellsWhoComesBack) {
  Content content = sample();
  Lifecycle& lifecycle = content.lifecycles[0];
  lifecycle.passings = {{kAtRisk, 0, 30, 12},
                        {kAtRisk, kDormant, 70, 40},
                        {kDormant, 3, 9, 9},
                        {kDormant, kDormant, 91, 50}};
  EXPECT_DOUBLE_EQ(back_at_work(lifecycle, kAtRisk, 10), 0.3);
  EXPECT_TRUE(std::isnan(back_at_work(lifecycle, kDormant, 10))) << "nine came back";
  EXPECT_DOUBLE_EQ(back_at_work(lifecycle, kDormant, 9), 0.09);
  EXPECT_TRUE(std::isnan(back_at_work(lifecycle, 0, 1))) << "nobody was";
  EXPECT_TRUE(sound_page(content).shows("30%"));
  EXPECT_EQ(latest(lifecycle, 10), &lifecycle.periods.back());
  lifecycle.periods.back().learners = {3, 0, 0, 4, 0, 2};
  EXPECT_EQ(latest(lifecycle, 10), &*(lifecycle.periods.end() - 2));
}

TEST(HiddenGroups, AreTogetherNoFewerThanAGroupThatMayBeShown) {
  using Groups = std::vector<std::int64_t>;
  const auto hidden = [](const Groups& groups) {
    Groups left_out;
    const std::vector<bool> which = hidden_groups(groups, 10);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (which[i]) left_out.push_back(groups[i]);
    }
    return left_out;
  };
  EXPECT_EQ(hidden({}), Groups{});
  EXPECT_EQ(hidden({0, 10, 50}), Groups{});
  EXPECT_EQ(hidden({7, 10, 50}), (Groups{7, 10}));
  EXPECT_EQ(hidden({50, 6, 0, 20, 6}), (Groups{6, 6}));
  EXPECT_EQ(hidden({50, 2, 20, 3}), (Groups{2, 20, 3})) << "else the whole tells of the five";
  EXPECT_EQ(hidden({9}), Groups{9});
}

TEST(Report, OfEmptyPartsIsSound) {
  Content content = sample();
  content.courses.clear(), content.weeks.clear(), content.sources.clear();
  content.sessions = Sessions{}, content.engagement = Engagement{};
  content.metrics = {Metric{}}, content.funnels = {Funnel{}}, content.retentions = {Retention{}};
  content.cohorts = {Cohort{}}, content.paths = {Paths{}};
  content.lifecycles = {Lifecycle{}}, content.tiers = {Tiers{}}, content.clusters = {Clusters{}};
  content.anomalies = {Anomalies{}};
  content.survivals = {Survival{}};
  content.models = {Model{}, Model{}};
  content.models[1].chosen = 7;
  sound_page(content);
}

TEST(Report, ShowsEveryTextAsTextAndOnlyAsText) {
  const std::vector<std::string> attacks{
      "<b>", "\"'> & &lt;", "</title></style></script><script>", "javascript:", "\u202E", "</svg>"};
  for (const std::string& attack : attacks) {
    SCOPED_TRACE(attack);
    Content content = sample();
    content.models.push_back(sample_of_classes().models[0]);
    std::vector<std::string> texts;
    for_each_text(content, [&](std::string& text) {
      text = fmt::format("{}{}", attack, texts.size());
      texts.push_back(cleaned(text));
    });
    // What is left out on purpose: courses that nobody knows, and where no chart has room.
    for (Course& course : content.courses) course.learners += 1'000;
    for (Model& model : content.models) {
      for (std::size_t i = 0; i < model.predictions.size(); ++i)
        model.predictions[i].course = content.courses[i % content.courses.size()].name;
    }
    const Markup page = sound_page(content);
    EXPECT_TRUE(page.shows(cleaned(content.title)));
    std::size_t shown = 0;
    for (const std::string& text : texts) shown += page.shows(text) ? 1 : 0;
    EXPECT_GT(shown, texts.size() * 3 / 4);
  }
}

TEST(Report, SurvivesEveryHostileText) {
  for (const std::string& hostile : hostile_texts()) {
    SCOPED_TRACE(hostile.substr(0, 40));
    Content content = sample();
    content.models.push_back(sample_of_classes().models[0]);
    content.courses.resize(3);
    content.models[0].predictions.resize(3);
    for_each_text(content, [&](std::string& text) { text = hostile; });
    sound_page(content);
  }
}

TEST(Report, SurvivesEveryExtremeNumber) {
  for (const double extreme : extreme_values()) {
    SCOPED_TRACE(extreme);
    Content content = sample();
    content.models.push_back(sample_of_classes().models[0]);
    for_each_number(content, [&](double& number) { number = extreme; });
    sound_page(content);
  }
}

TEST(Report, SaysWhichModelASentenceIsAboutWhereThereAreSeveral) {
  const auto named = [](const Content& content, const std::string& name) {
    return std::ranges::count_if(findings(content), [&](const Finding& finding) {
      return finding.phrases.front().text == name + ".";
    });
  };
  Content content = sample();
  ASSERT_EQ(content.models.size(), 1u);
  EXPECT_EQ(named(content, content.models[0].name), 0);
  content.models.push_back(content.models[0]);
  content.models[1].name = "Another";
  EXPECT_GE(named(content, content.models[0].name), 2);
  EXPECT_EQ(named(content, content.models[0].name), named(content, "Another"));
}

TEST(Report, LinksOnlyToTheWeb) {
  for (const std::string url : {"javascript:alert(1)", "data:text/html,x", "//example.org",
                                "file:/", " https://example.org"}) {
    Content content;
    content.attributions = {{"Data of others", "", url}};
    const std::string page = render(content);
    EXPECT_EQ(page.find(url), std::string::npos) << url;
    EXPECT_NE(page.find("Data of others"), std::string::npos);
  }
}

TEST(Report, OfALargeUniversityStaysReadableAndLosesNothing) {
  const Content content = large_sample();
  const Markup page = sound_page(content);
  for (const Course& course : content.courses) EXPECT_TRUE(page.shows(course.name));
  for (const Source& source : content.sources) EXPECT_TRUE(page.shows(source.name));
  for (const Driver& driver : content.models[0].drivers) EXPECT_TRUE(page.shows(driver.label));
  const auto open_rows = std::ranges::count_if(page.elements, [](const Element& element) {
    return element.tag == "tr" && !element.is_inside("details");
  });
  EXPECT_LE(open_rows, 250) << "too many rows that are not folded away";
}

}  // namespace
}  // namespace waymark::report
