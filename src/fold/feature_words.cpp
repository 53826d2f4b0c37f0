#include "fold/feature_words.h"

#include <algorithm>

namespace waymark::fold {

std::string words_of(const Feature& feature) {
  if (!feature.description.empty()) return feature.description;
  std::string words = feature.name;
  std::ranges::replace(words, '_', ' ');
  return words;
}

}  // namespace waymark::fold
