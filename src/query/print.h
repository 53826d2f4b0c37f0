#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/result.h"

namespace waymark::query {

// A value on its way to a person or a program, in the text that people read.
struct Cell {
  enum class Kind : std::uint8_t {
    kNull,
    kBoolean,
    kNumber,
    kText,
    kTime,  // "2013-10-04 09:15:00"
    kJson,  // text that is JSON
  };
  Kind kind = Kind::kNull;
  std::string text;

  static Cell null() { return {}; }
  static Cell of(std::string_view text) { return {Kind::kText, std::string(text)}; }
  static Cell of(std::int64_t number);
  // NaN is a number; JSON has none, and shows null.
  static Cell of(double number);
  // With so many digits after the point.
  static Cell of(double number, int decimals);
};

struct Heading {
  std::string name;
  bool is_number = false;  // aligned to the right
};

// Shows a table row by row. Rows are as long as the headings.
class Printer {
 public:
  virtual ~Printer() = default;
  virtual void begin(std::span<const Heading> headings) = 0;
  // False once no further rows are wanted.
  virtual bool row(std::span<const Cell> cells) = 0;
  virtual void end() = 0;
};

enum class PrintFormat { kTable, kCsv, kJsonLines, kJsonArray };

struct PrintOptions {
  // The rest for kTable only.
  std::optional<std::size_t> row_limit;  // a line at the end says that there is more
  std::size_t width = 0;  // columns of the terminal, into which long texts are cut; 0: no cutting
  bool colour = false;    // bold headings, dim NULLs and notices
};

// kTable looks at up to the first 1,000 rows to find the widths, and then streams. CSV is RFC 4180
// with LF; NULL is an empty field and the empty text is "". Printers write to `out` as rows come
// and hold on to nothing else.
std::unique_ptr<Printer> make_printer(PrintFormat format, std::ostream& out,
                                      const PrintOptions& options = {});

// The rest of the result; it is left where the printer wants no more. Gives the rows printed.
std::uint64_t print(sql::Result& result, Printer& printer);

}  // namespace waymark::query
