// Checks a Node against a JSON Schema. The subset of draft 2020-12 that our schemas use:
//   type, enum, const, properties, required, additionalProperties, propertyNames.pattern, items,
//   minItems, minProperties, minimum, exclusiveMinimum, maximum, pattern, minLength, $ref to
//   #/$defs, oneOf / anyOf (the alternative that fits best is the one whose mistakes are reported).
// YAML scalars have no type of their own here: "7" is a text and a number alike.
// A keyword of our own, x-names, says what the texts that stand there name; see mention.h.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/pattern.h"
#include "base/text.h"
#include "workspace/mention.h"
#include "workspace/node.h"

namespace waymark::workspace {
namespace {

bool has_type(const Node& node, std::string_view type) {
  if (type == "object") return node.is_map();
  if (type == "array") return node.is_list();
  if (type == "null") return !node.exists();
  if (!node.is_scalar()) return false;
  const std::string text = node.text();
  if (type == "string") return true;
  if (type == "boolean") return text == "true" || text == "false";
  const auto number = parse_number(text);
  if (type == "integer")
    return number && *number == static_cast<double>(static_cast<std::int64_t>(*number));
  return type == "number" && number;
}

std::string in_words(std::string_view type) {
  if (type == "object") return "a map (key: value)";
  if (type == "array") return "a list";
  if (type == "string") return "a text";
  if (type == "boolean") return "true or false";
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  return "nothing";
}

std::vector<std::string> strings(const Json& value) {
  if (value.is_string()) return {value.string()};
  std::vector<std::string> list;
  for (const Json& item : value.array()) {
    list.push_back(item.is_string() ? item.string() : fmt::format("{}", item.number()));
  }
  return list;
}

class Validator {
 public:
  // Where `mentions` is given, it gets those that are met on the way.
  Validator(const Json& root, Diagnostics& diagnostics, std::vector<Mention>* mentions = nullptr)
      : root_(root), diagnostics_(diagnostics), mentions_(mentions) {}

  // `key`: what the node is the value of, or stands in a list of; empty for the whole.
  void check(const Node& node, const Json& asked, const std::string& key = "") {
    const Json& schema = resolve(asked);
    if (!schema.is_object()) return;
    if (const Json* named = asked.find("x-names"); named != nullptr && mentions_ != nullptr)
      mentions_->push_back({named->string(), node});
    for (const char* choice : {"oneOf", "anyOf"}) {
      if (const Json* alternatives = schema.find(choice))
        return check(node, best_alternative(node, alternatives->array()), key);
    }
    if (!check_type(node, schema)) return;
    if (node.is_scalar()) check_scalar(node, schema, key);
    if (node.is_map()) check_map(node, schema);
    if (node.is_list()) check_list(node, schema, key);
  }

 private:
  const Json& resolve(const Json& schema) const {
    const Json* reference = schema.is_object() ? schema.find("$ref") : nullptr;
    if (reference == nullptr) return schema;
    const std::string& path = reference->string();
    WAYMARK_CHECK(path.starts_with("#/$defs/"));
    return resolve(root_.at("$defs").at(path.substr(8)));
  }

  std::size_t mistakes(const Node& node, const Json& schema) const {
    Diagnostics found;
    Validator(root_, found).check(node, schema);
    return found.sorted().size();
  }

  // The alternative without mistakes, else one of the node's own type, else the first.
  const Json& best_alternative(const Node& node, const Json::Array& alternatives) const {
    const auto rank = [&](const Json& alternative) {
      const Json& schema = resolve(alternative);
      const Json* type = schema.find("type");
      const bool typed =
          type == nullptr || std::ranges::any_of(strings(*type), [&](const std::string& t) {
            return has_type(node, t);
          });
      return std::pair(!typed, mistakes(node, schema));
    };
    return *std::ranges::min_element(alternatives, {}, rank);
  }

  bool check_type(const Node& node, const Json& schema) {
    const Json* type = schema.find("type");
    if (type == nullptr) return true;
    const std::vector<std::string> allowed = strings(*type);
    if (std::ranges::any_of(allowed, [&](const std::string& t) { return has_type(node, t); }))
      return true;
    std::vector<std::string> words;
    for (const std::string& t : allowed) words.push_back(in_words(t));
    const std::string found = node.is_scalar() ? fmt::format("'{}'", node.text())
                              : node.is_map()  ? "a map"
                              : node.is_list() ? "a list"
                                               : "nothing";
    diagnostics_.add(node.place(), "value.type",
                     fmt::format("expected {}, found {}", fmt::join(words, " or "), found));
    return false;
  }

