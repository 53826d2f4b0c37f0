#include "engine/frame.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "engine/catalog.h"
#include "engine/rows.h"
#include "sql/database.h"

namespace waymark::engine {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool holds_numbers(sql::Type type) {
  return type == sql::Type::kBoolean || type == sql::Type::kInteger || type == sql::Type::kDouble ||
         type == sql::Type::kDecimal;
}

constexpr std::size_t kMostNamed = 8;

// "no, yes", or "1, 2, 3 and 40 more".
std::string some_of(const std::vector<std::string>& texts) {
  const auto named = std::span(texts).first(std::min(texts.size(), kMostNamed));
  return fmt::format(
      "{}{}", fmt::join(named, ", "),
      named.size() == texts.size() ? "" : fmt::format(" and {} more", texts.size() - named.size()));
}

// From texts to codes of sorted words.
void encode(std::vector<std::string>&& texts, const std::vector<std::uint8_t>& missing,
            Frame::Column& column) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (missing[i] == 0) column.words.push_back(texts[i]);
  }
  std::ranges::sort(column.words);
  column.words.erase(std::unique(column.words.begin(), column.words.end()), column.words.end());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto at = std::ranges::lower_bound(column.words, texts[i]) - column.words.begin();
    column.codes.push_back(missing[i] == 0 ? static_cast<std::uint32_t>(at) : Frame::kNoWord);
  }
}

// What counts in a column of flags: 1, or the word true.
std::vector<std::string> yes_of(const Frame::Column& column) {
  std::vector<std::string> yes, other;
  for (const std::string& text : column.texts()) {
    const std::string word = lower_ascii(text);
    if (word == (column.is_text ? "true" : "1")) {
      yes.push_back(text);
    } else if (word != (column.is_text ? "false" : "0")) {
      other.push_back(text);
    }
  }
  if (other.empty()) return yes;
  throw Error(ErrorCode::kUsage, "frame.flag",
              fmt::format("column '{0}' says {1}, which is neither 1 nor 0; name the value that "
                          "counts: {0}={2}{3}",
                          column.name, other.front(), column.texts().back(),
                          column.is_text ? "; there is: " + some_of(column.texts()) : ""));
}

// The file's own name, without what it is packed in: ".csv" of "a.csv.gz".
std::string ending_of(std::filesystem::path file) {
  std::string ending = lower_ascii(file.extension().string());
  if (ending == ".gz" || ending == ".zst") {
    ending = lower_ascii(file.replace_extension().extension().string());
  }
  return ending;
}

}  // namespace

bool Frame::Column::is_missing(std::size_t row) const {
  return is_text ? codes[row] == kNoWord : std::isnan(numbers[row]);
}

std::string Frame::Column::text(std::size_t row) const {
  return is_text ? words[codes[row]] : fmt::format("{}", numbers[row]);
}

std::vector<std::string> Frame::Column::texts() const {
  if (is_text) return words;
  std::vector<double> values;
  std::ranges::copy_if(numbers, std::back_inserter(values),
                       [](double v) { return !std::isnan(v); });
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(fmt::format("{}", value));
  return texts;
}

std::string Frame::Column::meant(const std::string& value) const {
  std::string text = value;
  if (!is_text) {
    const std::string word = lower_ascii(value);
    const std::optional<double> number = word == "true"    ? 1
                                         : word == "false" ? 0
                                                           : parse_number(value);
    if (number) text = fmt::format("{}", *number);
  }
  const std::vector<std::string> known = texts();
  if (std::ranges::find(known, text) != known.end()) return text;
  throw Error(ErrorCode::kNotFound, "frame.value_missing",
              fmt::format("column '{}' nowhere says '{}'{}; there is: {}", name, value,
                          in_brackets(did_you_mean(value, known)),
                          known.empty() ? "nothing" : some_of(known)));
}

