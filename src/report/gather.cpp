#include "report/gather.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/hash.h"
#include "engine/measure.h"
#include "engine/measures.h"
#include "engine/models.h"
#include "engine/serving.h"
#include "govern/pseudonym.h"
#include "report/activity.h"
#include "report/ask.h"
#include "report/gather_measures.h"
#include "report/gather_model.h"

namespace waymark::report {
namespace {

// SQL for how long a session took.
constexpr const char* kMinutes = "(epoch_us(\"end\") - epoch_us(\"start\")) / 60e6";

std::string data_version(const journal::Journal& journal) {
  Hasher hasher;
  for (const journal::FileEntry& file : journal.files()) {
    hasher.field(file.source);
    hasher.field(file.path);
    hasher.field(file.progress.fingerprint);
    hasher.field(file.progress.definition);
  }
  return to_hex(hasher.digest());
}

// Bins between edges; the last edge closes the last bin.
std::vector<Bin> empty_bins(const std::vector<double>& edges) {
  std::vector<Bin> bins;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) bins.push_back({edges[i], edges[i + 1], 0, 0});
  return bins;
}

// "CASE WHEN x < edge THEN 0 …": which bin a value falls into.
std::string bin_expression(const std::string& value, const std::vector<double>& edges) {
  std::string expression = "CASE ";
  for (std::size_t i = 1; i + 1 < edges.size(); ++i)
    expression += fmt::format("WHEN {} < {} THEN {} ", value, edges[i], i - 1);
  return expression + fmt::format("ELSE {} END", edges.size() - 2);
}

class Gatherer {
 public:
  Gatherer(const engine::Catalog& catalog, const journal::Journal& journal,
           const trail::TrailReader& trails)
      : catalog_(catalog),
        journal_(journal),
        trails_(trails),
        zone_(catalog.zone()),
        session_({.trails = trails, .warehouse = engine::Folders(catalog.workspace).warehouse},
                 engine::sql_options(catalog)),
        pseudonyms_(
            govern::Pseudonyms::with_key_file(catalog.workspace.data_folder() / "pseudonym.key")) {}

  Content gather(const std::string& command, Micros now) {
    const workspace::Settings& settings = catalog_.workspace.settings();
    content_.title = settings.name;
    content_.time_zone = settings.time_zone;
    content_.generated_at = now;
    content_.learners = static_cast<std::int64_t>(trails_.state().learners);
    content_.events = static_cast<std::int64_t>(trails_.state().events);
    if (content_.events > 0)
      content_.days = Days{zone_.local_day(trails_.state().first_time),
                           zone_.local_day(trails_.state().last_time)};
    for (const std::string& text : settings.attribution)
      content_.attributions.push_back({text, "", ""});
    activity_ = count_activity(trails_, zone_, activity_kinds());
    add_sources();
    add_courses();
    content_.weeks = std::move(activity_.weeks);
    add_sessions();
    if (!catalog_.engagement.empty() && has_table(catalog_.engagement.front().name))
      add_engagement(catalog_.engagement.front());
    gather_measures(catalog_, trails_, session_, content_);
    for (const model::ModelDefinition& definition : catalog_.models) add_model(definition);
    add_method(command);
    return std::move(content_);
  }

 private:
  bool has_table(const std::string& name) {
    bool found = false;
    ask(session_,
        fmt::format("SELECT 1 FROM waymark_tables WHERE name = {}", sql::quoted_text(name)),
        [&](const AnswerRow&) { found = true; });
    return found;
  }

  // What learners do, as against what is said of them: the kinds that a measure of activity names.
  std::vector<std::string> activity_kinds() const {
    std::vector<std::string> kinds;
    if (!catalog_.sessions.empty()) kinds = catalog_.sessions.front().kinds;
    if (kinds.empty() && !catalog_.engagement.empty()) kinds = catalog_.engagement.front().kinds;
    return kinds;
  }

