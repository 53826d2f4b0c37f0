#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "event/only_codes.h"
#include "event/slice.h"

namespace waymark::fold {

// What a fold reads of each event; a slice's `properties` stand in the order of this list.
struct Reads {
  ColumnSet columns;
  std::vector<std::string> properties;
  // Where given, other learners have no rows: a driver may leave them out.
  std::optional<OnlyCodes> only = std::nullopt;
};

// Turns the names in a definition into codes, once, when a fold is made. Over read-only symbols (a
// trail's) an unknown name becomes kAbsentCode, which no event has; over growing symbols (live) it
// is interned, so that events that come later meet it. The symbols must outlive the Names.
class Names {
 public:
  using Part = Dictionary Symbols::*;

  explicit Names(const Symbols& read_only) : read_only_(&read_only) {}
  explicit Names(Symbols& growing) : growing_(&growing) {}

  Code operator()(Part part, std::string_view name) const {
    return growing_ ? (growing_->*part).intern(name) : (read_only_->*part).find(name);
  }
  std::vector<Code> operator()(Part part, const std::vector<std::string>& names) const {
    std::vector<Code> codes;
    codes.reserve(names.size());
    for (const std::string& name : names) codes.push_back((*this)(part, name));
    return codes;
  }
  // What the part's codes stand for, now and when more are interned.
  const Dictionary& texts(Part part) const { return (growing_ ? growing_ : read_only_)->*part; }

 private:
  const Symbols* read_only_ = nullptr;
  Symbols* growing_ = nullptr;
};

// A measure: a small state, stepped by the events of one learner in trail order, that gives rows.
//
// A fold is pure: no input or output, no clock, no randomness, no globals, and const while it runs,
// so that one fold serves many threads. How the events are cut into slices changes neither the
// state nor its saved bytes. The drivers (batch.h, live.h) do the rest.
//
//   reads()                   the columns and properties that step() looks at
//   begin(state)              makes a state, new or used, that of a learner without events; a used
//                             one may keep its memory
//   step(state, slice)        the learner's next events, in trail order
//   make_output()             a table without rows
//   end(state, learner, out)  appends the learner's rows as of now; the state may be stepped on
//   merge(out, more)          appends the rows of other learners
//   finish(out)               once, when all learners are in: what compares learners
//   save(state, writer), load(reader)   the state as bytes, equal for equal states
//
// `learner` is the number under which the driver's source knows the learner.
template <typename F>
concept Fold = requires(const F& fold, typename F::State& state, const typename F::State& settled,
                        const Slice& slice, Code learner, typename F::Output& output,
                        ByteWriter& writer, ByteReader& reader) {
  { fold.reads() } -> std::same_as<const Reads&>;
  { fold.begin(state) } -> std::same_as<void>;
  { fold.step(state, slice) } -> std::same_as<void>;
  { fold.make_output() } -> std::same_as<typename F::Output>;
  { fold.end(settled, learner, output) } -> std::same_as<void>;
  { fold.merge(output, std::move(output)) } -> std::same_as<void>;
  { fold.finish(output) } -> std::same_as<void>;
  { fold.save(settled, writer) } -> std::same_as<void>;
  { fold.load(reader) } -> std::same_as<typename F::State>;
};

// A fold whose rows of a learner, as end() appends them, change with no other learner's events, and
// that can tell when they change without any:
//
//   settled_until(state)      the rows as of the fold's own moment are those as of each later one
//                             before this, if no event of the learner comes; kLatest: for good
template <typename F>
concept Settling = Fold<F> && requires(const F& fold, const typename F::State& state) {
  { fold.settled_until(state) } -> std::same_as<Micros>;
};

// For load(): throws Error{kCorrupt, "state.corrupt"}, saying that the state is that of another
// definition of "this funnel".
[[noreturn]] void reject_state(std::string_view whose);

// For merging tables, column by column.
template <typename T>
void append(std::vector<T>& column, const std::vector<T>& more) {
  column.insert(column.end(), more.begin(), more.end());
}

}  // namespace waymark::fold
