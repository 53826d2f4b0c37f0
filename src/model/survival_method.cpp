#include "model/survival_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "model/stored.h"
#include "model/survival_fit.h"
#include "stats/calibration.h"

namespace waymark::model {
namespace {

using stats::Lifetimes;

constexpr double kDaysPerPeriod = 7;  // of a discrete hazard
// No feature is called like this.
constexpr const char* kPeriodColumn = "week at risk";
constexpr std::uint32_t kPeriodsAtOnce = 40'000;  // of all rows that are laid out together
constexpr std::uint32_t kMostPeriods = 10'000;    // of a file
constexpr const char* kByTrainer = "trainer";

double days_per_unit(stats::SurvivalMethod method) {
  return method == stats::SurvivalMethod::kDiscrete ? kDaysPerPeriod : 1;
}

std::vector<double> event_days(const Lifetimes& lifetimes) {
  std::set<double> days;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    if (lifetimes.event[i] != 0) days.insert(lifetimes.stop[i]);
  }
  return {days.begin(), days.end()};
}

// The first of these days, rising, on which at least half have had it; NaN where that is none.
double median_of(const std::vector<double>& days, const std::function<double(double)>& without) {
  const auto found =
      std::ranges::partition_point(days, [&](double day) { return without(day) > 0.5; });
  return found == days.end() ? kMissing : *found;
}

// What a step from one argument to another adds to a function's value, for each unit.
double slope(double from, double to, double at_from, double at_to, double at_rest) {
  return from == to ? at_rest : (at_to - at_from) / (to - from);
}

// -log of the share that passes a period in which the event has those log-odds.
double hazard_of(double log_odds) {
  return std::max(log_odds, 0.0) + std::log1p(std::exp(-std::abs(log_odds)));
}

class Regression : public SurvivalPredictor {
 public:
  Regression(stats::SurvivalMethod method, const Lifetimes& lifetimes, const DataSet& training)
      : method_(method),
        preparation_(Preparation::fit(training, Preparation::Style::kScaled)),
        model_(method, in_unit_of(method, lifetimes), points_of(preparation_, training)),
        days_(event_days(lifetimes)) {}

  bool converged() const override { return model_.converged(); }

  SurvivalForecasts forecasts(const DataSet& data, const std::vector<double>& at) const override {
    const stats::Points points = points_of(preparation_, data);
    SurvivalForecasts out{{.risk = {}, .without = std::vector<std::vector<double>>(at.size())}, {}};
    for (std::size_t row = 0; row < data.size(); ++row) {
      const auto without = [&](double day) { return share_without(points[row], day); };
      out.risk.push_back(model_.risk(points[row]));
      for (std::size_t i = 0; i < at.size(); ++i) out.without[i].push_back(without(at[i]));
      out.median_days.push_back(median_of(days_, without));
    }
    return out;
  }

  SurvivalContributions contributions(const DataSet& data, double day) const override {
    const stats::Points points = points_of(preparation_, data);
    const stats::Effects& effects = model_.effects();
    const auto log_hazard = [&](std::span<const double> row) {
      return std::log(-std::log(share_without(row, day)));
    };
    const double base = log_hazard(effects.mean);
    const double as_it_is = distribution_of(method_) ? -1 : 1;  // of times: sooner is less
    std::vector<double> values;
    for (std::size_t row = 0; row < data.size(); ++row) {
      double per_unit = slope(0, effects.of(points[row]), base, log_hazard(points[row]), as_it_is);
      if (!std::isfinite(per_unit)) per_unit = as_it_is;
      for (std::size_t i = 0; i < effects.columns(); ++i) {
        const double part = effects.coefficient[i] * (points[row][i] - effects.mean[i]);
        values.push_back(std::isnan(part) ? 0 : part * per_unit);
      }
    }
    return {by_column(data, preparation_.origins(), {base}, values),
            std::vector<double>(data.size())};
  }

  void write(JsonWriter& out) const override {
    out.begin_object().key("kind").string(words_of(method_).name);
    preparation_.write(out.key("preparation"));
    model::write(out.key("fit"), model_);
    write_numbers(out.key("event_days"), days_);
    out.end_object();
  }

  Regression(stats::SurvivalMethod method, const Json& json)
      : method_(method),
        preparation_(Preparation::read(json.at("preparation"))),
        model_(read_survival_fit(method, json.at("fit"))),
        days_(stored_numbers(json.at("event_days"))) {
    if (model_.effects().columns() != preparation_.width()) {
      malformed("coefficients and inputs differ in number");
    }
  }

 private:
  double share_without(std::span<const double> row, double day) const {
    return model_.survival(row, 0, day / days_per_unit(method_));
  }

