#pragma once

#include <string>

namespace waymark::cli {

// A made-up cohort for the starter workspace: two runs of one course, whose learners differ in how
// much they study, which shows in what they do and how they end. The same at every call.
struct Sample {
  std::string activity, learners, courses;  // CSV
};
Sample make_sample();

}  // namespace waymark::cli