Frame Frame::of(sql::Result result) {
  Frame frame;
  std::vector<std::vector<std::string>> texts(result.columns().size());
  std::vector<std::vector<std::uint8_t>> missing(texts.size());
  for (const sql::Column& column : result.columns()) {
    frame.columns_.push_back({.name = column.name, .is_text = !holds_numbers(column.type)});
  }
  while (const auto chunk = result.next()) {
    frame.size_ += chunk->size();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const sql::ColumnView& column = chunk->column(i);
      for (std::size_t row = 0; row < chunk->size(); ++row) {
        const bool is_null = column.is_null(row);
        if (frame.columns_[i].is_text) {
          texts[i].push_back(is_null ? "" : column.to_text(row));
          missing[i].push_back(is_null);
        } else {
          frame.columns_[i].numbers.push_back(is_null ? kMissing
                                              : column.type() == sql::Type::kBoolean
                                                  ? (column.boolean(row) ? 1 : 0)
                                                  : column.number(row));
        }
      }
    }
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (frame.columns_[i].is_text) encode(std::move(texts[i]), missing[i], frame.columns_[i]);
  }
  return frame;
}

const Frame::Column& Frame::column(const std::string& name) const {
  std::vector<std::string> known;
  for (const Column& column : columns_) {
    if (column.name == name) return column;
    known.push_back(column.name);
  }
  throw_missing("frame.column_missing", "column", name, known);
}

const Frame::Column& Frame::numbers(const std::string& name) const {
  const Column& found = column(name);
  if (found.is_text) {
    throw Error(ErrorCode::kUsage, "frame.not_a_number",
                fmt::format("column '{}' holds words or times; numbers are needed here", name));
  }
  return found;
}

std::vector<std::uint32_t> Frame::complete(const std::vector<std::string>& names) const {
  std::vector<const Column*> needed;
  for (const std::string& name : names) needed.push_back(&column(name));
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < size_; ++row) {
    const auto is_missing = [&](const Column* column) { return column->is_missing(row); };
    if (std::ranges::none_of(needed, is_missing)) rows.push_back(row);
  }
  return rows;
}

Frame Frame::rows(const std::vector<std::uint32_t>& rows) const {
  Frame chosen;
  chosen.size_ = rows.size();
  for (const Column& column : columns_) {
    Column& into = chosen.columns_.emplace_back();
    into = {.name = column.name, .is_text = column.is_text, .words = column.words};
    for (const std::uint32_t row : rows) {
      if (column.is_text) {
        into.codes.push_back(column.codes[row]);
      } else {
        into.numbers.push_back(column.numbers[row]);
      }
    }
  }
  return chosen;
}

Flag parse_flag(const std::string& text) {
  if (text.find('=') == std::string::npos) return {text, {}};
  const Comparison comparison = parse_comparison(text);
  if (comparison.sign != "=") {
    throw Error(ErrorCode::kUsage, "frame.flag",
                fmt::format("'{}' says neither COLUMN nor COLUMN=VALUE|VALUE", text));
  }
  return {comparison.name, comparison.values};
}

std::vector<std::uint8_t> flags_of(const Frame& frame, const Flag& flag) {
  const Frame::Column& column = frame.column(flag.column);
  std::vector<std::string> values;
  for (const std::string& value : flag.values) values.push_back(column.meant(value));
  if (values.empty()) values = yes_of(column);
  std::vector<std::uint8_t> flags;
  for (std::size_t row = 0; row < frame.size(); ++row) {
    flags.push_back(std::ranges::find(values, column.text(row)) != values.end());
  }
  return flags;
}

std::vector<Micros> times_of(const Frame& frame, const std::string& name) {
  const Frame::Column& column = frame.column(name);
  std::vector<std::optional<Micros>> of_words;
  for (const std::string& word : column.words) {
    of_words.push_back(parse_iso_time(word, Zone::utc()));
  }
  constexpr double kMost = static_cast<double>(kLatest / kMicrosPerSecond);
  std::vector<Micros> times;
  for (std::size_t row = 0; row < frame.size(); ++row) {
    std::optional<Micros> time;
    if (column.is_text) {
      time = of_words[column.codes[row]];
    } else if (std::abs(column.numbers[row]) <= kMost) {
      time = std::llround(column.numbers[row] * kMicrosPerSecond);
    }
    if (!time) {
      throw Error(ErrorCode::kInvalid, "frame.time",
                  fmt::format("column '{}' says '{}', which is no time: 2026-03-01T10:15Z and "
                              "the like, or a number of seconds before the year 2200",
                              name, column.text(row)));
    }
    times.push_back(*time);
  }
  return times;
}

