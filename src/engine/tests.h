#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/catalog.h"

namespace waymark::engine {

// A test that failed: somebody is in a cohort who must be out, or the other way round; or a table
// has other rows.
struct TestFailure {
  workspace::Place place;   // of what was expected
  std::string message;      // "as of …, 'ann' must be in and is not"
  std::string explanation;  // of a cohort each rule on a line, with yes or no before it; of a table
                            // the rows that are missing (-) and those that are too many (+)
};

struct TestOutcome {
  std::string measure;
  std::string name;  // what the test says of itself, or where it stands
  std::size_t expectations = 0;
  std::vector<TestFailure> failures;
};

// Runs the tests that definitions carry, all or those of the named measures. Tests without events
// of their own look at the workspace's trails as they were built last. Throws Error{kNotFound}
// where a name is unknown, or trails are asked for and there are none.
std::vector<TestOutcome> run_tests(const Catalog& catalog, const std::vector<std::string>& names);

}  // namespace waymark::engine
