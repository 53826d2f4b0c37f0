// Kills a writing process at random moments and sees that nothing acknowledged is lost, nothing is
// there twice or in part, and the next process goes on to exactly the full set.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <random>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "journal/crash_plan.h"

namespace waymark::journal {
namespace {

// The writer as a process of its own, with pipes to its standard input and output.
class Writer {
 public:
  explicit Writer(std::vector<std::string> arguments) {
    int in[2];
    int out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) throw_errno("test.pipe", "making pipes");
    arguments.insert(arguments.begin(), WAYMARK_JOURNAL_CRASH);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      for (const int end : {in[0], in[1], out[0], out[1]}) ::close(end);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
  ~Writer() {
    end();
    ::close(output_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  pid_t process() const { return process_; }
  void kill() const { ::kill(process_, SIGKILL); }
  // Closes its input and waits for its end.
  int end() {
    if (input_ < 0) return status_;
    ::close(input_);
    input_ = -1;
    ::waitpid(process_, &status_, 0);
    return status_;
  }
  // The next line it wrote, or null where it wrote no more.
  std::optional<std::string> line() {
    std::string text;
    char byte = 0;
    while (::read(output_, &byte, 1) == 1) {
      if (byte == '\n') return text;
      text += byte;
    }
    return std::nullopt;
  }

 private:
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  int status_ = 0;
};

// Steps acknowledged in one life of the writer, which is killed at a random moment; null where it
// came to its end before.
std::optional<std::size_t> live_and_die(const std::filesystem::path& folder,
                                        std::mt19937_64& random) {
  Writer writer({folder.string(), random() % 2 == 0 ? "0" : "64"});
  std::size_t acknowledged = 0;
  for (std::size_t lines = random() % 10; lines > 0 && writer.line(); --lines) ++acknowledged;
  for (std::size_t spins = random() % 3'000; spins > 0; --spins) std::this_thread::yield();
  writer.kill();
  while (writer.line()) ++acknowledged;
  const int status = writer.end();
  if (WIFSIGNALED(status)) return acknowledged;
  EXPECT_EQ(status, 0);
  return std::nullopt;
}

void expect_taken(const Journal& journal, std::size_t steps) {
  EXPECT_EQ(stored_ids(journal), crash_plan::ids_after(steps));
  for (const FileEntry& entry : journal.files()) {
    EXPECT_TRUE(entry.counts.balanced());
    EXPECT_EQ(entry.counts.stored, entry.progress.records * crash_plan::kEventsEach);
    EXPECT_EQ(entry.counts.quarantined, entry.progress.records);
  }
  expect_sound(journal);
}

TEST(Crash, NothingAcknowledgedIsLostAndNothingIsDoubled) {
  constexpr int kKills = 40;
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  int kills = 0;
  while (kills < kKills && !testing::Test::HasFailure()) {
    const TemporaryFolder folder;
    std::size_t taken = 0;
    bool killed = true;
    while (killed && !testing::Test::HasFailure()) {
      const std::optional<std::size_t> acknowledged = live_and_die(folder.path(), random);
      killed = acknowledged.has_value();
      const Journal journal = Journal::open(folder.path(), {.memory_mb = 64 * (random() % 2)});
      const std::size_t now = crash_plan::next_step(journal);
      if (killed) {
        ++kills;
        EXPECT_GE(now, taken + *acknowledged);
        EXPECT_LE(now, taken + *acknowledged + 1);
      } else {
        EXPECT_EQ(now, crash_plan::kSteps);
      }
      taken = now;
      expect_taken(journal, taken);
    }
  }
}

TEST(Crash, AJournalInUseSaysWhoUsesIt) {
  const TemporaryFolder folder;
  Writer writer({folder.path().string(), "0", "hold"});
  ASSERT_TRUE(writer.line());
  try {
    Journal::open(folder.path());
    ADD_FAILURE() << "opened twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "journal.locked");
    EXPECT_NE(std::string(error.what()).find("process " + std::to_string(writer.process())),
              std::string::npos)
        << error.what();
  }
  EXPECT_EQ(writer.end(), 0);
  EXPECT_EQ(Journal::open(folder.path()).event_count(), 0u);
}

}  // namespace
}  // namespace waymark::journal
