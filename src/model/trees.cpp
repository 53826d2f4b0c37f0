#include "model/trees.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "model/stored.h"
#include "stats/calibration.h"

namespace waymark::model {
namespace {

std::uint32_t next(const TreeNode& node, const double* row) {
  // Trees are grown on 32-bit inputs, so thresholds only mean the same at that precision.
  const auto value = static_cast<float>(row[node.input]);
  if (std::isnan(value)) return node.missing_left ? node.left : node.right;
  return value < node.threshold ? node.left : node.right;
}

// Algorithm 2 of Lundberg et al. 2018, for one tree and one row. The path holds the inputs split on
// so far, each with the share of training rows (zero) and of this row (one) that would pass if the
// input were unknown and known, and the weight of subsets of each size.
class TreeShap {
 public:
  TreeShap(const Tree& tree, const double* row, double* out) : tree_(tree), row_(row), out_(out) {}

  void run() { visit(0, Path(), 1, 1, kNoInput); }

 private:
  static constexpr std::uint32_t kNoInput = ~0u;
  struct Step {
    std::uint32_t input;
    double zero, one, weight;
  };
  struct Path {
    Path() = default;
    // A path is copied at every node, so only what is used of it.
    Path(const Path& other) : length(other.length) {
      std::copy_n(other.steps.begin(), length, steps.begin());
    }
    Path& operator=(const Path&) = delete;
    std::size_t length = 0;
    std::array<Step, TreePredictor::kDeepest + 2> steps;
  };

  static void extend(Path& path, double zero, double one, std::uint32_t input) {
    auto& steps = path.steps;
    const std::size_t last = path.length++;
    steps[last] = {input, zero, one, last == 0 ? 1.0 : 0.0};
    const auto size = static_cast<double>(last + 1);
    for (std::size_t i = last; i-- > 0;) {
      steps[i + 1].weight += one * steps[i].weight * static_cast<double>(i + 1) / size;
      steps[i].weight = zero * steps[i].weight * static_cast<double>(last - i) / size;
    }
  }

  // Calls visit(position, weight) with the subset weights that remain when step `index` is taken
  // out of the path; from the last position to the first.
  template <typename Visit>
  static void without(const Path& path, std::size_t index, Visit visit) {
    const std::size_t last = path.length - 1;
    const auto size = static_cast<double>(path.length);
    const double one = path.steps[index].one, zero = path.steps[index].zero;
    double carried = path.steps[last].weight;
    for (std::size_t i = last; i-- > 0;) {
      double weight;
      if (one != 0) {
        weight = carried * size / (static_cast<double>(i + 1) * one);
        carried = path.steps[i].weight - weight * zero * static_cast<double>(last - i) / size;
      } else {
        weight = path.steps[i].weight * size / (zero * static_cast<double>(last - i));
      }
      visit(i, weight);
    }
  }

  static void unwind(Path& path, std::size_t index) {
    const Path before = path;
    without(before, index, [&](std::size_t i, double weight) { path.steps[i].weight = weight; });
    for (std::size_t i = index; i + 1 < path.length; ++i) {
      path.steps[i].input = before.steps[i + 1].input;
      path.steps[i].zero = before.steps[i + 1].zero;
      path.steps[i].one = before.steps[i + 1].one;
    }
    --path.length;
  }

  void visit(std::uint32_t at, const Path& before, double zero, double one, std::uint32_t input) {
    Path path = before;
    extend(path, zero, one, input);
    const TreeNode& node = tree_[at];
    if (node.left == 0) {
      for (std::size_t i = 1; i < path.length; ++i) {
        double sum = 0;
        without(path, i, [&](std::size_t, double weight) { sum += weight; });
        const Step& step = path.steps[i];
        out_[step.input] += sum * (step.one - step.zero) * node.value;
      }
      return;
    }
    const std::uint32_t hot = next(node, row_);
    const std::uint32_t cold = hot == node.left ? node.right : node.left;
    double passed_zero = 1, passed_one = 1;
    for (std::size_t i = 1; i < path.length; ++i) {
      if (path.steps[i].input != node.input) continue;
      passed_zero = path.steps[i].zero;
      passed_one = path.steps[i].one;
      unwind(path, i);
      break;
    }
    visit(hot, path, passed_zero * tree_[hot].cover / node.cover, passed_one, node.input);
    visit(cold, path, passed_zero * tree_[cold].cover / node.cover, 0, node.input);
  }

