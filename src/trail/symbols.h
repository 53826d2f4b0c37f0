#pragma once

// Private to the room: the dictionaries of a generation.

#include <array>
#include <filesystem>

#include "event/slice.h"
#include "trail/section_file.h"

namespace waymark::trail {

struct AllSymbols {
  Symbols symbols;
  Dictionary property_names;

  // By DictionaryId.
  std::array<const Dictionary*, kDictionaries> parts() const {
    return {&symbols.kinds,    &symbols.objects, &symbols.courses,        &symbols.contexts,
            &symbols.outcomes, &symbols.sources, &symbols.property_texts, &property_names};
  }
  std::array<Dictionary*, kDictionaries> parts() {
    return {&symbols.kinds,    &symbols.objects, &symbols.courses,        &symbols.contexts,
            &symbols.outcomes, &symbols.sources, &symbols.property_texts, &property_names};
  }
};

AllSymbols read_symbols(const SectionFile& file);
FileSeal write_symbols(const std::filesystem::path& path, const AllSymbols& symbols);

}  // namespace waymark::trail
