#include "report/report.h"

#include <gtest/gtest.h>

#include "report/sample.h"

namespace waymark::report {
namespace {

TEST(Report, EqualContentGivesEqualBytes) { EXPECT_EQ(render(sample()), render(sample())); }

}  // namespace
}  // namespace waymark::report