  const Tree& tree_;
  const double* row_;
  double* out_;
};

// The mean leaf, each weighted by the training rows in it.
double mean_value(const Tree& tree) {
  double sum = 0;
  for (const TreeNode& node : tree) {
    if (node.left == 0) sum += node.value * node.cover;
  }
  return sum / tree[0].cover;
}

template <typename T, typename Member>
void write_member(JsonWriter& out, std::string_view name, const Tree& tree, Member member) {
  out.key(name).begin_array();
  for (const TreeNode& node : tree) {
    if constexpr (std::is_integral_v<T>) {
      out.integer(static_cast<std::int64_t>(node.*member));
    } else {
      out.number(static_cast<double>(node.*member));
    }
  }
  out.end_array();
}

// Children after their parent and each the child of one: so there are no cycles, and depth is known
// in one pass.
void check_shape(const Tree& tree) {
  std::vector<std::size_t> depth(tree.size());
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (i > 0 && depth[i] == 0) malformed("a tree has a node without a parent");
    if (depth[i] > TreePredictor::kDeepest) malformed("a tree is too deep");
    if (tree[i].left == 0) continue;
    for (const std::uint32_t child : {tree[i].left, tree[i].right}) {
      if (child <= i || child >= tree.size() || depth[child] != 0) malformed("a tree is no tree");
      depth[child] = depth[i] + 1;
    }
  }
}

Tree read_tree(const Json& json, std::size_t width) {
  const auto& left = json.at("left").array();
  const auto member = [&](std::string_view name) -> const Json::Array& {
    const auto& values = json.at(name).array();
    if (values.size() != left.size()) malformed("a tree's lists differ in length");
    return values;
  };
  const auto &right = member("right"), &input = member("input"), &side = member("missing_left"),
             &threshold = member("threshold"), &value = member("value"), &cover = member("cover"),
             &gain = member("gain");
  if (left.empty()) malformed("a tree has no nodes");
  Tree tree;
  for (std::size_t i = 0; i < left.size(); ++i) {
    TreeNode node{.left = static_cast<std::uint32_t>(stored_index(left[i], left.size())),
                  .right = static_cast<std::uint32_t>(stored_index(right[i], left.size())),
                  .input = static_cast<std::uint32_t>(
                      stored_index(input[i], std::max<std::size_t>(width, 1))),
                  .missing_left = stored_index(side[i], 2) == 1,
                  .threshold = static_cast<float>(stored_number(threshold[i])),
                  .value = stored_number(value[i]),
                  .cover = stored_number(cover[i]),
                  .gain = stored_number(gain[i])};
    if (node.left != 0 && width == 0) malformed("a tree splits on an input that is not there");
    if (!std::isfinite(node.threshold)) malformed("a threshold is out of range");
    if (!(node.cover > 0)) malformed("no training row reached a node");
    tree.push_back(node);
  }
  check_shape(tree);
  return tree;
}

}  // namespace

void write(JsonWriter& out, const Tree& tree) {
  out.begin_object();
  write_member<int>(out, "left", tree, &TreeNode::left);
  write_member<int>(out, "right", tree, &TreeNode::right);
  write_member<int>(out, "input", tree, &TreeNode::input);
  write_member<int>(out, "missing_left", tree, &TreeNode::missing_left);
  write_member<float>(out, "threshold", tree, &TreeNode::threshold);
  write_member<double>(out, "value", tree, &TreeNode::value);
  write_member<double>(out, "cover", tree, &TreeNode::cover);
  write_member<double>(out, "gain", tree, &TreeNode::gain);
  out.end_object();
}

