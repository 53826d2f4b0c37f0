#include "report/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "report/alert.h"
#include "report/lifecycle.h"
#include "report/number.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

void find_data(const Content& content, std::vector<Finding>& all) {
  std::int64_t received = 0, quarantined = 0;
  for (const Source& source : content.sources) {
    received += source.received;
    quarantined += source.quarantined;
    if (imbalance(source) == 0) continue;
    Finding finding{"data"};
    finding.warning = true;
    finding.say("The counts of the source ")
        .key(source.name)
        .say(" do not add up: ")
        .key(count(std::abs(imbalance(source))) + " records")
        .say(" are unaccounted for. Run waymark doctor before trusting what follows.");
    all.push_back(finding);
  }
  if (received == 0) return;
  Finding finding{"data"};
  const double share = static_cast<double>(quarantined) / static_cast<double>(received);
  finding.warning = share > 0.01;
  if (quarantined == 0) {
    finding.say("The data is clean: all ")
        .key(count(received))
        .say(" records that were received could be read, and every one is accounted for.");
  } else {
    finding.say("Of ")
        .key(count(received))
        .say(" records received, ")
        .key(count(quarantined) + " (" + percent(share, share < 0.01 ? 2 : 1) + ")")
        .say(" could not be used and wait in quarantine.");
  }
  all.push_back(finding);
}

void find_activity(const Content& content, std::vector<Finding>& all) {
  const Week* week = busiest(content.weeks, content.smallest_group);
  if (week == nullptr) return;
  Finding finding{"activity"};
  finding.say("The busiest week began on ")
      .key(date(week->start))
      .say(": ")
      .key(count(week->learners) + " learners")
      .say(" were active, with " + count(week->events, "event") + ".");
  all.push_back(finding);
}

void find_engagement(const Content& content, std::vector<Finding>& all) {
  if (!content.engagement || content.engagement->learners < content.smallest_group) return;
  const Engagement& engagement = *content.engagement;
  if (std::isfinite(engagement.active_days)) {
    Finding finding{"engagement"};
    finding.say("Half of all learners were active on ")
        .key(days(engagement.active_days) + " or more")
        .say(" of their course");
    if (std::isfinite(engagement.first_action_days)) {
      finding.say("; their first action came ")
          .key(days(std::fabs(engagement.first_action_days)))
          .say(engagement.first_action_days < 0 ? " before the start" : " after the start");
    }
    finding.say(" (medians).");
    all.push_back(finding);
  }
  if (std::isfinite(engagement.abandoned)) {
    Finding finding{"engagement"};
    finding.key(percent(engagement.abandoned))
        .say(" went silent: no event in the last " +
             days(static_cast<double>(engagement.abandoned_after) / kMicrosPerDay) +
             " of the course");
    const Course* worst = nullptr;
    for (const Course& course : content.courses) {
      if (course.learners < content.smallest_group || !std::isfinite(course.abandoned)) continue;
      if (worst == nullptr || course.abandoned > worst->abandoned) worst = &course;
    }
    if (worst != nullptr && content.courses.size() > 1) {
      finding.say(". It is highest in ")
          .key(worst->name)
          .say(", at ")
          .key(percent(worst->abandoned));
    }
    finding.say(".");
    all.push_back(finding);
  }
}

// The worst of what goes on still, or else of what was.
void find_alerts(const Content& content, std::vector<Finding>& all) {
  for (const Anomalies& anomalies : content.anomalies) {
    if (anomalies.alerts.empty()) continue;
    const auto ongoing = std::ranges::find(anomalies.alerts, true, &Alert::ongoing);
    const bool goes_on = ongoing != anomalies.alerts.end();
    const Alert& alert = goes_on ? *ongoing : anomalies.alerts.front();
    Finding finding{"alerts"};
    finding.warning = goes_on;
    finding.key(sentence_of(anomalies, alert, content.smallest_group))
        .say(goes_on ? " (since " + date(alert.days.first) + ", and it goes on)"
                     : " (" + date(alert.days) + ")");
    const std::size_t alike =
        goes_on
            ? static_cast<std::size_t>(std::ranges::count(anomalies.alerts, true, &Alert::ongoing))
            : anomalies.alerts.size();
    if (alike > 1) {
      finding.say(". It is the worst of ")
          .key(count(static_cast<std::int64_t>(alike)) +
               (goes_on ? " alerts that go on" : " alerts"));
    }
    finding.say(".");
    all.push_back(finding);
  }
}

void find_stages(const Content& content, std::vector<Finding>& all) {
  for (const Lifecycle& lifecycle : content.lifecycles) {
    const double back = back_at_work(lifecycle, kAtRisk, content.smallest_group);
    const double woken = back_at_work(lifecycle, kDormant, content.smallest_group);
    if (std::isnan(back)) continue;
    Finding finding{"stages"};
    finding.say("Of learners at risk, ")
        .key(percent(back))
        .say(" are back at work a " + lifecycle.unit + " later");
    if (std::isfinite(woken)) finding.say("; of the dormant, ").key(percent(woken));
    finding.say(".");
    all.push_back(finding);
  }
}

double expected_total(const Model& model, std::int64_t least) {
  if (model.scored < least) return 0;
  double total = 0;
  for (const Expected& course : model.expected) {
    if (course.probability > 0) total += course.probability * static_cast<double>(course.learners);
  }
  return total;
}

