#include "fold/filter_masks.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace waymark::fold {
namespace {

// Against one look at each row, of filters that one column tells, and of others.
TEST(FilterMasks, RowsOfAFilterAreThoseWithItsBit) {
  constexpr std::size_t kKinds = 7, kRows = 400;
  std::mt19937 random(1);
  Symbols symbols;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) symbols.kinds.intern(name);
  symbols.contexts.intern("x");
  symbols.courses.intern("math");
  std::vector<Code> kinds(kRows), contexts(kRows), courses(kRows);
  std::vector<double> weights(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    kinds[row] = random() % kKinds;
    contexts[row] = random() % 2;
    courses[row] = random() % 2;
    weights[row] = random() % 3;
  }
  const Slice slice{.size = kRows,
                    .kind = kinds.data(),
                    .course = courses.data(),
                    .context = contexts.data(),
                    .weight = weights.data()};
  const Filter few{.kinds = {"a", "f"}};
  const Filter one{.kinds = {"c"}};
  const Filter unknown{.kinds = {"none has it"}};
  const Filter many{.kinds = {"a", "b", "c", "d", "e"}};
  const Filter heavy{.kinds = {"b"},
                     .where = {{.value = {Value::Kind::kWeight, ""}, .at_least = 2}}};
  const Filter in_course{.kinds = {"e"}, .courses = {"math"}};
  const Filter any_heavy{.where = {{.value = {Value::Kind::kWeight, ""}, .at_least = 2}}};
  const Filter elsewhere{.kinds = {"d"}, .contexts = {"x"}};
  for (const std::vector<Filter>& filters : {std::vector{few},
                                             {few, one},
                                             {unknown},
                                             {many},
                                             {one, many},
                                             {few, heavy},
                                             {any_heavy},
                                             {any_heavy, one},
                                             {few, elsewhere},
                                             {few, in_course},
                                             {few, Filter{}},
                                             {Filter{}}}) {
    FilterMasks masks;
    ValueList list;
    Reads reads;
    for (unsigned bit = 0; bit < filters.size(); ++bit) {
      masks.add(bit, filters[bit], Names(std::as_const(symbols)), list, reads);
    }
    std::vector<std::uint64_t> expected(kRows);
    with_values(slice, list, [&](std::span<const double* const> values) {
      masks.find(slice, 0, kRows, values, expected.data());
      for (std::size_t begin = 0; begin < kRows;) {
        const std::size_t end = std::min(kRows, begin + random() % (FilterRows::kMost + 1));
        FilterRows rows;
        masks.find(slice, begin, end, values, rows);
        for (std::size_t i = 0; i < end - begin; ++i) {
          ASSERT_EQ(rows.passed_by(i), expected[begin + i]);
        }
        for (unsigned bit = 0; bit < filters.size(); ++bit) {
          std::uint64_t passing = 0;
          for (std::size_t i = 0; i < end - begin; ++i) {
            passing |= (expected[begin + i] >> bit & 1) << i;
          }
          ASSERT_EQ(rows.passing(std::uint64_t{1} << bit), passing);
        }
        begin = end;
      }
    });
  }
}

}  // namespace
}  // namespace waymark::fold
