#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace waymark::cli {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr std::size_t kStepWidth = 28;
constexpr std::size_t kBarWidth = 24;

std::string in_seconds(std::chrono::steady_clock::duration elapsed) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(elapsed).count());
}

}  // namespace

bool wants_colour(int file_descriptor) {
  const char* term = std::getenv("TERM");
  return ::isatty(file_descriptor) != 0 && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
         std::string_view(term) != "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

std::string bold(std::string_view text, bool colour) {
  return colour ? fmt::format("\033[1m{}\033[0m", text) : std::string(text);
}

std::string dim(std::string_view text, bool colour) {
  return colour ? fmt::format("\033[2m{}\033[0m", text) : std::string(text);
}

ProgressBar::ProgressBar() : terminal_(wants_colour(STDERR_FILENO)) {}

ProgressBar::~ProgressBar() { wipe(); }

void ProgressBar::begin(std::string_view step, std::uint64_t total) {
  step_ = step;
  total_ = total;
  started_ = Clock::now();
  last_drawn_ = {};
  if (terminal_) draw(0);
}

void ProgressBar::advance(std::uint64_t done) {
  if (terminal_ && Clock::now() - last_drawn_ >= kRedrawEvery) draw(done);
}

void ProgressBar::end(std::string_view outcome) {
  wipe();
  fmt::print(stderr, "{:<{}}  {}  {}\n", step_, kStepWidth, outcome,
             dim(fmt::format("({})", in_seconds(Clock::now() - started_)), terminal_));
}

void ProgressBar::draw(std::uint64_t done) {
  last_drawn_ = Clock::now();
  std::string line = fmt::format("\r\033[K{:<{}}  ", step_, kStepWidth);
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const auto full = static_cast<std::size_t>(share * kBarWidth);
    for (std::size_t i = 0; i < kBarWidth; ++i) line += i < full ? "━" : "╌";
    line += fmt::format(" {:3.0f} %", share * 100);
  } else {
    line += with_thousands(done);
  }
  fmt::print(stderr, "{}  {}", line, in_seconds(Clock::now() - started_));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::wipe() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\033[K");
  drawn_ = false;
}

}  // namespace waymark::cli
