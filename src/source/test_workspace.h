#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "source/source_reader.h"

namespace waymark::source {

// The text as a .gz or .zst file holds it.
std::string gzipped(std::string_view text);
std::string zstandard(std::string_view text);

// What a whole file gave, chunk by chunk.
struct Reading {
  std::vector<Event> events;
  std::vector<CourseEntry> courses;
  std::vector<Reject> rejects;
  Counts counts;
  std::vector<std::uint64_t> positions;

  // Sorted, as 32 hex digits.
  std::vector<std::string> ids() const;
  // "line reason", one a line
  std::string rejected() const;
};

// 2020-01-01, unless a test says otherwise.
inline constexpr Micros kTestNow = 1'577'836'800 * kMicrosPerSecond;

// A folder with files and one source definition, for tests.
class TestWorkspace {
 public:
  void write(const std::string& file, std::string_view content) const;
  const std::filesystem::path& folder() const { return folder_.path(); }

  // The mistakes in a definition, one a line; empty if there are none.
  static std::string mistakes(std::string_view yaml);
  // A definition without mistakes, called "test".
  static SourceDefinition definition(std::string_view yaml);

  // All of data.csv, or another file, read by that definition.
  Reading read(const SourceDefinition& definition, const std::string& file = "data.csv",
               ReadOptions options = {.now = kTestNow}, std::size_t max_events = 1000) const;

 private:
  TemporaryFolder folder_;
};

// The same for a workspace in some folder, such as an example.
Reading read_all(const SourceDefinition& definition, const std::filesystem::path& folder,
                 const std::string& file, const ReadOptions& options, std::size_t max_events);

// "learner|time|kind|object|course|context|score|outcome|weight|name=value …", absent parts empty.
std::string to_line(const Event& event);
// One line an event.
std::string to_lines(const Reading& reading);

}  // namespace waymark::source
