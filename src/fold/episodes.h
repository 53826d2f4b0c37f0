#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "fold/sessions.h"

namespace waymark::fold {

// Learning episodes: runs of sessions of a learner with pauses between them, from the end of one to
// the start of the next, of at most the definition's episode gap. Where sessions switch on course,
// a learner's sessions in each course make episodes of their own, whatever lies between them in
// other courses; else the course is that of the first session. Sessions below the minimum are no
// part of any. One row per episode, a learner's by course in the order in which those first occur,
// then in order of time.
struct EpisodeTable {
  std::vector<Code> learner;
  std::vector<Code> course;
  std::vector<std::uint32_t> number;  // 1, 2, … per learner, or per learner and course
  std::vector<Micros> start, end;     // of the first and the last event
  std::vector<std::uint64_t> sessions, events;
  std::vector<double> weight;
  std::vector<std::int64_t> active_ms;     // the durations of its sessions
  std::vector<std::uint32_t> active_days;  // local days on which a session ran

  std::size_t size() const { return learner.size(); }
};

// Appends the episodes of these sessions: all sessions of each learner, one after the other, as the
// fold gives them. The definition has an episode gap.
void add_episodes(const SessionTable& sessions, const SessionsDefinition& definition,
                  const Zone& zone, EpisodeTable& table);

}  // namespace waymark::fold
