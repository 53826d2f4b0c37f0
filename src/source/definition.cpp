#include "source/definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace waymark::source {
namespace {

using workspace::Diagnostics;
using workspace::Node;

class Parser {
 public:
  Parser(SourceDefinition& definition, Diagnostics& diagnostics)
      : source_(definition), diagnostics_(diagnostics) {}

  void parse(const Node& node, const workspace::Settings& settings) {
    parse_zone(node, settings);
    source_.files = node["files"].texts();
    source_.format = file_format(node);
    for (const std::string& file : source_.files)
      expect_format(source_.format, file, node["files"]);
    source_.arrives_at_event_time = node["arrival"].text() == "event_time";
    source_.keeps_unmapped = node["keep"].text() != "none";
    parse_lookups(node["lookup"]);
    for (const Node& column : node["id"].items()) source_.id.push_back(column_reference(column));
    std::map<std::string, std::size_t> entries_by_kind;
    for (const Node& entry : node["events"].items()) {
      const std::string kind = entry["kind"].content_hash();
      source_.events.push_back(event_rule(entry));
      source_.events.back().identity = hash64(fmt::format("{} {}", kind, entries_by_kind[kind]++));
    }
    for (const Node& entry : node["courses"].items()) source_.courses.push_back(course_rule(entry));
    if (source_.events.empty() && source_.courses.empty()) {
      diagnostics_.add(
          node.place(), "source.empty",
          "a source has `events:` or `courses:`, or both; this one would give nothing");
    }
  }

 private:
  void parse_zone(const Node& node, const workspace::Settings& settings) {
    const Node zone = node["time_zone"];
    try {
      source_.zone = Zone::named(zone.text(settings.time_zone));
    } catch (const Error& error) {
      // The workspace answers for a bad zone of its own.
      if (zone.exists()) diagnostics_.add(zone.place(), error.reason(), error.what());
    }
  }

  static FileFormat file_format(const Node& node) {
    static const std::map<std::string, FileKind> kKinds{{"csv", FileKind::kCsv},
                                                        {"tsv", FileKind::kTsv},
                                                        {"ndjson", FileKind::kNdjson},
                                                        {"parquet", FileKind::kParquet}};
    FileFormat format;
    if (const auto kind = kKinds.find(node["format"].text()); kind != kKinds.end())
      format.kind = kind->second;
    if (node["encoding"].text() == "windows-1252") format.encoding = Encoding::kWindows1252;
    const std::string delimiter = node["delimiter"].text();
    if (!delimiter.empty()) format.delimiter = delimiter == "\\t" ? '\t' : delimiter.front();
    format.header = node["header"].texts();
    return format;
  }

  void expect_format(const FileFormat& format, const std::string& file, const Node& node) {
    if (format.kind != FileKind::kByEnding || kind_by_ending(file) != FileKind::kByEnding) return;
    diagnostics_.add(node.place(), "source.format_unknown",
                     fmt::format("the ending of '{}' does not tell its format", file),
                     "add `format: csv`, tsv, ndjson or parquet");
  }

  void parse_lookups(const Node& node) {
    for (const auto& [name, lookup] : node.members()) all_lookups_.push_back(name);
    for (const auto& [name, lookup] : node.members()) {
      LookupRule rule;
      rule.name = name;
      rule.file = lookup["file"].text();
      rule.format = file_format(lookup);
      expect_format(rule.format, rule.file, lookup["file"]);
      const Node key = lookup["key"];
      for (const auto& [column, text] : key.members())
        rule.key.emplace_back(column, text_template(text.text(), text.place()));
      if (!key.is_map()) {
        for (const Node& column : key.items())
          rule.key.emplace_back(column.text(), of_column(column_reference(column)));
      }
      source_.lookups.push_back(std::move(rule));
    }
  }

  // "x" or "lookup.x" -> its reference. A dot alone does not make a lookup: columns may have dots
  // in their names, and NDJSON has dotted paths.
  std::size_t reference(const std::string& name, const workspace::Place& place) {
    Reference wanted{Reference::kRecord, name, place};
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) {
      const std::string first = name.substr(0, dot);
      const auto declared = std::ranges::find(source_.lookups, first, &LookupRule::name);
      if (declared != source_.lookups.end()) {
        wanted.lookup = static_cast<std::size_t>(declared - source_.lookups.begin());
        wanted.column = name.substr(dot + 1);
      } else if (std::ranges::find(all_lookups_, first) != all_lookups_.end()) {
        diagnostics_.add(place, "lookup.order",
                         fmt::format("the lookup '{}' stands further down; a key may only use "
                                     "lookups above its own",
                                     first));
      } else if (const std::string hint = did_you_mean(first, all_lookups_); !hint.empty()) {
        diagnostics_.add(place, "lookup.unknown", fmt::format("no lookup is called '{}'", first),
                         hint);
      }
    }
    const auto same = [&](const Reference& known) {
      return known.lookup == wanted.lookup && known.column == wanted.column;
    };
    const auto known = std::ranges::find_if(source_.references, same);
    if (known != source_.references.end())
      return static_cast<std::size_t>(known - source_.references.begin());
    source_.references.push_back(std::move(wanted));
    return source_.references.size() - 1;
  }

  std::size_t column_reference(const Node& node) { return reference(node.text(), node.place()); }

  static Template of_column(std::size_t reference) {
    Template result;
    result.parts.push_back({reference, ""});
    return result;
  }