  stats::SurvivalMethod method_;
  Preparation preparation_;
  stats::SurvivalModel model_;
  std::vector<double> days_;
};

// The hazard of each week, by a trainer of two classes.
class Hazard : public SurvivalPredictor {
 public:
  Hazard(const TrainerSetting& setting, const Lifetimes& lifetimes, const DataSet& training,
         std::uint64_t seed)
      : is_level_(setting.name == "logistic"), days_(event_days(lifetimes)) {
    const Lifetimes weeks = in_unit_of(stats::SurvivalMethod::kDiscrete, lifetimes);
    std::vector<std::uint32_t> rows, period;
    std::vector<std::uint8_t> target;
    for (std::uint32_t row = 0; row < weeks.size(); ++row) {
      const auto until = static_cast<std::uint32_t>(weeks.stop[row]);
      if (weeks.event[row] != 0) last_ = std::max(last_, until);
      for (std::uint32_t week = 1; week <= until; ++week) {
        rows.push_back(row);
        period.push_back(week);
        target.push_back(week == until ? weeks.event[row] : 0);
      }
    }
    DataSet periods = laid_out(training, rows, period);
    periods.classes = {"no", "yes"};
    periods.target = std::move(target);
    const bool is_one_class =
        std::ranges::adjacent_find(periods.target, std::not_equal_to()) == periods.target.end();
    predictor_ =
        is_one_class ? PriorTrainer().fit(periods) : make_trainer(setting, seed)->fit(periods);
  }

  bool converged() const override { return true; }

  // Risk: the share of the time until the last week learned from that is expected to be after it.
  SurvivalForecasts forecasts(const DataSet& data, const std::vector<double>& at) const override {
    SurvivalForecasts out{{.risk = {}, .without = std::vector<std::vector<double>>(at.size())}, {}};
    for_each_block(
        data, last_, [&](std::uint32_t begin, std::uint32_t end, const DataSet& periods) {
          const std::vector<double> hazards = to_probabilities(predictor_->margins(periods), 1);
          for (std::uint32_t row = begin; row < end; ++row) {
            std::vector<double> curve{1};  // the share without it after so many weeks
            for (std::uint32_t week = 0; week < last_; ++week) {
              curve.push_back(curve.back() * (1 - hazards[(row - begin) * last_ + week]));
            }
            const auto without = [&](double day) { return curve[weeks_by(day)]; };
            out.risk.push_back(1 - std::accumulate(curve.begin(), curve.end(), 0.0) /
                                       static_cast<double>(last_ + 1));
            for (std::size_t i = 0; i < at.size(); ++i) out.without[i].push_back(without(at[i]));
            out.median_days.push_back(median_of(days_, without));
          }
        });
    return out;
  }

  SurvivalContributions contributions(const DataSet& data, double day) const override {
    SurvivalContributions out;
    out.columns = data.columns.size();
    const std::uint32_t weeks = std::clamp(weeks_by(day), 1u, std::max(last_, 1u));
    for_each_block(data, weeks, [&](std::uint32_t, std::uint32_t, const DataSet& periods) {
      add_contributions(predictor_->contributions(periods), weeks, out);
    });
    return out;
  }

  void write(JsonWriter& out) const override {
    out.begin_object().key("kind").string(kByTrainer);
    out.key("weeks_are_levels").boolean(is_level_);
    out.key("last_week").integer(last_);
    write_numbers(out.key("event_days"), days_);
    predictor_->write(out.key("predictor"));
    out.end_object();
  }

  explicit Hazard(const Json& json)
      : is_level_(json.at("weeks_are_levels").boolean()),
        days_(stored_numbers(json.at("event_days"))),
        last_(static_cast<std::uint32_t>(stored_index(json.at("last_week"), kMostPeriods))),
        predictor_(read_predictor(json.at("predictor"))) {
    if (predictor_->outputs() != 1) malformed("a hazard has one output");
  }

 private:
  // Those rows, each in that week: a level of its own to weights, which know no curves, to others a
  // number.
  DataSet laid_out(const DataSet& data, const std::vector<std::uint32_t>& rows,
                   const std::vector<std::uint32_t>& period) const {
    DataSet out = select(data, rows);
    DataColumn column{.name = kPeriodColumn, .feature = kPeriodColumn, .categorical = is_level_};
    if (is_level_) {
      column.codes = period;
      column.categories = {""};
      const std::uint32_t most = period.empty() ? 0 : std::ranges::max(period);
      for (std::uint32_t week = 1; week <= most; ++week) {
        column.categories.push_back(fmt::format("{}", week));
      }
    } else {
      column.numbers.assign(period.begin(), period.end());
    }
    out.columns.push_back(std::move(column));
    return out;
  }

