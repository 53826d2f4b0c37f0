#include "model/survival_method.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

namespace waymark::model {
namespace {

using stats::Lifetimes;

constexpr double kDaysPerPeriod = 7;  // of a discrete hazard
// No feature is called like this.
constexpr const char* kPeriodColumn = "week at risk";
constexpr std::uint32_t kBlock = 1000;  // rows of which periods are laid out at once

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

class Regression : public SurvivalPredictor {
 public:
  Regression(stats::SurvivalMethod method, const Lifetimes& lifetimes, const DataSet& training)
      : unit_(days_per_unit(method)),
        preparation_(Preparation::fit(training, Preparation::Style::kScaled)),
        model_(method, in_unit_of(method, lifetimes), points_of(preparation_, training)),
        days_(event_days(lifetimes)) {}

  bool converged() const override { return model_.converged(); }

  SurvivalForecasts forecasts(const DataSet& data, const std::vector<double>& at) const override {
    const stats::Points points = points_of(preparation_, data);
    SurvivalForecasts out{{.risk = {}, .without = std::vector<std::vector<double>>(at.size())}, {}};
    for (std::size_t row = 0; row < data.size(); ++row) {
      const auto without = [&](double day) { return model_.survival(points[row], 0, day / unit_); };
      out.risk.push_back(model_.risk(points[row]));
      for (std::size_t i = 0; i < at.size(); ++i) out.without[i].push_back(without(at[i]));
      out.median_days.push_back(median_of(days_, without));
    }
    return out;
  }

  Contributions contributions(const DataSet& data) const override {
    const stats::Points points = points_of(preparation_, data);
    const stats::Effects& effects = model_.effects();
    const bool is_of_time = std::holds_alternative<stats::AcceleratedFailureFit>(model_.fit());
    std::vector<double> values;
    for (std::size_t row = 0; row < data.size(); ++row) {
      for (std::size_t i = 0; i < effects.columns(); ++i) {
        const double part = effects.coefficient[i] * (points[row][i] - effects.mean[i]);
        values.push_back(std::isnan(part) ? 0 : is_of_time ? -part : part);
      }
    }
    return by_column(data, preparation_.origins(), {0}, values);
  }

 private:
  double unit_;
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
    std::vector<std::uint32_t> rows, period, happened;
    std::vector<std::uint8_t> target;
    for (std::uint32_t row = 0; row < weeks.size(); ++row) {
      const auto until = static_cast<std::uint32_t>(weeks.stop[row]);
      if (weeks.event[row] != 0) happened.push_back(until);
      for (std::uint32_t week = 1; week <= until; ++week) {
        rows.push_back(row);
        period.push_back(week);
        target.push_back(week == until ? weeks.event[row] : 0);
      }
    }
    std::ranges::sort(happened);
    if (!happened.empty()) {
      middle_ = happened[happened.size() / 2];
      last_ = happened.back();
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
    for (std::uint32_t begin = 0; begin < data.size(); begin += kBlock) {
      const auto end = std::min(begin + kBlock, static_cast<std::uint32_t>(data.size()));
      const std::vector<double> hazards = hazards_of(data, begin, end);
      for (std::uint32_t row = begin; row < end; ++row) {
        std::vector<double> curve{1};  // the share without it after so many weeks
        for (std::uint32_t week = 0; week < last_; ++week) {
          curve.push_back(curve.back() * (1 - hazards[(row - begin) * last_ + week]));
        }
        const auto without = [&](double day) {
          return curve[std::min(last_, static_cast<std::uint32_t>(day / kDaysPerPeriod))];
        };
        out.risk.push_back(1 - std::accumulate(curve.begin(), curve.end(), 0.0) /
                                   static_cast<double>(last_ + 1));
        for (std::size_t i = 0; i < at.size(); ++i) out.without[i].push_back(without(at[i]));
        out.median_days.push_back(median_of(days_, without));
      }
    }
    return out;
  }

  Contributions contributions(const DataSet& data) const override {
    std::vector<std::uint32_t> rows(data.size());
    std::iota(rows.begin(), rows.end(), 0u);
    const std::vector<std::uint32_t> period(data.size(), middle_);
    const Contributions all = predictor_->contributions(laid_out(data, rows, period));
    Contributions out{.columns = data.columns.size(), .base = all.base};
    for (const std::uint32_t row : rows) {
      const auto parts = all.at(row, 0).first(out.columns);  // all but that of the week
      out.values.insert(out.values.end(), parts.begin(), parts.end());
    }
    return out;
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

  // Of the rows from `begin` on in each week, one row's after the other's.
  std::vector<double> hazards_of(const DataSet& data, std::uint32_t begin,
                                 std::uint32_t end) const {
    std::vector<std::uint32_t> rows, period;
    for (std::uint32_t row = begin; row < end; ++row) {
      for (std::uint32_t week = 1; week <= last_; ++week) {
        rows.push_back(row);
        period.push_back(week);
      }
    }
    return to_probabilities(predictor_->margins(laid_out(data, rows, period)), 1);
  }

  bool is_level_;
  std::vector<double> days_;
  std::uint32_t last_ = 0;    // the last week in which it happened
  std::uint32_t middle_ = 1;  // by which half of all had had it
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

std::string SurvivalMethod::words() const {
  if (!trainer) return std::string(words_of(regression).words);
  return fmt::format("Hazard by period ({})", name().substr(words_of(regression).name.size() + 1));
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

}  // namespace waymark::model
