#include "source/mapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <unordered_set>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "source/record_values.h"
#include "source/time_reader.h"

namespace waymark::source {
namespace {

// A clock may be a little ahead of ours; a day is more than any zone can explain.
constexpr Micros kMaxAhead = kMicrosPerDay;
constexpr double kMaxDurationMs = 1e15;

template <typename T>
void append_bytes(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// One property of a staged event, as EventBatch stores it.
struct Property {
  Code name;
  PropertyType type;
  std::uint64_t bits;
};

// An event that waits for the rest of its record: a record is taken whole or not at all.
struct StagedEvent {
  EventId id;
  Micros time, received;
  Code learner, kind, object, course, context, outcome;
  std::int64_t duration_ms = kNoDuration;
  double score = kNoScore, weight = 1;
  std::size_t property_end = 0;
};

// Why a record is rejected; no reason = it is not.
struct Problem {
  std::string reason;
  std::string message;
};

// Interns texts that mostly equal the one before.
class Coder {
 public:
  Code code(Dictionary& dictionary, std::string_view text) {
    if (dictionary.text(last_) != text) last_ = dictionary.intern(text);
    return last_;
  }

 private:
  Code last_ = kNoCode;
};

struct EventCoders {
  Coder learner, kind, object, course, context, outcome;
};

// A column that nothing refers to and that is kept as a property.
struct KeptColumn {
  std::size_t field;
  std::string name;
};

}  // namespace

struct Mapper::State {
  State(const SourceDefinition& source, const std::vector<LookupTable>& lookups,
        std::string file_name, Micros time_now)
      : definition(source),
        values(source, lookups),
        times(source.zone),
        file(std::move(file_name)),
        now(time_now) {}

  bool fail(std::string reason, std::string message) {
    problem = {std::move(reason), std::move(message)};
    return false;
  }

  bool fail_missing(std::string_view scope, std::string_view what, std::string_view missed_lookup) {
    if (missed_lookup.empty())
      return fail(fmt::format("{}.{}_missing", scope, what), fmt::format("the {} is empty", what));
    return fail("lookup.missing", fmt::format("the {} comes from the lookup '{}', which has no "
                                              "row for the record",
                                              what, missed_lookup));
  }

  // The time that the record must have. `scope`: "event" or "course", as reasons begin.
  bool require_time(const TimeRule& rule, std::string_view scope, Micros latest, Micros& time) {
    std::optional<Micros> read;
    if (!read_time(rule, scope, latest, read)) return false;
    if (!read) return fail_missing(scope, "time", values.missed_lookup(rule));
    time = *read;
    return true;
  }

  // No time where the record has none.
  bool read_time(const TimeRule& rule, std::string_view scope, Micros latest,
                 std::optional<Micros>& time) {
    if (!evaluate_time(rule, scope, time)) return false;
    if (!time || (*time >= kEarliest && *time <= latest)) return true;
    return fail(fmt::format("{}.time_impossible", scope),
                *time > latest && *time <= kLatest ? "the time is more than a day in the future"
                                                   : "the time is before 1970 or after 2199");
  }

  // The same whatever the time is.
  bool evaluate_time(const TimeRule& rule, std::string_view scope, std::optional<Micros>& time) {
    const auto malformed = [&](std::string_view expected) {
      return fail(fmt::format("{}.time_malformed", scope), fmt::format("expected {}", expected));
    };
    if (rule.form == TimeRule::Form::kDay) {
      const Number days = values.number(rule.value);
      std::optional<Micros> since;
      if (!evaluate_time(rule.since.front(), scope, since)) return false;
      if (days.state == Number::State::kMalformed) return malformed("a number of days");
      if (days.state == Number::State::kAbsent || !since) return true;
      time = times.day(*since, days.value);
      return time || malformed("a whole number of days");
    }
    const std::string_view text = trimmed(values.text(rule.value));
    if (text.empty()) return true;
    time = times.text(rule, text);
    if (time) return true;
    if (rule.form == TimeRule::Form::kEpoch) return malformed("a number, counted from 1970");
    return malformed(rule.form == TimeRule::Form::kFormat
                         ? fmt::format("a time like {}", rule.format)
                         : "an ISO 8601 time, such as 2014-02-01T09:30:00Z");
  }

