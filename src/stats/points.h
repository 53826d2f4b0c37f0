#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace waymark::stats {

// Rows of so many numbers each, one row after the other. No number may be missing.
struct Points {
  std::size_t columns = 0;
  std::vector<double> values;  // size() * columns

  std::size_t size() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const double> operator[](std::size_t row) const {
    return {values.data() + row * columns, columns};
  }
  void add(std::span<const double> row) { values.insert(values.end(), row.begin(), row.end()); }
};

// The square of Euclid's distance.
inline double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace waymark::stats
