#include "fold/cohort_words.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

namespace waymark::fold {
namespace {

std::string in_words(Micros duration) {
  struct Unit {
    Micros length;
    std::string_view name;
  };
  for (const Unit unit : {Unit{kMicrosPerDay, "day"}, Unit{kMicrosPerHour, "hour"},
                          Unit{kMicrosPerMinute, "minute"}, Unit{kMicrosPerSecond, "second"}}) {
    if (duration < unit.length || duration % unit.length != 0) continue;
    const Micros number = duration / unit.length;
    return fmt::format("{} {}{}", number, unit.name, number == 1 ? "" : "s");
  }
  return fmt::format("{} microseconds", duration);
}

std::string quoted(const std::vector<std::string>& words, std::string_view conjunction) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) list += i + 1 == words.size() ? fmt::format(" {} ", conjunction) : ", ";
    list += fmt::format("\"{}\"", words[i]);
  }
  return list;
}

std::string name_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kWeight:
      return "weight";
    case Value::Kind::kScore:
      return "score";
    case Value::Kind::kDuration:
      return "duration in milliseconds";
    case Value::Kind::kProperty:
      break;
  }
  return value.property;
}

// A bound that excludes a number is kept as the one next to it.
std::string bound(double number, double towards, std::string_view included,
                  std::string_view excluded) {
  const std::string exact = fmt::format("{}", number);
  const std::string next = fmt::format("{}", std::nextafter(number, towards));
  return next.size() < exact.size() ? fmt::format("{} {}", excluded, next)
                                    : fmt::format("{} {}", included, exact);
}