  void add_sources() {
    std::map<std::string, Source> sources;
    std::map<std::pair<std::string, std::string>, Rejection> rejections;
    for (const journal::FileEntry& file : journal_.files()) {
      Source& source = sources[file.source];
      source.name = file.source;
      source.files += 1;
      source.received += static_cast<std::int64_t>(file.counts.received);
      source.stored += static_cast<std::int64_t>(file.counts.stored);
      source.duplicate += static_cast<std::int64_t>(file.counts.duplicate);
      source.quarantined += static_cast<std::int64_t>(file.counts.quarantined);
      source.refused += static_cast<std::int64_t>(file.counts.refused_in_all());
      for (const auto& [reason, count] : file.counts.refused) {
        Rejection& rejection = rejections[{file.source, reason}];
        rejection.reason = reason;
        rejection.count += static_cast<std::int64_t>(count);
        rejection.refused = true;
      }
    }
    journal_.quarantine("", [&](std::string_view source, Reject&& record) {
      Rejection& rejection = rejections[{std::string(source), record.reason}];
      if (rejection.count++ == 0) {
        rejection.reason = record.reason;
        rejection.example = fmt::format("{}:{}", record.path, record.line);
      }
    });
    for (const auto& [key, rejection] : rejections)
      sources[key.first].rejections.push_back(rejection);
    for (const auto& [name, activity] : activity_.sources) {
      Source& source = sources[name];
      source.days = Days{zone_.local_day(activity.first), zone_.local_day(activity.last)};
      source.learners = activity.learners;
      source.courses = activity.courses;
    }
    for (auto& [name, source] : sources) {
      std::ranges::stable_sort(source.rejections, std::greater<>(), &Rejection::count);
      content_.sources.push_back(std::move(source));
    }
  }

  void add_courses() {
    std::map<std::string, Course> courses;
    for (const CourseEntry& entry : journal_.courses()) {
      courses[entry.course].days = Days{zone_.local_day(entry.start), zone_.local_day(entry.end)};
    }
    for (auto& [name, activity] : activity_.courses) {
      Course& course = courses[name];
      course.events = activity.events;
      course.learners = activity.learners;
      course.weeks = std::move(activity.weeks);
    }
    if (!catalog_.engagement.empty() && has_table(catalog_.engagement.front().name)) {
      ask(session_,
          fmt::format("SELECT course, median(active_days), median(first_action_days), "
                      "avg(abandoned) FROM {} "
                      "WHERE course IS NOT NULL GROUP BY 1",
                      sql::quoted_name(catalog_.engagement.front().name)),
          [&](const AnswerRow& row) {
            Course& course = courses[row.text(0)];
            course.active_days = row.number(1);
            course.first_action_days = row.number(2);
            course.abandoned = row.number(3);
          });
    }
    for (auto& [name, course] : courses) {
      course.name = name;
      content_.courses.push_back(std::move(course));
    }
  }

  void fill_bins(const std::string& table, const std::string& value,
                 const std::vector<double>& edges, std::vector<Bin>& bins) {
    bins = empty_bins(edges);
    ask(session_,
        fmt::format(
            "SELECT {}, count(*), count(DISTINCT learner) FROM {} WHERE {} IS NOT NULL GROUP BY 1",
            bin_expression(value, edges), table, value),
        [&](const AnswerRow& row) {
          Bin& bin = bins[static_cast<std::size_t>(row.integer(0))];
          bin.count = row.integer(1);
          bin.learners = row.integer(2);
        });
  }

  void add_sessions() {
    for (const fold::SessionsDefinition& definition : catalog_.sessions) {
      if (!has_table(definition.name)) continue;
      Sessions sessions = gathered(definition);
      if (content_.sessions) {
        content_.other_sessions.push_back(std::move(sessions));
      } else {
        add_bins(sessions);
        content_.sessions = std::move(sessions);
      }
    }
  }

  Sessions gathered(const fold::SessionsDefinition& definition) {
    Sessions sessions{.definition = definition.name, .gap = definition.gap};
    if (definition.switch_on_course) sessions.switch_on.emplace_back("course");
    if (definition.switch_on_context) sessions.switch_on.emplace_back("context");
    if (definition.switch_on_object) sessions.switch_on.emplace_back("object");
    for (const std::string& property : definition.switch_on_properties)
      sessions.switch_on.push_back(property);
    const std::string table = sql::quoted_name(definition.name);
    ask(session_,
        fmt::format("SELECT count(*), count(DISTINCT learner), median({}), median(events) FROM {}",
                    kMinutes, table),
        [&](const AnswerRow& row) {
          sessions.count = row.integer(0);
          sessions.learners = row.integer(1);
          sessions.minutes = row.number(2);
          sessions.events = row.number(3);
        });
    sessions.day_clock = true;
    ask(session_, fmt::format("SELECT DISTINCT epoch_us(\"start\") FROM {}", table),
        [&](const AnswerRow& row) {
          const bool midnight = zone_.to_local(row.integer(0)) % kMicrosPerDay == 0;
          sessions.day_clock = sessions.day_clock && midnight;
        });
    ask(session_,
        fmt::format("SELECT median(n) FROM (SELECT count(*) AS n FROM {} GROUP BY learner)", table),
        [&](const AnswerRow& row) { sessions.per_learner = row.number(0); });
    if (definition.episode_gap) sessions.episodes = episodes_of(definition);
    return sessions;
  }

