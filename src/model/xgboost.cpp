#include "model/xgboost.h"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/json.h"

namespace waymark::model {
namespace {

void check(int status) {
  if (status == 0) return;
  throw Error(ErrorCode::kInternal, "model.xgboost",
              fmt::format("XGBoost failed: {}", XGBGetLastError()));
}

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

TrainingMatrix::TrainingMatrix(const Matrix& inputs) {
  const std::vector<float> values(inputs.values.begin(), inputs.values.end());
  check(XGDMatrixCreateFromMat_omp(values.data(), inputs.rows, inputs.columns, std::nanf(""),
                                   &handle_, 1));
}

TrainingMatrix::~TrainingMatrix() {
  if (handle_ != nullptr) XGDMatrixFree(handle_);
}

void TrainingMatrix::set(const char* name, const std::vector<float>& values) {
  check(XGDMatrixSetFloatInfo(handle_, name, values.data(), values.size()));
}

Booster::Booster(const TrainingMatrix& data) {
  const DMatrixHandle handle = data.handle();
  check(XGBoosterCreate(&handle, 1, &handle_));
  for (const auto& [name, value] : {std::pair{"booster", "gbtree"},
                                    {"tree_method", "hist"},
                                    {"nthread", "1"},
                                    {"verbosity", "0"},
                                    {"base_score", "0.5"}}) {
    set(name, value);
  }
}

Booster::~Booster() { XGBoosterFree(handle_); }

void Booster::set(const char* name, const std::string& value) {
  check(XGBoosterSetParam(handle_, name, value.c_str()));
}

void Booster::grow(std::size_t rounds, const TrainingMatrix& data) {
  for (std::size_t round = 0; round < rounds; ++round) {
    check(XGBoosterUpdateOneIter(handle_, static_cast<int>(round), data.handle()));
  }
}

std::size_t Booster::grow_until(std::size_t rounds, std::size_t after, const TrainingMatrix& data,
                                const TrainingMatrix& aside) {
  std::size_t best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t round = 0; round < rounds && round < best + after; ++round) {
    check(XGBoosterUpdateOneIter(handle_, static_cast<int>(round), data.handle()));
    DMatrixHandle judged = aside.handle();
    const char* name = "aside";
    const char* words = nullptr;  // "[12]	aside-logloss:0.43"
    check(XGBoosterEvalOneIter(handle_, static_cast<int>(round), &judged, &name, 1, &words));
    const double loss = std::strtod(std::strrchr(words, ':') + 1, nullptr);
    if (loss >= least) continue;
    least = loss;
    best = round + 1;
  }
  return best;
}

std::vector<Tree> Booster::trees() const {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  check(XGBoosterSaveModelToBuffer(handle_, R"({"format": "json"})", &size, &bytes));
  const Json model = Json::parse({bytes, static_cast<std::size_t>(size)});
  std::vector<Tree> trees;
  for (const Json& tree :
       model.at("learner").at("gradient_booster").at("model").at("trees").array()) {
    trees.push_back(tree_of(tree));
  }
  return trees;
}

std::string xgboost_version() {
  int major = 0, minor = 0, patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return fmt::format("XGBoost {}.{}.{}", major, minor, patch);
}

}  // namespace waymark::model
