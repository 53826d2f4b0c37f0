#include "journal/documents.h"

#include <fmt/format.h>

namespace waymark::journal {

Head head_of(const Store::View& view) {
  const auto head = view.get(Family::kDocuments, document_key(Table::kHead));
  if (!head) throw_corrupt("its head is missing");
  return decode_head(*head);
}

std::optional<SourceNumber> number_of(const Store::View& view, std::string_view source) {
  const auto number = view.get(Family::kDocuments, document_key(Table::kSources, source));
  if (!number) return std::nullopt;
  return static_cast<SourceNumber>(decode_number(*number));
}

std::vector<std::pair<std::string, SourceNumber>> sources_of(const Store::View& view) {
  std::vector<std::pair<std::string, SourceNumber>> result;
  view.each(Family::kDocuments, document_key(Table::kSources),
            [&](std::string_view name, std::string_view number) {
              result.emplace_back(name, static_cast<SourceNumber>(decode_number(number)));
              return true;
            });
  return result;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> batches_of(const Store::View& view,
                                                                SourceNumber source) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> result;
  view.each(Family::kDocuments, document_key(Table::kBatches, source),
            [&](std::string_view sequence, std::string_view events) {
              result.emplace_back(read_big_endian<std::uint64_t>(sequence), decode_number(events));
              return true;
            });
  return result;
}

EventBatch batch_of(const Store::View& view, std::uint64_t sequence) {
  const auto bytes = view.get(Family::kEvents, sequence_key(sequence));
  if (!bytes) throw_corrupt(fmt::format("batch {} is missing", sequence));
  return decompress(*bytes);
}

std::vector<FileEntry> files_of(const Store::View& view) {
  std::vector<FileEntry> result;
  for (const auto& [source, number] : sources_of(view)) {
    view.each(Family::kDocuments, document_key(Table::kFiles, number),
              [&](std::string_view path, std::string_view bytes) {
                result.push_back(decode_file(source, std::string(path), bytes));
                return true;
              });
  }
  return result;
}

}  // namespace waymark::journal
