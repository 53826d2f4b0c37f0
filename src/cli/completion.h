#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace waymark::cli {

// A script for bash, zsh or fish that completes the commands and options of the program, made from
// its own command tree.
std::string completion_script(const CLI::App& app, std::string_view shell);

}  // namespace waymark::cli
