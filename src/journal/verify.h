#pragma once

// Private to the room: the whole journal read and compared with itself.

#include "journal/store.h"

namespace waymark::journal {

Verification verify_store(const Store& store);

}  // namespace waymark::journal
