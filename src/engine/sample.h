#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "query/warehouse.h"
#include "trail/reader.h"

namespace waymark::engine {

// Which events an answer is made of: those from some sources, as if there were no others, of
// members of cohorts, and of those a share, drawn by a hash of the learner's key. So a share is the
// same learners every time, and a larger one has them all.
struct Choice {
  std::vector<std::string> include;          // cohorts: members of all of them
  std::vector<std::string> exclude;          // and of none of these
  std::vector<std::string> sources;          // only events from these; none: from all
  std::vector<std::string> without_sources;  // and from none of these
  std::optional<double> share;               // above 0, below 1
  std::uint64_t seed = 1;

  bool is_of_all_sources() const { return sources.empty() && without_sources.empty(); }
  bool is_everything() const {
    return include.empty() && exclude.empty() && is_of_all_sources() && !share;
  }
};

// Who was chosen, and who was left out.
struct Chosen {
  trail::Selection events;
  std::uint64_t known = 0;     // learners there are
  std::uint64_t included = 0;  // whom cohorts and sources leave
  std::uint64_t drawn = 0;     // of those
  std::uint64_t events_known = 0, events_drawn = 0;

  // For how many of the included one who was drawn stands.
  double weight() const {
    return drawn == 0 ? 1 : static_cast<double>(included) / static_cast<double>(drawn);
  }
};

// The cohorts' tables are in `warehouse`, as of the question's moment.
Chosen choose(const Choice& choice, const trail::TrailReader& trails, query::Warehouse& warehouse);

// One line: who was chosen and what was left out.
std::string in_words(const Choice& choice, const Chosen& chosen);

// What columns of an answer are, as far as an interval depends on it; by name.
struct Estimated {
  std::vector<std::string> totals = {};       // add up over rows of learners
  std::vector<std::string> shares = {};       // lie between 0 and 1
  std::vector<std::string> differences = {};  // may be below 0 where no number of the answer is
  std::vector<std::string> bounds = {};  // extremes and intervals, which have none of their own
};

// Estimates from a sample and their intervals by the delete-a-group jackknife (Kott 2001, "The
// delete-a-group jackknife", Journal of Official Statistics 17): everything is worked out for all
// who were drawn, and again without each of kGroups random groups of them. How far those answers
// lie apart tells how far another sample's would: variance = (G - 1) / G * sum of squared
// differences, times 1 - share drawn; 95 % by Student's t with G - 1 degrees of freedom.
class Replicates {
 public:
  static constexpr std::size_t kGroups = 10;
  // Of learners: the replicates that they are in, 0 for all; a table of the warehouse.
  static constexpr const char* kTable = "sample_replicates";

  Replicates(const Choice& choice, const Chosen& chosen, const trail::TrailReader& trails,
             query::Warehouse& warehouse);

  // Who is in a replicate.
  trail::Selection events(std::size_t replicate) const;
  // SQL for what a learner of a row's `replicate` stands for.
  std::string weight() const;
  // Of a SELECT whose rows have a `replicate`: those of 0, beside each total and each number with
  // decimals NAME_low and NAME_high. Totals are weighted here, all else is where it is worked out.
  std::string estimates(const std::string& select, std::span<const sql::Column> columns,
                        std::span<const std::string> labels, const Estimated& estimated) const;

 private:
  std::shared_ptr<const std::vector<bool>> sources_;
  std::vector<std::size_t> groups_;  // of learners, from 1; 0: was not drawn
  std::vector<double> weights_;      // by replicate: for how many of the included one in it stands
  double left_out_;                  // the share that was not drawn
};

}  // namespace waymark::engine
