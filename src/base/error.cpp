#include "base/error.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace waymark {
namespace {

struct Mapping {
  ErrorCode code;
  int http_status;
  int exit_code;
};

// Exit codes leave 1 to a program that ends in an unforeseen way, and stay below the shell's own
// (126 and up).
constexpr std::array<Mapping, 9> kMappings{{
    {ErrorCode::kUsage, 400, 2},
    {ErrorCode::kInvalid, 422, 3},
    {ErrorCode::kNotFound, 404, 4},
    {ErrorCode::kConflict, 409, 5},
    {ErrorCode::kForbidden, 403, 6},
    {ErrorCode::kUnavailable, 503, 7},
    {ErrorCode::kCorrupt, 500, 8},
    {ErrorCode::kEnvironment, 500, 9},
    {ErrorCode::kInternal, 500, 70},
}};

const Mapping& mapping(ErrorCode code) {
  const Mapping& found = kMappings[static_cast<std::size_t>(code)];
  WAYMARK_CHECK(found.code == code);
  return found;
}

}  // namespace

int http_status(ErrorCode code) { return mapping(code).http_status; }
int exit_code(ErrorCode code) { return mapping(code).exit_code; }

void throw_errno(std::string reason, std::string_view doing) {
  const int number = errno;
  throw Error(ErrorCode::kEnvironment, std::move(reason),
              fmt::format("{}: {}", doing, std::strerror(number)));
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "waymark: defect at %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace waymark