  Episodes episodes_of(const fold::SessionsDefinition& definition) {
    Episodes episodes{.gap = *definition.episode_gap};
    const std::string table = sql::quoted_name(definition.name + "_episodes");
    ask(session_,
        fmt::format("SELECT count(*), count(DISTINCT learner), median(sessions), "
                    "median(epoch_us(\"end\" - \"start\") / 864e8), (SELECT median(n) FROM "
                    "(SELECT count(*) AS n FROM {0} GROUP BY learner)) FROM {0}",
                    table),
        [&](const AnswerRow& row) {
          episodes.count = row.integer(0);
          episodes.learners = row.integer(1);
          episodes.sessions = row.number(2);
          episodes.days = row.number(3);
          episodes.per_learner = row.number(4);
        });
    return episodes;
  }

  void add_bins(Sessions& sessions) {
    const std::string table = sql::quoted_name(sessions.definition);
    if (!sessions.day_clock)
      fill_bins(table, kMinutes, {0, 1, 5, 10, 20, 30, 45, 60, 90, 120, 240}, sessions.by_minutes);
    fill_bins(table, "events", {1, 2, 3, 5, 10, 20, 50, 100, 200}, sessions.by_events);
  }

  void add_engagement(const fold::EngagementDefinition& definition) {
    Engagement engagement{.definition = definition.name,
                          .abandoned_after = definition.abandoned_after};
    const std::string table = sql::quoted_name(definition.name);
    double most_days = 0;
    ask(session_,
        fmt::format(
            "SELECT count(*), median(active_days), median(first_action_days), "
            "count(*) FILTER (first_action_days IS NULL), avg(abandoned), max(active_days) FROM {}",
            table),
        [&](const AnswerRow& row) {
          engagement.learners = row.integer(0);
          engagement.active_days = row.number(1);
          engagement.first_action_days = row.number(2);
          engagement.never_acted = row.integer(3);
          engagement.abandoned = row.number(4);
          most_days = row.number(5);
        });
    std::vector<double> edges{0, 1};
    const double step = std::max(1.0, std::ceil(most_days / 100) * 5);
    while (edges.back() < most_days + 1)
      edges.push_back(edges.back() == 1 ? std::max(2.0, step) : edges.back() + step);
    fill_bins(table, "active_days", edges, engagement.by_active_days);
    fill_bins(table, "first_action_days", {-30, -14, -7, 0, 7, 14, 21, 28, 42, 56, 84, 365},
              engagement.by_first_action);
    ask(session_,
        fmt::format(
            "SELECT context, sum(events), count(DISTINCT learner), sum(active_ms) / 3.6e6 FROM {} "
            "WHERE context IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
            sql::quoted_name(definition.name + "_contexts")),
        [&](const AnswerRow& row) {
          engagement.modalities.push_back({row.text(0), static_cast<std::int64_t>(row.number(1)),
                                           row.integer(2), row.number(3)});
        });
    // Where the clock knows only days, time spent cannot be told.
    if (content_.sessions && content_.sessions->day_clock) {
      for (Modality& modality : engagement.modalities) modality.hours = kUnknown;
    }
    content_.engagement = std::move(engagement);
  }

  void add_model(const model::ModelDefinition& definition) {
    const auto serving = engine::serving_version(catalog_, definition);
    if (!serving || !has_table(engine::predictions_table(definition.name))) return;
    content_.models.push_back(
        gather_model(catalog_, definition, serving->model, session_, pseudonyms_));
  }

  void add_method(const std::string& command) {
    Method& method = content_.method;
    method.program = "waymark " WAYMARK_VERSION;
    method.command = command;
    method.data_version = data_version(journal_);
    method.generation = static_cast<std::int64_t>(trails_.state().generation);
    const auto list = [&](const std::string& folder, const auto& definitions) {
      for (const auto& definition : definitions)
        method.definitions.push_back({folder, definition.name, definition.version});
    };
    list("sources", catalog_.sources);
    engine::for_each_tabled(catalog_, [&](const auto& definition) {
      method.definitions.push_back({"measures", definition.name, definition.version});
    });
    list("measures", catalog_.features);
    list("models", catalog_.models);
  }

  const engine::Catalog& catalog_;
  const journal::Journal& journal_;
  const trail::TrailReader& trails_;
  Zone zone_;
  query::Session session_;
  govern::Pseudonyms pseudonyms_;
  Activity activity_;
  Content content_;
};

}  // namespace

Content gather(const engine::Catalog& catalog, const journal::Journal& journal,
               const trail::TrailReader& trails, const std::string& command, Micros now) {
  return Gatherer(catalog, journal, trails).gather(command, now);
}

}  // namespace waymark::report
