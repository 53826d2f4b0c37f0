#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace waymark::report {

// Which of the groups that together make up a published whole must not be shown: those of 1 to
// least - 1 learners and, since the whole less the rest tells what they come to, the smallest
// others with them until they are at least two groups and `least` learners.
std::vector<bool> hidden_groups(const std::vector<std::int64_t>& learners, std::int64_t least);

// A group by itself: some learners, but too few to show.
bool too_few(std::int64_t learners, std::int64_t least);

// "no learners", "fewer than 10 learners", "1,204 learners"
std::string learners_text(std::int64_t learners, std::int64_t least);
// The number alone: "0", "<10", "1,204"
std::string learners_number(std::int64_t learners, std::int64_t least);

}  // namespace waymark::report
