#include "model/imputation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/text.h"
#include "model/preparation.h"
#include "model/stored.h"
#include "stats/class_forecast.h"
#include "stats/descriptive.h"

namespace waymark::model {
namespace {

bool is_spoiled(const DataColumn& column, std::uint32_t row) {
  return !column.spoiled.empty() && column.spoiled[row] != 0;
}

// Those of the rows that no outage has spoiled.
std::vector<double> own_numbers(const DataColumn& column, std::span<const std::uint32_t> rows) {
  std::vector<double> own;
  for (const std::uint32_t row : rows) {
    if (!is_spoiled(column, row)) own.push_back(column.numbers[row]);
  }
  return own;
}

std::vector<std::uint32_t> spoiled_rows(const DataSet& data) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    const auto here = [&](const DataColumn& column) { return is_spoiled(column, row); };
    if (std::ranges::any_of(data.columns, here)) rows.push_back(row);
  }
  return rows;
}

// How well the model tells classes apart among those that take something from peers and the others.
std::string of_test_rows(const DataSet& test, std::span<const double> probability) {
  const std::vector<std::uint32_t> spoiled = spoiled_rows(test);
  if (spoiled.empty()) return "";
  std::vector<std::uint32_t> own;
  for (std::uint32_t row = 0; row < test.size(); ++row) {
    if (!std::ranges::binary_search(spoiled, row)) own.push_back(row);
  }
  const std::size_t outputs = stats::outputs_of(test.classes.size());
  const auto area = [&](const std::vector<std::uint32_t>& rows) -> std::string {
    std::vector<double> p;
    std::vector<std::uint8_t> truth;
    for (const std::uint32_t row : rows) {
      const auto of_row = probability.subspan(row * outputs, outputs);
      p.insert(p.end(), of_row.begin(), of_row.end());
      truth.push_back(test.target[row]);
    }
    const double value = stats::ClassForecast(p, test.classes.size(), truth).roc_auc();
    return std::isnan(value) ? "not defined" : fmt::format("{:.3f}", value);
  };
  return fmt::format("- ROC-AUC on these test rows {}, on the others {}.\n", area(spoiled),
                     area(own));
}

// "2014-03-15 to 2014-03-28 (courses A/1, A/2; sources clicks)"
std::string in_words(const fold::SeasonCalendar::Outage& outage) {
  const std::string first = to_iso_date(outage.days.first * kMicrosPerDay);
  const std::string last = to_iso_date((outage.days.end - 1) * kMicrosPerDay);
  std::vector<std::string> of;
  if (!outage.courses.empty())
    of.push_back(fmt::format("courses {}", fmt::join(outage.courses, ", ")));
  if (!outage.sources.empty())
    of.push_back(fmt::format("sources {}", fmt::join(outage.sources, ", ")));
  return fmt::format("{}{}{}", first, first == last ? "" : " to " + last,
                     of.empty() ? "" : fmt::format(" ({})", fmt::join(of, "; ")));
}

}  // namespace

Imputation Imputation::fit(const OutageRule& rule, const DataSet& training) {
  Imputation out;
  std::vector<std::uint32_t> all(training.size());
  std::iota(all.begin(), all.end(), 0u);
  for (const std::string& name : rule.peers) {
    const DataColumn* column = training.find(name);
    Peer peer{
        .column = name, .is_number = column == nullptr || !column->categorical, .quarters = {}};
    if (peer.is_number) {
      const std::vector<double> own = own_numbers(input_column(training, name, false), all);
      for (const double p : {0.25, 0.5, 0.75}) {
        const double quarter = stats::quantile(own, p);
        if (!std::isnan(quarter)) peer.quarters.push_back(quarter);
      }
    }
    out.peers_.push_back(std::move(peer));
  }
  std::map<std::vector<std::string>, std::vector<std::uint32_t>> rows;
  for (std::uint32_t row = 0; row < training.size(); ++row) {
    for (auto at = out.place(training, row);; at.pop_back()) {
      rows[at].push_back(row);
      if (at.empty()) break;
    }
  }
  std::vector<const DataColumn*> columns;
  for (const DataColumn& column : training.columns) {
    if (column.categorical || !rule.stretches.contains(column.feature)) continue;
    columns.push_back(&column);
    out.columns_.push_back(column.name);
  }
  for (const auto& [place, of_place] : rows) {
    std::vector<Middle>& middles = out.cells_[place];
    for (const DataColumn* column : columns) {
      const std::vector<double> own = own_numbers(*column, of_place);
      const auto known = static_cast<std::size_t>(
          std::ranges::count_if(own, [](double number) { return !std::isnan(number); }));
      middles.push_back({own.size(), 2 * known > own.size() ? stats::median(own) : kMissing});
    }
  }
  return out;
}

