#include "query/print.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "base/json.h"
#include "query/text_width.h"
#include "sql/database.h"

namespace waymark::query {
namespace {

std::string printed(const std::string& sql, PrintFormat format, const PrintOptions& options = {}) {
  auto connection = sql::Database::in_memory().connect();
  sql::Result result = connection.query(sql);
  std::ostringstream out;
  print(result, *make_printer(format, out, options));
  return out.str();
}

const std::string kMixed =
    "SELECT * FROM (VALUES"
    " ('Zoë', 7, 0.5::DOUBLE, true, TIMESTAMP '2013-10-04 09:15:00', {'a': [1]}),"
    " ('学习者', -1234, 'NaN'::DOUBLE, NULL, NULL, NULL),"
    " ('a \"b\", c', NULL, NULL, false, TIMESTAMP '2013-10-04 09:15:00.5', NULL),"
    " ('', 0, '-inf'::DOUBLE, NULL, NULL, {'a': []}))"
    " AS t(name, count, share, ok, moment, detail)";

TEST(Print, TableAlignsByWhatIsSeen) {
  EXPECT_EQ(printed(kMixed, PrintFormat::kTable),
            "name      count  share  ok     moment                      detail\n"
            "────────  ─────  ─────  ─────  ──────────────────────────  ─────────\n"
            "Zoë           7    0.5  true   2013-10-04 09:15:00         {\"a\":[1]}\n"
            "学习者    -1234    nan  NULL   NULL                        NULL\n"
            "a \"b\", c   NULL   NULL  false  2013-10-04 09:15:00.500000  NULL\n"
            "              0   -inf  NULL   NULL                        {\"a\":[]}\n");
}

TEST(Print, TableSaysThatThereIsMore) {
  EXPECT_EQ(printed("SELECT i AS n FROM range(5) AS t(i)", PrintFormat::kTable, {.row_limit = 2}),
            "n\n─\n0\n1\nonly the first 2 rows are shown\n");
  EXPECT_EQ(printed("SELECT i AS n FROM range(2) AS t(i)", PrintFormat::kTable, {.row_limit = 2}),
            "n\n─\n0\n1\n");
}

TEST(Print, TableStreamsAfterItsSample) {
  const std::string text = printed("SELECT i AS n FROM range(3000) AS t(i)", PrintFormat::kTable);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3002);
  EXPECT_NE(text.find("\n2999\n"), std::string::npos);
}

TEST(Print, TableCutsLongTextsToTheTerminal) {
  EXPECT_EQ(printed("SELECT 'abcdefghijklmnop' AS text, 123456789012 AS number",
                    PrintFormat::kTable, {.width = 24}),
            "text              number\n"
            "──────────  ────────────\n"
            "abcdefghi…  123456789012\n");
}

TEST(Print, TableColoursOnlyWhenAsked) {
  EXPECT_EQ(printed("SELECT NULL::VARCHAR AS a", PrintFormat::kTable, {.colour = true}),
            "\x1b[1ma\x1b[0m\n\x1b[2m────\x1b[0m\n\x1b[2mNULL\x1b[0m\n");
}

TEST(Print, TableIsNotSteeredByItsData) {
  EXPECT_EQ(printed("SELECT chr(27) || '[2J' || chr(10) || chr(9) || chr(8238) AS a",
                    PrintFormat::kTable),
            "a\n────────────\n\\x1b[2J\\n\\t\uFFFD\n");
}

TEST(Print, CsvTellsNullFromEmpty) {
  EXPECT_EQ(printed(kMixed, PrintFormat::kCsv),
            "name,count,share,ok,moment,detail\n"
            "Zoë,7,0.5,true,2013-10-04 09:15:00,\"{\"\"a\"\":[1]}\"\n"
            "学习者,-1234,nan,,,\n"
            "\"a \"\"b\"\", c\",,,false,2013-10-04 09:15:00.500000,\n"
            "\"\",0,-inf,,,\"{\"\"a\"\":[]}\"\n");
}

TEST(Print, JsonKeepsTypes) {
  EXPECT_EQ(
      printed(kMixed, PrintFormat::kJsonLines),
      R"({"name":"Zoë","count":7,"share":0.5,"ok":true,"moment":"2013-10-04T09:15:00","detail":{"a":[1]}})"
      "\n"
      R"({"name":"学习者","count":-1234,"share":null,"ok":null,"moment":null,"detail":null})"
      "\n"
      R"({"name":"a \"b\", c","count":null,"share":null,"ok":false,"moment":"2013-10-04T09:15:00.500000","detail":null})"
      "\n"
      R"({"name":"","count":0,"share":null,"ok":null,"moment":null,"detail":{"a":[]}})"
      "\n");
  EXPECT_EQ(printed("SELECT '{\"a\":\n1}'::JSON AS j", PrintFormat::kJsonLines),
            "{\"j\":{\"a\": 1}}\n");
}

TEST(Print, JsonArrayIsOneDocument) {
  EXPECT_EQ(printed("SELECT i AS n FROM range(2) AS t(i)", PrintFormat::kJsonArray),
            "[\n{\"n\":0},\n{\"n\":1}\n]\n");
  EXPECT_EQ(printed("SELECT 1 AS n WHERE false", PrintFormat::kJsonArray), "[]\n");
  EXPECT_EQ(Json::parse(printed(kMixed, PrintFormat::kJsonArray)).array().size(), 4u);
}

TEST(Print, TakesCellsOfAnyOrigin) {
  std::ostringstream out;
  const auto printer = make_printer(PrintFormat::kTable, out);
  printer->begin(std::vector<Heading>{{"model", false}, {"AUC", true}});
  printer->row(std::vector<Cell>{Cell::of("logistic"), Cell::of(0.84149, 3)});
  printer->row(std::vector<Cell>{Cell::null(), Cell::of(std::int64_t{7})});
  printer->end();
  EXPECT_EQ(out.str(), "model       AUC\n────────  ─────\nlogistic  0.841\nNULL          7\n");
}

TEST(TextWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("Zoë"), 3u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("学习"), 4u);
  EXPECT_EQ(display_width("🎓"), 2u);
  EXPECT_EQ(shortened("学习者", 5), "学习…");
  EXPECT_EQ(shortened("学习者", 4), "学…");
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(one_line("a\xFF\x7F"), "a\uFFFD\\x7f");
}

}  // namespace
}  // namespace waymark::query
