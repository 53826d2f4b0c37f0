#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.h"
#include "sql/database.h"
#include "trail/reader.h"

namespace waymark::engine {

// What definitions name and no event has, one note each with its place and the nearest word:
// "measures/walks.yaml:4:1: no event is of kind 'quizz' (did you mean 'quiz'?)". A measure or model
// that looks only at such events is empty, which is no mistake: they may be yet to come. None where
// there are no events at all. Reads the trails' dictionaries only.
//
// Every kind, course, source and open property. Of contexts and outcomes that are listed together,
// where some occur, only those that look misspelt: one definition may list all types of content
// that courses use, or rare grades before anybody has them. Objects not at all: definitions name
// what is opened later, and ids differ little, so that the nearest would mislead.
//
// `only`: the name of the definition that is asked about; empty: of all.
std::vector<std::string> absent_names(const Catalog& catalog, const trail::TrailReader& trails,
                                      std::string_view only = "");

// The same of the values in a question's conditions (rows.h), by which it is about nobody: "No row
// has region 'Walse' (did you mean 'Wales'?)." Of columns of `table`, where one is given, and of
// what events have; none of learners, whom a hint would tell of, nor of what has more than 1,000
// values.
std::vector<std::string> absent_values(const std::vector<std::string>& conditions,
                                       const std::string& table, const std::string& zone,
                                       const trail::TrailReader& trails,
                                       sql::Connection& connection);

}  // namespace waymark::engine
