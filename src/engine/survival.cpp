#include "engine/survival.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/stopwatch.h"

namespace waymark::engine {
namespace {

using stats::SurvivalMethod;

[[noreturn]] void throw_usage(const std::string& reason, const std::string& message) {
  throw Error(ErrorCode::kUsage, reason, message);
}
[[noreturn]] void throw_invalid(const std::string& reason, const std::string& message) {
  throw Error(ErrorCode::kInvalid, reason, message);
}

// Each model asks something of its times.
void check_times(const SurvivalQuestion& question, const stats::Lifetimes& lifetimes) {
  const SurvivalMethod model = question.model;
  const bool is_discrete = model == SurvivalMethod::kDiscrete;
  const bool is_accelerated = model != SurvivalMethod::kCox && !is_discrete;
  if (is_accelerated && (!question.start.empty() || !question.strata.empty())) {
    throw_usage("survival.model", "this model knows neither --start nor --strata; cox knows both");
  }
  if (is_discrete && !question.strata.empty()) {
    throw_usage("survival.model", "this model knows no --strata; cox does");
  }
  constexpr double kMostPeriods = 10'000;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const double start = lifetimes.start.empty() ? 0 : lifetimes.start[i];
    const double stop = lifetimes.stop[i];
    for (const auto& [column, time] : {std::pair(&question.start, start), {&question.time, stop}}) {
      const bool is_length = question.start.empty();  // else anything on a clock
      if (std::isfinite(time) && !(is_length && time < 0)) continue;
      throw_invalid("survival.time",
                    fmt::format("column '{}' says {}; a time must be {}", *column, time,
                                is_length ? "0 or more, and finite" : "finite"));
    }
    if (!lifetimes.start.empty() && start >= stop) {
      throw_invalid("survival.time", fmt::format("a row is watched from {} until {}: it must end "
                                                 "after it begins",
                                                 start, stop));
    }
    if (is_accelerated && stop <= 0) {
      throw_invalid("survival.time",
                    fmt::format("a row is watched for {}; this model needs times above 0", stop));
    }
    if (is_discrete && (start < 0 || stop < 0 || stop > kMostPeriods ||
                        start != std::floor(start) || stop != std::floor(stop))) {
      throw_invalid(
          "survival.time",
          fmt::format("a row is watched from {} until {}; this model needs whole numbers of "
                      "periods up to {}",
                      start, stop, kMostPeriods));
    }
  }
}

std::vector<double> times_to_judge(const SurvivalQuestion& question,
                                   const stats::Lifetimes& lifetimes) {
  if (!question.at.empty()) return question.at;
  std::vector<double> events;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    if (lifetimes.event[i] != 0) events.push_back(lifetimes.stop[i]);
  }
  std::ranges::sort(events);
  std::vector<double> times;
  for (const std::size_t quarter : {1u, 2u, 3u}) {
    const double time = events[(events.size() - 1) * quarter / 4];
    if (times.empty() || times.back() < time) times.push_back(time);
  }
  return times;
}

void check_covariates(const Covariates& covariates) {
  for (std::size_t i = 0; i < covariates.values.values.size(); ++i) {
    const double value = covariates.values.values[i];
    if (std::abs(value) <= kLargestCovariate) continue;
    throw_invalid(
        "survival.too_large",
        fmt::format("column '{}' holds {}, a number too large to learn from; {} is the most",
                    covariates.names[i % covariates.values.columns], value, kLargestCovariate));
  }
}

// Why a column says nothing.
std::string silence_of(std::size_t column, const stats::Points& values,
                       const stats::Lifetimes& lifetimes) {
  bool is_constant = true;
  std::map<std::uint32_t, double> of_stratum;
  bool is_constant_within = !lifetimes.stratum.empty();
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double value = values[row][column];
    is_constant &= value == values[0][column];
    if (!is_constant_within) continue;
    const auto [first, is_first] = of_stratum.try_emplace(lifetimes.stratum[row], value);
    is_constant_within = first->second == value;
  }
  return is_constant          ? "is the same in all rows"
         : is_constant_within ? "is the same within each stratum"
                              : "says nothing that the columns before it do not";
}

