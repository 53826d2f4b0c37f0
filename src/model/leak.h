#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waymark::model {

// A way in which a model comes to know what it is to foretell; see lint.h.
struct Leak {
  std::string_view rule;
  std::string message;
  std::vector<std::string> features = {};  // the accused; empty where it is none
  std::string gained = {};  // what it is worth, where that has been measured: see gained_by()
};

}  // namespace waymark::model
