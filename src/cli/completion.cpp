#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <vector>

namespace waymark::cli {
namespace {

// Its options; of a group of commands their names and options as well.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command :
       app.get_parent() == nullptr ? std::vector<const CLI::App*>() : app.get_subcommands({})) {
    names.push_back(command->get_name());
    const std::vector<std::string> more = option_names(*command);
    names.insert(names.end(), more.begin(), more.end());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string bash(const CLI::App& app) {
  std::vector<std::string> commands;
  std::string cases;
  for (const CLI::App* command : app.get_subcommands({})) {
    commands.push_back(command->get_name());
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(),
                         fmt::join(option_names(*command), " "));
  }
  return fmt::format(R"(# waymark completion for bash
_waymark() {{
  local command word words
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in
      {}) command=$word; break ;;
    esac
  done
  case "$command" in
    "") words="{} {}" ;;
{}  esac
  COMPREPLY=($(compgen -W "$words {}" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _waymark waymark
)",
                     fmt::join(commands, "|"), fmt::join(commands, " "), "--version", cases,
                     fmt::join(option_names(app), " "));
}

// Quotes for a single-quoted shell word.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + safe + "'";
}

std::string fish(const CLI::App& app) {
  std::string script = "# waymark completion for fish\ncomplete -c waymark -f\n";
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string& name = command->get_name();
    script += fmt::format("complete -c waymark -n __fish_use_subcommand -a {} -d {}\n", name,
                          quoted(command->get_description()));
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& long_name : option->get_lnames()) {
        script +=
            fmt::format("complete -c waymark -n '__fish_seen_subcommand_from {}' -l {} -d {}\n",
                        name, long_name, quoted(option->get_description()));
      }
    }
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      script +=
          fmt::format("complete -c waymark -l {} -d {}\n", name, quoted(option->get_description()));
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, std::string_view shell) {
  if (shell == "fish") return fish(app);
  if (shell == "zsh")
    return "#compdef waymark\nautoload -U +X bashcompinit && bashcompinit\n" + bash(app);
  return bash(app);
}

}  // namespace waymark::cli
