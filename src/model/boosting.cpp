#include "model/boosting.h"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "model/trees.h"

namespace waymark::model {
namespace {

void check(int status) {
  if (status == 0) return;
  throw Error(ErrorCode::kInternal, "model.xgboost",
              fmt::format("XGBoost failed: {}", XGBGetLastError()));
}

class TrainingMatrix {
 public:
  TrainingMatrix(const Matrix& inputs, const std::vector<std::uint8_t>& target) {
    const std::vector<float> values(inputs.values.begin(), inputs.values.end());
    const std::vector<float> labels(target.begin(), target.end());
    check(XGDMatrixCreateFromMat_omp(values.data(), inputs.rows, inputs.columns, std::nanf(""),
                                     &handle_, 1));
    check(XGDMatrixSetFloatInfo(handle_, "label", labels.data(), labels.size()));
  }
  ~TrainingMatrix() { XGDMatrixFree(handle_); }
  TrainingMatrix(const TrainingMatrix&) = delete;
  TrainingMatrix& operator=(const TrainingMatrix&) = delete;
  DMatrixHandle handle() const { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

class Booster {
 public:
  explicit Booster(const TrainingMatrix& data) {
    const DMatrixHandle handle = data.handle();
    check(XGBoosterCreate(&handle, 1, &handle_));
  }
  ~Booster() { XGBoosterFree(handle_); }
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;

  void set(const char* name, const std::string& value) {
    check(XGBoosterSetParam(handle_, name, value.c_str()));
  }
  void grow(std::size_t rounds, const TrainingMatrix& data) {
    for (std::size_t round = 0; round < rounds; ++round) {
      check(XGBoosterUpdateOneIter(handle_, static_cast<int>(round), data.handle()));
    }
  }
  Json model() const {
    bst_ulong size = 0;
    const char* bytes = nullptr;
    check(XGBoosterSaveModelToBuffer(handle_, R"({"format": "json"})", &size, &bytes));
    return Json::parse({bytes, static_cast<std::size_t>(size)});
  }

 private:
  BoosterHandle handle_ = nullptr;
};

Tree tree_of(const Json& json) {
  const auto &left = json.at("left_children").array(), &right = json.at("right_children").array(),
             &input = json.at("split_indices").array(), &side = json.at("default_left").array(),
             &condition = json.at("split_conditions").array(),
             &cover = json.at("sum_hessian").array(), &gain = json.at("loss_changes").array();
  Tree tree;
  for (std::size_t i = 0; i < left.size(); ++i) {
    TreeNode node{.cover = cover[i].number()};
    if (left[i].integer() < 0) {
      node.value = condition[i].number();
    } else {
      node.left = static_cast<std::uint32_t>(left[i].integer());
      node.right = static_cast<std::uint32_t>(right[i].integer());
      node.input = static_cast<std::uint32_t>(input[i].integer());
      node.missing_left = side[i].is_bool() ? side[i].boolean() : side[i].integer() != 0;
      node.threshold = static_cast<float>(condition[i].number());
      node.gain = gain[i].number();
    }
    tree.push_back(node);
  }
  return tree;
}

}  // namespace

std::string BoostingTrainer::library() {
  int major = 0, minor = 0, patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return fmt::format("XGBoost {}.{}.{}", major, minor, patch);
}

std::shared_ptr<const Predictor> BoostingTrainer::fit(const DataSet& data) const {
  Preparation preparation = Preparation::fit(data, Preparation::Style::kRaw);
  if (preparation.width() == 0) {
    throw Error(ErrorCode::kInvalid, "model.nothing_varies",
                "no feature differs between the training rows, so there is nothing to learn from");
  }
  const TrainingMatrix matrix(preparation.apply(data), data.target);
  Booster booster(matrix);
  const std::pair<const char*, std::string> settings[] = {
      {"booster", "gbtree"},
      {"objective", "binary:logistic"},
      {"tree_method", "hist"},
      {"nthread", "1"},
      {"verbosity", "0"},
      {"base_score", "0.5"},
      {"max_depth", fmt::format("{}", parameters_.depth)},
      {"eta", fmt::format("{}", parameters_.learning_rate)},
      {"subsample", fmt::format("{}", parameters_.row_share)},
      {"colsample_bytree", fmt::format("{}", parameters_.column_share)},
      {"min_child_weight", fmt::format("{}", parameters_.leaf_weight)},
      {"lambda", fmt::format("{}", parameters_.l2)},
      {"seed", fmt::format("{}", parameters_.seed)},
  };
  for (const auto& [name, value] : settings) booster.set(name, value);
  booster.grow(parameters_.rounds, matrix);
  const Json model = booster.model();
  std::vector<Tree> trees;
  for (const Json& tree :
       model.at("learner").at("gradient_booster").at("model").at("trees").array()) {
    trees.push_back(tree_of(tree));
  }
  return std::make_shared<TreePredictor>(std::move(preparation), 0.0, std::move(trees));
}

}  // namespace waymark::model
