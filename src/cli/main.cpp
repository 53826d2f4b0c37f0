#include <fmt/format.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cstdio>
#include <exception>

#include "base/error.h"
#include "base/json.h"
#include "cli/arguments.h"

namespace {

// Errors go to standard error: as a sentence for people, as one JSON object where --json asks.
void report(const waymark::Error& error, bool json) {
  const std::string_view remedy =
      error.reason() == "trail.damaged" || error.reason() == "sql.damaged"
          ? "; `waymark build --afresh` builds it again from the journal"
          : "";
  if (!json) {
    fmt::print(stderr, "waymark: {}{}\n", error.what(), remedy);
    return;
  }
  waymark::JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.key("reason").string(error.reason()).key("message").string(error.what());
  out.end_object().end_object();
  fmt::print(stderr, "{}\n", out.take());
}

// Rows are made and let go bucket by bucket, and memory that goes back to the system in between
// comes back page by page, which took a third of the time of features. This is what the allocator
// of the GNU library comes to keep by itself once a block of 32 MB has been freed.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);
  mallopt(M_TRIM_THRESHOLD, 64 * kMegabyte);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  int exit_code = 0;
  const auto invocation = waymark::cli::parse(argc, argv, exit_code);
  if (!invocation) return exit_code;
  const bool json = invocation->arguments.json;
  try {
    return invocation->command(invocation->arguments);
  } catch (const waymark::Error& error) {
    report(error, json);
    return waymark::exit_code(error.code());
  } catch (const std::exception& error) {
    report({waymark::ErrorCode::kInternal, "internal", error.what()}, json);
    return waymark::exit_code(waymark::ErrorCode::kInternal);
  }
}
