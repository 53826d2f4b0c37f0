#include "cli/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace waymark::cli {
namespace {

constexpr int kLearnersPerRun = 160;
constexpr int kWeeks = 10;
constexpr std::array<std::string_view, 4> kActivities{"page", "video", "quiz", "forum"};
constexpr std::array<std::string_view, 3> kProgrammes{"Arts", "Engineering", "Health"};

// SplitMix64 (Steele, Lea & Flood 2014): the same numbers on every machine, which the standard
// library's distributions do not promise.
class Random {
 public:
  double uniform() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
  }
  int below(int n) { return static_cast<int>(uniform() * n); }
  // Irwin-Hall: the sum of twelve uniforms, near enough to a normal number.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t state_ = 7;
};

struct Run {
  std::string_view name, starts, ends;
};
constexpr std::array<Run, 2> kRuns{{{"Statistics/2025A", "2025-01-13", "2025-03-24"},
                                    {"Statistics/2025B", "2025-09-08", "2025-11-17"}}};

class Cohort {
 public:
  Sample make() {
    for (const Run& run : kRuns) {
      sample_.courses += fmt::format("{},{},{}\n", run.name, run.starts, run.ends);
      const Micros start = *parse_iso_time(run.starts, Zone::utc());
      for (int i = 0; i < kLearnersPerRun; ++i) add_learner(run, start);
    }
    std::ranges::sort(rows_);
    for (const std::string& row : rows_) sample_.activity += row;
    return sample_;
  }

 private:
  void add_learner(const Run& run, Micros start) {
    const std::string learner = fmt::format("s{:04}", ++learners_);
    const double diligence = random_.normal();
    const bool leaves = random_.uniform() < 0.35 / (1 + std::exp(2 * diligence));
    const int last_week = leaves ? 3 + random_.below(kWeeks - 3) : kWeeks;
    double points = 0;
    for (int week = 0; week < last_week; ++week) {
      study(run, learner, start + week * 7 * kMicrosPerDay, diligence - 0.06 * week);
      if (week % 2 == 1) points += submit(run, learner, start, week, diligence);
    }
    const std::string_view result = leaves                                 ? "left"
                                    : points + 25 * random_.normal() > 150 ? "pass"
                                                                           : "fail";
    sample_.learners +=
        fmt::format("{},{},{},{},{},{}\n", learner, run.name,
                    to_iso_date(start - (1 + random_.below(30)) * kMicrosPerDay),
                    leaves ? to_iso_date(start + last_week * 7 * kMicrosPerDay) : "",
                    kProgrammes[static_cast<std::size_t>(random_.below(3))], result);
  }

  // A week's sittings: each some views, minutes apart.
  void study(const Run& run, const std::string& learner, Micros week, double diligence) {
    const int sittings =
        std::max(0, static_cast<int>(std::lround(2 + diligence + 0.8 * random_.normal())));
    for (int sitting = 0; sitting < sittings; ++sitting) {
      Micros time =
          week + random_.below(7) * kMicrosPerDay + (8 + random_.below(14)) * kMicrosPerHour;
      for (int views = 1 + random_.below(6); views > 0; --views) {
        time += (1 + random_.below(12)) * kMicrosPerMinute;
        const std::string_view activity = kActivities[static_cast<std::size_t>(random_.below(4))];
        write(time, learner, run, "viewed", fmt::format("{}-{}", activity, 1 + random_.below(12)),
              activity, "");
      }
    }
  }

  double submit(const Run& run, const std::string& learner, Micros start, int week,
                double diligence) {
    if (random_.uniform() > 1 / (1 + std::exp(-1.6 - 1.4 * diligence))) return 0;
    const double score =
        std::clamp(std::round(62 + 11 * diligence + 9 * random_.normal()), 0.0, 100.0);
    const Micros time = start + (week * 7 + random_.below(7)) * kMicrosPerDay + 20 * kMicrosPerHour;
    write(time, learner, run, "submitted", fmt::format("assignment-{}", (week + 1) / 2),
          "assignment", fmt::format("{}", score));
    return score;
  }

  void write(Micros time, const std::string& learner, const Run& run, std::string_view action,
             std::string_view item, std::string_view activity, std::string_view score) {
    rows_.push_back(fmt::format("{},{},{},{},{},{},{}\n", to_iso(time), learner, run.name, action,
                                item, activity, score));
  }

  Random random_;
  int learners_ = 0;
  std::vector<std::string> rows_;
  Sample sample_{.activity = "time,learner,course,action,item,activity,score\n",
                 .learners = "learner,course,enrolled_on,left_on,programme,result\n",
                 .courses = "course,starts,ends\n"};
};

}  // namespace

Sample make_sample() { return Cohort().make(); }

}  // namespace waymark::cli
