# Finds DuckDB's C library: an installed one first, else the one that tools/setup unpacked.
# Defines DuckDB::DuckDB.

set(WAYMARK_DUCKDB_ROOT "$ENV{WAYMARK_DUCKDB_ROOT}" CACHE PATH "Where tools/setup put DuckDB")
if(NOT WAYMARK_DUCKDB_ROOT)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(WAYMARK_DUCKDB_ROOT "$ENV{XDG_CACHE_HOME}/waymark/duckdb")
  else()
    set(WAYMARK_DUCKDB_ROOT "$ENV{HOME}/.cache/waymark/duckdb")
  endif()
endif()

find_path(DuckDB_INCLUDE_DIR duckdb.h HINTS ${WAYMARK_DUCKDB_ROOT})
find_library(DuckDB_LIBRARY duckdb HINTS ${WAYMARK_DUCKDB_ROOT})

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR
                                  REASON_FAILURE_MESSAGE "run tools/setup first")
if(DuckDB_FOUND AND NOT TARGET DuckDB::DuckDB)
  add_library(DuckDB::DuckDB SHARED IMPORTED)
  set_target_properties(DuckDB::DuckDB PROPERTIES IMPORTED_LOCATION ${DuckDB_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${DuckDB_INCLUDE_DIR})
endif()
