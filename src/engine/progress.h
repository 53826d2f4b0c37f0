#pragma once

#include <cstdint>
#include <string_view>

namespace waymark::engine {

// Who is told how long work goes. Calls come from one thread at a time.
class Progress {
 public:
  virtual ~Progress() = default;
  // A step begins. `total` units are expected; 0 where that cannot be known.
  virtual void begin(std::string_view step, std::uint64_t total) = 0;
  virtual void advance(std::uint64_t done) = 0;  // since begin, in the units of total
  // What came out of it, in a few words.
  virtual void end(std::string_view outcome) = 0;
};

// Nobody is.
class Silent : public Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override {}
  void end(std::string_view) override {}
};

}  // namespace waymark::engine
