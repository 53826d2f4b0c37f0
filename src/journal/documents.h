#pragma once

// Private to the room: the documents that more than one source file asks for.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/codec.h"
#include "journal/keys.h"
#include "journal/store.h"

namespace waymark::journal {

// Throws Error{kCorrupt} where there is none.
Head head_of(const Store::View& view);

std::optional<SourceNumber> number_of(const Store::View& view, std::string_view source);
// By name.
std::vector<std::pair<std::string, SourceNumber>> sources_of(const Store::View& view);

// The batches of a source: sequence and number of events.
std::vector<std::pair<std::uint64_t, std::uint64_t>> batches_of(const Store::View& view,
                                                                SourceNumber source);

// Throws Error{kCorrupt} where it is missing.
EventBatch batch_of(const Store::View& view, std::uint64_t sequence);

std::vector<FileEntry> files_of(const Store::View& view);

}  // namespace waymark::journal
