#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/preparation.h"
#include "model/trees.h"

namespace waymark::model {

// XGBoost's C interface, as far as trees are grown with it: on one thread, so that equal rows and
// seed give equal trees. Not for use outside this room. Both throw Error{kInternal,
// "model.xgboost"}.
class TrainingMatrix {
 public:
  explicit TrainingMatrix(const Matrix& inputs);
  ~TrainingMatrix();
  TrainingMatrix(const TrainingMatrix&) = delete;
  TrainingMatrix& operator=(const TrainingMatrix&) = delete;
  TrainingMatrix(TrainingMatrix&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}

  // `name`: "label" or "weight"; a value for each row.
  void set(const char* name, const std::vector<float>& values);
  void* handle() const { return handle_; }

 private:
  void* handle_ = nullptr;
};

class Booster {
 public:
  explicit Booster(const TrainingMatrix& data);
  ~Booster();
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  void set(const char* name, const std::string& value);
  // By the objective that is set.
  void grow(std::size_t rounds, const TrainingMatrix& data);
  // The same until `after` more rounds bring no lower loss on rows kept aside, of which the label
  // is set; gives the round of the lowest.
  std::size_t grow_until(std::size_t rounds, std::size_t after, const TrainingMatrix& data,
                         const TrainingMatrix& aside);
  // In the order in which they were grown.
  std::vector<Tree> trees() const;
  void* handle() const { return handle_; }

 private:
  void* handle_ = nullptr;
};

// The library whose version the trees depend on: "XGBoost 1.7.4".
std::string xgboost_version();

}  // namespace waymark::model
