#include <algorithm>

#include "report/figure.h"
#include "report/finding.h"
#include "report/number.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

using Align = Table::Align;

constexpr Tone kStored = Tone::kMain, kDuplicate = Tone::kQuiet, kQuarantined = Tone::kWarm,
               kRefused = Tone::kOchre;

std::vector<Part> parts(const Source& source) {
  return {{static_cast<double>(source.stored), kStored},
          {static_cast<double>(source.duplicate), kDuplicate},
          {static_cast<double>(source.quarantined), kQuarantined},
          {static_cast<double>(source.refused), kRefused}};
}

Source sum(const std::vector<Source>& sources) {
  Source all;
  all.name = "All sources";
  for (const Source& source : sources) {
    all.files += source.files;
    all.received += source.received;
    all.stored += source.stored;
    all.duplicate += source.duplicate;
    all.quarantined += source.quarantined;
    all.refused += source.refused;
  }
  return all;
}

std::vector<Html> ledger_cells(const Source& source, const Html& name) {
  return {name,
          count(source.received),
          count(source.stored),
          count(source.duplicate),
          count(source.quarantined),
          count(source.refused),
          split_bar(parts(source), source.name + ": stored, duplicate, quarantined, refused")};
}

Html ledger(const Content& content) {
  Table table;
  table.column("Source").column("Received", Align::kNumber).column("Stored", Align::kNumber);
  table.column("Duplicate", Align::kNumber).column("Quarantined", Align::kNumber);
  table.column("Refused", Align::kNumber).column("");
  for (const Source& source : content.sources) {
    table.row(ledger_cells(source, source.name));
  }
  if (content.sources.size() > 1) {
    const Source all = sum(content.sources);
    table.total(ledger_cells(all, all.name));
  }
  return legend({{"Stored", kStored},
                 {"Duplicate", kDuplicate},
                 {"Quarantined", kQuarantined},
                 {"Refused", kRefused}}) +
         table.html();
}

Html holdings(const Content& content) {
  Table table;
  table.column("Source").column("Files", Align::kNumber).column("Learners", Align::kNumber);
  table.column("Courses", Align::kNumber).column("First and last day");
  for (const Source& source : content.sources) {
    table.row({source.name, count(source.files),
               learners_number(source.learners, content.smallest_group), count(source.courses),
               source.days ? date(*source.days) : "–"});
  }
  return heading("What each source holds") + table.html();
}

Html rejections(const Content& content) {
  struct Row {
    const Source* source;
    const Rejection* rejection;
  };
  std::vector<Row> rows;
  for (const Source& source : content.sources) {
    for (const Rejection& rejection : source.rejections) rows.push_back({&source, &rejection});
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.rejection->count > b.rejection->count;
  });
  Table table;
  table.column("Reason").column("Source").column("Records", Align::kNumber);
  table.column("What became of them").column("For example");
  for (const Row& row : rows) {
    table.row({code(row.rejection->reason), row.source->name, count(row.rejection->count),
               row.rejection->refused ? "refused by a rule" : "in quarantine",
               code(row.rejection->example)});
  }
  return heading("Why records were left out") + table.html() +
         element("p", {{"class", "hint"}},
                 "Quarantined records are kept with their file, line and reason, and can be "
                 "replayed once the cause is mended.");
}

Html balance(const Content& content) {
  Html out;
  for (const Source& source : content.sources) {
    if (imbalance(source) == 0) continue;
    out += note(strong(source.name) + " does not balance: " + count(source.received) +
                    " received, but stored, duplicate, quarantined and refused make " +
                    count(source.received - imbalance(source)) + ".",
                true);
  }
  return out;
}

}  // namespace

Section data_section(const Content& content) {
  Section section{"data", "The data and its quality", {}};
  if (content.sources.empty()) {
    section.body = missing("No source has brought any data yet. Describe one in sources/, then:",
                           "waymark ingest");
    return section;
  }
  const Source all = sum(content.sources);
  const Html unbalanced = balance(content);
  section.body =
      lead(strong(count(all.received, "record")) + " came from " +
           count(static_cast<std::int64_t>(content.sources.size()), "source") + "; " +
           strong(count(all.stored)) + " are stored as events." +
           (unbalanced.empty() ? " Every record is accounted for: what was received is "
                                 "stored, a duplicate, in quarantine or refused by a rule."
                               : "")) +
      unbalanced + ledger(content) + rejections(content) + holdings(content);
  return section;
}

}  // namespace waymark::report