  // Calls visit(begin, end, periods) for rows a few at a time: those rows in each of the first
  // weeks, one row's after the other's.
  template <typename Visit>
  void for_each_block(const DataSet& data, std::uint32_t weeks, const Visit& visit) const {
    const auto all = static_cast<std::uint32_t>(data.size());
    const std::uint32_t step = std::max(1u, kPeriodsAtOnce / std::max(1u, weeks));
    for (std::uint32_t begin = 0; begin < all; begin += step) {
      const std::uint32_t end = std::min(begin + step, all);
      std::vector<std::uint32_t> rows, period;
      for (std::uint32_t row = begin; row < end; ++row) {
        for (std::uint32_t week = 1; week <= weeks; ++week) {
          rows.push_back(row);
          period.push_back(week);
        }
      }
      visit(begin, end, laid_out(data, rows, period));
    }
  }

  // `parts`: of rows in each of these weeks, with the week as the last column.
  static void add_contributions(const Contributions& parts, std::uint32_t weeks,
                                SurvivalContributions& out) {
    const double typical = parts.base[0], typical_hazard = hazard_of(typical);
    const double typical_sum = weeks * typical_hazard;
    out.base = {std::log(typical_sum)};
    for (std::size_t row = 0; row * weeks * parts.columns < parts.values.size(); ++row) {
      std::vector<double> log_odds(weeks);
      double sum = 0;
      for (std::uint32_t week = 0; week < weeks; ++week) {
        const auto of_week = parts.at(row * weeks + week, 0);
        log_odds[week] = std::accumulate(of_week.begin(), of_week.end(), typical);
        sum += hazard_of(log_odds[week]);
      }
      const double of_sum = slope(typical_sum, sum, out.base[0], std::log(sum), 1 / typical_sum);
      std::vector<double> added(parts.columns);
      for (std::uint32_t week = 0; week < weeks; ++week) {
        const double factor = of_sum * slope(typical, log_odds[week], typical_hazard,
                                             hazard_of(log_odds[week]), stats::logistic(typical));
        const auto of_week = parts.at(row * weeks + week, 0);
        for (std::size_t i = 0; i < added.size(); ++i) added[i] += factor * of_week[i];
      }
      out.of_time.push_back(added.back());
      out.values.insert(out.values.end(), added.begin(), added.end() - 1);
    }
  }

  std::uint32_t weeks_by(double day) const {
    return static_cast<std::uint32_t>(std::min<double>(last_, day / kDaysPerPeriod));
  }

  bool is_level_;
  std::vector<double> days_;
  std::uint32_t last_ = 0;  // the last week in which it happened
  std::shared_ptr<const Predictor> predictor_;
};

}  // namespace

std::string SurvivalMethod::name() const {
  std::string name{words_of(regression).name};
  if (!trainer) return name;
  name += " " + trainer->name;
  for (const auto& [key, value] : trainer->parameters) name += fmt::format(" {}={}", key, value);
  return name;
}

std::string SurvivalMethod::words() const { return words_of_survival_method(name()); }

std::vector<std::string> names_of(const std::vector<SurvivalMethod>& methods) {
  std::vector<std::string> names;
  for (const SurvivalMethod& method : methods) names.push_back(method.name());
  return names;
}

std::string words_of_survival_method(const std::string& name) {
  const std::string_view discrete = words_of(stats::SurvivalMethod::kDiscrete).name;
  for (const stats::SurvivalMethodWords& method : stats::kSurvivalMethods) {
    if (method.name == name) return std::string(method.words);
  }
  return fmt::format("Hazard by period ({})", name.substr(discrete.size() + 1));
}

stats::Points points_of(const Preparation& preparation, const DataSet& data) {
  Matrix matrix = preparation.apply(data);
  return {matrix.columns, std::move(matrix.values)};
}

Lifetimes in_unit_of(stats::SurvivalMethod method, Lifetimes lifetimes) {
  if (method != stats::SurvivalMethod::kDiscrete) return lifetimes;
  for (double& stop : lifetimes.stop) stop = std::ceil(stop / kDaysPerPeriod);
  return lifetimes;
}

std::unique_ptr<const SurvivalPredictor> learn_survival(const SurvivalMethod& method,
                                                        const Lifetimes& lifetimes,
                                                        const DataSet& training,
                                                        std::uint64_t seed) {
  if (!method.trainer) {
    return std::make_unique<Regression>(method.regression, lifetimes, training);
  }
  return std::make_unique<Hazard>(*method.trainer, lifetimes, training, seed);
}

std::unique_ptr<const SurvivalPredictor> read_survival_predictor(const Json& json) {
  const std::string& kind = json.at("kind").string();
  if (kind == kByTrainer) return std::make_unique<Hazard>(json);
  const auto known =
      std::ranges::find(stats::kSurvivalMethods, kind, &stats::SurvivalMethodWords::name);
  if (known == std::end(stats::kSurvivalMethods)) malformed("an unknown kind of predictor");
  return std::make_unique<Regression>(known->method, json);
}

}  // namespace waymark::model
