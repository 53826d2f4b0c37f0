#include "fold/cohort_program.h"

#include <algorithm>
#include <cmath>

namespace waymark::fold {
namespace {

using Leaf = CohortProgram::Leaf;

std::int64_t units(double amount) { return std::llround(amount * CohortProgram::kUnitsPerAmount); }

class Compiler {
 public:
  Compiler(CohortProgram& program, const Names& names) : program_(program), names_(names) {}

  void add(const Rule& rule, std::uint32_t node, bool inverted) {
    if (++rules_ > CohortProgram::kMostRules) program_.too_large = true;
    if (program_.too_large) return;
    std::visit([&](const auto& is) { add_rule(is, node, inverted); }, rule.is);
  }

 private:
  void add_rule(const RuleGroup& group, std::uint32_t node, bool inverted) {
    if (group.kind == RuleGroup::Kind::kNot) return add(group.rules.front(), node, !inverted);
    const bool any = group.kind == RuleGroup::Kind::kAny;
    const bool says_the_same = !inverted && program_.nodes[node].any == any;
    const std::uint32_t inner = says_the_same ? node : new_node(node, any, inverted);
    for (const Rule& rule : group.rules) add(rule, inner, false);
  }

  void add_rule(const RuleCohort& cohort, std::uint32_t node, bool inverted) {
    if (cohort.rule) add(*cohort.rule, node, inverted);
  }

  // A count in a window that both begins and ends is a sum of ones.
  void add_rule(const RuleCount& count, std::uint32_t node, bool inverted) {
    if (count.last && count.before != 0) {
      Leaf leaf{.kind = Leaf::Kind::kSum, .window = *count.last, .delay = count.before};
      leaf.at_least = units(count.at_least);
      if (count.at_most) leaf.at_most = units(*count.at_most);
      return put_sum(std::move(leaf), count.filter, node, inverted);
    }
    const auto leaf = [&](std::uint32_t times) {
      Leaf asked{.kind = count.last ? Leaf::Kind::kRecent : Leaf::Kind::kEver,
                 .times = times,
                 .window = count.last.value_or(CohortProgram::kForever),
                 .delay = count.before};
      std::vector<std::int64_t> words(count.last ? 1 + times : 2, CohortProgram::kNone);
      words.front() = 0;
      return new_leaf(std::move(asked), {filter_bit(count.filter)}, words);
    };
    // At most so many is not one more.
    if (count.at_least == 0) return put(leaf(*count.at_most + 1), node, !inverted);
    if (!count.at_most) return put(leaf(count.at_least), node, inverted);
    const std::uint32_t both = new_node(node, false, inverted);
    put(leaf(count.at_least), both, false);
    put(leaf(*count.at_most + 1), both, true);
  }

  void add_rule(const RuleSum& sum, std::uint32_t node, bool inverted) {
    Leaf leaf{.kind = Leaf::Kind::kSum,
              .window = sum.last.value_or(CohortProgram::kForever),
              .delay = sum.before,
              .value = program_.values.add(sum.of, program_.reads)};
    if (sum.at_least) leaf.at_least = units(*sum.at_least);
    if (sum.at_most) leaf.at_most = units(*sum.at_most);
    put_sum(std::move(leaf), sum.filter, node, inverted);
  }

  void put_sum(Leaf leaf, const Filter& filter, std::uint32_t node, bool inverted) {
    leaf.sum = program_.sums++;
    const std::uint64_t bit = new_leaf(leaf, {filter_bit(filter)}, {});
    if (leaf.at_least <= 0 && 0 <= leaf.at_most) program_.initial_truth |= bit;
    put(bit, node, inverted);
  }

  void add_rule(const RuleSequence& sequence, std::uint32_t node, bool inverted) {
    std::vector<std::uint64_t> steps;
    for (const Filter& step : sequence.steps) steps.push_back(filter_bit(step));
    Leaf leaf{.kind = Leaf::Kind::kSequence,
              .window = sequence.last.value_or(CohortProgram::kForever),
              .within = sequence.within.value_or(CohortProgram::kForever)};
    const std::vector<std::int64_t> words(steps.size(), CohortProgram::kNone);
    put(new_leaf(std::move(leaf), steps, words), node, inverted);
  }

