#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace waymark {

// XXH3, seed 0: fast, stable across machines and versions, not for secrets.
std::uint64_t hash64(std::string_view bytes);
EventId hash128(std::string_view bytes);

// XXH3-128 of parts fed one after another. field() delimits: ("ab","c") and ("a","bc") differ.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void bytes(std::string_view part);
  void field(std::string_view part);
  void number(std::uint64_t value);
  EventId digest() const;
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace waymark
