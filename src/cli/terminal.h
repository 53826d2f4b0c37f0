#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/progress.h"

namespace waymark::cli {

// Whether a stream is a person's terminal that wants colour: a tty, TERM not "dumb", NO_COLOR unset
// (https://no-color.org).
bool wants_colour(int file_descriptor);
std::size_t terminal_width();

std::string bold(std::string_view text, bool colour);
std::string dim(std::string_view text, bool colour);

// Draws a bar on standard error where that is a terminal, and one line per finished step elsewhere.
class ProgressBar final : public engine::Progress {
 public:
  ProgressBar();
  // A bar left standing is wiped, so that an error message begins a line of its own.
  ~ProgressBar() override;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void begin(std::string_view step, std::uint64_t total) override;
  void advance(std::uint64_t done) override;
  void end(std::string_view outcome) override;

 private:
  using Clock = std::chrono::steady_clock;
  void draw(std::uint64_t done);
  void wipe();

  bool terminal_;
  bool drawn_ = false;
  std::string step_;
  std::uint64_t total_ = 0;
  Clock::time_point started_;
  Clock::time_point last_drawn_;
};

// For programs that read standard output as JSON, and for --quiet.
class NoProgress final : public engine::Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override {}
  void end(std::string_view) override {}
};

}  // namespace waymark::cli
