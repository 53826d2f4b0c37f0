#include "fold/expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace waymark::fold {

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, const workspace::Place& place,
                   workspace::Diagnostics& diagnostics)
      : text_(text), place_(place), diagnostics_(diagnostics) {}

  Expression parse() {
    sum(0);
    skip_blanks();
    if (!failed_ && at_ < text_.size()) {
      fail(text_[at_] == ')' ? "a ')' too many" : "expected + - * or / before this");
    }
    return failed_ ? Expression() : std::move(expression_);
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  // The first mistake is the one that is told; the rest of the text means nothing after it.
  std::size_t fail(std::string_view what) {
    if (failed_) return 0;
    failed_ = true;
    const std::string_view rest = text_.substr(at_);
    diagnostics_.add(place_, "expression.invalid",
                     rest.empty() ? fmt::format("{} at the end of '{}'", what, text_)
                                  : fmt::format("{}: '{}'", what, rest),
                     "numbers, names of metrics, + - * / and parentheses");
    return 0;
  }

  std::size_t add(Expression::Node node) {
    std::vector<Expression::Node>& nodes = expression_.nodes_;
    if (nodes.size() == Expression::kMostNodes) return fail("the expression is too long");
    nodes.push_back(std::move(node));
    return nodes.size() - 1;
  }

  template <typename Operand>
  std::size_t chain(std::string_view signs, const Operand& operand) {
    std::size_t left = operand();
    for (skip_blanks(); !failed_ && at_ < text_.size() && signs.find(text_[at_]) != signs.npos;
         skip_blanks()) {
      const char sign = text_[at_++];
      const std::size_t right = operand();
      left = add({sign, left, right, "", ""});
    }
    return left;
  }

  std::size_t sum(std::size_t depth) {
    return chain("+-", [&] { return product(depth); });
  }
  std::size_t product(std::size_t depth) {
    return chain("*/", [&] { return value(depth); });
  }

  std::size_t value(std::size_t depth) {
    skip_blanks();
    if (failed_) return 0;
    if (depth == Expression::kDeepest) return fail("the parentheses are nested too deep");
    if (at_ == text_.size()) return fail("a number or a name is missing");
    if (text_[at_] == '-') {
      ++at_;
      const std::size_t zero = add({0, 0, 0, "0", ""});
      const std::size_t negated = value(depth + 1);
      return add({'-', zero, negated, "", ""});
    }
    if (text_[at_] == '(') return in_parentheses(depth);
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    const bool is_number = !word.empty() && (is_digit(word.front()) || word.front() == '.');
    if (is_number && parse_number(word)) return add({0, 0, 0, word, ""});
    at_ = is_number ? begin : at_;
    if (is_number) return fail("this is no number");
    if (word.empty()) return fail("expected a number, a name or '('");
    if (std::ranges::find(expression_.names_, word) == expression_.names_.end())
      expression_.names_.push_back(word);
    return add({0, 0, 0, "", word});
  }

  std::size_t in_parentheses(std::size_t depth) {
    ++at_;
    const std::size_t inner = sum(depth + 1);
    skip_blanks();
    if (failed_) return 0;
    if (at_ == text_.size() || text_[at_] != ')') return fail("a ')' is missing");
    ++at_;
    return inner;
  }

  std::string_view text_;
  const workspace::Place& place_;
  workspace::Diagnostics& diagnostics_;
  Expression expression_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

Expression Expression::parse(std::string_view text, const workspace::Place& place,
                             workspace::Diagnostics& diagnostics) {
  return ExpressionParser(text, place, diagnostics).parse();
}

std::string Expression::sql(const std::function<std::string(const std::string&)>& value_of) const {
  return sql(nodes_.back(), value_of);
}

std::string Expression::sql(const Node& node,
                            const std::function<std::string(const std::string&)>& value_of) const {
  if (node.sign == 0) {
    return node.name.empty() ? fmt::format("{}::DOUBLE", node.number) : value_of(node.name);
  }
  const std::string left = sql(nodes_[node.left], value_of);
  const std::string right = sql(nodes_[node.right], value_of);
  return node.sign == '/' ? fmt::format("({} / nullif({}, 0))", left, right)
                          : fmt::format("({} {} {})", left, node.sign, right);
}

}  // namespace waymark::fold
