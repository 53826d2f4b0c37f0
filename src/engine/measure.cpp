#include "engine/measure.h"

namespace waymark::engine {

query::Codes learner_column(const trail::TrailReader& trails, std::span<const Code> learners) {
  return {learners, [&trails](Code number) { return trails.learner(number).reveal(); },
          kAbsentCode};
}

query::Codes text_column(const Dictionary& dictionary, std::span<const Code> codes) {
  return {codes, [&dictionary](Code code) { return std::string(dictionary.text(code)); }};
}

}  // namespace waymark::engine
