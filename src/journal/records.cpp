#include "journal/records.h"

namespace waymark::journal {

std::uint64_t Counts::refused_in_all() const {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : refused) sum += count;
  return sum;
}

bool Counts::balanced() const {
  return received == stored + duplicate + quarantined + refused_in_all();
}

Counts& Counts::operator+=(const Counts& other) {
  received += other.received;
  stored += other.stored;
  duplicate += other.duplicate;
  quarantined += other.quarantined;
  for (const auto& [reason, count] : other.refused) refused[reason] += count;
  return *this;
}

}  // namespace waymark::journal