Covariates covariates_of(const Frame& frame, const std::vector<std::string>& names) {
  Covariates made;
  std::vector<std::pair<const Frame::Column*, std::uint32_t>> columns;  // and of which word
  for (const std::string& name : names) {
    const Frame::Column& column = frame.column(name);
    if (!column.is_text) {
      made.names.push_back(name);
      columns.emplace_back(&column, Frame::kNoWord);
      continue;
    }
    // Words that only rows left out had are no columns.
    std::map<std::uint32_t, std::size_t> used;
    for (const std::uint32_t code : column.codes) ++used[code];
    if (used.size() > kMostWords) {
      throw Error(ErrorCode::kUsage, "frame.too_many_words",
                  fmt::format("column '{}' has {} different words; a regression takes {} at most",
                              name, used.size(), kMostWords));
    }
    const auto usual =
        std::ranges::max_element(used, {}, [](const auto& word) { return word.second; });
    for (const auto& [word, rows] : used) {
      if (word == usual->first) continue;
      made.names.push_back(fmt::format("{}={}", name, column.words[word]));
      columns.emplace_back(&column, word);
    }
  }
  made.values.columns = columns.size();
  made.values.values.reserve(columns.size() * frame.size());
  for (std::size_t row = 0; row < frame.size(); ++row) {
    for (const auto& [column, word] : columns) {
      made.values.values.push_back(word == Frame::kNoWord       ? column->numbers[row]
                                   : column->codes[row] == word ? 1
                                                                : 0);
    }
  }
  return made;
}

std::vector<std::string> Groups::values(const std::string& column) const {
  std::vector<std::string> values;
  for (const std::string& name : names) values.push_back(name.substr(column.size() + 1));
  return values;
}

Groups groups_of(const Frame& frame, const std::vector<std::string>& names) {
  std::vector<const Frame::Column*> columns;
  for (const std::string& name : names) columns.push_back(&frame.column(name));
  const auto compare = [&](std::uint32_t a, std::uint32_t b) {
    for (const Frame::Column* column : columns) {
      const double x = column->is_text ? column->codes[a] : column->numbers[a];
      const double y = column->is_text ? column->codes[b] : column->numbers[b];
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  };
  std::vector<std::uint32_t> order(frame.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return compare(a, b) < 0; });
  Groups groups{{}, std::vector<std::uint32_t>(frame.size())};
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || compare(order[i - 1], order[i]) != 0) {
      std::string& name = groups.names.emplace_back();
      for (const Frame::Column* column : columns) {
        name +=
            fmt::format("{}{}={}", name.empty() ? "" : ", ", column->name, column->text(order[i]));
      }
    }
    groups.group[order[i]] = static_cast<std::uint32_t>(groups.names.size() - 1);
  }
  return groups;
}

bool is_table_file(std::string_view from) {
  static const std::vector<std::string> endings{".csv",  ".tsv",    ".txt",  ".parquet",
                                                ".json", ".ndjson", ".jsonl"};
  return std::ranges::find(endings, ending_of(from)) != endings.end();
}

Frame read_table_file(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) {
    throw Error(ErrorCode::kNotFound, "file.missing",
                fmt::format("there is no file {}", file.string()));
  }
  const std::string ending = ending_of(file);
  const std::string name = sql::quoted_text(file.string());
  // R and its kin write NA for what is missing. Yes and no are words, which BOOLEAN would make of
  // some files true and false, and of others 1 and 0.
  const std::string table = ending == ".parquet" ? fmt::format("read_parquet({})", name)
                            : ending == ".csv" || ending == ".tsv" || ending == ".txt"
                                ? fmt::format(
                                      "read_csv({}, nullstr = ['', 'NA'], sample_size = -1, "
                                      "auto_type_candidates = ['BIGINT', 'DOUBLE', 'TIME', 'DATE', "
                                      "'TIMESTAMP'])",
                                      name)
                                : fmt::format("read_json({})", name);
  return Frame::of(sql::Database::in_memory().connect().query("FROM " + table));
}

}  // namespace waymark::engine
