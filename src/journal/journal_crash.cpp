// The program that the crash test kills: takes the steps of the plan that are not taken yet, and
// writes the number of each to standard output once it is acknowledged. `hold` instead keeps the
// journal open until standard input ends.
//
//   journal_crash FOLDER MEMORY_MB [hold]

#include <unistd.h>

#include "journal/crash_plan.h"

int main(int argc, char** argv) {
  namespace crash_plan = waymark::journal::crash_plan;
  if (argc < 3) return 2;
  auto journal = waymark::journal::Journal::open(argv[1], {.memory_mb = std::stoul(argv[2])});
  if (argc > 3) {
    char byte = '\n';
    if (::write(STDOUT_FILENO, &byte, 1) != 1) return 1;
    while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
    return 0;
  }
  for (std::size_t step = crash_plan::next_step(journal); step < crash_plan::kSteps; ++step) {
    crash_plan::take(journal, step);
    const std::string line = std::to_string(step) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
  }
  return 0;
}
