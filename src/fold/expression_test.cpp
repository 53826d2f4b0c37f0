#include "fold/expression.h"

#include <gtest/gtest.h>

namespace waymark::fold {
namespace {

std::string sql_of(std::string_view text) {
  workspace::Diagnostics diagnostics;
  const Expression expression = Expression::parse(text, {"m.yaml", 2, 10}, diagnostics);
  if (diagnostics.empty()) return expression.sql([](const std::string& name) { return name; });
  EXPECT_TRUE(expression.empty());
  EXPECT_EQ(diagnostics.sorted().size(), 1u);
  return workspace::to_text(diagnostics.sorted().front());
}

TEST(Expressions, BindAsArithmeticDoes) {
  EXPECT_EQ(sql_of("a + b * c"), "(a + (b * c))");
  EXPECT_EQ(sql_of("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(sql_of("(a - b) / c / d"), "(((a - b) / nullif(c, 0)) / nullif(d, 0))");
  EXPECT_EQ(sql_of(" 100*a/-b"), "((100::DOUBLE * a) / nullif((0::DOUBLE - b), 0))");
  EXPECT_EQ(sql_of("1.5"), "1.5::DOUBLE");
}

TEST(Expressions, SayWhereTheyGoWrong) {
  const auto begins = [](std::string_view text, std::string_view words) {
    EXPECT_EQ(sql_of(text).substr(0, words.size()), words);
  };
  begins("a +", "m.yaml:2:10: a number or a name is missing at the end of 'a +'");
  begins("a b", "m.yaml:2:10: expected + - * or / before this: 'b'");
  begins("(a", "m.yaml:2:10: a ')' is missing at the end of '(a'");
  begins("a)", "m.yaml:2:10: a ')' too many: ')'");
  begins("a % b", "m.yaml:2:10: expected + - * or / before this: '% b'");
  begins("a + ; drop", "m.yaml:2:10: expected a number, a name or '(': '; drop'");
  begins("1.2.3", "m.yaml:2:10: this is no number: '1.2.3'");
  begins(std::string(100, '(') + "a", "m.yaml:2:10: the parentheses are nested too deep");
  std::string sum = "a";
  for (int i = 0; i < 200; ++i) sum += "+a";
  begins(sum, "m.yaml:2:10: the expression is too long");
}

}  // namespace
}  // namespace waymark::fold