// "is at least 40"
std::string in_words(const Condition& condition) {
  if (!condition.texts.empty()) {
    if (!condition.is_not) return "is " + quoted(condition.texts, "or");
    return condition.texts.size() == 1
               ? fmt::format("is known and is not {}", quoted(condition.texts, "nor"))
               : fmt::format("is known and is neither {}", quoted(condition.texts, "nor"));
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (condition.at_least == condition.at_most) return fmt::format("is {}", condition.at_least);
  std::string words;
  if (condition.at_least != -kInfinity) {
    words = "is " + bound(condition.at_least, -kInfinity, "at least", "more than");
  }
  if (condition.at_most != kInfinity) {
    words += (words.empty() ? "is " : " and ") +
             bound(condition.at_most, kInfinity, "at most", "less than");
  }
  return words;
}

// " whose kind is "click", and whose score is at least 40"
std::string in_words(const Filter& filter) {
  std::vector<std::string> asked;
  const auto ask = [&](std::string_view column, const std::vector<std::string>& words) {
    if (!words.empty()) asked.push_back(fmt::format("whose {} is {}", column, quoted(words, "or")));
  };
  ask("kind", filter.kinds);
  ask("context", filter.contexts);
  ask("object", filter.objects);
  ask("course", filter.courses);
  ask("outcome", filter.outcomes);
  ask("source", filter.sources);
  for (const Condition& condition : filter.where) {
    asked.push_back(fmt::format("whose {} {}", name_of(condition.value), in_words(condition)));
  }
  return asked.empty() ? "" : fmt::format(" {}", fmt::join(asked, ", AND "));
}

std::string window(const std::optional<Micros>& last, Micros before = 0) {
  if (before == 0) {
    return last ? fmt::format("in the last {}", in_words(*last)) : "at any time before";
  }
  const std::string ago = fmt::format("more than {} ago", in_words(before));
  return last ? fmt::format("at most {} and {}", in_words(*last), ago) : ago;
}

std::string how_many(const RuleCount& count) {
  const auto events = [](std::uint32_t n) {
    return n == 1 ? "1 event" : fmt::format("{} events", n);
  };
  if (!count.at_most) return "at least " + events(count.at_least);
  if (*count.at_most == 0) return "no event";
  if (count.at_least == *count.at_most) return "exactly " + events(count.at_least);
  if (count.at_least == 0)
    return fmt::format("no more than {} (perhaps none)", events(*count.at_most));
  return fmt::format("from {} to {}", count.at_least, events(*count.at_most));
}

struct Line {
  std::size_t depth;
  std::string text;
  const Rule* rule;  // null of a line that only says more
};

class Lines {
 public:
  void add(const Rule& rule, std::size_t depth) {
    std::visit([&](const auto& is) { add_rule(rule, is, depth); }, rule.is);
  }
  std::vector<Line> take() { return std::move(lines_); }

 private:
  void put(const Rule& rule, std::size_t depth, std::string text) {
    lines_.push_back({depth, std::move(text), &rule});
  }

  void add_rule(const Rule& rule, const RuleGroup& group, std::size_t depth) {
    const bool negates = group.kind == RuleGroup::Kind::kNot;
    if (group.rules.size() == 1 && !negates) return add(group.rules.front(), depth);
    put(rule, depth,
        negates                               ? "this is NOT true:"
        : group.kind == RuleGroup::Kind::kAny ? "AT LEAST ONE of these is true:"
                                              : "ALL of these are true:");
    for (const Rule& inner : group.rules) add(inner, depth + 1);
  }

  void add_rule(const Rule& rule, const RuleCount& count, std::size_t depth) {
    put(rule, depth,
        fmt::format("there {} {}{}, {}",
                    count.at_most.value_or(count.at_least) > 1 ? "were" : "was", how_many(count),
                    in_words(count.filter), window(count.last, count.before)));
  }

  void add_rule(const Rule& rule, const RuleSum& sum, std::size_t depth) {
    std::string bounds;
    if (sum.at_least) bounds = fmt::format("at least {}", *sum.at_least);
    if (sum.at_most) {
      bounds += fmt::format("{}at most {}", bounds.empty() ? "" : " and ", *sum.at_most);
    }
    put(rule, depth,
        fmt::format("the sum of {} over all events{}, {}, is {} (0 where there are none)",
                    name_of(sum.of), in_words(sum.filter), window(sum.last, sum.before), bounds));
  }

  void add_rule(const Rule& rule, const RuleSequence& sequence, std::size_t depth) {
    std::string limit;
    if (sequence.within) {
      limit = fmt::format(", the last at most {} after the first", in_words(*sequence.within));
    }
    put(rule, depth,
        fmt::format("there were these events, each later than the one before{}; the last {}:",
                    limit, window(sequence.last)));
    for (std::size_t i = 0; i < sequence.steps.size(); ++i) {
      lines_.push_back(
          {depth + 1, fmt::format("{}. an event{}", i + 1, in_words(sequence.steps[i])), nullptr});
    }
  }

  void add_rule(const Rule& rule, const RuleAttribute& attribute, std::size_t depth) {
    put(rule, depth,
        fmt::format("the last known {} {}", name_of(attribute.condition.value),
                    in_words(attribute.condition)));
  }

  void add_rule(const Rule& rule, const RuleCourse&, std::size_t depth) {
    put(rule, depth,
        "the course runs: it has begun and has not ended (without dates, it always runs)");
  }

  void add_rule(const Rule& rule, const RuleCohort& cohort, std::size_t depth) {
    put(rule, depth, fmt::format("in the cohort \"{}\" at the same moment, that is:", cohort.name));
    if (cohort.rule) add(*cohort.rule, depth + 1);
  }

  std::vector<Line> lines_;
};

std::vector<Line> lines_of(const CohortDefinition& cohort) {
  Lines lines;
  lines.add(cohort.who, 1);
  return lines.take();
}

}  // namespace

std::string describe(const CohortDefinition& cohort) {
  std::string text = cohort.name + "\n";
  if (!cohort.description.empty()) text += fmt::format("{}\n", cohort.description);
  text +=
      cohort.per_course
          ? "\nAbout each learner in each course, by the events of that course alone; from the "
            "learner's\nfirst event there on. "
          : "\nAbout each learner, by the events of all courses; from the learner's first event "
            "on.\n";
  text += "In the cohort at a moment is who meets this, by what happened before that moment:\n\n";
  for (const Line& line : lines_of(cohort)) {
    text += fmt::format("{:{}}{}{}\n", "", 2 * line.depth, line.rule ? "- " : "", line.text);
  }
  text +=
      "\n\"In the last\" and \"ago\" count back from the moment, to the microsecond; a day is 24 "
      "hours.\n"
      "What happened exactly at the beginning of a window is in it, what happens at the moment "
      "itself is not.\n"
      "What is not known meets no condition";
  return text + (cohort.per_course
                     ? "; what an event without a course says is known in all courses.\n"
                     : ".\n");
}

std::string explain(const CohortDefinition& cohort,
                    const std::function<bool(const Rule&)>& is_met) {
  std::string text;
  for (const Line& line : lines_of(cohort)) {
    const std::string_view mark = line.rule == nullptr ? "" : is_met(*line.rule) ? "yes" : "no";
    text += fmt::format("{:3} {:{}}{}\n", mark, "", 2 * line.depth, line.text);
  }
  return text;
}

}  // namespace waymark::fold
