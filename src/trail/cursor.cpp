#include "trail/cursor.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/error.h"
#include "base/json.h"
#include "base/wide_loops.h"
#include "trail/bucket.h"
#include "trail/code_finder.h"

namespace waymark::trail {
namespace {

constexpr std::size_t kDirectoryRows = 256;
constexpr std::size_t kCutRows = 1'024;  // of a trail that is decoded whole and then cut, at most

// A column of each file, and the block's part of it.
template <typename T>
class BlockColumn {
 public:
  BlockColumn() = default;
  BlockColumn(std::vector<StoredColumn> stored, std::size_t block_rows, T absent = {})
      : stored_(std::move(stored)), absent_(absent), values_(block_rows) {
    is_constant_ = std::ranges::all_of(stored_, [&](const StoredColumn& column) {
      return column.is_constant() && column.at(0) == stored_[0].at(0);
    });
    if (is_constant_) read({0, 0, block_rows});
  }

  bool is_wanted() const { return !values_.empty(); }
  const T* load(const std::vector<Run>& ranges) {
    if (!is_wanted()) return nullptr;
    if (is_constant_) return values_.data();
    if (ranges.size() == 1) {
      const T* const stored = stored_values(ranges[0].file);
      if (stored != nullptr) return stored + ranges[0].row;
    }
    for (const Run& range : ranges) read(range);
    return values_.data();
  }

 private:
  void read(const Run& range) {
    T* to = values_.data() + range.at;
    const StoredColumn& stored = stored_[range.file];
    if constexpr (std::is_same_v<T, Code>) {
      stored.read(range.row, range.n, to);
    } else {
      stored.read(range.row, range.n, to, absent_);
    }
  }
  const T* stored_values(std::size_t file) const {
    if constexpr (std::is_same_v<T, Code>) {
      return stored_[file].stored_codes();
    } else {
      return reinterpret_cast<const T*>(stored_[file].stored_words());
    }
  }

  std::vector<StoredColumn> stored_;
  bool is_constant_ = false;  // one value in all files
  T absent_{};
  std::vector<T> values_;
};

// Of sorted times; in vector code, where a search would guess wrong.
WAYMARK_WIDE_LOOPS
std::size_t count_before(const std::int64_t* times, std::size_t n, Micros limit) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += times[i] < limit;
  return count;
}

const std::int64_t* as_signed(const std::uint64_t* values) {
  return reinterpret_cast<const std::int64_t*>(values);
}

// The columns of codes, where they are stored and where a slice has them.
struct CodeColumn {
  Column column;
  SectionKind section;
  const Code* Slice::*values;
};
constexpr std::array<CodeColumn, 6> kCodeColumns{{
    {Column::kKind, SectionKind::kKind, &Slice::kind},
    {Column::kObject, SectionKind::kObject, &Slice::object},
    {Column::kCourse, SectionKind::kCourse, &Slice::course},
    {Column::kContext, SectionKind::kContext, &Slice::context},
    {Column::kOutcome, SectionKind::kOutcome, &Slice::outcome},
    {Column::kSource, SectionKind::kSource, &Slice::source},
}};

template <typename T>
const T* moved(const T* values, std::size_t by) {
  return values == nullptr ? nullptr : values + by;
}

// Rows [at, at + n), without properties.
Slice part_of(const Slice& rows, std::size_t at, std::size_t n) {
  return {.size = n,
          .time = moved(rows.time, at),
          .id = moved(rows.id, at),
          .received = moved(rows.received, at),
          .kind = moved(rows.kind, at),
          .object = moved(rows.object, at),
          .course = moved(rows.course, at),
          .context = moved(rows.context, at),
          .outcome = moved(rows.outcome, at),
          .source = moved(rows.source, at),
          .sequence = moved(rows.sequence, at),
          .duration_ms = moved(rows.duration_ms, at),
          .score = moved(rows.score, at),
          .weight = moved(rows.weight, at),
          .properties = {}};
}

}  // namespace

struct BucketCursor::State {
  State(std::shared_ptr<const Bucket> of, Code number, const Request& wanted,
        std::span<const PropertySides> sides);

  void load_directory();
  bool next_learner();
  std::size_t first_not_before(Micros limit) const;
  void narrow_to_times(Micros last_time);
  bool plan_block();
  bool is_wanted();
  bool next_block();
  void cut_segments();
  void load_block();
  void load_times();
  void load_open();
  struct OpenColumns;
  static OpenProperty open_property(const OpenColumns& columns, std::size_t entry);
  bool take_run(Slice& slice);
  void select(std::size_t at, std::size_t n, Slice& slice);