std::vector<std::string> Imputation::place(const DataSet& data, std::uint32_t row) const {
  std::vector<std::string> values;
  for (const Peer& peer : peers_) {
    const DataColumn& column = input_column(data, peer.column, !peer.is_number);
    if (is_spoiled(column, row)) break;
    if (!peer.is_number) {
      values.push_back(column.categories[column.codes[row]]);
    } else if (std::isnan(column.numbers[row])) {
      values.emplace_back();
    } else {
      const auto quarter = std::ranges::upper_bound(peer.quarters, column.numbers[row]);
      values.push_back(std::to_string(quarter - peer.quarters.begin() + 1));
    }
  }
  return values;
}

DataSet Imputation::apply(DataSet data) const {
  std::vector<std::size_t> at;
  for (const std::string& name : columns_) {
    at.push_back(static_cast<std::size_t>(&input_column(data, name, false) - data.columns.data()));
  }
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    std::optional<std::vector<std::string>> whole;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      DataColumn& column = data.columns[at[c]];
      if (!is_spoiled(column, row)) continue;
      if (!whole) whole = place(data, row);
      column.numbers[row] = middle(*whole, c);
    }
  }
  return data;
}

double Imputation::middle(std::vector<std::string> place, std::size_t column) const {
  for (;; place.pop_back()) {
    const auto cell = cells_.find(place);
    const bool is_known = cell != cells_.end();
    if (is_known && (place.empty() || cell->second[column].rows >= kLeastPeers)) {
      return cell->second[column].value;
    }
    if (place.empty()) return kMissing;
  }
}

