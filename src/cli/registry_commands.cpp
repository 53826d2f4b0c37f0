// model: which versions there are, which is live, and who decided so.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "engine/catalog.h"
#include "model/bundle.h"
#include "model/registry.h"
#include "model/survival_version.h"

namespace waymark::cli {
namespace {

namespace fs = std::filesystem;
using query::Cell;

// These commands read no definitions, so that a rollback does not wait for a mistake in them to be
// mended.
fs::path models_folder(const Arguments& arguments) {
  if (!fs::exists(arguments.workspace / "waymark.yaml")) {
    throw Error(
        ErrorCode::kNotFound, "workspace.missing",
        fmt::format("{} is no workspace: it has no waymark.yaml", arguments.workspace.string()));
  }
  return arguments.workspace / ".waymark" / "models";
}

std::vector<std::string> known_models(const fs::path& models) {
  std::vector<std::string> names;
  if (!fs::is_directory(models)) return names;
  for (const auto& entry : fs::directory_iterator(models)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

// One model, by its name.
struct Named {
  Named(const Arguments& arguments, const std::string& of)
      : models(models_folder(arguments)), name(of) {
    const std::vector<std::string> known = known_models(models);
    if (std::ranges::find(known, name) == known.end()) {
      engine::throw_missing("model.missing", "trained model", name, known);
    }
  }
  explicit Named(const Arguments& arguments) : Named(arguments, arguments.model) {}

  std::string version(const std::string& wanted) const {
    return model::find_version(models, name, wanted);
  }
  model::AnyVersion load(const std::string& version) const {
    return model::load_version(models / name / version);
  }
  model::Registry registry() const { return model::Registry::read(models, name); }

  fs::path models;
  std::string name;
};

std::string user() {
  std::array<char, 4096> buffer;
  passwd entry{}, *found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return entry.pw_name;
  }
  return fmt::format("user {}", ::geteuid());
}

std::string decider(const Arguments& arguments) {
  return arguments.who.empty() ? user() : arguments.who;
}

// An entry of the history with the moment, and who says so and why.
model::HistoryEntry signed_by(const Arguments& arguments, model::HistoryEntry entry) {
  if (!arguments.reason.empty() && trimmed(arguments.reason).empty()) {
    throw Error(ErrorCode::kUsage, "model.reason", "a reason says something");
  }
  entry.at = now();
  entry.by = decider(arguments);
  entry.reason = trimmed(arguments.reason);
  return entry;
}

std::string to_second(Micros time) { return to_iso(time / kMicrosPerSecond * kMicrosPerSecond); }

Cell time_cell(const Arguments& arguments, const std::optional<Micros>& time) {
  return time ? Cell::of(to_second(*time)) : nothing(arguments);
}

// The live version; where none is, the one that was trained last.
std::string scoring_version(const Named& named, const model::Registry& registry) {
  const auto latest = model::latest_model(named.models, named.name);
  return registry.live().value_or(latest ? latest->filename().string() : "");
}

// The newest first; last those of which no history tells.
std::vector<std::string> newest_first(const Named& named, const model::Registry& registry) {
  std::vector<std::string> versions = model::versions_of(named.models, named.name);
  std::ranges::stable_sort(versions, std::greater(), [&](const std::string& version) {
    return registry.trained_at(version);
  });
  return versions;
}

// Null where the version has no groups to compare.
const model::Fairness* fairness_of(const model::AnyVersion& version) {
  const auto* classifier = std::get_if<model::Model>(&version);
  return classifier != nullptr && classifier->fairness() ? &*classifier->fairness() : nullptr;
}

// What a list says of a version: what was chosen, and how good that is on test rows, by what.
struct Told {
  std::string chosen, measure;
  model::Figure figure;
};
Told told_of(const model::Model& version) {
  const model::Evaluation& evaluation = version.evaluation();
  return {evaluation.chosen, "ROC-AUC", evaluation.best().test.roc_auc};
}
Told told_of(const model::SurvivalVersion& version) {
  return {version.methods()[version.findings().chosen], "concordance",
          model::figure_of(version.best().quality.concordance)};
}

// As members of an object: its figures, and how it treats groups.
void write_figures(JsonWriter& out, const model::Model& version) {
  write(out.key("metrics"), version.evaluation());
  out.key("fairness");
  version.fairness() ? write(out, *version.fairness()) : static_cast<void>(out.null());
}
void write_figures(JsonWriter& out, const model::SurvivalVersion& version) {
  write(out.key("metrics"), version);
  out.key("fairness").null();
}

std::vector<model::Comparison> compared(const model::Model& a, const model::Model& b) {
  return model::compare(a.evaluation(), a.judged(), b.evaluation(), b.judged(), a.lineage().seed);
}
std::vector<model::Comparison> compared(const model::SurvivalVersion& a,
                                        const model::SurvivalVersion& b) {
  return model::compare(a, b);
}
template <typename First, typename Second>
std::vector<model::Comparison> compared(const First& a, const Second& b) {
  throw Error(ErrorCode::kInvalid, "model.unlike",
              fmt::format("versions {} and {} are models of different kinds: one tells whether, "
                          "the other when",
                          a.version(), b.version()));
}

void print_history(const Arguments& arguments, const model::Registry& registry) {
  std::vector<std::vector<Cell>> rows;
  for (const model::HistoryEntry& entry : registry.history()) {
    std::string why = entry.reason;
    for (const std::string& gate : entry.overridden) why += "; in spite of: " + gate;
    rows.push_back({Cell::of(to_second(entry.at)), Cell::of(model::in_words(entry.act)),
                    Cell::of(entry.version), Cell::of(entry.replaced), Cell::of(entry.by),
                    Cell::of(why)});
  }
  print_table(arguments, {{"when"}, {"what"}, {"version"}, {"instead of"}, {"who"}, {"why"}}, rows);
}

void print_lineage(const model::Lineage& lineage) {
  fmt::print("- data {}: {} rows of {} columns\n- definition {}\n- features {}\n", lineage.data,
             with_thousands(lineage.rows), lineage.columns, lineage.definition, lineage.features);
  for (const std::string& trainer : lineage.trainers) fmt::print("- {}\n", trainer);
  fmt::print("- seed {}, training code {}\n", lineage.seed, lineage.code);
}

void write_history(JsonWriter& out, const model::Registry& registry) {
  out.begin_array();
  for (const model::HistoryEntry& entry : registry.history()) {
    out.begin_object().key("at").string(to_iso(entry.at));
    out.key("act").string(model::in_words(entry.act)).key("version").string(entry.version);
    out.key("replaced").string(entry.replaced).key("by").string(entry.by);
    out.key("reason").string(entry.reason).key("overridden").begin_array();
    for (const std::string& gate : entry.overridden) out.string(gate);
    out.end_array().end_object();
  }
  out.end_array();
}

// What a decision came to, for a person or a program.
int told(const Arguments& arguments, const Named& named, const std::string& version,
         const std::string& words) {
  const model::Registry registry = named.registry();
  if (!arguments.json) {
    say(arguments, words);
    return 0;
  }
  JsonWriter out;
  out.begin_object().key("model").string(named.name).key("version").string(version);
  out.key("stage").string(model::in_words(registry.stage(version)));
  out.key("live").string(registry.live().value_or(""));
  fmt::print("{}\n", out.end_object().take());
  return 0;
}

model::Unpacked unpack_file(const fs::path& models, const fs::path& file) try {
  return model::unpack(models, read_file(file));
} catch (const Error& error) {
  if (error.code() != ErrorCode::kCorrupt) throw;
  throw Error(error.code(), error.reason(), fmt::format("{}: {}", file.string(), error.what()));
}

}  // namespace

int model_list(const Arguments& arguments) {
  const fs::path models = models_folder(arguments);
  std::vector<std::vector<Cell>> rows;
  for (const std::string& name : arguments.names.empty() ? known_models(models) : arguments.names) {
    const Named named(arguments, name);
    const model::Registry registry = named.registry();
    const std::string scoring = scoring_version(named, registry);
    for (const std::string& version : newest_first(named, registry)) {
      const bool is_live = registry.live() == version;
      std::vector<Cell>& row = rows.emplace_back();
      row = {Cell::of(name), Cell::of(version), Cell::of(model::in_words(registry.stage(version))),
             time_cell(arguments, registry.trained_at(version))};
      try {
        const auto [chosen, measure, figure] =
            std::visit([](const auto& loaded) { return told_of(loaded); }, named.load(version));
        row.push_back(Cell::of(chosen));
        row.push_back(Cell::of(measure));
        row.push_back(figure_cell(arguments, figure));
      } catch (const Error&) {
        row.push_back(Cell::of("cannot be read"));
        row.push_back(nothing(arguments));
        row.push_back(nothing(arguments));
      }
      row.push_back(is_live ? time_cell(arguments, registry.live_since()) : nothing(arguments));
      row.push_back(Cell::of(version == scoring ? "yes" : "no"));
    }
  }
  print_table(arguments,
              {{"model"},
               {"version"},
               {"stage"},
               {"trained"},
               {"chosen"},
               {"measure"},
               {"on test rows"},
               {"live since"},
               {"scores"}},
              rows);
  return 0;
}

int model_show(const Arguments& arguments) {
  const Named named(arguments);
  const model::Registry registry = named.registry();
  const std::string wanted = registry.live() ? "live" : "latest";
  const std::string version = named.version(arguments.version.empty() ? wanted : arguments.version);
  const model::AnyVersion loaded = named.load(version);
  const model::Version& facts = facts_of(loaded);
  const std::string_view stage = model::in_words(registry.stage(version));
  if (arguments.json) {
    JsonWriter out(JsonWriter::Style::kPretty);
    out.begin_object().key("model").string(named.name).key("version").string(version);
    out.key("stage").string(stage);
    write(out.key("lineage"), facts.lineage());
    std::visit([&](const auto& of_kind) { write_figures(out, of_kind); }, loaded);
    write_history(out.key("history"), registry);
    out.key("card").string(facts.card()).end_object();
    fmt::print("{}\n", out.take());
    return 0;
  }
  fmt::print("{}\n## Made from\n\n", facts.card());
  print_lineage(facts.lineage());
  fmt::print("\n## History of {}\n\nVersion {} is {}.\n\n", named.name, version, stage);
  print_history(arguments, registry);
  return 0;
}

int model_compare(const Arguments& arguments) {
  const Named named(arguments);
  const std::string first = named.version(arguments.version);
  const std::string second = named.version(arguments.other_version);
  std::vector<std::vector<Cell>> rows;
  bool paired = false;
  for (const model::Comparison& one :
       std::visit([](const auto&a, const auto&b) { return compared(a, b); }, named.load(first),
                  named.load(second))) {
    paired = one.difference.has_value();
    rows.push_back({Cell::of(one.figure), figure_cell(arguments, one.first),
                    figure_cell(arguments, one.second),
                    paired ? figure_cell(arguments, *one.difference) : nothing(arguments)});
  }
  print_table(arguments, {{"figure"}, {first}, {second}, {"difference"}}, rows);
  say(arguments,
      paired ? fmt::format("Both were judged on the same rows; the difference is {} less {}, in "
                           "brackets its 95 % interval.",
                           second, first)
             : "They were judged on different rows, so their figures are not strictly comparable.");
  return 0;
}

int model_promote(const Arguments& arguments) {
  const Named named(arguments);
  const std::string version = named.version(arguments.version);
  const model::AnyVersion loaded = named.load(version);
  std::vector<std::string> broken;
  if (const model::Fairness* fairness = fairness_of(loaded)) {
    broken = model::broken_gates(*fairness);
    for (const std::string& gate : model::unjudged_gates(*fairness)) {
      print_notes({"not judged: " + gate});
    }
  }
  if (!broken.empty() && !arguments.as_shadow && !arguments.override_gates) {
    throw Error(
        ErrorCode::kForbidden, "model.gate_broken",
        fmt::format("version {} breaks what the definition asks of it:\n  {}\nTrain one that "
                    "holds it, or, where there is a reason, `--override`",
                    version, fmt::join(broken, "\n  ")));
  }
  const auto after =
      model::Registry::append(named.models, named.name, [&](const model::Registry& registry) {
        if (arguments.as_shadow) return signed_by(arguments, registry.shadow(version));
        model::HistoryEntry entry = signed_by(arguments, registry.promote(version));
        entry.overridden = broken;
        return entry;
      });
  const std::string& replaced = after.history().back().replaced;
  return told(
      arguments, named, version,
      arguments.as_shadow
          ? fmt::format("Version {} is a shadow from the next `waymark score {}` on.", version,
                        named.name)
          : fmt::format("Version {} is live from the next `waymark score {}` on{}.", version,
                        named.name, replaced.empty() ? "" : ", instead of " + replaced));
}

int model_rollback(const Arguments& arguments) {
  const Named named(arguments);
  const auto after =
      model::Registry::append(named.models, named.name, [&](const model::Registry& registry) {
        model::HistoryEntry entry = registry.roll_back();
        named.load(entry.version);
        return signed_by(arguments, std::move(entry));
      });
  const model::HistoryEntry& entry = after.history().back();
  return told(arguments, named, entry.version,
              fmt::format("Version {} is live again from the next `waymark score {}` on, instead "
                          "of {}.",
                          entry.version, named.name, entry.replaced));
}

int model_retire(const Arguments& arguments) {
  const Named named(arguments);
  const std::string version = named.version(arguments.version);
  model::Registry::append(named.models, named.name, [&](const model::Registry& registry) {
    return signed_by(arguments, registry.retire(version));
  });
  return told(arguments, named, version, fmt::format("Version {} is retired.", version));
}

int model_export(const Arguments& arguments) {
  const Named named(arguments);
  const std::string version = named.version(arguments.version);
  write_file_atomically(arguments.output, model::pack(named.models / named.name / version));
  return told(arguments, named, version,
              fmt::format("Version {} in {}", version, arguments.output.string()));
}

int model_import(const Arguments& arguments) {
  const fs::path models = models_folder(arguments);
  const model::Unpacked unpacked = unpack_file(models, arguments.folder);
  if (unpacked.is_new) {
    model::Registry::append(models, unpacked.name, [&](const model::Registry&) {
      return signed_by(arguments, {.act = model::Act::kImport, .version = unpacked.version});
    });
  }
  return told(
      arguments, Named(arguments, unpacked.name), unpacked.version,
      unpacked.is_new
          ? fmt::format("Version {0} of {1}; `waymark model promote {1} {0} --reason …` "
                        "makes it live.",
                        unpacked.version, unpacked.name)
          : fmt::format("Version {} of {} was there already.", unpacked.version, unpacked.name));
}

}  // namespace waymark::cli