  void check_scalar(const Node& node, const Json& schema, const std::string& key) {
    const std::string text = node.text();
    if (const Json* allowed = schema.find("enum")) {
      const std::vector<std::string> words = strings(*allowed);
      if (std::ranges::find(words, text) == words.end()) {
        diagnostics_.add(node.place(), "value.unknown",
                         fmt::format("'{}' is none of: {}", text, fmt::join(words, ", ")),
                         did_you_mean(text, words));
      }
    }
    if (const Json* constant = schema.find("const");
        constant != nullptr && constant->string() != text) {
      diagnostics_.add(node.place(), "value.unknown",
                       fmt::format("expected '{}', found '{}'", constant->string(), text));
    }
    if (const Json* pattern = schema.find("pattern");
        pattern != nullptr && !Pattern(pattern->string()).matches_all(text)) {
      const Json* words = schema.find("description");
      diagnostics_.add(node.place(), "value.form",
                       fmt::format("'{}' does not have the form asked for", text),
                       words != nullptr ? words->string() : pattern->string());
    }
    if (const Json* least = schema.find("minLength");
        least != nullptr && text.size() < static_cast<std::size_t>(least->integer())) {
      diagnostics_.add(node.place(), "value.empty", "an empty text cannot stand here");
    }
    const double number = node.number();
    const auto bound = [&](const char* keyword, auto broken, const char* words) {
      if (const Json* limit = schema.find(keyword);
          limit != nullptr && broken(number, limit->number())) {
        diagnostics_.add(node.place(), "value.range",
                         fmt::format("{}{}{} is not {} {}", key, key.empty() ? "" : ": ", text,
                                     words, limit->number()));
      }
    };
    bound("minimum", std::less<>(), "at least");
    bound("exclusiveMinimum", std::less_equal<>(), "more than");
    bound("maximum", std::greater<>(), "at most");
  }

  void check_map(const Node& node, const Json& schema) {
    const Json* properties = schema.find("properties");
    const Json* additional = schema.find("additionalProperties");
    const Json* names = schema.find("propertyNames");
    std::vector<std::string> known;
    if (properties != nullptr) {
      for (const auto& [name, unused] : properties->object()) known.push_back(name);
    }
    for (const auto& [name, member] : node.members()) {
      if (names != nullptr && !Pattern(names->at("pattern").string()).matches_all(name)) {
        diagnostics_.add(
            member.place(), "key.form", fmt::format("'{}' cannot be a name here", name),
            names->find("description") != nullptr ? names->at("description").string() : "");
      }
      const Json* declared = properties != nullptr ? properties->find(name) : nullptr;
      if (declared != nullptr) {
        check(member, *declared, name);
      } else if (additional != nullptr && additional->is_object()) {
        check(member, *additional, name);
      } else if (additional != nullptr && !additional->boolean()) {
        diagnostics_.add(
            member.place(), "key.unknown",
            fmt::format("'{}' is not a key here; known: {}", name, fmt::join(known, ", ")),
            did_you_mean(name, known));
      }
    }
    if (const Json* required = schema.find("required")) {
      for (const std::string& name : strings(*required)) {
        const auto has_name = [&](const auto& member) { return member.first == name; };
        if (std::ranges::none_of(node.members(), has_name)) {
          diagnostics_.add(node.place(), "key.missing", fmt::format("'{}' is missing", name));
        }
      }
    }
    if (const Json* least = schema.find("minProperties");
        least != nullptr && node.members().size() < static_cast<std::size_t>(least->integer())) {
      diagnostics_.add(node.place(), "value.empty", "an empty map cannot stand here");
    }
  }

  void check_list(const Node& node, const Json& schema, const std::string& key) {
    if (const Json* least = schema.find("minItems");
        least != nullptr && node.items().size() < static_cast<std::size_t>(least->integer())) {
      diagnostics_.add(node.place(), "value.empty",
                       fmt::format("the list needs {} or more", least->integer()));
    }
    if (const Json* each = schema.find("items")) {
      for (const Node& item : node.items()) check(item, *each, key);
    }
  }

  const Json& root_;
  Diagnostics& diagnostics_;
  std::vector<Mention>* mentions_;
};

}  // namespace

void validate(const Node& node, std::string_view json_schema, Diagnostics& diagnostics) {
  const Json schema = Json::parse(json_schema);
  Validator(schema, diagnostics).check(node, schema);
}

std::vector<Mention> mentions(const Node& node, std::string_view json_schema) {
  const Json schema = Json::parse(json_schema);
  Diagnostics unused;
  std::vector<Mention> found;
  Validator(schema, unused, &found).check(node, schema);
  return found;
}

}  // namespace waymark::workspace
