#pragma once

#include <string>
#include <string_view>

namespace waymark::model {

// A way in which a model comes to know what it is to foretell; see lint.h.
struct Leak {
  std::string_view rule;
  std::string message;
  std::string feature;  // the accused; empty where it is none
};

}  // namespace waymark::model