void find_model(const Content& content, const Model& model, const std::string& suffix,
                std::vector<Finding>& all) {
  if (!evaluated(model, content)) return;
  const Candidate& best = *chosen(model);
  const Candidate* baseline = best_baseline(model);
  // Where there are several models, each sentence says which one it is about.
  const auto about = [&](const std::string& section) {
    Finding finding{section + suffix};
    if (content.models.size() > 1) finding.key(model.name + ".").say(" ");
    return finding;
  };
  const bool useless = baseline != nullptr && !(best.roc_auc.value > baseline->roc_auc.value);
  if (useless) {
    Finding finding{"model" + suffix};
    finding.warning = true;
    finding.say("The model ")
        .key(model.name)
        .say(" is no better than its baseline (ROC-AUC ")
        .key(decimal(best.roc_auc.value, 3))
        .say("). Do not act on its predictions.");
    all.push_back(finding);
    return;
  }
  if (!model.classes.empty() && std::isfinite(best.accuracy.value)) {
    Finding finding = about("model");
    finding
        .say("Which of " + count(static_cast<std::int64_t>(model.classes.size())) + " it will be, ")
        .say("the model says rightly for ")
        .key(decimal(100 * best.accuracy.value, 0) + " learners in 100");
    if (baseline != nullptr) {
      finding.say("; the best baseline manages ").key(decimal(100 * baseline->accuracy.value, 0));
    }
    finding.say(".");
    all.push_back(finding);
  } else if (std::isfinite(best.roc_auc.value)) {
    Finding finding = about("model");
    finding
        .say("Given two learners, one of whom will " + model.outcome +
             ", the model ranks that one higher ")
        .key(decimal(100 * best.roc_auc.value, 0) + " times in 100")
        .say(" (ROC-AUC " + decimal(best.roc_auc.value, 3) + ")");
    if (baseline != nullptr) {
      finding.say("; the best baseline manages ").key(decimal(100 * baseline->roc_auc.value, 0));
    }
    finding.say(".");
    all.push_back(finding);
  }
  if (const double expected = expected_total(model, content.smallest_group); expected > 0) {
    Finding outlook = about("learners");
    outlook.say("Of the " + count(model.scored) + " learners scored, about ")
        .key(count(std::llround(expected)))
        .say(" are expected to " + model.outcome + " unless something changes.");
    all.push_back(outlook);
  }
  if (!model.called.empty()) {
    const Called& first = model.called.front();
    Finding precision = about("model");
    precision.say("Of the ")
        .key(count(first.called) + " learners it calls first")
        .say(", ")
        .key(count(first.hits))
        .say(" did " + model.outcome + "; picked at random, it would have been " +
             decimal(model.base_rate * static_cast<double>(first.called), 0) + ".");
    all.push_back(precision);
  }
  if (model.drivers.size() >= 3) {
    Finding drivers = about("drivers");
    drivers.say("What tells most: ")
        .key(model.drivers[0].label)
        .say(", ")
        .key(model.drivers[1].label)
        .say(" and ")
        .key(model.drivers[2].label)
        .say(".");
    all.push_back(drivers);
  }
}

}  // namespace

Finding& Finding::say(std::string text) {
  phrases.push_back({std::move(text), false});
  return *this;
}

Finding& Finding::key(std::string text) {
  phrases.push_back({std::move(text), true});
  return *this;
}

std::string model_suffix(std::size_t index) {
  return index == 0 ? "" : fmt::format("-{}", index + 1);
}

std::int64_t imbalance(const Source& source) {
  return source.received - source.stored - source.duplicate - source.quarantined - source.refused;
}

const Candidate* chosen(const Model& model) {
  return model.chosen < model.candidates.size() ? &model.candidates[model.chosen] : nullptr;
}

const Candidate* best_baseline(const Model& model) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : model.candidates) {
    if (!candidate.baseline || !std::isfinite(candidate.roc_auc.value)) continue;
    if (best == nullptr || candidate.roc_auc.value > best->roc_auc.value) best = &candidate;
  }
  return best;
}

bool evaluated(const Model& model, const Content& content) {
  return chosen(model) != nullptr && model.test_learners >= content.smallest_group;
}

std::vector<const Prediction*> listed(const Content& content, const Model& model) {
  std::map<std::string_view, std::int64_t> sizes;
  for (const Course& course : content.courses) sizes[course.name] = course.learners;
  if (model.is_of_file()) {
    for (const Expected& file : model.expected) sizes[file.course] = file.learners;
  }
  std::vector<const Prediction*> all;
  for (const Prediction& prediction : model.predictions) {
    const auto size = sizes.find(prediction.course);
    if (size == sizes.end() || size->second < content.smallest_group) continue;
    if (!std::isfinite(prediction.probability)) continue;
    all.push_back(&prediction);
  }
  return all;
}

const Week* busiest(const std::vector<Week>& weeks, std::int64_t least) {
  const Week* most = nullptr;
  for (const Week& week : weeks) {
    if (week.learners < std::max<std::int64_t>(least, 1)) continue;
    if (most == nullptr || week.learners > most->learners) most = &week;
  }
  return most;
}

std::vector<Finding> findings(const Content& content) {
  std::vector<Finding> all;
  for (std::size_t i = 0; i < content.models.size(); ++i) {
    find_model(content, content.models[i], model_suffix(i), all);
  }
  find_alerts(content, all);
  find_stages(content, all);
  find_engagement(content, all);
  find_activity(content, all);
  find_data(content, all);
  std::stable_partition(all.begin(), all.end(), [](const Finding& f) { return f.warning; });
  return all;
}

}  // namespace waymark::report
