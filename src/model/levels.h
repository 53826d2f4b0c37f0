#pragma once

#include <string>
#include <vector>

#include "model/data_set.h"

namespace waymark::model {

// How an amount becomes a class.
struct Levels {
  std::vector<std::string> classes;
  // Rising. Of `quantiles`: amounts of 0 are the first class, the others are cut at these quantiles
  // of those above 0 among training rows, so that there are two classes more. Else amounts from a
  // number on are in its class or a later one, so that there is one more.
  std::vector<double> at;
  bool quantiles = false;
};

// The amounts at which classes part, learned from training rows where they are quantiles (type 7).
std::vector<double> cuts_of(const Levels& levels, const DataSet& training);

// The rows with a target in place of an amount.
DataSet with_classes(DataSet data, const Levels& levels, const std::vector<double>& cuts);

}  // namespace waymark::model
