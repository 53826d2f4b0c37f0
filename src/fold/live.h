#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fold/columns.h"
#include "fold/fold.h"

namespace waymark::fold {

// What a live measure may hold in memory, unless it is told otherwise: 1 GiB.
inline constexpr std::size_t kLiveMemoryLimit = std::size_t{1} << 30;

// A measure kept up to date as events arrive, with the same rows as a batch over the same events.
//
// An event that is not later than what the learner's state has seen (late, or taken again) cannot
// be stepped; the driver then rebuilds that learner's state from their history. So each batch must
// be stored before it is taken, and a learner's history must hold it.
//
// Holds one state per learner in memory, and every text that their events have; both may grow as
// far as `memory_limit` and by one batch more. Not thread-safe.
template <Fold F>
class Live {
 public:
  // Makes the fold over the driver's symbols; must give the same fold whenever it is called.
  using Make = std::function<F(const Names&)>;
  // All stored events of a learner, in any order.
  using History = std::function<EventBatch(std::string_view learner)>;

  Live(const Make& make, History history, std::size_t memory_limit = kLiveMemoryLimit)
      : Live(std::make_unique<Symbols>(), make, std::move(history), memory_limit) {}

  // Carries on from what save() gave; throws Error{kCorrupt}.
  static Live restore(const Make& make, History history, std::string_view saved,
                      std::size_t memory_limit = kLiveMemoryLimit) {
    ByteReader reader(saved);
    auto symbols = std::make_unique<Symbols>();
    load_symbols(reader, *symbols);
    Live live(std::move(symbols), make, std::move(history), memory_limit);
    live.load(reader);
    return live;
  }

  // Throws Error{kUnavailable, "live.memory_full"}, and takes nothing of the batch, where the limit
  // is reached; what was taken before stays good.
  void take(const EventBatch& batch) {
    if (memory() > memory_limit_) {
      throw Error(ErrorCode::kUnavailable, "live.memory_full",
                  fmt::format("a live measure may hold {} MiB, and that is full with {} learners; "
                              "give it more, or make the measure in batch",
                              memory_limit_ >> 20, learners_.size() - 1));
    }
    for (const std::vector<std::size_t>& rows : trails_of(batch)) {
      const std::string_view learner = batch.learners.text(batch.learner[rows.front()]);
      Trail& trail = trail_of(learner);
      if (!trail.started || trail.last < order(batch, rows.front())) {
        step(trail, batch, rows);
      } else {
        rebuild(trail, history_(learner));
      }
    }
  }

  // The rows of all learners as of now, in the order in which the learners first occurred.
  typename F::Output results() const {
    typename F::Output output = fold_.make_output();
    for (Code learner = 0; learner < trails_.size(); ++learner) {
      if (trails_[learner].started) fold_.end(trails_[learner].state, learner, output);
    }
    fold_.finish(output);
    return output;
  }

  // Everything that restore() needs; equal for equal histories of batches.
  std::string save() const {
    ByteWriter writer;
    save_symbols(*symbols_, writer);
    save_dictionary(learners_, writer);
    for (const Trail& trail : trails_) {
      writer.value<std::uint8_t>(trail.started);
      if (!trail.started) continue;
      writer.value(trail.last.time);
      writer.value(trail.last.id);
      fold_.save(trail.state, writer);
    }
    return writer.take();
  }

  // Bytes of states and texts, about: a state is measured whenever its events have doubled.
  std::size_t memory() {
    for (std::size_t i = 0; i < dictionaries().size(); ++i) {
      const Dictionary& texts = *dictionaries()[i];
      while (texts_counted_[i] < texts.size())
        text_bytes_ += kBytesPerText + texts.text(static_cast<Code>(texts_counted_[i]++)).size();
    }
    return text_bytes_ + state_bytes_;
  }

  const F& fold() const { return fold_; }
  const Symbols& symbols() const { return *symbols_; }
  // What the learner numbers in the rows mean.
  const Dictionary& learners() const { return learners_; }

 private:
  struct Trail {
    bool started = false;
    TrailOrder last{};
    typename F::State state;
    std::size_t bytes = 0;      // of the state, when it was measured last
    std::uint64_t stepped = 0;  // events since the state was begun or loaded
    std::uint64_t measured_at = 0;
  };
  // Beside its characters: a string, its place in the index, its code.
  static constexpr std::size_t kBytesPerText = 96;

  Live(std::unique_ptr<Symbols> symbols, const Make& make, History history,
       std::size_t memory_limit)
      : symbols_(std::move(symbols)),
        history_(std::move(history)),
        memory_limit_(memory_limit),
        fold_(make(Names(*symbols_))) {}

  std::array<const Dictionary*, 8> dictionaries() const {
    return {&learners_,         &symbols_->kinds,         &symbols_->objects,
            &symbols_->courses, &symbols_->contexts,      &symbols_->outcomes,
            &symbols_->sources, &symbols_->property_texts};
  }

  static TrailOrder order(const EventBatch& batch, std::size_t row) {
    return {batch.time[row], batch.id[row]};
  }

  Trail& trail_of(std::string_view learner) {
    const Code code = learners_.intern(learner);
    while (trails_.size() <= code) fold_.begin(trails_.emplace_back().state);
    return trails_[code];
  }

  void step(Trail& trail, const EventBatch& batch, const std::vector<std::size_t>& rows) {
    Columns columns(batch, rows, fold_.reads(), *symbols_);
    fold_.step(trail.state, columns.slice(0, columns.size()));
    trail.last = order(batch, rows.back());
    trail.started = true;
    trail.stepped += rows.size();
    if (trail.stepped >= 2 * trail.measured_at) measure(trail);
  }

  void measure(Trail& trail) {
    ByteWriter writer;
    fold_.save(trail.state, writer);
    state_bytes_ -= trail.bytes;
    trail.bytes = sizeof(Trail) + writer.bytes().size();
    state_bytes_ += trail.bytes;
    trail.measured_at = trail.stepped;
  }

  void rebuild(Trail& trail, const EventBatch& history) {
    fold_.begin(trail.state);
    trail.stepped = 0;
    trail.measured_at = 0;
    for (const std::vector<std::size_t>& rows : trails_of(history)) step(trail, history, rows);
  }

  void load(ByteReader& reader) {
    load_dictionary(reader, learners_);
    for (std::size_t i = 0; i < learners_.size(); ++i) {
      Trail trail;
      fold_.begin(trail.state);
      trail.started = reader.value<std::uint8_t>() != 0;
      if (trail.started) {
        trail.last.time = reader.value<Micros>();
        trail.last.id = reader.value<EventId>();
        trail.state = fold_.load(reader);
        measure(trail);
      }
      trails_.push_back(std::move(trail));
    }
    reader.expect_done();
  }

  std::unique_ptr<Symbols> symbols_;  // where the fold's codes come from; never moves
  History history_;
  std::size_t memory_limit_;
  F fold_;
  Dictionary learners_;
  std::vector<Trail> trails_;  // by learner number
  std::array<std::size_t, 8> texts_counted_{};
  std::size_t text_bytes_ = 0;
  std::size_t state_bytes_ = 0;
};

}  // namespace waymark::fold
