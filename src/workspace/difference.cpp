#include "workspace/difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace waymark::workspace {
namespace {

std::string in_one_line(const Node& node) {
  std::vector<std::string> parts;
  if (node.is_map()) {
    for (const auto& [key, value] : node.members()) {
      parts.push_back(fmt::format("{}: {}", key, in_one_line(value)));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  if (!node.is_list()) return node.text();
  for (const Node& item : node.items()) parts.push_back(in_one_line(item));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

bool same(const Node& a, const Node& b) { return a.content_hash() == b.content_hash(); }

// Names, each with what it names, in order.
using Members = std::vector<std::pair<std::string, Node>>;

class Comparing {
 public:
  Comparing(std::string definition, std::vector<Difference>& found)
      : definition_(std::move(definition)), found_(found) {}

  void compare(const std::string& path, const Node& before, const Node& after) {
    if (before.exists() && after.exists()) {
      if (same(before, after)) return;
      if (before.is_map() && after.is_map()) {
        const std::string stem = path.empty() ? "" : path + ".";
        return compare_members(before.members(), after.members(),
                               [&](const std::string& key) { return stem + key; });
      }
      if (before.is_list() && after.is_list()) return compare_items(path, before, after);
    }
    found_.push_back({definition_, path, before.exists() ? in_one_line(before) : "",
                      after.exists() ? in_one_line(after) : "", before.place(), after.place()});
  }

 private:
  template <typename PathOf>
  void compare_members(const Members& before, const Members& after, const PathOf& path_of) {
    const auto find = [](const Members& members, const std::string& name) {
      const auto found = std::ranges::find(members, name, &Members::value_type::first);
      return found == members.end() ? Node() : found->second;
    };
    for (const auto& [name, node] : before) compare(path_of(name), node, find(after, name));
    for (const auto& [name, node] : after) {
      if (!find(before, name).exists()) compare(path_of(name), Node(), node);
    }
  }

  // The items by name; none where one has no name of its own.
  static Members by_name(const std::vector<Node>& items) {
    Members members;
    std::map<std::string, int> seen;
    for (const Node& item : items) {
      if (!item.is_map() || !item["name"].is_scalar() || seen[item["name"].text()]++ > 0) return {};
      members.emplace_back(item["name"].text(), item);
    }
    return members;
  }

  void compare_items(const std::string& path, const Node& before, const Node& after) {
    const std::vector<Node> one = before.items(), other = after.items();
    const Members named = by_name(one), also_named = by_name(other);
    if (!named.empty() && !also_named.empty()) {
      const std::size_t found = found_.size();
      compare_members(named, also_named,
                      [&](const std::string& name) { return fmt::format("{}[{}]", path, name); });
      // The same items in another order.
      if (found_.size() != found) return;
      found_.push_back({definition_, path, in_one_line(before), in_one_line(after), before.place(),
                        after.place()});
      return;
    }
    std::size_t begin = 0, end = 0;  // equal items at both ends
    const std::size_t shorter = std::min(one.size(), other.size());
    while (begin < shorter && same(one[begin], other[begin])) ++begin;
    while (end < shorter - begin &&
           same(one[one.size() - 1 - end], other[other.size() - 1 - end])) {
      ++end;
    }
    const std::size_t longer = std::max(one.size(), other.size());
    for (std::size_t i = begin; i < longer - end; ++i) {
      const auto item = [&](const std::vector<Node>& items) {
        return i < items.size() - end ? items[i] : Node();
      };
      compare(fmt::format("{}[{}]", path, i + 1), item(one), item(other));
    }
  }

  std::string definition_;
  std::vector<Difference>& found_;
};

}  // namespace

std::vector<Difference> differences(const Workspace& before, const Workspace& after) {
  std::vector<Difference> found;
  Comparing("waymark.yaml", found).compare("", before.root(), after.root());
  const auto compare = [&](const Definition& of, const Node& one, const Node& other) {
    Comparing(of.kind + " " + of.name, found).compare("", one, other);
  };
  for (const Definition& definition : before.definitions()) {
    const Definition* const other = after.find(definition.kind, definition.name);
    compare(definition, definition.node, other == nullptr ? Node() : other->node);
  }
  for (const Definition& definition : after.definitions()) {
    if (before.find(definition.kind, definition.name) == nullptr)
      compare(definition, Node(), definition.node);
  }
  return found;
}

}  // namespace waymark::workspace
