#pragma once

#include <string>
#include <vector>

#include "workspace/workspace.h"

namespace waymark::workspace {

// One thing that two workspaces say differently.
struct Difference {
  std::string definition;     // "funnel onboarding"; "waymark.yaml"
  std::string path;           // "steps[quiz].within"; empty: the definition as a whole
  std::string before, after;  // YAML in one line; empty: it is not there
  Place from, to;             // where it stands, if it does
};

// What a person changed, by definition: blanks, comments, quoting and the order of keys do not
// count. Items of a list that have names are compared by name, others by position between the equal
// ones at both ends.
std::vector<Difference> differences(const Workspace& before, const Workspace& after);

}  // namespace waymark::workspace