  // Leaves `number` alone where the record has none.
  bool read_number(const Value& value, std::string_view what, double& number) {
    const Number read = values.number(value);
    if (read.state == Number::State::kMalformed)
      return fail("number.malformed", fmt::format("the {} is not a number", what));
    if (read.state == Number::State::kKnown) number = read.value;
    return true;
  }

  bool read_duration(const Value& value, std::int64_t& duration_ms) {
    double number = static_cast<double>(kNoDuration);
    const Number read = values.number(value);
    if (read.state == Number::State::kAbsent) return true;
    if (!read_number(value, "duration", number)) return false;
    if (number < 0 || number > kMaxDurationMs)
      return fail("number.malformed", "the duration is negative or longer than any life");
    duration_ms = std::llround(number);
    return true;
  }

  bool stage_event(const EventRule& rule, EventCoders& coder, const EventId& identity) {
    const Micros latest = std::min(kLatest, now + kMaxAhead);
    EventBatch& batch = chunk->events;
    StagedEvent event;
    event.id = event_id(identity, rule);
    const auto required = [&](const Value& value, std::string_view what, Dictionary& dictionary,
                              Coder& its_coder, Code& code) {
      const std::string_view text = values.text(value);
      if (text.empty()) return fail_missing("event", what, values.missed_lookup(value));
      code = its_coder.code(dictionary, text);
      return true;
    };
    const auto optional = [&](const Value& value, Dictionary& dictionary, Coder& its_coder) {
      return its_coder.code(dictionary, values.text(value));
    };
    if (!required(rule.kind, "kind", batch.kinds, coder.kind, event.kind) ||
        !required(rule.learner, "learner", batch.learners, coder.learner, event.learner) ||
        !require_time(rule.time, "event", latest, event.time)) {
      return false;
    }
    std::optional<Micros> received;
    if (rule.received && !read_time(*rule.received, "event", latest, received)) return false;
    event.received = received.value_or(definition.arrives_at_event_time ? event.time : now);
    event.object = optional(rule.object, batch.objects, coder.object);
    event.course = optional(rule.course, batch.courses, coder.course);
    event.context = optional(rule.context, batch.contexts, coder.context);
    event.outcome = optional(rule.outcome, batch.outcomes, coder.outcome);
    if (!read_number(rule.score, "score", event.score) ||
        !read_number(rule.weight, "weight", event.weight) ||
        !read_duration(rule.duration_ms, event.duration_ms) || !stage_properties(rule.properties)) {
      return false;
    }
    if (staged.empty()) stage_kept_columns();
    event.property_end = staged_properties.size();
    staged.push_back(event);
    return true;
  }

  static EventId event_id(const EventId& identity, const EventRule& rule) {
    const std::array<std::uint64_t, 3> parts{identity.high, identity.low, rule.identity};
    return hash128({reinterpret_cast<const char*>(parts.data()), sizeof parts});
  }

  void stage_text(Code name, PropertyType type, std::string_view text) {
    staged_properties.push_back({name, type, chunk->events.property_texts.intern(text)});
  }
  void stage_number(Code name, double number) {
    staged_properties.push_back(
        {name, PropertyType::kNumber, std::bit_cast<std::uint64_t>(number)});
  }

  bool stage_properties(const PropertyRules& rules) {
    for (const auto& [name, value] : rules) {
      const auto code = [&] { return chunk->events.property_names.intern(name); };
      if (value.form == Value::Form::kText) {
        const std::string_view text = values.text(value);
        if (!text.empty()) stage_text(code(), PropertyType::kText, text);
        continue;
      }
      double number = kNoScore;
      if (!read_number(value, name, number)) return false;
      if (!std::isnan(number)) stage_number(code(), number);
    }
    return true;
  }

  void stage_kept_columns() {
    for (const KeptColumn& column : kept) {
      const std::string_view text = record->fields[column.field];
      if (text.empty()) continue;
      const Code name = chunk->events.property_names.intern(column.name);
      const PropertyType type = type_of(column.field);
      if (type == PropertyType::kNumber) {
        stage_number(name, *parse_number(text));
      } else if (type == PropertyType::kBoolean) {
        staged_properties.push_back({name, type, text == "true" ? 1u : 0u});
      } else {
        stage_text(name, type, text);
      }
    }
  }

