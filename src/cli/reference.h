#pragma once

#include <string>

namespace CLI {
class App;
}

namespace waymark::cli {

// The pages of docs/reference/, in Markdown. Both say only what the program knows of itself: its
// command tree, and the JSON Schemas that validate definition files.
std::string commands_page(const CLI::App& app);
// A key's default is the last sentence of its description in the schema, where that begins with
// "Default".
std::string definitions_page();

}  // namespace waymark::cli
