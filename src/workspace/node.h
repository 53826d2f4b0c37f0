#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workspace/diagnostic.h"

namespace waymark::workspace {

// A YAML value with the place where it stands. Cheap to copy; never null as a C++ object: what is
// absent is a Node for which exists() is false and whose place is that of its parent, so that a
// reader can point somewhere.
//
// A Node has passed its file's JSON Schema before a room reads it, so a room checks only what a
// schema cannot say: references between definitions, names of the tracking plan, values that must
// fit together.
class Node {
 public:
  Node();

  bool exists() const;
  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;

  // Member of a map. Absent where there is none.
  Node operator[](std::string_view key) const;
  // Members of a map, in the order of the file; each with the place of its key.
  std::vector<std::pair<std::string, Node>> members() const;
  // Items of a list; a scalar or map counts as a list of one; absent as an empty list.
  std::vector<Node> items() const;

  // The scalar, or the fallback where the node is absent or of another type (the schema reported
  // that already).
  std::string text(std::string_view fallback = "") const;
  double number(double fallback = 0) const;
  std::int64_t integer(std::int64_t fallback = 0) const;
  bool boolean(bool fallback = false) const;
  // items() as texts
  std::vector<std::string> texts() const;

  const Place& place() const;

  // The same for equal content whatever the comments, the blanks, the quoting and the order of map
  // keys: the version of a definition everywhere downstream. 32 hex digits. `without`: as if this
  // key were not there.
  std::string content_hash(std::string_view without = {}) const;

 private:
  friend class Parser;
  struct Data;
  explicit Node(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

// Reads one YAML document. Malformed YAML, duplicate keys and unknown tags become diagnostics; the
// Node is then absent.
Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics);

// Checks the node against a JSON Schema (draft 2020-12, the subset that schema.cpp lists); unknown
// keys and enum values get the nearest right word as their hint.
void validate(const Node& node, std::string_view json_schema, Diagnostics& diagnostics);

}  // namespace waymark::workspace
