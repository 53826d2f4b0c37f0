#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace waymark::workspace {

// Where in a definition file something stands; line and column count from 1, 0 means the file as a
// whole.
struct Place {
  std::string file;  // relative to the workspace
  std::size_t line = 0;
  std::size_t column = 0;
};

// One mistake in a definition file.
struct Diagnostic {
  Place place;
  std::string reason;   // stable, for programs: "key.unknown"
  std::string message;  // what is wrong, and what was expected
  std::string hint;     // the nearest right word or how to mend it; may be empty
};

// Collects every mistake so that all are reported at once. Reading goes on past a mistake with a
// harmless default.
class Diagnostics {
 public:
  void add(Place place, std::string reason, std::string message, std::string hint = "");
  bool empty() const { return list_.empty(); }
  // Ordered by file and line, each distinct one once.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> list_;
};

// "sources/clicks.yaml:12:3: no field is called 'lerner' (did you mean 'learner'?)"
std::string to_text(const Diagnostic& diagnostic);

}  // namespace waymark::workspace
