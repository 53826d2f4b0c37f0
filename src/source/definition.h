#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pattern.h"
#include "base/time.h"
#include "source/record_reader.h"
#include "workspace/workspace.h"

namespace waymark::source {

// What a ${…} means: a column of the record, or of the row that a lookup found for it.
struct Reference {
  static constexpr std::size_t kRecord = static_cast<std::size_t>(-1);
  std::size_t lookup = kRecord;  // index into SourceDefinition::lookups
  std::string column;
  workspace::Place place;  // where it stands first
};

// A text with references, such as "${code_module}/${code_presentation}". Absent (empty) where any
// of its columns is, so that half an identifier never comes about.
struct Template {
  struct Part {
    static constexpr std::size_t kLiteral = static_cast<std::size_t>(-1);
    std::size_t reference = kLiteral;  // index into SourceDefinition::references
    std::string literal;
  };
  std::vector<Part> parts;
};

// How a value comes out of a record. Absent values are empty texts or no number.
struct Value {
  enum class Form {
    kText,        // `text`, then `match`, then `translation`
    kNumber,      // operands[0], as a number
    kDifference,  // operands[0] - operands[1]
  };
  Form form = Form::kText;
  Template text;
  std::optional<Pattern> match;  // the first group; no match = absent
  std::optional<std::map<std::string, std::string, std::less<>>> translation;  // not in it = absent
  std::vector<Value> operands;
  Template otherwise;  // stands in where the value is absent
};

struct TimeRule {
  enum class Form {
    kIso,     // ISO 8601
    kFormat,  // as `format` says
    kEpoch,   // number of `unit`s since 1970
    kDay,     // whole days after the local day of `since`, at local midnight
  };
  Form form = Form::kIso;
  Value value;
  std::string format;
  Micros unit = kMicrosPerSecond;
  std::vector<TimeRule> since;  // kDay: one
};

struct Condition {
  enum class Test { kPresent, kAbsent, kOneOf };
  std::size_t reference = 0;
  Test test = Test::kPresent;
  std::vector<std::string> values;
};

using PropertyRules = std::vector<std::pair<std::string, Value>>;

// One entry of `events:`. Values that the entry does not mention are absent.
struct EventRule {
  std::vector<Condition> when;  // all must hold
  Value kind, learner, object, course, context, outcome;
  Value score, weight, duration_ms;
  TimeRule time;
  std::optional<TimeRule> received;
  PropertyRules properties;
  // Tells apart the events of one record: hash of the kind as written and of how many entries of
  // that kind stand above. Entries of other kinds may come, go and move without changing it.
  std::uint64_t identity = 0;
};

// One entry of `courses:`.
struct CourseRule {
  std::vector<Condition> when;
  Value course;
  TimeRule start, end;
  PropertyRules properties;
};

struct LookupRule {
  std::string name;
  std::string file;
  FileFormat format;
  // Column of the lookup's file, and what it must equal. The templates use the record and lookups
  // that stand above.
  std::vector<std::pair<std::string, Template>> key;
};

// How the files of one source become events: sources/<name>.yaml, typed.
struct SourceDefinition {
  std::string name;
  std::string version;             // the content's hash
  std::vector<std::string> files;  // relative to the workspace; may hold * ? […]
  FileFormat format;
  Zone zone = Zone::utc();
  bool arrives_at_event_time = false;
  std::vector<std::size_t> id;        // references that identify a record; may be empty
  std::vector<Reference> references;  // each distinct one once
  std::vector<LookupRule> lookups;
  std::vector<EventRule> events;
  std::vector<CourseRule> courses;
  bool keeps_unmapped = true;
};

// Reads a definition that has passed kSourceSchema. What the schema cannot say becomes diagnostics:
// templates that do not close, lookups that are not declared, malformed patterns, unknown zones,
// files of an unknown format. Columns are checked when a file is read.
SourceDefinition parse_source(const workspace::Definition& definition,
                              const workspace::Settings& settings,
                              workspace::Diagnostics& diagnostics);

// The definition's files under the workspace's folder, patterns expanded, sorted, each once,
// relative to that folder. Throws Error{kNotFound, "source.file_missing"} for a pattern without a
// file, unless files may have been taken away.
std::vector<std::string> find_files(const SourceDefinition& definition,
                                    const std::filesystem::path& folder, bool may_be_gone = false);

}  // namespace waymark::source
