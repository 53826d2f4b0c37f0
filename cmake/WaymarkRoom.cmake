# One static library per room, one test program beside it, and the flags that every target shares.

add_library(waymark_flags INTERFACE)
target_compile_features(waymark_flags INTERFACE cxx_std_20)
target_include_directories(waymark_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(waymark_flags INTERFACE fmt::fmt)
target_compile_options(waymark_flags INTERFACE -pthread)
target_link_options(waymark_flags INTERFACE -pthread)
target_compile_options(waymark_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
                       $<$<BOOL:${WAYMARK_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports both inside the standard library and date.h where nothing is wrong (GCC bug 105651).
  target_compile_options(waymark_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(WAYMARK_SANITIZE)
  target_compile_options(waymark_flags INTERFACE -fsanitize=${WAYMARK_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer -O1)
  if(WAYMARK_SANITIZE MATCHES "undefined")
    # The address sanitizer sees a null pointer and a wrong object as well; asking twice costs a third of a build.
    target_compile_options(waymark_flags INTERFACE -fno-sanitize=null,vptr,object-size)
  endif()
  target_link_options(waymark_flags INTERFACE -fsanitize=${WAYMARK_SANITIZE})
endif()
if(WAYMARK_COVERAGE)
  target_compile_options(waymark_flags INTERFACE --coverage)
  target_link_options(waymark_flags INTERFACE --coverage)
endif()

# Line numbers are enough for a sanitizer's report; everything else that -g says doubles the time of a build.
string(REGEX REPLACE "^-g$" "-g1" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")

# Faster links and rebuilds where the tools are there; results do not depend on them.
find_program(CCACHE ccache)
if(CCACHE)
  # ccache's manual, "Precompiled headers": without these two it caches nothing that uses one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

# What most sources include, parsed once for the program and once for the tests. A source still names all that it
# uses: the presets `release` and `tidy` build without.
set(precompiled_source ${PROJECT_BINARY_DIR}/generated/precompiled.cpp)
file(CONFIGURE OUTPUT ${precompiled_source} CONTENT "")
set(precompiled_headers <algorithm> <cmath> <filesystem> <functional> <map> <memory> <optional> <set> <span> <string>
                        <string_view> <vector> <fmt/format.h> <fmt/ranges.h>)
add_library(waymark_precompiled STATIC ${precompiled_source})
target_link_libraries(waymark_precompiled PRIVATE waymark_flags)
target_precompile_headers(waymark_precompiled PRIVATE ${precompiled_headers})
if(BUILD_TESTING)
  add_library(waymark_precompiled_tests STATIC ${precompiled_source})
  target_link_libraries(waymark_precompiled_tests PRIVATE waymark_flags GTest::gtest)
  target_precompile_headers(waymark_precompiled_tests PRIVATE ${precompiled_headers} <gtest/gtest.h>)
endif()

# waymark_room(<name>
#   SOURCES <files>   what the room is made of
#   TESTS <files>     its tests, linked into one program <name>_test
#   BENCHES <files>   its benchmarks (Google Benchmark), linked into one program <name>_bench; the tests run
#                     those whose name ends in /tiny, so that they cannot rot
#   USES <rooms>      the rooms below that it includes
#   LINKS <targets>   libraries that only this room may include
#   SCHEMAS <files>   <thing>.schema.json, and what they include, embedded as std::string_view k<Thing>Schema in <room>/schemas.h
# )
function(waymark_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;BENCHES;USES;LINKS;SCHEMAS" ${ARGN})
  foreach(schema ${ROOM_SCHEMAS})
    waymark_embed_schema(${name} ${schema} generated)
    list(APPEND ROOM_SOURCES ${generated})
  endforeach()
  if(ROOM_SCHEMAS)
    waymark_schemas_header(${name} ${ROOM_SCHEMAS})
  endif()
  list(TRANSFORM ROOM_USES PREPEND waymark_)
  add_library(waymark_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(waymark_${name} PUBLIC waymark_flags ${ROOM_USES} PRIVATE ${ROOM_LINKS})
  target_precompile_headers(waymark_${name} REUSE_FROM waymark_precompiled)
  if(ROOM_SCHEMAS)
    target_include_directories(waymark_${name} PUBLIC ${PROJECT_BINARY_DIR}/generated)
  endif()
  if(BUILD_TESTING AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE waymark_${name} ${ROOM_LINKS} GTest::gtest_main)
    target_precompile_headers(${name}_test REUSE_FROM waymark_precompiled_tests)
    add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  if(BUILD_TESTING AND ROOM_BENCHES)
    add_executable(${name}_bench ${ROOM_BENCHES})
    target_link_libraries(${name}_bench PRIVATE waymark_${name} ${ROOM_LINKS} benchmark::benchmark_main)
    add_test(NAME ${name}_bench COMMAND ${name}_bench --benchmark_filter=/tiny$ --benchmark_min_time=0
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
endfunction()

# session.schema.json -> k + Session + Schema
function(waymark_schema_symbol file out)
  get_filename_component(stem ${file} NAME)
  string(REPLACE ".schema.json" "" stem ${stem})
  string(SUBSTRING ${stem} 0 1 first)
  string(SUBSTRING ${stem} 1 -1 rest)
  string(TOUPPER ${first} first)
  set(${out} k${first}${rest}Schema PARENT_SCOPE)
endfunction()

function(waymark_embed_schema room file out)
  waymark_schema_symbol(${file} symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} text)
  # What several schemas have in common: "$include <file, from its folder>": true stands for the members in that file.
  while(text MATCHES "\"\\$include ([a-z_./]+)\": true")
    set(line "${CMAKE_MATCH_0}")
    set(name ${CMAKE_MATCH_1})
    get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR}/${file} DIRECTORY)
    get_filename_component(part ${name} ABSOLUTE BASE_DIR ${folder})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${part})
    file(READ ${part} members)
    string(STRIP "${members}" members)
    string(REPLACE "${line}" "${members}" text "${text}")
  endwhile()
  set(generated ${PROJECT_BINARY_DIR}/generated/${room}/${symbol}.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT "#include \"${room}/schemas.h\"\nnamespace waymark::${room} {\nextern const std::string_view ${symbol} = R\"schema(@text@)schema\";\n}\n")
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

function(waymark_schemas_header room)
  set(declarations "")
  foreach(file ${ARGN})
    waymark_schema_symbol(${file} symbol)
    string(APPEND declarations "extern const std::string_view ${symbol};\n")
  endforeach()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/${room}/schemas.h @ONLY
       CONTENT "#pragma once\n#include <string_view>\nnamespace waymark::${room} {\n@declarations@}\n")
endfunction()

# A source that defines waymark::cli::starter_files(): every file below `folder`.
function(waymark_embed_starter folder out)
  file(GLOB_RECURSE paths RELATIVE ${folder} CONFIGURE_DEPENDS ${folder}/*.yaml)
  set(entries "")
  foreach(path ${paths})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${path})
    file(READ ${folder}/${path} text)
    string(APPEND entries "      {\"${path}\", R\"starter(${text})starter\"},\n")
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/generated/cli/starter.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT "#include \"cli/starter.h\"\nnamespace waymark::cli {\nconst std::vector<StarterFile>& starter_files() {\n  static const std::vector<StarterFile> files{\n@entries@  };\n  return files;\n}\n}\n")
  set(${out} ${generated} PARENT_SCOPE)
endfunction()
