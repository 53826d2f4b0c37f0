#include "source/record_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace waymark::source {
namespace {

Number parsed(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {};
  const std::optional<double> value = parse_number(text);
  if (!value) return {Number::State::kMalformed, 0};
  return {Number::State::kKnown, *value};
}

}  // namespace

RecordValues::RecordValues(const SourceDefinition& definition,
                           const std::vector<LookupTable>& lookups)
    : definition_(definition), lookups_(lookups), joined_(lookups.size()) {
  for (const Reference& reference : definition.references) {
    if (reference.lookup == Reference::kRecord) {
      slots_.push_back({});
    } else {
      slots_.push_back(
          {false, lookups[reference.lookup].column_of(reference.column), reference.lookup});
    }
  }
}

void RecordValues::bind(const std::vector<std::string>& columns) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].in_record)
      slots_[i].column = find_column(columns, definition_.references[i].column);
  }
}

void RecordValues::set(const Record& record) {
  record_ = &record;
  ++record_number_;
}

std::string_view RecordValues::reference(std::size_t index) {
  const Slot& slot = slots_[index];
  if (slot.in_record) return slot.column == kNoColumn ? "" : record_->fields[slot.column];
  const LookupTable::Row row = joined_row(slot.lookup);
  return row == LookupTable::kNoRow ? "" : lookups_[slot.lookup].text(row, slot.column);
}

LookupTable::Row RecordValues::joined_row(std::size_t lookup) {
  Joined& joined = joined_[lookup];
  if (joined.record == record_number_) return joined.row;
  joined.record = record_number_;
  const std::optional<std::string_view> key = lookup_key(lookup);
  if (!key) return joined.row = LookupTable::kNoRow;
  if (joined.asked != *key) {
    joined.asked = *key;
    joined.answer = lookups_[lookup].find(*key);
  }
  return joined.row = joined.answer;
}

// Null where a part of the key is absent.
std::optional<std::string_view> RecordValues::lookup_key(std::size_t lookup) {
  const auto& parts = definition_.lookups[lookup].key;
  Joined& joined = joined_[lookup];
  if (parts.size() == 1) {
    const std::string_view only = fill(parts.front().second, joined.part);
    return only.empty() ? std::nullopt : std::optional(only);
  }
  joined.key.clear();
  for (const auto& [column, text] : parts) {
    const std::string_view part = fill(text, joined.part);
    if (part.empty()) return std::nullopt;
    if (!joined.key.empty()) joined.key += kKeySeparator;
    joined.key += part;
  }
  return joined.key;
}

// The template's text: a view of a column where the template is just that, else in `out`.
std::string_view RecordValues::fill(const Template& text, std::string& out) {
  const auto part_text = [&](const Template::Part& part) {
    return part.reference == Template::Part::kLiteral ? std::string_view(part.literal)
                                                      : reference(part.reference);
  };
  if (text.parts.empty()) return {};
  if (text.parts.size() == 1) return part_text(text.parts.front());
  out.clear();
  for (const Template::Part& part : text.parts) {
    const std::string_view piece = part_text(part);
    if (piece.empty()) return {};
    out += piece;
  }
  return out;
}

std::string_view RecordValues::text(const Value& value) {
  const std::string_view own = own_text(value);
  return own.empty() ? fill(value.otherwise, filled_) : own;
}

std::string_view RecordValues::own_text(const Value& value) {
  if (value.form != Value::Form::kText) {
    const Number number = own_number(value);
    if (number.state != Number::State::kKnown) return {};
    filled_.clear();
    fmt::format_to(std::back_inserter(filled_), "{}", number.value);
    return filled_;
  }
  std::string_view text = fill(value.text, filled_);
  if (value.match && !text.empty()) text = value.match->find(text).value_or("");
  if (value.translation && !text.empty()) {
    const auto found = value.translation->find(text);
    text = found == value.translation->end() ? std::string_view{} : found->second;
  }
  return text;
}

Number RecordValues::number(const Value& value) {
  const Number own = own_number(value);
  return own.state == Number::State::kAbsent ? parsed(fill(value.otherwise, filled_)) : own;
}

Number RecordValues::own_number(const Value& value) {
  switch (value.form) {
    case Value::Form::kText:
      return parsed(own_text(value));
    case Value::Form::kNumber:
      return number(value.operands[0]);
    case Value::Form::kDifference:
      break;
  }
  Number result = number(value.operands[0]);
  const Number less = number(value.operands[1]);
  if (result.state == Number::State::kKnown) {
    result.value -= less.value;
    result.state = less.state;
  }
  return result;
}

bool RecordValues::hold(const std::vector<Condition>& conditions) {
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    const std::string_view text = reference(condition.reference);
    switch (condition.test) {
      case Condition::Test::kPresent:
        return !text.empty();
      case Condition::Test::kAbsent:
        return text.empty();
      case Condition::Test::kOneOf:
        break;
    }
    return std::ranges::find(condition.values, text) != condition.values.end();
  });
}

std::string_view RecordValues::missed_lookup(const Template& text) {
  for (const Template::Part& part : text.parts) {
    if (part.reference == Template::Part::kLiteral || slots_[part.reference].in_record) continue;
    const std::size_t lookup = slots_[part.reference].lookup;
    if (joined_row(lookup) == LookupTable::kNoRow) return definition_.lookups[lookup].name;
  }
  return {};
}

std::string_view RecordValues::missed_lookup(const Value& value) {
  std::string_view missed = missed_lookup(value.text);
  if (missed.empty()) missed = missed_lookup(value.otherwise);
  for (const Value& operand : value.operands) {
    if (missed.empty()) missed = missed_lookup(operand);
  }
  return missed;
}

std::string_view RecordValues::missed_lookup(const TimeRule& rule) {
  std::string_view missed = missed_lookup(rule.value);
  if (missed.empty() && !rule.since.empty()) missed = missed_lookup(rule.since.front());
  return missed;
}

}  // namespace waymark::source
