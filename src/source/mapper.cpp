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

// What an event entry gives, its texts left out. It waits for the rest of its record: a record is
// taken whole or not at all, and nothing of a rejected one may stay in a batch's dictionaries.
struct StagedEvent {
  std::size_t rule;
  Micros time = 0, received = 0;
  std::int64_t duration_ms = kNoDuration;
  double score = kNoScore, weight = 1;
};

// Why a record is rejected.
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
    double number = kNoScore;
    if (!read_number(value, "duration", number)) return false;
    if (std::isnan(number)) return true;
    if (number < 0 || number > kMaxDurationMs)
      return fail("number.malformed", "the duration is negative or longer than any life");
    duration_ms = std::llround(number);
    return true;
  }

  bool require_text(const Value& value, std::string_view scope, std::string_view what) {
    return !values.text(value).empty() || fail_missing(scope, what, values.missed_lookup(value));
  }

  // Everything about an event that can be wrong.
  bool stage_event(std::size_t index) {
    const EventRule& rule = definition.events[index];
    const Micros latest = std::min(kLatest, now + kMaxAhead);
    StagedEvent event{index};
    if (!require_text(rule.kind, "event", "kind") ||
        !require_text(rule.learner, "event", "learner") ||
        !require_time(rule.time, "event", latest, event.time)) {
      return false;
    }
    std::optional<Micros> received;
    if (rule.received && !read_time(*rule.received, "event", latest, received)) return false;
    event.received = received.value_or(definition.arrives_at_event_time ? event.time : now);
    if (!read_number(rule.score, "score", event.score) ||
        !read_number(rule.weight, "weight", event.weight) ||
        !read_duration(rule.duration_ms, event.duration_ms)) {
      return false;
    }
    staged.push_back(event);
    double unused = 0;
    return std::ranges::all_of(rule.properties, [&](const auto& property) {
      const auto& [name, value] = property;
      return value.form == Value::Form::kText || read_number(value, name, unused);
    });
  }

  void keep_event(const StagedEvent& event, const EventId& identity) {
    const EventRule& rule = definition.events[event.rule];
    EventCoders& coder = coders[event.rule];
    EventBatch& batch = chunk->events;
    const auto code = [&](const Value& value, Dictionary& dictionary, Coder& its_coder) {
      return its_coder.code(dictionary, values.text(value));
    };
    batch.id.push_back(event_id(identity, rule));
    batch.learner.push_back(code(rule.learner, batch.learners, coder.learner));
    batch.time.push_back(event.time);
    batch.received.push_back(event.received);
    batch.source.push_back(source_coder.code(batch.sources, definition.name));
    batch.sequence.push_back(record->line);
    batch.kind.push_back(code(rule.kind, batch.kinds, coder.kind));
    batch.object.push_back(code(rule.object, batch.objects, coder.object));
    batch.course.push_back(code(rule.course, batch.courses, coder.course));
    batch.context.push_back(code(rule.context, batch.contexts, coder.context));
    batch.outcome.push_back(code(rule.outcome, batch.outcomes, coder.outcome));
    batch.duration_ms.push_back(event.duration_ms);
    batch.score.push_back(event.score);
    batch.weight.push_back(event.weight);
    keep_properties(rule.properties);
    if (&event == &staged.front()) keep_columns();
    batch.property_end.push_back(static_cast<std::uint32_t>(batch.property_name.size()));
  }

  static EventId event_id(const EventId& identity, const EventRule& rule) {
    const std::array<std::uint64_t, 3> parts{identity.high, identity.low, rule.identity};
    return hash128({reinterpret_cast<const char*>(parts.data()), sizeof parts});
  }

  void add_property(std::string_view name, PropertyType type, std::uint64_t bits) {
    EventBatch& batch = chunk->events;
    batch.property_name.push_back(batch.property_names.intern(name));
    batch.property_type.push_back(type);
    batch.property_bits.push_back(bits);
  }
  void add_text(std::string_view name, PropertyType type, std::string_view text) {
    add_property(name, type, chunk->events.property_texts.intern(text));
  }
  void add_number(std::string_view name, double number) {
    add_property(name, PropertyType::kNumber, std::bit_cast<std::uint64_t>(number));
  }

  void keep_properties(const PropertyRules& rules) {
    for (const auto& [name, value] : rules) {
      if (value.form == Value::Form::kText) {
        const std::string_view text = values.text(value);
        if (!text.empty()) add_text(name, PropertyType::kText, text);
      } else if (const Number number = values.number(value);
                 number.state == Number::State::kKnown) {
        add_number(name, number.value);
      }
    }
  }

  // The columns that nothing refers to.
  void keep_columns() {
    for (const KeptColumn& column : kept) {
      const std::string_view text = record->fields[column.field];
      if (text.empty()) continue;
      const PropertyType type = type_of(column.field);
      if (type == PropertyType::kNumber) {
        add_number(column.name, *parse_number(text));
      } else if (type == PropertyType::kBoolean) {
        add_property(column.name, type, text == "true" ? 1 : 0);
      } else {
        add_text(column.name, type, text);
      }
    }
  }

  PropertyType type_of(std::size_t field) const {
    return record->types.empty() ? PropertyType::kText : record->types[field];
  }

  bool stage_course(const CourseRule& rule) {
    CourseEntry entry;
    if (!require_text(rule.course, "course", "name")) return false;
    entry.course = values.text(rule.course);
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
  bool stage() {
    for (const std::size_t id : definition.id) {
      if (values.reference(id).empty())
        return fail("event.id_missing", fmt::format("'{}', which identifies a record, is empty",
                                                    definition.references[id].column));
    }
    for (std::size_t i = 0; i < definition.events.size(); ++i) {
      if (values.hold(definition.events[i].when) && !stage_event(i)) return false;
    }
    return std::ranges::all_of(definition.courses, [&](const CourseRule& rule) {
      return !values.hold(rule.when) || stage_course(rule);
    });
  }

  void keep_staged(const EventId& identity) {
    for (const StagedEvent& event : staged) keep_event(event, identity);
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

  void reject(std::string reason, std::string detail, std::string raw, const EventId& identity) {
    chunk->counts.rejected += 1;
    chunk->rejects.push_back(
        {identity, file, record->line, std::move(reason), std::move(detail), std::move(raw)});
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
  s.staged_courses.clear();
  if (!s.stage()) {
    s.reject(s.problem.reason, s.problem.message, s.record_as_json(), identity);
  } else if (s.staged.empty() && s.staged_courses.empty()) {
    s.chunk->counts.refused += 1;
  } else {
    s.keep_staged(identity);
  }
}

}  // namespace waymark::source