  // Set by an event that meets the condition, cleared by one that has the value and does not.
  void add_rule(const RuleAttribute& attribute, std::uint32_t node, bool inverted) {
    Condition known{.value = attribute.condition.value};
    if (!attribute.condition.texts.empty()) {
      known.texts = {""};
      known.is_not = true;
    }
    const std::uint64_t meets = filter_bit({.where = {attribute.condition}});
    const std::uint64_t has = filter_bit({.where = {known}});
    put(new_leaf({.kind = Leaf::Kind::kLatch}, {meets, has}, {}), node, inverted);
  }

  void add_rule(const RuleCourse&, std::uint32_t node, bool inverted) {
    put(new_leaf({.kind = Leaf::Kind::kCourse}, {},
                 {CohortProgram::kNone, CohortProgram::kForever}),
        node, inverted);
  }

  std::uint32_t new_node(std::uint32_t parent, bool any, bool inverted) {
    const auto node = static_cast<std::uint32_t>(program_.nodes.size());
    program_.nodes.push_back({.any = any, .inverted = inverted});
    program_.nodes[parent].nodes.push_back(node);
    return node;
  }

  std::uint64_t filter_bit(const Filter& filter) {
    const auto [found, is_new] =
        filters_.try_emplace(filter, static_cast<unsigned>(filters_.size()));
    if (found->second >= CohortProgram::kMostFilters) {
      program_.too_large = true;
      return 0;
    }
    if (is_new) {
      program_.masks.add(found->second, filter, names_, program_.values, program_.reads);
    }
    return std::uint64_t{1} << found->second;
  }

  // The leaf as a bit. Events that pass any of the filters concern it.
  std::uint64_t new_leaf(Leaf leaf, std::vector<std::uint64_t> bits,
                         const std::vector<std::int64_t>& words) {
    if (program_.leaves.size() == CohortProgram::kMostLeaves) program_.too_large = true;
    if (program_.too_large) return 0;
    const std::uint64_t bit = std::uint64_t{1} << program_.leaves.size();
    for (std::size_t filter = 0; filter < CohortProgram::kMostFilters; ++filter) {
      const auto asks = [&](std::uint64_t asked) { return (asked >> filter & 1) != 0; };
      if (std::ranges::any_of(bits, asks)) program_.leaves_of_filter[filter] |= bit;
    }
    leaf.bits = std::move(bits);
    leaf.word = static_cast<std::uint32_t>(program_.initial_words.size());
    append(program_.initial_words, words);
    const bool is_of_course = leaf.kind == Leaf::Kind::kCourse;
    if (leaf.window != CohortProgram::kForever || leaf.delay != 0 || is_of_course) {
      program_.timed |= bit;
    }
    if (leaf.kind == Leaf::Kind::kEver) program_.lasting |= bit;
    if (leaf.kind == Leaf::Kind::kRecent) program_.recent |= bit;
    if (is_of_course) program_.of_course |= bit;
    if (leaf.kind == Leaf::Kind::kLatch) program_.latches |= bit;
    program_.leaves.push_back(std::move(leaf));
    return bit;
  }

  void put(std::uint64_t leaf, std::uint32_t node, bool inverted) {
    (inverted ? program_.nodes[node].negated : program_.nodes[node].leaves) |= leaf;
  }

  CohortProgram& program_;
  const Names& names_;
  std::map<Filter, unsigned> filters_;
  std::size_t rules_ = 0;
};

}  // namespace

CohortProgram::CohortProgram(const Rule& who, const Names& names) {
  Compiler(*this, names).add(who, 0, false);
}

bool CohortProgram::settled(std::uint64_t truth) const {
  const std::uint64_t surely = truth & lasting, maybe = ~std::uint64_t{0};
  return met(surely, maybe, 0) == met(maybe, surely, 0);
}

// What inverts swaps what is sure with what may be; so this also says, given them the other way
// round, whether the node may be met.
bool CohortProgram::inner_met(std::uint64_t surely, std::uint64_t maybe, const Node& node) const {
  const auto inner = [&](std::uint32_t child) {
    return nodes[child].inverted ? !met(maybe, surely, child) : met(surely, maybe, child);
  };
  return node.any ? std::ranges::any_of(node.nodes, inner) : std::ranges::all_of(node.nodes, inner);
}

}  // namespace waymark::fold
