#include "trail/bucket_file.h"

namespace waymark::trail {

BucketFile::BucketFile(SectionFile file)
    : file_(std::move(file)),
      events_(file_.count(SectionKind::kTime)),
      keys_(file_.column(SectionKind::kLearnerKeyEnd), file_.bytes(SectionKind::kLearnerKeyText)),
      row_ends_(file_.column(SectionKind::kLearnerRowEnd)),
      first_times_(file_.column(SectionKind::kLearnerFirstTime)),
      last_times_(file_.column(SectionKind::kLearnerLastTime)) {
  const std::uint64_t n = keys_.size();
  if (row_ends_.size() != n || first_times_.size() != n || last_times_.size() != n ||
      (n == 0 ? 0 : row_ends_.at(n - 1)) != events_) {
    throw_damaged(path(), "the learner directory contradicts itself");
  }
}

StoredColumn BucketFile::event_column(SectionKind kind, std::uint16_t ordinal) const {
  const StoredColumn column = file_.column(kind, ordinal);
  if (column.size() != events_) throw_damaged(path(), "a column has not one value for each event");
  return column;
}

const EventId* BucketFile::ids() const {
  const std::string_view bytes = file_.bytes(SectionKind::kId);
  if (bytes.size() != events_ * sizeof(EventId)) throw_damaged(path(), "ids are missing");
  return reinterpret_cast<const EventId*>(bytes.data());
}

TextTable BucketFile::open_texts() const {
  return {file_.column(SectionKind::kOpenTextEnd), file_.bytes(SectionKind::kOpenText)};
}

}  // namespace waymark::trail