  std::shared_ptr<const Bucket> bucket;
  Code first_number;
  Request request;

  // Where the walk is: rows [row, row_end) of a learner, in that file, are yet to come.
  std::size_t learner, learner_end;
  std::uint32_t file = 0;
  std::size_t row = 0, row_end = 0;
  Micros first_time = 0;
  // Of learners [directory_begin, directory_begin + kDirectoryRows), as far as there are.
  std::size_t directory_begin = 0, directory_end = 0;
  std::uint32_t files[kDirectoryRows];
  std::uint64_t row_begins[kDirectoryRows], row_ends[kDirectoryRows];
  std::uint64_t first_times[kDirectoryRows], last_times[kDirectoryRows];

  bool cuts;  // short trails that lie partly in the time range: decoded whole, then cut
  std::vector<StoredColumn> time;  // of each file
  bool needs_time;
  std::vector<std::uint64_t> times, received_values;
  std::vector<bool> is_lag;  // of each file: its `received` is reckoned from the time
  BlockColumn<std::uint64_t> received, sequence, duration;
  std::array<BlockColumn<Code>, kCodeColumns.size()> code_values;
  BlockColumn<double> score, weight;
  struct Finder {
    CodeFinder finder;
    std::optional<std::size_t> next = std::nullopt;  // wanted row, once it was sought
  };
  std::vector<Finder> finders;              // of each file: tell who is wanted; none: all are
  std::size_t looked_at = 0, left_out = 0;  // learners, by those
  std::vector<const EventId*> ids;          // of each file
  std::vector<EventId> id_values;
  std::vector<BlockColumn<double>> property_numbers;
  std::vector<BlockColumn<Code>> property_texts;

  std::vector<std::size_t> learners;  // of the block, by number in the bucket
  std::vector<Run> segments;          // the rows of each, from its first time on
  std::vector<Run> ranges;            // the same rows, neighbours joined
  std::size_t block_size = 0;
  std::size_t next_segment = 0;
  std::size_t step_at = 0;  // where in the block the last step begins
  struct {
    std::size_t at = 0, n = 0;
  } rest;                         // rows of the block's present segment that are yet to come
  const Code* sources = nullptr;  // of the block's rows
  Slice block;
  std::vector<PropertyColumn> block_properties, step_properties;
  std::vector<Code> row_learners;

  struct OpenColumns {
    StoredColumn ends, names, types, bits;
    TextTable texts;
  };
  std::vector<OpenColumns> open_columns;  // of each file
  std::vector<std::uint64_t> open_end_values;
  std::vector<OpenProperty> open;
  std::vector<std::size_t> open_end;  // of each row of the block, in `open`
};

