#pragma once

#include "engine/frame.h"
#include "model/data_set.h"
#include "model/definition.h"

namespace waymark::engine {

enum class TableRows {
  kLabelled,    // those with a target, to train and test on
  kUnlabelled,  // those without, to score
};

// The rows of a model that learns from a file: one cohort, in canonical order. Words, and numbers
// that the definition calls so, are categories. Throws Error{kNotFound, "frame.column_missing"};
// Error{kInvalid, "model.many_classes"} for a target of more than model::kMostClasses values,
// "model.which_yes" for one of two of which none is said to be foretold, "model.too_large".
model::DataSet table_rows(const model::ModelDefinition& definition, const Frame& frame,
                          TableRows which);

// Whether nearly all of a column's values are numbers, and some words make it one of words, in a
// sentence; empty where it is not so.
std::string almost_numbers(const Frame::Column& column);

}  // namespace waymark::engine
