#pragma once

#include <string_view>
#include <vector>

namespace waymark::cli {

// The files of examples/starter as the program carries them.
struct StarterFile {
  std::string_view path;  // relative to the workspace
  std::string_view text;
};
const std::vector<StarterFile>& starter_files();

}  // namespace waymark::cli
