#pragma once

#include <string>

#include "fold/features_definition.h"

namespace waymark::fold {

// What people call a feature: its description or, without one, its name.
std::string words_of(const Feature& feature);

}  // namespace waymark::fold
