#pragma once

#include "event/code_set.h"
#include "event/slice.h"

namespace waymark {

// Which learners somebody wants: those with an event that has one of these codes in this column. A
// reader may leave others out.
struct OnlyCodes {
  Column column;
  CodeSet codes;
};

}  // namespace waymark
