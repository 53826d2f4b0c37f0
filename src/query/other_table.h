#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sql/database.h"

namespace waymark::query {

// A table of another database file, as what a table function gives. `keeps` lives as long as that:
// whatever the file belongs to. Types that a table function cannot give become text, numbers beyond
// BIGINT doubles.
std::unique_ptr<sql::TableScan> scan_of_other(std::shared_ptr<const void> keeps,
                                              const std::filesystem::path& file,
                                              const std::string& table, sql::Options options);

}  // namespace waymark::query
