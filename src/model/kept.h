#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/data_set.h"

namespace waymark::model {

// What was fitted and asked about held-out rows, kept in a folder, so that work that was
// interrupted is taken up where it was, and what stays as it was need not be done again. What is
// not whole counts as not there. Safe to use from many threads.
class KeptFits {
 public:
  KeptFits() = default;  // keeps nothing
  explicit KeptFits(std::filesystem::path folder);

  // A name for what a trainer in those words, fitted to rows with that content_hash(), says of
  // other such rows.
  static std::string key(const std::string& words, const std::string& fit,
                         const std::string& check);

  std::optional<std::vector<double>> find(const std::string& key) const;
  void keep(const std::string& key, std::span<const double> said) const;
  // Once the work is done: all, or what was neither found nor kept.
  void clear() const;
  void clear_unused() const;

  bool keeps() const { return !folder_.empty(); }
  std::size_t found() const { return found_; }  // how often find() did

 private:
  void use(const std::string& key) const;

  std::filesystem::path folder_;
  mutable std::mutex guard_;
  mutable std::set<std::string> used_;
  mutable std::atomic<std::size_t> found_ = 0;
};

}  // namespace waymark::model
