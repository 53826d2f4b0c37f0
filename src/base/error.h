#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace waymark {

// What kind of thing went wrong. One table (error.cpp) maps each to an HTTP status and an exit
// code.
enum class ErrorCode {
  kUsage,        // the command line or the request makes no sense
  kInvalid,      // definitions or input that the caller can correct
  kNotFound,     // a named thing does not exist
  kConflict,     // the store is in use, or the thing exists already
  kForbidden,    // consent, purpose or access says no
  kUnavailable,  // a limit is reached; try again later
  kCorrupt,      // stored data fails its checksum or has an unknown version
  kEnvironment,  // the operating system or a device refused
  kInternal,     // a defect of Waymark
};

int http_status(ErrorCode code);
int exit_code(ErrorCode code);

// What the caller or the environment got wrong. Thrown anywhere, caught at three borders only:
// main, an HTTP handler, a job. Bad input rows are not errors but data: see event/reject.h.
//
// `reason` is stable and meant for programs ("journal.locked"); `what()` is for people, names the
// thing, says what was expected and how to mend it, and carries no learner's data.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string reason, std::string message)
      : code_(code), reason_(std::move(reason)), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string reason_;
  std::string message_;
};

// Throws Error{kEnvironment} that appends what errno says.
[[noreturn]] void throw_errno(std::string reason, std::string_view doing);

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace waymark

// A programmer's error, never a user's: on in every build, ends the program.
#define WAYMARK_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::waymark::check_failed(#condition, __FILE__, __LINE__))
