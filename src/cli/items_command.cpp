// items: how hard they are, what they tell apart, and what learners know by them.

#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/table_argument.h"
#include "engine/items.h"

namespace waymark::cli {
namespace {

using query::Cell;

// An item that tells good learners from others less than this is worth a look.
constexpr double kTellsLittle = 0.1;
// A curve whose numbers may as well be others is none.
constexpr double kLargestError = 50;

Cell count(double value) { return Cell::of(static_cast<std::int64_t>(value)); }

void print_items(const Arguments& arguments, const engine::ItemStudy& study) {
  std::vector<std::vector<Cell>> rows;
  std::string weak, wrong, unknown;
  const auto add = [](std::string& list, const std::string& item) {
    list += (list.empty() ? "" : ", ") + item;
  };
  for (std::size_t i = 0; i < study.items.size(); ++i) {
    const stats::ItemFacts& facts = study.analysis.items[i];
    const stats::ItemCurve& curve = study.fit.items[i];
    const bool is_known =
        curve.difficulty_error < kLargestError && curve.discrimination_error < kLargestError;
    const auto of_curve = [&](double value) {
      return is_known ? number_or_dash(value, 2) : Cell::of("-");
    };
    rows.push_back({Cell::of(study.items[i]), count(facts.answers), number_or_dash(facts.share, 3),
                    number_or_dash(facts.corrected_discrimination, 3), of_curve(curve.difficulty),
                    of_curve(curve.difficulty_error), of_curve(curve.discrimination),
                    of_curve(curve.discrimination_error)});
    if (std::isfinite(curve.difficulty) && !is_known) add(unknown, study.items[i]);
    if (facts.corrected_discrimination < -kTellsLittle) {
      add(wrong, study.items[i]);
    } else if (facts.corrected_discrimination < kTellsLittle) {
      add(weak, study.items[i]);
    }
  }
  print_table(arguments,
              {{"item"},
               {"answers", true},
               {"right", true},
               {"with the rest", true},
               {"difficulty", true},
               {"s.e.", true},
               {"discrimination", true},
               {"s.e.", true}},
              rows);
  if (!weak.empty()) {
    fmt::print("Right or wrong here says next to nothing of the rest (below {}): {}.\n",
               kTellsLittle, weak);
  }
  if (!wrong.empty()) {
    fmt::print("Who is right here tends to be wrong in the rest (below {}): {}. Look at the key.\n",
               -kTellsLittle, wrong);
  }
  if (!unknown.empty()) {
    fmt::print("These answers do not tell a curve (standard errors above {}): {}.\n", kLargestError,
               unknown);
  }
}

// What all items tell together.
void print_whole(const engine::ItemStudy& study, stats::ItemModel model) {
  const std::string alpha = std::isnan(study.analysis.alpha)
                                ? ""
                                : fmt::format("Cronbach's alpha {:.3f}", study.analysis.alpha);
  if (!study.fit.is_told(model)) {
    fmt::print(
        "{} cannot be told of fewer than {} items that some got right and some did not; "
        "there {} {}.{}\n",
        model == stats::ItemModel::kRasch ? "Difficulties" : "Discriminations (2PL)",
        stats::least_items(model), study.fit.items_in_use == 1 ? "is" : "are",
        study.fit.items_in_use, alpha.empty() ? "" : " " + alpha + ".");
    return;
  }
  fmt::print("Reliability of abilities {:.3f}; {}{}log-likelihood {:.4f}.\n", study.fit.reliability,
             alpha, alpha.empty() ? "" : "; ", study.fit.log_likelihood);
  if (!study.fit.converged) fmt::print("It did not come to rest: do not trust the curves.\n");
}

void print_options(const Arguments& arguments, const engine::ItemStudy& study) {
  std::vector<std::vector<Cell>> rows;
  for (std::size_t i = 0; i < study.chosen.size(); ++i) {
    for (const stats::OptionFacts& option : study.chosen[i]) {
      rows.push_back({Cell::of(study.items[i]), Cell::of(study.options[option.option]),
                      Cell::of(option.correct ? "yes" : ""), count(option.chosen),
                      number_or_dash(option.share, 3), number_or_dash(option.score, 3),
                      number_or_dash(option.discrimination, 3)});
    }
  }
  fmt::print("\n");
  print_table(arguments,
              {{"item"},
               {"answer"},
               {"right"},
               {"chosen", true},
               {"share", true},
               {"right in the rest", true},
               {"with the rest", true}},
              rows);
}

std::size_t answers_of(const engine::ItemStudy& study, std::size_t learner) {
  return study.responses.begin[learner + 1] - study.responses.begin[learner];
}

std::int64_t right_of(const engine::ItemStudy& study, std::size_t learner) {
  std::int64_t right = 0;
  for (std::uint32_t i = study.responses.begin[learner]; i < study.responses.begin[learner + 1];
       ++i) {
    right += study.responses.correct[i];
  }
  return right;
}

Cell learned(double value) { return std::isfinite(value) ? Cell::of(value, 4) : Cell::null(); }

void print_learners(const Arguments& arguments, const engine::ItemStudy& study) {
  const auto printer = standard_printer(arguments.json ? "json" : arguments.format, 0);
  const std::vector<query::Heading> headings{
      {"learner"}, {"answers", true}, {"right", true}, {"ability", true}, {"deviation", true}};
  printer->begin(headings);
  for (std::size_t i = 0; i < study.learners.size(); ++i) {
    const std::vector<Cell> row{Cell::of(study.learners[i]),
                                Cell::of(static_cast<std::int64_t>(answers_of(study, i))),
                                Cell::of(right_of(study, i)), learned(study.fit.abilities[i].mean),
                                learned(study.fit.abilities[i].deviation)};
    printer->row(row);
  }
  printer->end();
}

void print_json(const engine::ItemStudy& study) {
  JsonWriter out(JsonWriter::Style::kPretty);
  const auto write = [&out](std::string_view name, double value) { out.key(name).number(value); };
  out.begin_object();
  write("answers", static_cast<double>(study.answers));
  write("left_out", static_cast<double>(study.left_out));
  write("repeated", static_cast<double>(study.repeated));
  write("learners", static_cast<double>(study.learners.size()));
  write("alpha", study.analysis.alpha);
  write("reliability", study.fit.reliability);
  write("log_likelihood", study.fit.log_likelihood);
  out.key("converged").boolean(study.fit.converged).key("items").begin_array();
  for (std::size_t i = 0; i < study.items.size(); ++i) {
    const stats::ItemFacts& facts = study.analysis.items[i];
    const stats::ItemCurve& curve = study.fit.items[i];
    out.begin_object().key("item").string(study.items[i]);
    write("answers", facts.answers);
    write("right", facts.share);
    write("point_biserial", facts.discrimination);
    write("corrected_point_biserial", facts.corrected_discrimination);
    write("difficulty", curve.difficulty);
    write("difficulty_standard_error", curve.difficulty_error);
    write("discrimination", curve.discrimination);
    write("discrimination_standard_error", curve.discrimination_error);
    if (!study.chosen.empty()) {
      out.key("options").begin_array();
      for (const stats::OptionFacts& option : study.chosen[i]) {
        out.begin_object().key("answer").string(study.options[option.option]);
        out.key("right").boolean(option.correct);
        write("chosen", option.chosen);
        write("share", option.share);
        write("right_in_the_rest", option.score);
        write("point_biserial", option.discrimination);
        out.end_object();
      }
      out.end_array();
    }
    out.end_object();
  }
  fmt::print("{}\n", out.end_array().end_object().take());
}

}  // namespace

int items(const Arguments& arguments) {
  engine::ItemQuestion question{
      .learner = arguments.learner, .item = arguments.item, .correct = arguments.correct};
  question.answer = arguments.answer;
  question.model =
      arguments.model == "rasch" ? stats::ItemModel::kRasch : stats::ItemModel::kTwoParameter;
  const engine::ItemStudy study = engine::study_items(read_table_argument(arguments), question);
  if (arguments.learners) {
    print_learners(arguments, study);
  } else if (arguments.json) {
    print_json(study);
  } else {
    fmt::print("{} answers of {} learners to {} items", with_thousands(study.answers),
               with_thousands(study.learners.size()), with_thousands(study.items.size()));
    if (study.repeated > 0)
      fmt::print("; {} further tries do not count", with_thousands(study.repeated));
    if (study.left_out > 0)
      fmt::print("; {} rows left out for want of a value", with_thousands(study.left_out));
    fmt::print(".\n\n");
    print_items(arguments, study);
    print_whole(study, question.model);
    if (!study.chosen.empty()) print_options(arguments, study);
  }
  return 0;
}

}  // namespace waymark::cli
