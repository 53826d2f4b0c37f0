#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/node.h"

namespace waymark::workspace {

// Where a definition names what events have: a value that its JSON Schema marks with the keyword
// `x-names`, such as "x-names": "kind".
struct Mention {
  std::string of;  // what the keyword says: "kind"
  Node names;      // a text or a list of texts
};

// In the order of the file. Where the definition has mistakes, those of what can be read.
std::vector<Mention> mentions(const Node& node, std::string_view json_schema);

}  // namespace waymark::workspace
