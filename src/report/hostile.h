#pragma once

#include <limits>
#include <string>
#include <vector>

#include "report/content.h"

namespace waymark::report {

// For tests: what data and definitions may hold at worst.

inline std::vector<std::string> hostile_texts() {
  using std::string_literals::operator""s;
  return {"<script>alert(1)</script>",
          "</style></title></svg><img src=x onerror=alert(1)>",
          "\" onmouseover=\"alert(1)",
          "' onload='x' a=`",
          "&lt;b&gt; &amp; &#x3c; &copy",
          "]]><!-- -->",
          "javascript:alert(1)",
          "\x1b[31mred\x1b]0;title\x07",
          "cut\0off"s,
          "two\r\nlines\tand\va tab",
          "\xff\xfe\xc3(\xe2\x28\xa1\xed\xa0\x80\xf4\x90\x80\x80",
          "ends early \xf0\x9f\x98",
          "\uFFFE\uFFFF\uFFFD",
          "\u202Etxt.exe\u2066\u200F\u061C",
          "\u0085\u009Bcontrol",
          "مقدمة في الإحصاء 101",
          "👩🏽‍🎓🏳️‍🌈",
          "Z̷̢̺͓̃a̶̱͒l̵̺͠g̸̡̈́o̶̦͝",
          "",
          " ",
          std::string(10'000, 'x'),
          std::string(10'000, '<'),
          std::string(5'000, ' ') + "far"};
}

inline std::vector<double> extreme_values() {
  using Limits = std::numeric_limits<double>;
  return {Limits::quiet_NaN(),
          Limits::infinity(),
          -Limits::infinity(),
          0.0,
          -0.0,
          1e-9,
          0.5,
          1.0,
          -3.0,
          1e12,
          1e18,
          1e300,
          Limits::max(),
          Limits::lowest(),
          Limits::denorm_min()};
}

}  // namespace waymark::report
