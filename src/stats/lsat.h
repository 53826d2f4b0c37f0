#pragma once

#include <array>
#include <cstdint>

#include "stats/item_responses.h"

// For tests.
namespace waymark::stats {

// Section 6 of the Law School Admission Test: how many of 1,000 gave each of the 32 patterns of
// right answers to five items, from 00000 to 11111. Bock and Lieberman 1970, "Fitting a response
// model for n dichotomously scored items".
inline constexpr std::array<int, 32> kLsat{3,  6,  2,  11, 1,  1,   3,  4,  1,  8,  0,
                                           16, 0,  3,  2,  15, 10,  29, 14, 81, 3,  28,
                                           15, 80, 16, 56, 21, 173, 11, 61, 28, 298};

inline ItemResponses lsat() {
  ItemResponses responses{.items = 5, .begin = {0}};
  for (std::uint32_t pattern = 0; pattern < kLsat.size(); ++pattern) {
    for (std::uint32_t item = 0; item < 5; ++item) {
      responses.item.push_back(item);
      responses.correct.push_back(pattern >> (4 - item) & 1);
    }
    responses.begin.push_back(static_cast<std::uint32_t>(responses.item.size()));
    responses.weight.push_back(kLsat[pattern]);
  }
  return responses;
}

}  // namespace waymark::stats