double leaf_of(const Tree& tree, const double* row) {
  std::uint32_t at = 0;
  while (tree[at].left != 0) at = next(tree[at], row);
  return tree[at].value;
}

TreePredictor::TreePredictor(Preparation preparation, Sums sums, std::vector<double> base,
                             std::vector<Tree> trees, std::string remark)
    : preparation_(std::move(preparation)),
      sums_(sums),
      base_(std::move(base)),
      trees_(std::move(trees)),
      scorer_(trees_, base_),
      remark_(std::move(remark)) {}

double TreePredictor::margin_of(double sum) const {
  if (sums_ == Sums::kMargins) return sum;
  const double share = std::clamp(sum, kLeastShare, 1 - kLeastShare);
  return outputs() == 1 ? stats::logit(share) : std::log(share);
}

std::vector<double> TreePredictor::margins(const DataSet& data) const {
  std::vector<double> out = scorer_.sums(preparation_.apply(data));
  for (double& sum : out) sum = margin_of(sum);
  return out;
}

Contributions TreePredictor::contributions(const DataSet& data) const {
  const Matrix inputs = preparation_.apply(data);
  const std::size_t width = inputs.columns;
  std::vector<double> values(inputs.values.size() * outputs());
  std::vector<double> base = base_;
  for (std::size_t t = 0; t < trees_.size(); ++t) {
    const Tree& tree = trees_[t];
    const std::size_t output = t % outputs();
    base[output] += mean_value(tree);
    if (tree.size() == 1) continue;
    for (std::size_t i = 0; i < inputs.rows; ++i) {
      TreeShap(tree, inputs.row(i), values.data() + (i * outputs() + output) * width).run();
    }
  }
  if (sums_ == Sums::kShares) {
    const std::vector<double> sums = scorer_.sums(inputs);
    for (std::size_t line = 0; line < sums.size(); ++line) {
      const double usual = base[line % outputs()], moved = sums[line] - usual;
      const double factor =
          std::abs(moved) < 1e-12 ? 0 : (margin_of(sums[line]) - margin_of(usual)) / moved;
      for (std::size_t j = 0; j < width; ++j) values[line * width + j] *= factor;
    }
    for (double& sum : base) sum = margin_of(sum);
  }
  return by_column(data, preparation_.origins(), std::move(base), values);
}

std::map<std::string, double> TreePredictor::importance() const {
  std::vector<double> gains(preparation_.width());
  for (const Tree& tree : trees_) {
    for (const TreeNode& node : tree) {
      if (node.left != 0) gains[node.input] += node.gain;
    }
  }
  return by_column(preparation_.origins(), gains);
}

void TreePredictor::write(JsonWriter& out) const {
  out.begin_object().key("kind").string("trees");
  preparation_.write(out.key("preparation"));
  out.key("sums").string(sums_ == Sums::kShares ? "shares" : "margins");
  write_numbers(out.key("base"), base_);
  out.key("trees").begin_array();
  for (const Tree& tree : trees_) model::write(out, tree);
  out.end_array().end_object();
}

std::shared_ptr<const Predictor> TreePredictor::read(const Json& json) {
  Preparation preparation = Preparation::read(json.at("preparation"));
  std::vector<Tree> trees;
  for (const Json& tree : json.at("trees").array()) {
    trees.push_back(read_tree(tree, preparation.width()));
  }
  const std::string& sums = json.at("sums").string();
  if (sums != "shares" && sums != "margins") malformed("trees add up to something unknown");
  std::vector<double> base = stored_numbers(json.at("base"));
  check_outputs(base.size());
  return std::make_shared<TreePredictor>(std::move(preparation),
                                         sums == "shares" ? Sums::kShares : Sums::kMargins,
                                         std::move(base), std::move(trees));
}

}  // namespace waymark::model
