#include "trail/symbols.h"

#include <limits>
#include <vector>

#include "trail/column_spool.h"

namespace waymark::trail {

AllSymbols read_symbols(const SectionFile& file) {
  AllSymbols all;
  std::uint16_t ordinal = 0;
  for (Dictionary* dictionary : all.parts()) {
    const TextTable table(file.column(SectionKind::kDictionaryEnd, ordinal),
                          file.bytes(SectionKind::kDictionaryText, ordinal));
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (dictionary->intern(table.text(i)) != i) throw_damaged(file.path(), "a text comes twice");
    }
    ++ordinal;
  }
  return all;
}

FileSeal write_symbols(const std::filesystem::path& path, const AllSymbols& symbols) {
  SectionWriter writer(path, 2 * kDictionaries);
  ScratchFile nowhere(path);
  std::uint16_t ordinal = 0;
  for (const Dictionary* dictionary : symbols.parts()) {
    ColumnSpool ends(nowhere, std::numeric_limits<std::size_t>::max(), {});
    std::uint64_t end = 0;
    for (Code code = 0; code < dictionary->size(); ++code) {
      ends.push(end += dictionary->text(code).size());
    }
    ends.plan(SectionKind::kDictionaryEnd, ordinal);
    ends.write(writer);
    writer.begin({SectionKind::kDictionaryText, ordinal, Encoding::kBytes});
    for (Code code = 0; code < dictionary->size(); ++code) {
      writer.write(dictionary->text(code).data(), dictionary->text(code).size());
    }
    ++ordinal;
  }
  return writer.finish(true);
}

}  // namespace waymark::trail
