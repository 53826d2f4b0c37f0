#include "base/json.h"

#include <fmt/format.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <simdjson.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace waymark {
namespace {

[[noreturn]] void wrong_type(std::string_view expected) {
  throw Error(ErrorCode::kInvalid, "json.type", fmt::format("a JSON value is not {}", expected));
}

Json convert(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY: {
      Json::Array array;
      for (const auto child : simdjson::dom::array(element)) array.push_back(convert(child));
      return Json(std::move(array));
    }
    case element_type::OBJECT: {
      Json::Object object;
      for (const auto& member : simdjson::dom::object(element)) {
        object.emplace_back(std::string(member.key), convert(member.value));
      }
      return Json(std::move(object));
    }
    case element_type::INT64:
      return Json(std::int64_t(element));
    case element_type::UINT64:
      return Json(double(std::uint64_t(element)));
    case element_type::DOUBLE:
      return Json(double(element));
    case element_type::STRING:
      return Json(std::string(std::string_view(element)));
    case element_type::BOOL:
      return Json(bool(element));
    case element_type::NULL_VALUE:
      return Json();
  }
  return Json();
}

}  // namespace

Json Json::parse(std::string_view text) {
  simdjson::dom::parser parser;
  try {
    return convert(parser.parse(simdjson::padded_string(text)));
  } catch (const simdjson::simdjson_error& error) {
    throw Error(ErrorCode::kInvalid, "json.malformed",
                fmt::format("malformed JSON: {}", error.what()));
  }
}

bool Json::boolean() const {
  if (!is_bool()) wrong_type("a boolean");
  return std::get<bool>(value_);
}
double Json::number() const {
  if (is_integer()) return static_cast<double>(std::get<std::int64_t>(value_));
  if (!is_number()) wrong_type("a number");
  return std::get<double>(value_);
}
std::int64_t Json::integer() const {
  if (!is_integer()) wrong_type("a whole number");
  return std::get<std::int64_t>(value_);
}
const std::string& Json::string() const {
  if (!is_string()) wrong_type("a text");
  return std::get<std::string>(value_);
}
const Json::Array& Json::array() const {
  if (!is_array()) wrong_type("an array");
  return std::get<Array>(value_);
}
const Json::Object& Json::object() const {
  if (!is_object()) wrong_type("an object");
  return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
  for (const auto& [name, member] : object()) {
    if (name == key) return &member;
  }
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  if (const Json* member = find(key)) return *member;
  throw Error(ErrorCode::kInvalid, "json.member_missing",
              fmt::format("a JSON object has no '{}'", key));
}

// A pretty writer serves both styles: compact output is a pretty writer with nothing to put
// between.
struct JsonWriter::State {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> compact{buffer};
  rapidjson::PrettyWriter<rapidjson::StringBuffer> pretty{buffer};
  bool is_pretty = false;

  template <typename Action>
  void with(Action&& action) {
    is_pretty ? action(pretty) : action(compact);
  }
};

JsonWriter::JsonWriter(Style style) : state_(std::make_unique<State>()) {
  state_->is_pretty = style == Style::kPretty;
  state_->pretty.SetIndent(' ', 2);
}
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::begin_object() {
  state_->with([](auto& w) { w.StartObject(); });
  return *this;
}
JsonWriter& JsonWriter::end_object() {
  state_->with([](auto& w) { w.EndObject(); });
  return *this;
}
JsonWriter& JsonWriter::begin_array() {
  state_->with([](auto& w) { w.StartArray(); });
  return *this;
}
JsonWriter& JsonWriter::end_array() {
  state_->with([](auto& w) { w.EndArray(); });
  return *this;
}
JsonWriter& JsonWriter::key(std::string_view name) {
  const std::string valid = valid_utf8(name);
  state_->with(
      [&](auto& w) { w.Key(valid.data(), static_cast<rapidjson::SizeType>(valid.size())); });
  return *this;
}
JsonWriter& JsonWriter::string(std::string_view value) {
  const std::string valid = valid_utf8(value);
  state_->with(
      [&](auto& w) { w.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size())); });
  return *this;
}
JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  const std::string text = fmt::format("{}", value);
  state_->with([&](auto& w) { w.RawValue(text.data(), text.size(), rapidjson::kNumberType); });
  return *this;
}
JsonWriter& JsonWriter::integer(std::int64_t value) {
  state_->with([&](auto& w) { w.Int64(value); });
  return *this;
}
JsonWriter& JsonWriter::boolean(bool value) {
  state_->with([&](auto& w) { w.Bool(value); });
  return *this;
}
JsonWriter& JsonWriter::null() {
  state_->with([](auto& w) { w.Null(); });
  return *this;
}
JsonWriter& JsonWriter::raw(std::string_view json) {
  state_->with([&](auto& w) { w.RawValue(json.data(), json.size(), rapidjson::kObjectType); });
  return *this;
}
JsonWriter& JsonWriter::value(const Json& json) {
  if (json.is_null()) return null();
  if (json.is_bool()) return boolean(json.boolean());
  if (json.is_integer()) return integer(json.integer());
  if (json.is_number()) return number(json.number());
  if (json.is_string()) return string(json.string());
  if (json.is_array()) {
    begin_array();
    for (const Json& child : json.array()) value(child);
    return end_array();
  }
  begin_object();
  for (const auto& [name, child] : json.object()) key(name).value(child);
  return end_object();
}

std::string JsonWriter::take() { return state_->buffer.GetString(); }

}  // namespace waymark