  PropertyType type_of(std::size_t field) const {
    return record->types.empty() ? PropertyType::kText : record->types[field];
  }

  bool stage_course(const CourseRule& rule) {
    CourseEntry entry;
    entry.course = values.text(rule.course);
    if (entry.course.empty())
      return fail_missing("course", "name", values.missed_lookup(rule.course));
    if (!require_time(rule.start, "course", kLatest, entry.start) ||
        !require_time(rule.end, "course", kLatest, entry.end)) {
      return false;
    }
    for (const auto& [name, value] : rule.properties) {
      if (value.form == Value::Form::kText) {
        const std::string_view text = values.text(value);
        if (!text.empty()) entry.properties.emplace_back(name, std::string(text));
        continue;
      }
      double number = kNoScore;
      if (!read_number(value, name, number)) return false;
      if (!std::isnan(number)) entry.properties.emplace_back(name, number);
    }
    staged_courses.push_back(std::move(entry));
    return true;
  }

  // Everything that the record gives, staged; false where it is to be rejected.
  bool stage(const EventId& identity) {
    for (const std::size_t id : definition.id) {
      if (values.reference(id).empty())
        return fail("event.id_missing", fmt::format("'{}', which identifies a record, is empty",
                                                    definition.references[id].column));
    }
    for (std::size_t i = 0; i < definition.events.size(); ++i) {
      const EventRule& rule = definition.events[i];
      if (values.hold(rule.when) && !stage_event(rule, coders[i], identity)) return false;
    }
    return std::ranges::all_of(definition.courses, [&](const CourseRule& rule) {
      return !values.hold(rule.when) || stage_course(rule);
    });
  }

  void keep_staged() {
    EventBatch& batch = chunk->events;
    std::size_t property = 0;
    for (const StagedEvent& event : staged) {
      batch.id.push_back(event.id);
      batch.learner.push_back(event.learner);
      batch.time.push_back(event.time);
      batch.received.push_back(event.received);
      batch.source.push_back(source_coder.code(batch.sources, definition.name));
      batch.sequence.push_back(record->line);
      batch.kind.push_back(event.kind);
      batch.object.push_back(event.object);
      batch.course.push_back(event.course);
      batch.context.push_back(event.context);
      batch.outcome.push_back(event.outcome);
      batch.duration_ms.push_back(event.duration_ms);
      batch.score.push_back(event.score);
      batch.weight.push_back(event.weight);
      for (; property < event.property_end; ++property) {
        batch.property_name.push_back(staged_properties[property].name);
        batch.property_type.push_back(staged_properties[property].type);
        batch.property_bits.push_back(staged_properties[property].bits);
      }
      batch.property_end.push_back(static_cast<std::uint32_t>(batch.property_name.size()));
    }
    chunk->counts.events += staged.size();
    for (CourseEntry& entry : staged_courses) {
      if (told_courses.insert(content_of(entry)).second) chunk->courses.push_back(std::move(entry));
    }
  }

  static EventId content_of(const CourseEntry& entry) {
    Hasher hasher;
    hasher.field(entry.course);
    hasher.number(static_cast<std::uint64_t>(entry.start));
    hasher.number(static_cast<std::uint64_t>(entry.end));
    for (const auto& [name, value] : entry.properties) {
      hasher.field(name);
      if (const auto* text = std::get_if<std::string>(&value)) hasher.field(*text);
      if (const auto* number = std::get_if<double>(&value))
        hasher.number(std::bit_cast<std::uint64_t>(*number));
    }
    return hasher.digest();
  }

  void reject(std::string reason, std::string message, std::string text, const EventId& identity) {
    chunk->counts.rejected += 1;
    chunk->rejects.push_back(
        {std::move(reason), std::move(message), file, record->line, std::move(text), identity});
  }

  // All fields as one JSON object.
  std::string record_as_json() const {
    JsonWriter json;
    json.begin_object();
    for (std::size_t i = 0; i < record->fields.size(); ++i) {
      const std::string_view text = record->fields[i];
      if (text.empty()) continue;
      json.key(columns[i]);
      if (type_of(i) == PropertyType::kText) {
        json.string(text);
      } else {
        json.raw(text);
      }
    }
    json.end_object();
    return json.take();
  }

