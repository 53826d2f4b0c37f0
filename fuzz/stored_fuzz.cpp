// What lies in the journal, damaged or written by somebody else.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "journal/codec.h"

namespace {

using namespace waymark::journal;

template <typename Decode>
void attempt(const Decode& decode) try {
  decode();
} catch (const waymark::Error&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  attempt([&] { decode_head(bytes); });
  attempt([&] { decode_number(bytes); });
  attempt([&] { decode_file("source", "path", bytes); });
  attempt([&] { decode_quarantined({}, bytes); });
  attempt([&] { decode_course("course", bytes); });
  attempt([&] { decompress(bytes); });
  attempt([&] { waymark::decode_batch(bytes); });
  return 0;
}
