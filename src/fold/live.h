#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fold/columns.h"
#include "fold/fold.h"

namespace waymark::fold {

// A measure kept up to date as events arrive, with the same rows as a batch over the same events.
//
// An event that is not later than what the learner's state has seen (late, or taken again) cannot
// be stepped; the driver then rebuilds that learner's state from their history. So each batch must
// be stored before it is taken, and a learner's history must hold it.
//
// Holds one state per learner in memory. Not thread-safe.
template <Fold F>
class Live {
 public:
  // Makes the fold over the driver's symbols; must give the same fold whenever it is called.
  using Make = std::function<F(const Names&)>;
  // All stored events of a learner, in any order.
  using History = std::function<EventBatch(std::string_view learner)>;

  Live(const Make& make, History history)
      : Live(std::make_unique<Symbols>(), make, std::move(history)) {}

  // Carries on from what save() gave; throws Error{kCorrupt}.
  static Live restore(const Make& make, History history, std::string_view saved) {
    ByteReader reader(saved);
    auto symbols = std::make_unique<Symbols>();
    load_symbols(reader, *symbols);
    Live live(std::move(symbols), make, std::move(history));
    live.load(reader);
    return live;
  }

  void take(const EventBatch& batch) {
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

  const F& fold() const { return fold_; }
  const Symbols& symbols() const { return *symbols_; }
  // What the learner numbers in the rows mean.
  const Dictionary& learners() const { return learners_; }

 private:
  struct Trail {
    bool started = false;
    TrailOrder last{};
    typename F::State state;
  };

  Live(std::unique_ptr<Symbols> symbols, const Make& make, History history)
      : symbols_(std::move(symbols)), history_(std::move(history)), fold_(make(Names(*symbols_))) {}

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
  }

  void rebuild(Trail& trail, const EventBatch& history) {
    fold_.begin(trail.state);
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
      }
      trails_.push_back(std::move(trail));
    }
    reader.expect_done();
  }

  std::unique_ptr<Symbols> symbols_;  // where the fold's codes come from; never moves
  History history_;
  F fold_;
  Dictionary learners_;
  std::vector<Trail> trails_;  // by learner number
};

}  // namespace waymark::fold