  const SourceDefinition& definition;
  RecordValues values;
  TimeReader times;
  std::string file;
  Micros now;
  Chunk* chunk = nullptr;
  std::unordered_set<EventId> told_courses;  // in this chunk
  std::vector<EventCoders> coders;           // by event rule, for this chunk
  Coder source_coder;

  std::vector<std::string> columns;
  std::vector<std::size_t> by_name;        // the columns, sorted by name
  std::vector<std::uint64_t> name_hashes;  // by column
  std::vector<KeptColumn> kept;
  std::string content;  // of a record, as it is hashed

  const Record* record = nullptr;
  Problem problem;
  std::vector<StagedEvent> staged;
  std::vector<Property> staged_properties;
  std::vector<CourseEntry> staged_courses;
};

Mapper::Mapper(const SourceDefinition& definition, const std::vector<LookupTable>& lookups,
               std::string file, Micros now)
    : state_(std::make_unique<State>(definition, lookups, std::move(file), now)) {}
Mapper::~Mapper() = default;

void Mapper::bind(const std::vector<std::string>& columns) {
  State& s = *state_;
  s.columns = columns;
  s.values.bind(columns);
  s.by_name.resize(columns.size());
  std::iota(s.by_name.begin(), s.by_name.end(), std::size_t{0});
  std::ranges::sort(s.by_name, {}, [&](std::size_t i) { return std::string_view(columns[i]); });
  s.name_hashes.clear();
  for (const std::string& name : columns) s.name_hashes.push_back(hash64(name));
  s.kept.clear();
  if (!s.definition.keeps_unmapped) return;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool referred = std::ranges::any_of(s.definition.references, [&](const Reference& r) {
      return r.lookup == Reference::kRecord && r.column == columns[i];
    });
    if (!referred) s.kept.push_back({i, columns[i]});
  }
}

void Mapper::begin(Chunk& chunk) {
  state_->chunk = &chunk;
  state_->told_courses.clear();
  state_->coders.assign(state_->definition.events.size(), {});
  state_->source_coder = {};
}

EventId Mapper::fingerprint(const Record& record) {
  State& s = *state_;
  std::string& content = s.content;
  content = s.definition.name;
  const auto add = [&](std::uint64_t name, std::string_view text) {
    append_bytes(content, name);
    append_bytes(content, text.size());
    content += text;
  };
  if (!record.readable()) {
    add(0, record.raw.substr(0, kMaxRejectBytes));
    return hash128(content);
  }
  if (!s.definition.id.empty()) {
    s.values.set(record);
    bool complete = true;
    for (const std::size_t id : s.definition.id) {
      const std::string_view text = s.values.reference(id);
      complete = complete && !text.empty();
      add(hash64(s.definition.references[id].column), text);
    }
    if (complete) return hash128(content);
  }
  for (const std::size_t i : s.by_name) {
    if (!record.fields[i].empty()) add(s.name_hashes[i], record.fields[i]);
  }
  return hash128(content);
}

EventId Mapper::identity(const EventId& fingerprint, std::uint32_t occurrence) {
  const std::array<std::uint64_t, 3> parts{fingerprint.high, fingerprint.low, occurrence};
  return hash128({reinterpret_cast<const char*>(parts.data()), sizeof parts});
}

void Mapper::map(const Record& record, const EventId& identity) {
  State& s = *state_;
  s.record = &record;
  s.chunk->counts.records += 1;
  if (!record.readable()) {
    s.reject(std::string(record.reason), record.message,
             valid_utf8(record.raw.substr(0, kMaxRejectBytes)), identity);
    return;
  }
  s.values.set(record);
  s.staged.clear();
  s.staged_properties.clear();
  s.staged_courses.clear();
  if (!s.stage(identity)) {
    s.reject(s.problem.reason, s.problem.message, s.record_as_json(), identity);
  } else if (s.staged.empty() && s.staged_courses.empty()) {
    s.chunk->counts.refused += 1;
  } else {
    s.keep_staged();
  }
}

}  // namespace waymark::source