BucketCursor::State::State(std::shared_ptr<const Bucket> of, Code number, const Request& wanted,
                           std::span<const PropertySides> sides)
    : bucket(std::move(of)), first_number(number), request(wanted) {
  const auto in_bucket = [&](Code learner_number) {
    return learner_number < first_number
               ? std::size_t{0}
               : std::min<std::size_t>(learner_number - first_number, bucket->learners());
  };
  learner = in_bucket(request.first_learner);
  learner_end = in_bucket(request.end_learner);
  directory_begin = directory_end = learner;

  const std::size_t rows = std::max<std::size_t>(request.block_rows, 1);
  request.block_rows = rows;
  const auto has = [&](Column column) { return request.columns.has(column); };
  const auto each = [&](SectionKind section, std::uint16_t ordinal = 0) {
    std::vector<StoredColumn> columns;
    for (const auto& in : bucket->files()) columns.push_back(in->event_column(section, ordinal));
    return columns;
  };
  const auto add = [&]<typename T>(BlockColumn<T>& column, SectionKind section, T absent = {}) {
    column = BlockColumn<T>(each(section), rows, absent);
  };
  cuts = request.from || request.to;
  needs_time = has(Column::kTime) || has(Column::kReceived) || cuts;
  time = each(SectionKind::kTime);
  if (needs_time) times.resize(rows + StoredColumn::kSpare);
  if (has(Column::kReceived)) {
    std::vector<StoredColumn> columns;
    for (const auto& in : bucket->files()) {
      is_lag.push_back(in->has(SectionKind::kLag));
      columns.push_back(
          in->event_column(is_lag.back() ? SectionKind::kLag : SectionKind::kReceived));
    }
    received = {std::move(columns), rows};
    received_values.resize(rows);
  }
  for (std::size_t i = 0; i < code_values.size(); ++i) {
    const auto& [column, section, values] = kCodeColumns[i];
    const bool selects = column == Column::kSource && request.only.sources;
    if (has(column) || selects) add(code_values[i], section);
    if (!request.wanted || request.wanted->column != column) continue;
    for (const StoredColumn& stored : each(section)) {
      finders.push_back({CodeFinder(stored, request.wanted->codes)});
    }
  }
  WAYMARK_CHECK(!request.wanted || !finders.empty());
  if (has(Column::kSequence)) add(sequence, SectionKind::kSequence);
  if (has(Column::kDuration)) {
    add(duration, SectionKind::kDuration, static_cast<std::uint64_t>(kNoDuration));
  }
  if (has(Column::kScore)) add(score, SectionKind::kScore, kNoScore);
  if (has(Column::kWeight)) add(weight, SectionKind::kWeight, kNoScore);
  if (has(Column::kId)) {
    for (const auto& in : bucket->files()) ids.push_back(in->ids());
  }

  for (const PropertySides& side : sides) {
    const auto ordinal = static_cast<std::uint16_t>(side.ordinal);
    auto& numbers = property_numbers.emplace_back();
    auto& texts = property_texts.emplace_back();
    if (side.numbers) {
      numbers = {each(SectionKind::kPropertyNumber, ordinal), rows, kNoScore};
    }
    if (side.texts) {
      texts = {each(SectionKind::kPropertyText, ordinal), rows};
    }
  }
  block_properties.resize(sides.size());
  step_properties.resize(sides.size());

  if (request.open_properties) {
    for (const auto& in : bucket->files()) {
      open_columns.push_back({in->event_column(SectionKind::kOpenEnd),
                              in->open_column(SectionKind::kOpenName),
                              in->open_column(SectionKind::kOpenType),
                              in->open_column(SectionKind::kOpenBits), in->open_texts()});
    }
  }
}

void BucketCursor::State::load_directory() {
  directory_begin = directory_end;
  const std::size_t end = std::min(directory_begin + kDirectoryRows, learner_end);
  while (directory_end < end) {
    const Bucket::Place place = bucket->place(directory_end);
    const std::size_t at = directory_end - directory_begin;
    const std::size_t n = bucket->neighbours(directory_end, end);
    const BucketFile& in = *bucket->files()[place.file];
    std::fill_n(files + at, n, place.file);
    in.row_ends().read(place.learner, n, row_ends + at);
    row_begins[at] = place.learner == 0 ? 0 : in.row_ends().at(place.learner - 1);
    std::copy_n(row_ends + at, n - 1, row_begins + at + 1);
    in.first_times().read(place.learner, n, first_times + at);
    if (request.from || request.to) in.last_times().read(place.learner, n, last_times + at);
    directory_end += n;
  }
}

bool BucketCursor::State::next_learner() {
  while (row == row_end) {
    if (learner == learner_end) return false;
    if (learner == directory_end) load_directory();
    const std::size_t i = learner++ - directory_begin;
    file = files[i];
    row = row_begins[i];
    row_end = row_ends[i];
    first_time = static_cast<Micros>(first_times[i]);
    if (request.only.learners && !(*request.only.learners)[first_number + learner - 1]) {
      row = row_end;
      continue;
    }
    if (request.from || request.to) narrow_to_times(static_cast<Micros>(last_times[i]));
    if (row != row_end && !finders.empty() && !is_wanted()) row = row_end;
  }
  return true;
}

