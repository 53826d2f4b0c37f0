#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace waymark::fold {

// How often short runs of states occur. A run is a key: its states one after the other, each of as
// many bits; never 0. Keys of up to 16 bits have a place each, others a hash table.
class GramTable {
 public:
  // Of whom runs are counted. Sessions are numbered from 1, learner after learner.
  struct Who {
    std::uint64_t first_session = 1, session = 1;  // the learner's first one, and this one
    std::uint32_t held_out = 0;
  };
  struct Counts {
    std::uint64_t key = 0;
    std::uint64_t occurrences = 0;
    std::uint64_t held_out = 0;      // of those, the ones of learners who are held out
    std::uint64_t sessions = 0;      // that have any
    std::uint64_t last_session = 0;  // in which it was counted, so that nobody is counted twice
    std::uint32_t learners = 0;
    std::uint32_t unused = 0;

    void count(const Who& who) {
      ++occurrences;
      held_out += who.held_out;
      count_who(who);
    }
    void count_who(const Who& who) {
      learners += last_session < who.first_session;
      sessions += last_session != who.session;
      last_session = who.session;
    }
  };

  explicit GramTable(unsigned key_bits);

  // The counts of a key, new ones where it has none.
  Counts& operator[](std::uint64_t key) { return dense_ ? slots_[key] : find(key); }
  // Keys that were looked for in a hash table: what takes memory.
  std::size_t size() const { return used_; }
  // Calls visit(counts) for each key that occurs, in no order.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].sessions == 0) continue;
      Counts counts = slots_[i];
      if (dense_) counts.key = i;
      visit(counts);
    }
  }

 private:
  Counts& find(std::uint64_t key);
  std::size_t slot_of(std::uint64_t key) const;
  void grow();

  bool dense_;
  std::size_t used_ = 0;
  std::vector<Counts> slots_;
};

}  // namespace waymark::fold
