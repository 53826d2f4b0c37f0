#include "report/activity.h"

#include <algorithm>
#include <utility>

#include "fold/local_clock.h"

namespace waymark::report {
namespace {

// Events, and learners as they come one after the other.
struct Tally {
  std::int64_t events = 0;
  std::int64_t learners = 0;
  Code latest = kAbsentCode;

  void add(Code learner) {
    ++events;
    if (latest == learner) return;
    latest = learner;
    ++learners;
  }
};

struct SourceTally : Tally {
  Micros first = kLatest;
  Micros last = kEarliest;
  std::vector<bool> courses;
};

class Counter {
 public:
  Counter(const trail::TrailReader& trails, const Zone& zone, const std::vector<std::string>& kinds)
      : clock_(zone),
        symbols_(trails.symbols()),
        counted_(symbols_.kinds.size(), kinds.empty()),
        sources_(symbols_.sources.size()),
        courses_(symbols_.courses.size()) {
    for (SourceTally& source : sources_) source.courses.resize(courses_.size());
    for (const std::string& kind : kinds) {
      if (const Code code = symbols_.kinds.find(kind); code != kAbsentCode) counted_[code] = true;
    }
  }

  void add(Code learner, const Slice& slice) {
    for (std::size_t i = 0; i < slice.size; ++i) {
      SourceTally& source = sources_[slice.source[i]];
      source.add(learner);
      source.first = std::min(source.first, slice.time[i]);
      source.last = std::max(source.last, slice.time[i]);
      source.courses[slice.course[i]] = true;
      courses_[slice.course[i]].add(learner);
      if (counted_[slice.kind[i]]) add_to_week(learner, slice.course[i], slice.time[i]);
    }
  }

  Activity take() const {
    Activity activity;
    for (Code code = 0; code < sources_.size(); ++code) {
      const SourceTally& source = sources_[code];
      if (source.events == 0) continue;
      const auto courses = std::count(source.courses.begin() + 1, source.courses.end(), true);
      activity.sources[std::string(symbols_.sources.text(code))] = {source.first, source.last,
                                                                    source.learners, courses};
    }
    for (Code code = kNoCode + 1; code < courses_.size(); ++code) {
      const Tally& course = courses_[code];
      if (course.events == 0) continue;
      activity.courses[std::string(symbols_.courses.text(code))] = {
          course.events, course.learners, {}};
    }
    for (const auto& [place, tally] : course_weeks_) {
      if (place.first == kNoCode) continue;
      activity.courses[std::string(symbols_.courses.text(place.first))].weeks.push_back(
          {place.second, tally.events, tally.learners});
    }
    for (const auto& [week, tally] : weeks_)
      activity.weeks.push_back({week, tally.events, tally.learners});
    return activity;
  }

 private:
  void add_to_week(Code learner, Code course, Micros time) {
    const Day day = clock_.day(time);
    // Mostly it is where the event before it was.
    if (week_ == nullptr || course != course_ || day < monday_ || day >= monday_ + 7) {
      course_ = course;
      monday_ = day - fold::weekday_of(day);
      week_ = &weeks_[monday_];
      course_week_ = &course_weeks_[{course, monday_}];
    }
    week_->add(learner);
    course_week_->add(learner);
  }

  fold::LocalClock clock_;
  const Symbols& symbols_;
  std::vector<bool> counted_;  // by kind
  std::vector<SourceTally> sources_;
  std::vector<Tally> courses_;
  std::map<Day, Tally> weeks_;
  std::map<std::pair<Code, Day>, Tally> course_weeks_;
  Code course_ = kNoCode;
  Day monday_ = 0;
  Tally* week_ = nullptr;
  Tally* course_week_ = nullptr;
};

}  // namespace

Activity count_activity(const trail::TrailReader& trails, const Zone& zone,
                        const std::vector<std::string>& kinds) {
  Counter counter(trails, zone, kinds);
  const trail::Request request{
      .columns = {Column::kTime, Column::kSource, Column::kCourse, Column::kKind}};
  Code learner = 0;
  Slice slice;
  for (std::size_t bucket = 0; bucket < trails.bucket_count(); ++bucket) {
    trail::BucketCursor cursor = trails.cursor(bucket, request);
    while (cursor.next(learner, slice)) counter.add(learner, slice);
  }
  return counter.take();
}

}  // namespace waymark::report
