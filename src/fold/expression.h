#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/diagnostic.h"

namespace waymark::fold {

// Arithmetic over names: numbers, names (letters, digits and _), + - * / and parentheses, with the
// usual precedence; a minus may stand before a value.
class Expression {
 public:
  static constexpr std::size_t kMostNodes = 200, kDeepest = 40;

  Expression() = default;
  // What is no expression is a mistake at `place` that shows the text from there on, and the result
  // then is empty.
  static Expression parse(std::string_view text, const workspace::Place& place,
                          workspace::Diagnostics& diagnostics);

  bool empty() const { return nodes_.empty(); }
  // Each once, in the order of the text.
  const std::vector<std::string>& names() const { return names_; }
  // As SQL, in which a quotient by zero is NULL. value_of(name): SQL for it.
  std::string sql(const std::function<std::string(const std::string&)>& value_of) const;

 private:
  friend class ExpressionParser;
  // Of an operator: the positions of what it stands between.
  struct Node {
    char sign = 0;  // + - * / or 0
    std::size_t left = 0, right = 0;
    std::string number, name;
  };
  std::string sql(const Node& node,
                  const std::function<std::string(const std::string&)>& value_of) const;

  std::vector<Node> nodes_;  // each after what it stands between
  std::vector<std::string> names_;
};

}  // namespace waymark::fold