std::size_t BucketCursor::State::first_not_before(Micros limit) const {
  std::size_t begin = row;
  std::size_t end = row_end;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const std::uint64_t there = static_cast<std::uint64_t>(first_time) + time[file].at(middle);
    if (static_cast<Micros>(there) < limit) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

// Leaves of the present learner's rows those in the time range that is asked for; of a short trail
// all, where they are cut later.
void BucketCursor::State::narrow_to_times(Micros last_time) {
  if ((request.from && last_time < *request.from) || (request.to && *request.to <= first_time)) {
    row = row_end;
    return;
  }
  if (cuts && row_end - row <= kCutRows) return;
  if (request.to && *request.to <= last_time) row_end = first_not_before(*request.to);
  if (request.from && first_time < *request.from) row = first_not_before(*request.from);
}

bool BucketCursor::State::plan_block() {
  learners.clear();
  segments.clear();
  ranges.clear();
  block_size = next_segment = 0;
  while (block_size < request.block_rows && next_learner()) {
    const std::size_t n = std::min(row_end - row, request.block_rows - block_size);
    learners.push_back(learner - 1);
    segments.push_back({row, block_size, n, static_cast<std::uint64_t>(first_time), file});
    if (!ranges.empty() && ranges.back().file == file &&
        ranges.back().row + ranges.back().n == row) {
      ranges.back().n += n;
    } else {
      ranges.push_back({row, block_size, n, 0, file});
    }
    row += n;
    block_size += n;
  }
  return block_size != 0;
}

// Whether the present learner is. Where hardly anybody can be left out it costs more to look than
// it saves, so that it is looked no further.
bool BucketCursor::State::is_wanted() {
  constexpr std::size_t kEnough = 256, kWorthIt = 8;
  auto& [finder, next] = finders[file];
  if (!next || *next < row) next = finder.find(row, time[file].size());
  const bool wanted = *next < row_end;
  ++looked_at;
  left_out += wanted ? 0 : 1;
  if (looked_at >= kEnough && left_out * kWorthIt < looked_at) finders.clear();
  return wanted;
}

bool BucketCursor::State::next_block() {
  if (!plan_block()) return false;
  load_block();
  if (cuts) cut_segments();
  return true;
}

// Among decoded times, which costs less than to look for a few stored ones.
void BucketCursor::State::cut_segments() {
  for (Run& segment : segments) {
    const Micros* const begin = as_signed(times.data()) + segment.at;
    if (request.to && *request.to <= begin[segment.n - 1]) {
      segment.n = count_before(begin, segment.n, *request.to);
    }
    if (request.from && *begin < *request.from) {
      const std::size_t before = count_before(begin, segment.n, *request.from);
      segment.at += before;
      segment.n -= before;
    }
  }
}

void BucketCursor::State::load_times() {
  for (auto first = segments.begin(); first != segments.end();) {
    const auto end = std::find_if(first, segments.end(),
                                  [&](const Run& segment) { return segment.file != first->file; });
    time[first->file].read({first, end}, times.data());
    first = end;
  }
  if (request.columns.has(Column::kTime)) block.time = as_signed(times.data());
}

void BucketCursor::State::load_block() {
  block.size = block_size;
  if (needs_time) load_times();
  if (const std::uint64_t* const stored = received.load(ranges)) {
    for (const Run& range : ranges) {
      const bool lags = is_lag[range.file];
      for (std::size_t i = range.at; i < range.at + range.n; ++i) {
        received_values[i] = stored[i] + (lags ? times[i] : 0);
      }
    }
    block.received = as_signed(received_values.data());
  }
  for (std::size_t i = 0; i < code_values.size(); ++i) {
    block.*kCodeColumns[i].values = code_values[i].load(ranges);
  }
  sources = block.source;
  if (!request.columns.has(Column::kSource)) block.source = nullptr;
  block.sequence = sequence.load(ranges);
  block.duration_ms = as_signed(duration.load(ranges));
  block.score = score.load(ranges);
  block.weight = weight.load(ranges);
  if (!ids.empty()) {
    block.id = ids[ranges[0].file] + ranges[0].row;
    if (ranges.size() > 1) {
      id_values.clear();
      for (const Run& range : ranges) {
        const EventId* const first = ids[range.file] + range.row;
        id_values.insert(id_values.end(), first, first + range.n);
      }
      block.id = id_values.data();
    }
  }
  for (std::size_t i = 0; i < block_properties.size(); ++i) {
    block_properties[i] = {property_numbers[i].load(ranges), property_texts[i].load(ranges)};
  }
  if (request.open_properties) load_open();
}

void BucketCursor::State::load_open() {
  open.clear();
  open_end.clear();
  for (const Run& range : ranges) {
    const OpenColumns& columns = open_columns[range.file];
    std::uint64_t entry = range.row == 0 ? 0 : columns.ends.at(range.row - 1);
    open_end_values.resize(range.n);
    columns.ends.read(range.row, range.n, open_end_values.data());
    for (const std::uint64_t end : open_end_values) {
      for (; entry < end; ++entry) open.push_back(open_property(columns, entry));
      open_end.push_back(open.size());
    }
  }
}

OpenProperty BucketCursor::State::open_property(const OpenColumns& columns, std::size_t entry) {
  const auto type = static_cast<PropertyType>(columns.types.at(entry));
  const std::uint64_t bits = columns.bits.at(entry);
  const bool is_text = type == PropertyType::kText || type == PropertyType::kJson;
  return {static_cast<Code>(columns.names.at(entry)), type, is_text ? 0 : bits,
          is_text ? columns.texts.text(bits) : std::string_view()};
}

// `slice` becomes the block's rows [at, at + n).
void BucketCursor::State::select(std::size_t at, std::size_t n, Slice& slice) {
  step_at = at;
  slice = part_of(block, at, n);
  for (std::size_t i = 0; i < block_properties.size(); ++i) {
    step_properties[i] = {moved(block_properties[i].number, at),
                          moved(block_properties[i].text, at)};
  }
  slice.properties = step_properties;
}

// The next of the rest's rows that follow one another in the selection; false where there are none.
bool BucketCursor::State::take_run(Slice& slice) {
  std::size_t skipped = 0, n = rest.n;
  if (request.only.sources) {
    const std::vector<bool>& wanted = *request.only.sources;
    const Code* const codes = sources + rest.at;
    while (skipped < rest.n && !wanted[codes[skipped]]) ++skipped;
    n = skipped;
    while (n < rest.n && wanted[codes[n]]) ++n;
  }
  const std::size_t at = rest.at + skipped;
  rest = {rest.at + n, rest.n - n};
  if (n == skipped) return false;
  select(at, n - skipped, slice);
  return true;
}

BucketCursor::BucketCursor(std::shared_ptr<const Bucket> bucket, Code first_number,
                           const Request& request, std::span<const PropertySides> properties)
    : state_(bucket->files().empty()
                 ? nullptr
                 : std::make_unique<State>(std::move(bucket), first_number, request, properties)) {}
BucketCursor::~BucketCursor() = default;
BucketCursor::BucketCursor(BucketCursor&&) noexcept = default;
BucketCursor& BucketCursor::operator=(BucketCursor&&) noexcept = default;

bool BucketCursor::next(Code& learner, Slice& slice) {
  if (state_ == nullptr) return false;
  State& state = *state_;
  while (state.rest.n == 0 || !state.take_run(slice)) {
    if (state.next_segment == state.segments.size() && !state.next_block()) return false;
    const Run& segment = state.segments[state.next_segment++];
    state.rest = {segment.at, segment.n};
  }
  learner = state.first_number + static_cast<Code>(state.learners[state.next_segment - 1]);
  return true;
}

bool BucketCursor::next_rows(Rows& rows) {
  if (state_ == nullptr) return false;
  State& state = *state_;
  state.cuts = false;  // rows follow one another
  while (state.rest.n == 0 || !state.take_run(rows.columns)) {
    if (!state.plan_block()) return false;
    state.load_block();
    state.row_learners.clear();
    for (std::size_t i = 0; i < state.segments.size(); ++i) {
      state.row_learners.insert(state.row_learners.end(), state.segments[i].n,
                                state.first_number + static_cast<Code>(state.learners[i]));
    }
    state.rest = {0, state.block_size};
  }
  rows.learner = state.row_learners.data() + state.step_at;
  return true;
}

std::span<const OpenProperty> BucketCursor::open_properties(std::size_t row) const {
  const std::size_t i = state_->step_at + row;
  const std::size_t begin = i == 0 ? 0 : state_->open_end[i - 1];
  return {state_->open.data() + begin, state_->open_end[i] - begin};
}

std::string properties_json(std::span<const OpenProperty> properties, const Dictionary& names) {
  JsonWriter out;
  out.begin_object();
  for (const OpenProperty& property : properties) {
    out.key(names.text(property.name));
    switch (property.type) {
      case PropertyType::kText:
        out.string(property.text);
        break;
      case PropertyType::kJson:
        out.raw(property.text);
        break;
      case PropertyType::kNumber:
        out.number(std::bit_cast<double>(property.bits));
        break;
      case PropertyType::kBoolean:
        out.boolean(property.bits != 0);
        break;
    }
  }
  return out.end_object().take();
}

}  // namespace waymark::trail
