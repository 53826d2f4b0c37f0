#include "fold/filter_masks.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace waymark::fold {
namespace {

// Against one look at each row, of filters that one column tells, and of others.
TEST(FilterMasks, PassingRowsAreThoseWithAMask) {
  constexpr std::size_t kKinds = 7, kRows = 400;
  std::mt19937 random(1);
  Symbols symbols;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) symbols.kinds.intern(name);
  symbols.contexts.intern("x");
  std::vector<Code> kinds(kRows), contexts(kRows);
  std::vector<double> weights(kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    kinds[row] = random() % kKinds;
    contexts[row] = random() % 2;
    weights[row] = random() % 3;
  }
  const Slice slice{
      .size = kRows, .kind = kinds.data(), .context = contexts.data(), .weight = weights.data()};
  const Filter few{.kinds = {"a", "f"}};
  const Filter one{.kinds = {"c"}};
  const Filter unknown{.kinds = {"none has it"}};
  const Filter many{.kinds = {"a", "b", "c", "d", "e"}};
  const Filter heavy{.kinds = {"b"},
                     .where = {{.value = {Value::Kind::kWeight, ""}, .at_least = 2}}};
  const Filter elsewhere{.kinds = {"d"}, .contexts = {"x"}};
  for (const std::vector<Filter>& filters : {std::vector{few},
                                             {few, one},
                                             {unknown},
                                             {many},
                                             {one, many},
                                             {few, heavy},
                                             {few, elsewhere},
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
        const std::size_t end = std::min(kRows, begin + random() % (FilterMasks::kWordRows + 1));
        std::uint64_t found[FilterMasks::kWordRows];
        const std::uint64_t rows = masks.passing(slice, begin, end, values, found);
        for (std::size_t i = 0; i < FilterMasks::kWordRows; ++i) {
          const std::uint64_t mask = i < end - begin ? expected[begin + i] : 0;
          ASSERT_EQ(rows >> i & 1, std::uint64_t{mask != 0});
          if (mask != 0) {
            ASSERT_EQ(found[i], mask);
          }
        }
        begin = end;
      }
    });
  }
}

}  // namespace
}  // namespace waymark::fold
