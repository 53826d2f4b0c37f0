#include "model/balance.h"

#include <algorithm>
#include <cmath>

#include "stats/descriptive.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

using Positions = std::vector<std::uint32_t>;

std::vector<Positions> rows_by_class(const DataSet& data) {
  std::vector<Positions> rows(data.classes.size());
  for (std::uint32_t row = 0; row < data.size(); ++row) rows[data.target[row]].push_back(row);
  return rows;
}

DataSet weighted(DataSet data) {
  const std::vector<Positions> rows = rows_by_class(data);
  const auto present = std::ranges::count_if(rows, [](const auto& r) { return !r.empty(); });
  data.weight.resize(data.size());
  for (std::size_t row = 0; row < data.size(); ++row) {
    data.weight[row] =
        static_cast<double>(data.size()) /
        static_cast<double>(static_cast<std::size_t>(present) * rows[data.target[row]].size());
  }
  return data;
}

DataSet sampled(const DataSet& data, stats::Random& random) {
  std::vector<Positions> rows = rows_by_class(data);
  std::erase_if(rows, [](const Positions& r) { return r.empty(); });
  Positions drawn;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const Positions& of_class = rows[i % rows.size()];
    drawn.push_back(of_class[random.below(of_class.size())]);
  }
  std::ranges::sort(drawn);
  return select(data, drawn);
}

// How far rows are apart.
class Distance {
 public:
  explicit Distance(const DataSet& data) : data_(data) {
    for (const DataColumn& column : data.columns) {
      const double spread = column.categorical ? 0 : stats::standard_deviation(column.numbers);
      scale_.push_back(spread > 0 ? 1 / spread : 0);
    }
  }

  double squared(std::uint32_t a, std::uint32_t b) const {
    double sum = 0;
    for (std::size_t c = 0; c < data_.columns.size(); ++c) {
      const DataColumn& column = data_.columns[c];
      if (column.categorical) {
        if (column.codes[a] != column.codes[b]) sum += 1;
        continue;
      }
      const double apart = (column.numbers[a] - column.numbers[b]) * scale_[c];
      if (!std::isnan(apart)) sum += apart * apart;
    }
    return sum;
  }

 private:
  const DataSet& data_;
  std::vector<double> scale_;
};

Positions nearest(const Distance& distance, const Positions& among, std::uint32_t row) {
  std::vector<std::pair<double, std::uint32_t>> all;
  for (const std::uint32_t other : among) {
    if (other != row) all.emplace_back(distance.squared(row, other), other);
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(kNeighbours, all.size()));
  std::partial_sort(all.begin(), end, all.end());
  Positions out;
  for (auto at = all.begin(); at != end; ++at) out.push_back(at->second);
  return out;
}

std::uint32_t majority(const DataColumn& column, const Positions& rows) {
  std::uint32_t best = column.codes[rows.front()];
  std::size_t most = 0;
  for (const std::uint32_t row : rows) {
    const auto votes = static_cast<std::size_t>(std::ranges::count_if(
        rows, [&](std::uint32_t r) { return column.codes[r] == column.codes[row]; }));
    if (votes <= most) continue;
    most = votes;
    best = column.codes[row];
  }
  return best;
}

void append_between(DataSet& out, const DataSet& data, const Positions& near, std::uint32_t row,
                    std::uint32_t other, double way) {
  out.learner.push_back(data.learner[row]);
  out.cohort.push_back(data.cohort[row]);
  out.target.push_back(data.target[row]);
  for (std::size_t c = 0; c < data.columns.size(); ++c) {
    const DataColumn& from = data.columns[c];
    if (from.categorical) {
      out.columns[c].codes.push_back(majority(from, near));
      continue;
    }
    const double here = from.numbers[row], there = from.numbers[other];
    out.columns[c].numbers.push_back(std::isnan(there) ? here : here + way * (there - here));
    if (!from.spoiled.empty()) out.columns[c].spoiled.push_back(0);
  }
}

DataSet with_synthetic(const DataSet& data, stats::Random& random) {
  const std::vector<Positions> rows = rows_by_class(data);
  const std::size_t largest = std::ranges::max(rows, {}, &Positions::size).size();
  const Distance distance(data);
  DataSet out = data;
  for (const Positions& of_class : rows) {
    if (of_class.size() < 2) continue;
    Positions among = of_class;
    random.shuffle(std::span(among));
    among.resize(std::min(among.size(), kMostNear));
    std::vector<Positions> near(of_class.size());  // found when first asked for
    for (std::size_t i = of_class.size(); i < largest; ++i) {
      const auto at = static_cast<std::size_t>(random.below(of_class.size()));
      if (near[at].empty()) near[at] = nearest(distance, among, of_class[at]);
      const std::uint32_t other = near[at][random.below(near[at].size())];
      const double way = static_cast<double>(random.next() >> 11) * 0x1p-53;
      append_between(out, data, near[at], of_class[at], other, way);
    }
  }
  return out;
}

}  // namespace

DataSet balanced(const DataSet& data, Balance how, std::uint64_t seed) {
  stats::Random random(seed);
  switch (how) {
    case Balance::kNone:
      return data;
    case Balance::kWeights:
      return weighted(data);
    case Balance::kSample:
      return sampled(data, random);
    case Balance::kSmote:
      return with_synthetic(data, random);
  }
  return data;
}

}  // namespace waymark::model
