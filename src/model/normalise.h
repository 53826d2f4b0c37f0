#pragma once

#include "model/data_set.h"

namespace waymark::model {

// How a value is set against those of its cohort (same course presentation, same as-of). Uses
// nothing but the rows of that cohort, none of another course or moment, so it leaks nothing across
// a split.
enum class Normalisation {
  kRank,    // (average rank - 0.5) / n of those present, in (0, 1); column <name>_rank
  kZScore,  // (value - mean) / standard deviation, 0 for a constant cohort; column <name>_zscore
};

// The data set with one more column per numeric column. Missing stays missing. Columns that are
// the same for a whole cohort throughout (facts of the course) get none.
DataSet with_normalised(DataSet data, Normalisation how);

}  // namespace waymark::model