  Template text_template(std::string_view text, const workspace::Place& place) {
    Template result;
    while (!text.empty()) {
      const std::size_t open = text.find("${");
      if (open != 0)
        result.parts.push_back({Template::Part::kLiteral, std::string(text.substr(0, open))});
      if (open == std::string_view::npos) break;
      const std::size_t close = text.find('}', open);
      const std::string_view name = trimmed(text.substr(open + 2, close - open - 2));
      if (close == std::string_view::npos || name.empty()) {
        diagnostics_.add(place, "template.malformed",
                         fmt::format("'{}' should be ${{column}}", text.substr(open)));
        break;
      }
      result.parts.push_back({reference(std::string(name), place), ""});
      text.remove_prefix(close + 1);
    }
    return result;
  }

  Value value(const Node& node) {
    Value result;
    if (!node.is_map()) {
      result.text = text_template(node.text(), node.place());
      return result;
    }
    if (node["number"].exists()) {
      result.form = Value::Form::kNumber;
      result.operands.push_back(value(node["number"]));
    } else if (node["subtract"].exists()) {
      result.form = Value::Form::kDifference;
      for (const Node& operand : node["subtract"].items())
        result.operands.push_back(value(operand));
      if (result.operands.size() != 2) {
        diagnostics_.add(node["subtract"].place(), "value.operands",
                         "subtract takes two values: [from, what]");
        result.operands.resize(2);
      }
    } else {
      result.text = text_template(node["text"].text(), node["text"].place());
    }
    if (const Node match = node["match"]; match.exists()) {
      try {
        result.match.emplace(match.text());
      } catch (const Error& error) {
        diagnostics_.add(match.place(), error.reason(), error.what());
      }
    }
    if (const Node map = node["map"]; map.exists()) {
      result.translation.emplace();
      for (const auto& [from, to] : map.members()) result.translation->emplace(from, to.text());
    }
    result.otherwise = text_template(node["otherwise"].text(), node["otherwise"].place());
    return result;
  }

  TimeRule time_rule(const Node& node) {
    TimeRule rule;
    if (const Node day = node["day"]; day.exists()) {
      rule.form = TimeRule::Form::kDay;
      rule.value = value(day);
      if (const Node otherwise = node["otherwise"]; otherwise.exists())
        rule.value.otherwise = text_template(otherwise.text(), otherwise.place());
      rule.since.push_back(time_rule(node["since"]));
      return rule;
    }
    rule.value = value(node);
    if (const Node unit = node["unit"]; unit.exists()) {
      rule.form = TimeRule::Form::kEpoch;
      rule.unit = unit.text() == "us"   ? 1
                  : unit.text() == "ms" ? kMicrosPerSecond / 1000
                                        : kMicrosPerSecond;
    } else if (const Node format = node["format"]; format.exists()) {
      rule.form = TimeRule::Form::kFormat;
      rule.format = format.text();
    }
    return rule;
  }

  std::vector<Condition> conditions(const Node& node) {
    std::vector<Condition> all;
    for (const auto& [column, wanted] : node.members()) {
      Condition condition;
      condition.reference = reference(column, wanted.place());
      if (wanted.text() == "absent") {
        condition.test = Condition::Test::kAbsent;
      } else if (wanted.text() != "present") {
        condition.test = Condition::Test::kOneOf;
        condition.values = wanted.texts();
      }
      all.push_back(std::move(condition));
    }
    return all;
  }

  PropertyRules properties(const Node& node) {
    PropertyRules rules;
    for (const auto& [name, rule] : node.members()) rules.emplace_back(name, value(rule));
    return rules;
  }

  EventRule event_rule(const Node& node) {
    EventRule rule;
    rule.when = conditions(node["when"]);
    rule.kind = value(node["kind"]);
    rule.learner = value(node["learner"]);
    rule.object = value(node["object"]);
    rule.course = value(node["course"]);
    rule.context = value(node["context"]);
    rule.outcome = value(node["outcome"]);
    rule.score = value(node["score"]);
    rule.weight = value(node["weight"]);
    rule.duration_ms = value(node["duration_ms"]);
    rule.time = time_rule(node["time"]);
    if (node["received"].exists()) rule.received = time_rule(node["received"]);
    rule.properties = properties(node["properties"]);
    return rule;
  }

  CourseRule course_rule(const Node& node) {
    CourseRule rule;
    rule.when = conditions(node["when"]);
    rule.course = value(node["course"]);
    rule.start = time_rule(node["start"]);
    rule.end = time_rule(node["end"]);
    rule.properties = properties(node["properties"]);
    return rule;
  }

  SourceDefinition& source_;
  Diagnostics& diagnostics_;
  std::vector<std::string> all_lookups_;
};

// The text with glob's wildcards escaped.
std::string without_wildcards(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

SourceDefinition parse_source(const workspace::Definition& definition,
                              const workspace::Settings& settings, Diagnostics& diagnostics) {
  SourceDefinition source;
  source.name = definition.name;
  source.version = definition.version;
  Parser(source, diagnostics).parse(definition.node, settings);
  return source;
}

std::vector<std::string> find_files(const SourceDefinition& definition,
                                    const std::filesystem::path& folder, bool may_be_gone) {
  const std::string prefix = (folder / "").string();
  std::set<std::string> found;
  for (const std::string& pattern : definition.files) {
    const bool absolute = pattern.starts_with('/');
    const std::string whole = absolute ? pattern : without_wildcards(prefix) + pattern;
    glob_t matches{};
    if (glob(whole.c_str(), 0, nullptr, &matches) != 0) {
      if (may_be_gone) continue;
      throw Error(ErrorCode::kNotFound, "source.file_missing",
                  fmt::format("source '{}': there is no file '{}' in {}", definition.name, pattern,
                              folder.string()));
    }
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
      found.emplace(matches.gl_pathv[i] + (absolute ? 0 : prefix.size()));
    }
    globfree(&matches);
  }
  return {found.begin(), found.end()};
}

}  // namespace waymark::source
