#include "cli/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/starter.h"
#include "engine/catalog.h"

namespace waymark::cli {
namespace {

// The kinds of definitions in the order in which a workspace grows, each with its example from the
// starter workspace.
constexpr std::pair<const char*, const char*> kKinds[]{
    {"waymark", "waymark.yaml"},
    {"source", "sources/activity.yaml"},
    {"sessions", "measures/sessions.yaml"},
    {"engagement", "measures/engagement.yaml"},
    {"funnel", "measures/onboarding.yaml"},
    {"paths", "measures/after_viewing.yaml"},
    {"retention", "measures/retention.yaml"},
    {"calendar", "calendars/terms.yaml"},
    {"lifecycle", "measures/stages.yaml"},
    {"mastery", "measures/skills.yaml"},
    {"cohort", "measures/quiet.yaml"},
    {"events", "measures/meaningful_action.yaml"},
    {"metric", "measures/active_learners.yaml"},
    {"anomalies", "measures/unusual_activity.yaml"},
    {"features", "measures/study.yaml"},
    {"tiers", "measures/activity.yaml"},
    {"clusters", "measures/kinds_of_learners.yaml"},
    {"model", "models/at_risk.yaml"},
    {"survival", "models/leaving.yaml"}};

constexpr const char* kMade =
    "<!-- Written by `waymark reference`; edit the program instead. -->\n";

// Text for a cell of a table, or for a paragraph: what Markdown would take for markup stays text.
std::string plain(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string code(std::string_view text) { return fmt::format("`{}`", text); }

std::string text_of(const Json& schema, std::string_view key) {
  const Json* found = schema.is_object() ? schema.find(key) : nullptr;
  return found != nullptr ? found->string() : "";
}

// Takes the sentence that tells the default from the end of a description.
std::string take_default(std::string& description) {
  const std::size_t begin = description.rfind("Default");
  if (begin == std::string::npos) return "";
  std::string sentence = description.substr(begin + std::string_view("Default").size());
  description.resize(begin > 0 ? begin - 1 : 0);
  while (sentence.starts_with(':') || sentence.starts_with(' ')) sentence.erase(0, 1);
  while (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

// One kind of definition file, key by key.
class DefinitionWriter {
 public:
  DefinitionWriter(std::string kind, const Json& root) : kind_(std::move(kind)), root_(root) {}

  std::string write() {
    table(root_);
    const Json* parts = root_.find("$defs");
    if (parts == nullptr) return std::move(out_);
    for (const auto& [name, schema] : parts->object()) {
      if (!has_section(schema)) continue;
      out_ += fmt::format("\n### {} {}\n", kind_, name);
      if (const std::string words = text_of(schema, "description"); !words.empty())
        out_ += fmt::format("\n{}\n", plain(words));
      if (const Json* choices = schema.find("oneOf"))
        out_ += fmt::format("\nOne of: {}.\n", alternatives(*choices));
      table(schema);
    }
    return std::move(out_);
  }

 private:
  void table(const Json& schema) {
    const std::size_t before = out_.size();
    rows("", schema);
    if (out_.size() > before)
      out_.insert(before, "\n| key | type | default | what |\n|---|---|---|---|\n");
  }

  // A shared part that has keys, alternatives or a name of its own is told once and linked to.
  static bool has_section(const Json& schema) {
    return schema.find("properties") != nullptr || schema.find("oneOf") != nullptr ||
           schema.find("title") != nullptr;
  }

  const Json& resolve(const Json& schema) const {
    const std::string reference = text_of(schema, "$ref");
    return reference.empty() ? schema : resolve(root_.at("$defs").at(part_name(reference)));
  }
  static std::string part_name(std::string_view reference) {
    return std::string(reference.substr(std::string_view("#/$defs/").size()));
  }

  std::string alternatives(const Json& choices) const {
    std::vector<std::string> words;
    for (const Json& choice : choices.array()) {
      std::string one = type(choice);
      if (std::ranges::find(words, one) == words.end()) words.push_back(std::move(one));
    }
    return fmt::format("{}", fmt::join(words, ", or "));
  }

  // What may stand there, in words.
  std::string type(const Json& schema) const {
    if (const std::string reference = text_of(schema, "$ref"); !reference.empty()) {
      const std::string name = part_name(reference);
      if (!has_section(resolve(schema))) return type(resolve(schema));
      return fmt::format("[{}](#{}-{})", name, kind_, name);
    }
    if (const Json* only = schema.find("const")) return code(only->string());
    if (const Json* choices = schema.find("oneOf")) return alternatives(*choices);
    if (const Json* words = schema.find("enum")) {
      std::vector<std::string> list;
      for (const Json& word : words->array())
        list.push_back(word.is_string() ? code(word.string()) : fmt::format("{}", word.number()));
      return fmt::format("{}{}", fmt::join(list, ", "), or_more(schema));
    }
    const Json& name = schema.at("type");
    return type(schema, name.is_array() ? name.array().at(0).string() : name.string()) +
           or_more(schema);
  }

  // Where a single value is asked for, a text, a list or a map may be allowed as well.
  static std::string or_more(const Json& schema) {
    const Json* types = schema.find("type");
    std::string words;
    if (types == nullptr || !types->is_array()) return words;
    for (const Json& type : std::span(types->array()).subspan(1)) {
      words += type.string() == "array"    ? ", or a list"
               : type.string() == "object" ? ", or a map"
                                           : ", or a text";
    }
    return words;
  }

  std::string type(const Json& schema, const std::string& name) const {
    if (name == "boolean") return "true or false";
    if (name == "string") return "text";
    if (name == "array") return fmt::format("a list of: {}", type(schema.at("items")));
    if (name == "object") {
      const Json* each = schema.find("additionalProperties");
      return each != nullptr && each->is_object() ? "a map: name → " + type(*each) : "a map";
    }
    std::string words = name == "integer" ? "a whole number" : "a number";
    const Json* least = schema.find("minimum");
    const Json* most = schema.find("maximum");
    if (least != nullptr && most != nullptr)
      return fmt::format("{} from {} to {}", words, least->number(), most->number());
    return least == nullptr ? words : fmt::format("{}, at least {}", words, least->number());
  }

  // A row for every key, those of maps that stand inside at once after their parent.
  void rows(const std::string& prefix, const Json& schema) {
    if (const Json* choices = schema.find("oneOf")) {
      for (const Json& choice : choices->array()) {
        if (choice.find("$ref") == nullptr) rows(prefix, choice);
      }
    }
    const Json* properties = schema.find("properties");
    if (properties == nullptr) return;
    for (const auto& [name, member] : properties->object()) {
      row(prefix + name, member, is_required(schema, name));
      if (member.find("$ref") == nullptr) rows(prefix + name + ".", member);
    }
  }

  static bool is_required(const Json& schema, const std::string& name) {
    const Json* required = schema.find("required");
    const auto names_it = [&](const Json& item) { return item.string() == name; };
    return required != nullptr && std::ranges::any_of(required->array(), names_it);
  }

  void row(const std::string& key, const Json& schema, bool required) {
    std::string words = text_of(schema, "description");
    if (words.empty()) words = text_of(resolve(schema), "description");
    std::string without = take_default(words);
    if (required) without = "(must be there)";
    out_ += fmt::format("| {} | {} | {} | {} |\n", code(key), type(schema), plain(without),
                        plain(words));
  }

  std::string kind_;
  const Json& root_;
  std::string out_;
};

std::string_view starter_text(std::string_view path) {
  const auto file = std::ranges::find(starter_files(), path, &StarterFile::path);
  WAYMARK_CHECK(file != starter_files().end());
  return file->text;
}

std::string option_rows(const CLI::App& app) {
  std::string rows;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_name() == "--help") continue;
    std::string name =
        option->get_positional() ? option->get_name(true, false) : option->get_name(false, true);
    const std::string type = option->get_type_name();
    if (option->get_positional()) {
      if (option->get_items_expected_max() > 1) name += "…";
      if (!option->get_required()) name = fmt::format("[{}]", name);
    } else if (option->get_items_expected_max() > 0) {
      name += " " + type.substr(0, type.find(':'));
    }
    rows += fmt::format("| {} | {} |\n", code(name), plain(option->get_description()));
  }
  return rows.empty() ? "" : "\n| | |\n|---|---|\n" + rows;
}

// A footer is words, a line that says "Example:", and examples, indented.
std::string footer(const std::string& text) {
  const std::size_t heading = text.find("Example");
  std::string words = text.substr(0, heading);
  words.erase(words.find_last_not_of('\n') + 1);
  std::string examples = text.substr(text.find('\n', heading) + 1);
  for (std::size_t at = 0; (at = examples.find("  waymark", at)) != std::string::npos;)
    examples.erase(at, 2);
  return fmt::format("{}\n```sh\n{}\n```\n", words.empty() ? "" : words + "\n", examples);
}

}  // namespace

std::string commands_page(const CLI::App& app) {
  std::string out = fmt::format("{}# Commands\n\n{}\n", kMade, plain(app.get_description()));
  out += "\nFor every command:\n" + option_rows(app);
  const auto add = [&](const std::string& name, const CLI::App& command) {
    out += fmt::format("\n## waymark {}\n\n{}.\n{}", name, plain(command.get_description()),
                       option_rows(command));
  };
  for (const CLI::App* command : app.get_subcommands({})) {
    add(command->get_name(), *command);
    if (command->get_subcommands({}).empty()) out += footer(command->get_footer());
    for (const CLI::App* member : command->get_subcommands({})) {
      add(command->get_name() + " " + member->get_name(), *member);
      out += footer(member->get_footer());
    }
  }
  out += "\n## Exit codes\n\n| code | what it means |\n|---|---|\n";
  for (const Exit& exit : exits()) out += fmt::format("| {} | {} |\n", exit.code, exit.words);
  return out;
}

std::string definitions_page() {
  std::string out = fmt::format(
      "{}# Definition files\n\nEvery key of every kind of file in a workspace. Each example is "
      "from\n"
      "the workspace that `waymark init` makes.\n",
      kMade);
  for (const auto& [kind, example] : kKinds) {
    const Json schema = Json::parse(engine::schemas().at(kind));
    out += fmt::format("\n## {}\n\n{}\n\n```yaml\n{}```\n", plain(schema.at("title").string()),
                       plain(schema.at("description").string()), starter_text(example));
    out += DefinitionWriter(kind, schema).write();
  }
  return out;
}

}  // namespace waymark::cli
