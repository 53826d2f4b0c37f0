#include "fold/fold.h"

#include <fmt/format.h>

#include "base/error.h"

namespace waymark::fold {

void reject_state(std::string_view whose) {
  throw Error(ErrorCode::kCorrupt, "state.corrupt",
              fmt::format("a saved state belongs to another definition of {}", whose));
}

}  // namespace waymark::fold
