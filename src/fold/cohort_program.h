#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "fold/cohort_definition.h"
#include "fold/filter_masks.h"
#include "fold/fold.h"

namespace waymark::fold {

// A cohort's rules with their names resolved: leaves, each of which is true or false after every
// moment, and nodes that combine them. The leaves are bits of a word.
struct CohortProgram {
  static constexpr std::size_t kMostFilters = 64, kMostLeaves = 64, kMostRules = 1'000;
  // Of one event and of a bound; in sums, values beyond it count as that much.
  static constexpr double kGreatestAmount = 1e12;
  static constexpr double kUnitsPerAmount = 1e6;  // sums count whole millionths, so as to be exact
  static constexpr Micros kNone = std::numeric_limits<Micros>::min();
  static constexpr Micros kForever = std::numeric_limits<Micros>::max();

  static constexpr std::uint32_t kOne = std::numeric_limits<std::uint32_t>::max();

  struct Leaf {
    enum class Kind : std::uint8_t {
      kEver,    // so many events, the last of them `delay` ago: their number, its time
      kRecent,  // so many events in the window: a ring of times, the place of the oldest before it
      kSum,     // a sum, or the number of events, in a window that may end `delay` ago
      kSequence,  // per step but the last, when the latest chain that came so far began; when the
                  // latest was completed
      kLatch,     // a condition on what is known
      kCourse,    // whether the course runs: its start, its end
    };
    Kind kind = Kind::kEver;
    std::uint32_t word = 0;  // the first of its words of a learner's memory
    std::uint32_t times = 1;
    Micros window = kForever;
    Micros delay = 0;
    Micros within = kForever;
    std::int64_t at_least = std::numeric_limits<std::int64_t>::min();
    std::int64_t at_most = std::numeric_limits<std::int64_t>::max();
    std::uint32_t value = kOne;       // of sums: in `values`
    std::uint32_t sum = 0;            // the how-manieth sum
    std::vector<std::uint64_t> bits;  // of filters: the steps'; of a latch, what meets it
  };
  struct Node {
    bool any = false, inverted = false;
    std::uint64_t leaves = 0, negated = 0;
    std::vector<std::uint32_t> nodes;
  };

  // More than fits is left out, and too_large says so.
  CohortProgram(const Rule& who, const Names& names);

  bool met(std::uint64_t truth) const { return met(truth, truth, 0); }
  // Whether nothing that comes can change met(): it hangs on leaves that have become true for good.
  bool settled(std::uint64_t truth) const;

  bool too_large = false;
  std::vector<Leaf> leaves;
  std::vector<Node> nodes{1};
  std::uint64_t initial_truth = 0;  // of the leaves, before any event
  std::uint64_t timed = 0;          // the leaves that change without an event
  std::uint64_t lasting = 0;        // those that stay true once they are
  std::uint64_t recent = 0;         // those of kRecent
  std::uint64_t of_course = 0;      // those of kCourse
  std::uint64_t latches = 0;        // those of kLatch
  std::vector<std::int64_t> initial_words;
  std::uint32_t sums = 0;
  std::array<std::uint64_t, kMostFilters> leaves_of_filter = {};
  ValueList values;
  FilterMasks masks;
  Reads reads{.columns = {Column::kTime}, .properties = {}};

 private:
  // Of leaves that are true for sure or may be: whether the node is met whatever they are.
  bool met(std::uint64_t surely, std::uint64_t maybe, std::uint32_t at) const {
    const Node& node = nodes[at];
    const bool by_leaves =
        node.any ? (surely & node.leaves) != 0 || (~maybe & node.negated) != 0
                 : (surely & node.leaves) == node.leaves && (maybe & node.negated) == 0;
    return node.nodes.empty() || by_leaves == node.any ? by_leaves : inner_met(surely, maybe, node);
  }
  bool inner_met(std::uint64_t surely, std::uint64_t maybe, const Node& node) const;
};

}  // namespace waymark::fold