void Imputation::write(JsonWriter& out) const {
  out.begin_object().key("peers").begin_array();
  for (const Peer& peer : peers_) {
    out.begin_object().key("column").string(peer.column);
    out.key("is_number").boolean(peer.is_number);
    write_numbers(out.key("quarters"), peer.quarters);
    out.end_object();
  }
  write_texts(out.end_array().key("columns"), columns_);
  out.key("cells").begin_array();
  for (const auto& [place, middles] : cells_) {
    write_texts(out.begin_object().key("peers"), place);
    out.key("middles").begin_array();
    for (const Middle& middle : middles) {
      out.begin_array().integer(static_cast<std::int64_t>(middle.rows));
      out.number(middle.value).end_array();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
}

Imputation Imputation::read(const Json& json) {
  Imputation out;
  for (const Json& peer : json.at("peers").array()) {
    out.peers_.push_back({.column = peer.at("column").string(),
                          .is_number = peer.at("is_number").boolean(),
                          .quarters = stored_numbers(peer.at("quarters"))});
  }
  out.columns_ = stored_texts(json.at("columns"));
  for (const Json& cell : json.at("cells").array()) {
    std::vector<Middle>& middles = out.cells_[stored_texts(cell.at("peers"))];
    for (const Json& middle : cell.at("middles").array()) {
      if (middle.array().size() != 2) malformed("a median of peers is no pair");
      middles.push_back({stored_count(middle.array()[0]), stored_or_missing(middle.array()[1])});
    }
    if (middles.size() != out.columns_.size()) malformed("medians of peers are missing");
  }
  return out;
}

std::vector<ImputationError> imputation_errors(const OutageRule& rule, const DataSet& training) {
  const Aside parts = tenth_aside(training);
  const DataSet others = select(training, parts.fit), truth = select(training, parts.aside);
  OutageRule all = rule;
  all.peers.clear();
  const Imputation by_peers = Imputation::fit(rule, others), by_all = Imputation::fit(all, others);
  std::vector<ImputationError> out;
  for (std::size_t c = 0; c < truth.columns.size(); ++c) {
    const DataColumn& column = truth.columns[c];
    // A rank is as far off as what it ranks.
    if (column.name != column.feature || !rule.stretches.contains(column.feature)) continue;
    DataSet pretended = truth;
    pretended.columns[c].spoiled.assign(truth.size(), 1);
    const auto taken = [&](const Imputation& by) { return by.apply(pretended).columns[c].numbers; };
    const std::vector<double> of_peers = taken(by_peers), of_all = taken(by_all);
    std::vector<double> is, said, off, distance, distance_of_all;
    for (std::uint32_t row = 0; row < truth.size(); ++row) {
      const double value = column.numbers[row];
      if (is_spoiled(column, row) || std::isnan(value + of_peers[row] + of_all[row])) continue;
      is.push_back(value);
      said.push_back(of_peers[row]);
      off.push_back(of_peers[row] - value);
      distance.push_back(std::abs(of_peers[row] - value));
      distance_of_all.push_back(std::abs(of_all[row] - value));
    }
    out.push_back({.feature = column.feature,
                   .rows = is.size(),
                   .mean = stats::mean(is),
                   .bias = stats::mean(off),
                   .error = stats::mean(distance),
                   .error_of_all = stats::mean(distance_of_all),
                   .spread = stats::standard_deviation(said) / stats::standard_deviation(is)});
  }
  return out;
}

std::string outages_in_words(const OutageRule& rule, const DataSet& training, const DataSet& test,
                             std::span<const double> probability) {
  std::vector<std::string> days;
  for (const auto& outage : rule.calendar.outages) days.push_back(in_words(outage));
  std::string text = fmt::format(
      "The calendar `{}` has {}. Where at least {:.0f} % of the time that a feature goes by was "
      "out, its value is not the learner's own: it is the median of peers, who are the training "
      "rows without that which are alike in {} ({} at least, else those alike in fewer of "
      "these).\n",
      rule.calendar.name,
      days.empty() ? "no outage yet" : fmt::format("outages on {}", fmt::join(days, ", ")),
      100 * rule.share, fmt::join(rule.peers, ", then "), Imputation::kLeastPeers);
  for (const auto& [name, data] : {std::pair("training", &training), std::pair("test", &test)}) {
    text +=
        fmt::format("- {} of the {} {} rows have such values.\n",
                    with_thousands(spoiled_rows(*data).size()), with_thousands(data->size()), name);
  }
  text += of_test_rows(test, probability);
  text +=
      "\nBias: learners who share their peers' values look alike, so that who was doing better or "
      "worse than these in that time is not seen. How far off that is, as told by rows without "
      "outages (a tenth of the learners took what the others say):\n\n"
      "| feature | rows | mean | too much on average | off on average | the same of the median of "
      "all | spread kept |\n|---|---|---|---|---|---|---|\n";
  for (const ImputationError& one : imputation_errors(rule, training)) {
    const auto said = [](double number) {
      return std::isnan(number) ? std::string("not defined") : fmt::format("{:.3g}", number);
    };
    text +=
        fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", one.feature, one.rows, said(one.mean),
                    said(one.bias), said(one.error), said(one.error_of_all), said(one.spread));
  }
  return text;
}

}  // namespace waymark::model
