#pragma once

#include <string>

#include "engine/catalog.h"
#include "engine/trails.h"
#include "report/content.h"

namespace waymark::report {

// Fills a report from what a workspace holds: its journal, its trails, its tables and its trained
// models. What has not been made is left out, and the report says how to make it.
//
// `command`: what made it, as a person would type it again.
Content gather(const engine::Catalog& catalog, const journal::Journal& journal,
               const trail::TrailReader& trails, const std::string& command, Micros now);

// How many learners the report lists one by one.
inline constexpr std::size_t kListedLearners = 40;
// Of each of several classes.
inline constexpr std::size_t kListedOfClass = 8;

}  // namespace waymark::report