SurvivalRegression regress(const SurvivalQuestion& question, const Frame& frame,
                           const stats::Lifetimes& lifetimes) {
  check_times(question, lifetimes);
  const Covariates covariates = covariates_of(frame, question.on);
  check_covariates(covariates);
  const Stopwatch watch;
  const stats::SurvivalModel model(question.model, lifetimes, covariates.values, question.ties);
  SurvivalRegression regression{
      .columns = covariates.names, .silent = {}, .fit = model.fit(), .seconds = watch.seconds()};
  for (std::size_t j = 0; j < covariates.names.size(); ++j) {
    const bool is_silent = std::isnan(regression.effects().coefficient[j]);
    regression.silent.push_back(is_silent ? silence_of(j, covariates.values, lifetimes) : "");
  }
  std::vector<double> risk;
  for (std::size_t row = 0; row < lifetimes.size(); ++row) {
    risk.push_back(model.risk(covariates.values[row]));
  }
  regression.concordance = stats::concordance(lifetimes, risk);
  if (const auto* cox = std::get_if<stats::CoxFit>(&regression.fit)) {
    regression.proportional =
        stats::test_proportional_hazards(lifetimes, covariates.values, *cox, question.ties);
  }
  if (lifetimes.start.empty() && lifetimes.size() >= 2 * stats::SurvivalTrial::kParts) {
    regression.trial = stats::try_survival(question.model, lifetimes, covariates.values,
                                           times_to_judge(question, lifetimes), question.ties);
  }
  return regression;
}

}  // namespace

const stats::Effects& SurvivalRegression::effects() const { return stats::effects_of(fit); }

SurvivalStudy study_survival(const Frame& all, const SurvivalQuestion& question) {
  const Flag event = parse_flag(question.event);
  std::vector<std::string> needed{question.time, event.column};
  if (!question.start.empty()) needed.push_back(question.start);
  for (const auto* names : {&question.by, &question.strata, &question.on}) {
    needed.insert(needed.end(), names->begin(), names->end());
  }
  const Frame frame = all.rows(all.complete(needed));
  if (frame.size() == 0) {
    throw Error(ErrorCode::kInvalid, "survival.nothing",
                fmt::format("none of {} rows is complete in all columns named", all.size()));
  }
  stats::Lifetimes lifetimes{.start = {},
                             .stop = frame.numbers(question.time).numbers,
                             .event = flags_of(frame, event),
                             .stratum = {}};
  if (!question.start.empty()) lifetimes.start = frame.numbers(question.start).numbers;
  check_times({.time = question.time, .start = question.start}, lifetimes);
  SurvivalStudy study{.rows = frame.size(),
                      .events = static_cast<std::size_t>(std::ranges::count(lifetimes.event, 1)),
                      .left_out = all.size() - frame.size()};

  const Groups groups = groups_of(frame, question.by);
  stats::Lifetimes apart = lifetimes;
  apart.stratum = groups.group;
  auto curves = stats::survival_curves(apart, question.scale);
  if (!question.strata.empty()) lifetimes.stratum = groups_of(frame, question.strata).group;
  const stats::LogRank log_rank = stats::log_rank(lifetimes, groups.group);
  for (std::size_t i = 0; i < groups.names.size(); ++i) {
    study.groups.push_back({groups.names[i], log_rank.groups[i], std::move(curves[i]), {}});
    study.groups.back().median = stats::survival_quantile(study.groups.back().curve, 0.5);
  }
  if (groups.names.size() > 1) study.log_rank = log_rank;
  if (question.on.empty()) return study;
  if (study.events == 0) {
    throw Error(
        ErrorCode::kInvalid, "survival.nothing",
        fmt::format("none of {} rows has the event: there is nothing to learn", frame.size()));
  }
  study.regression = regress(question, frame, lifetimes);
  return study;
}

}  // namespace waymark::engine
