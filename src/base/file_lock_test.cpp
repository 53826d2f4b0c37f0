#include "base/file_lock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace waymark {
namespace {

TEST(FileLock, OneHoldsItAndTheOtherIsToldWho) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lock";
  const auto hold = [&] { const FileLock lock(path, "test.locked", "this is being tested"); };
  hold();
  {
    const FileLock lock(path, "test.locked", "this is being tested");
    try {
      hold();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kConflict);
      EXPECT_EQ(error.reason(), "test.locked");
      EXPECT_EQ(std::string(error.what()),
                fmt::format("this is being tested by process {}; wait until it has finished, or "
                            "end it",
                            ::getpid()));
    }
  }
  hold();
}

}  // namespace
}  // namespace waymark
