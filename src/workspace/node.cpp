#include "workspace/node.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/hash.h"
#include "base/text.h"

namespace waymark::workspace {
namespace {

// Aliases may repeat a part many times over; no honest definition file comes near these.
constexpr std::size_t kMaxNodes = 100'000;
constexpr std::size_t kMaxBytes = 1 << 20;

enum class Kind { kAbsent, kScalar, kList, kMap };

// Hears where documents begin, and nothing else.
class Starts : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Where the first two documents begin. yaml-cpp 0.7 finds documents for ever, all at one place,
// where the text begins with what belongs within brackets: ", a".
std::vector<YAML::Mark> first_documents(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser documents(stream);
  Starts starts;
  while (starts.marks.size() < 2 && documents.HandleNextDocument(starts)) {
  }
  return starts.marks;
}

}  // namespace

struct Node::Data {
  Kind kind = Kind::kAbsent;
  std::string scalar;
  std::vector<Node> items;
  std::vector<std::pair<std::string, Node>> members;
  Place place;
};

// Turns yaml-cpp's tree into Nodes.
class Parser {
 public:
  Parser(const std::string& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  Node convert(const YAML::Node& yaml) {
    auto data = std::make_shared<Node::Data>();
    data->place = place_of(yaml.Mark());
    if (++nodes_ > kMaxNodes) return Node(data);
    switch (yaml.Type()) {
      case YAML::NodeType::Scalar:
        data->kind = Kind::kScalar;
        data->scalar = yaml.Scalar();
        break;
      case YAML::NodeType::Sequence:
        data->kind = Kind::kList;
        for (const YAML::Node& item : yaml) data->items.push_back(convert(item));
        break;
      case YAML::NodeType::Map:
        data->kind = Kind::kMap;
        for (const auto& member : yaml) add_member(*data, member.first, member.second);
        break;
      default:
        break;
    }
    return Node(data);
  }

  bool too_large() const { return nodes_ > kMaxNodes; }

  Place place_of(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, static_cast<std::size_t>(mark.line) + 1,
            static_cast<std::size_t>(mark.column) + 1};
  }

 private:
  void add_member(Node::Data& map, const YAML::Node& key, const YAML::Node& value) {
    const Place place = place_of(key.Mark());
    if (!key.IsScalar()) {
      diagnostics_.add(place, "yaml.key", "a key must be a plain word");
      return;
    }
    const auto same = [&](const auto& member) { return member.first == key.Scalar(); };
    if (std::ranges::any_of(map.members, same)) {
      diagnostics_.add(place, "yaml.key_repeated",
                       fmt::format("'{}' stands here a second time", key.Scalar()));
      return;
    }
    const Node child = convert(value);
    auto placed = std::make_shared<Node::Data>(*child.data_);
    placed->place = place;
    map.members.emplace_back(key.Scalar(), Node(placed));
  }

  const std::string& file_;
  Diagnostics& diagnostics_;
  std::size_t nodes_ = 0;
};

Node::Node() : data_(std::make_shared<Data>()) {}
Node::Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

bool Node::exists() const { return data_->kind != Kind::kAbsent; }
bool Node::is_map() const { return data_->kind == Kind::kMap; }
bool Node::is_list() const { return data_->kind == Kind::kList; }
bool Node::is_scalar() const { return data_->kind == Kind::kScalar; }

Node Node::operator[](std::string_view key) const {
  for (const auto& [name, member] : data_->members) {
    if (name == key) return member;
  }
  auto absent = std::make_shared<Data>();
  absent->place = data_->place;
  return Node(absent);
}

std::vector<std::pair<std::string, Node>> Node::members() const { return data_->members; }

std::vector<Node> Node::items() const {
  if (is_list()) return data_->items;
  if (exists()) return {*this};
  return {};
}

std::string Node::text(std::string_view fallback) const {
  return is_scalar() ? data_->scalar : std::string(fallback);
}

double Node::number(double fallback) const {
  return is_scalar() ? parse_number(data_->scalar).value_or(fallback) : fallback;
}

std::int64_t Node::integer(std::int64_t fallback) const {
  const double value = number(static_cast<double>(fallback));
  return std::abs(value) <= 9e15 ? static_cast<std::int64_t>(value) : fallback;
}

bool Node::boolean(bool fallback) const {
  if (!is_scalar()) return fallback;
  return data_->scalar == "true" || (data_->scalar != "false" && fallback);
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> texts;
  for (const Node& item : items()) texts.push_back(item.text());
  return texts;
}

const Place& Node::place() const { return data_->place; }

std::string Node::content_hash(std::string_view without) const {
  Hasher hasher;
  const auto feed = [&](const auto& self, const Node& node) -> void {
    hasher.number(static_cast<std::uint64_t>(node.data_->kind));
    if (node.is_scalar()) hasher.field(node.data_->scalar);
    hasher.number(node.data_->items.size());
    for (const Node& item : node.data_->items) self(self, item);
    auto members = node.data_->members;
    if (&node == this)
      std::erase_if(members, [&](const auto& member) { return member.first == without; });
    std::ranges::sort(members, {}, [](const auto& member) { return member.first; });
    hasher.number(members.size());
    for (const auto& [name, member] : members) {
      hasher.field(name);
      self(self, member);
    }
  };
  feed(feed, *this);
  return to_hex(hasher.digest());
}

Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  if (text.size() > kMaxBytes) {
    diagnostics.add({file, 0, 0}, "yaml.too_large", "a definition file may have 1 MiB at most");
    return Node();
  }
  // yaml-cpp 0.7 may read on for ever where bytes are no text.
  if (const std::string valid = valid_utf8(text); valid != text) {
    const std::string_view before(text.begin(), std::ranges::mismatch(text, valid).in1);
    const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n'));
    const std::size_t column = before.size() - (before.rfind('\n') + 1);
    diagnostics.add({file, line + 1, column + 1}, "yaml.encoding",
                    "a definition file is text in UTF-8");
    return Node();
  }
  Parser parser(file, diagnostics);
  try {
    const std::vector<YAML::Mark> starts = first_documents(text);
    if (starts.size() > 1) {
      const bool is_stuck = starts[1].pos == starts[0].pos;
      diagnostics.add(parser.place_of(starts[1]), is_stuck ? "yaml.malformed" : "yaml.documents",
                      is_stuck ? "not YAML: nothing begins like this"
                               : "a definition file holds one YAML document; a second one starts "
                                 "here");
      if (is_stuck) return Node();
    }
    Node node = parser.convert(starts.empty() ? YAML::Node() : YAML::Load(std::string(text)));
    if (!parser.too_large()) return node;
    diagnostics.add(
        {file, 0, 0}, "yaml.too_large",
        fmt::format("the file unfolds to more than {} values", with_thousands(kMaxNodes)));
  } catch (const YAML::Exception& error) {
    diagnostics.add(parser.place_of(error.mark), "yaml.malformed",
                    fmt::format("not YAML: {}", error.msg));
  }
  return Node();
}

}  // namespace waymark::workspace
