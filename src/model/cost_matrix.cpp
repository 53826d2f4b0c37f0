#include "model/cost_matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"

namespace waymark::model {
namespace {

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

double CostMatrix::of(const stats::Confusion& confusion) const {
  double sum = 0;
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    for (std::size_t called = 0; called < classes.size(); ++called) {
      sum += of(truth, called) * confusion.count(truth, called);
    }
  }
  return sum;
}

double CostMatrix::of_always(std::size_t called, const stats::Confusion& confusion) const {
  double sum = 0;
  for (std::size_t truth = 0; truth < classes.size(); ++truth) {
    sum += of(truth, called) * confusion.there(truth);
  }
  return sum;
}

std::vector<std::string> CostMatrix::unlike(const std::vector<std::string>& wanted) const {
  std::vector<std::string> sentences;
  for (const std::string& name : classes) {
    if (!is_among(wanted, name)) sentences.push_back(no_class(name, wanted));
  }
  for (const std::string& name : wanted) {
    if (is_among(classes, name)) continue;
    sentences.push_back(fmt::format("what does a mistake cost where '{}' is true?", name));
  }
  return sentences;
}

CostMatrix CostMatrix::in_order(const std::vector<std::string>& wanted) const {
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(classes, name) - classes.begin());
  };
  CostMatrix out{.classes = wanted, .left = left};
  for (const std::string& truth : wanted) {
    for (const std::string& called : wanted) out.cost.push_back(of(place(truth), place(called)));
  }
  return out;
}

std::string no_class(const std::string& name, const std::vector<std::string>& classes) {
  return fmt::format("'{}' is no class; there are: {}{}", name, fmt::join(classes, ", "),
                     in_brackets(did_you_mean(name, classes)));
}

CostMatrix read_cost_matrix(const workspace::Node& node, workspace::Diagnostics& diagnostics) {
  const auto mistake = [&](const workspace::Node& at, const std::string& what,
                           const std::string& hint = "") {
    diagnostics.add(at.place(), "model.decide", what, hint);
  };
  CostMatrix out{.classes = {}};
  for (const auto& [truth, line] : node.members()) out.classes.push_back(truth);
  const std::size_t classes = out.classes.size();
  out.cost.resize(classes * classes);
  for (std::size_t truth = 0; truth < classes; ++truth) {
    const std::string& name = out.classes[truth];
    const workspace::Node line = node[name];
    for (const auto& [called, cost] : line.members()) {
      const auto at =
          static_cast<std::size_t>(std::ranges::find(out.classes, called) - out.classes.begin());
      if (at == classes) {
        mistake(cost,
                fmt::format("what does a mistake cost where '{}' is true? It has no line", called),
                did_you_mean(called, out.classes));
        continue;
      }
      out.cost[truth * classes + at] = cost.number();
      if (at == truth && cost.number() != 0) {
        mistake(cost, fmt::format("to call '{}' what is '{}' costs nothing", name, name),
                "of a mistake write what it costs more than that");
      }
    }
    for (const std::string& called : out.classes) {
      if (called == name || line[called].exists()) continue;
      mistake(line,
              fmt::format("where '{}' is true, what does it cost to call '{}'?", name, called),
              fmt::format("{}: 1", called));
    }
  }
  if (std::ranges::all_of(out.cost, [](double cost) { return cost == 0; })) {
    mistake(node, "no mistake costs anything, so there is nothing to decide by");
  }
  return out;
}

}  // namespace waymark::model
