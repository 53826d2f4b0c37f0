#include "model/neural.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "model/stored.h"
#include "stats/calibration.h"
#include "stats/random.h"

namespace waymark::model {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Inputs = Eigen::Map<const Rows>;

constexpr std::size_t kWidest = 4096;  // units

Inputs view(const Matrix& matrix) {
  return {matrix.values.data(), static_cast<Eigen::Index>(matrix.rows),
          static_cast<Eigen::Index>(matrix.columns)};
}

// Rows x units.
Eigen::MatrixXd hidden(const Network& network, const Eigen::MatrixXd& inputs) {
  return ((inputs * network.in.transpose()).rowwise() + network.in_bias.transpose()).cwiseMax(0);
}

Rows margins_of(const Network& network, const Eigen::MatrixXd& units) {
  return (units * network.out.transpose()).rowwise() + network.out_bias.transpose();
}

// Mean loss of rows; their margins become what it rises by with each.
double loss_of(Rows& margins, const DataSet& data, std::span<const std::uint32_t> rows) {
  double loss = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto line = margins.row(static_cast<Eigen::Index>(i));
    const double weight = data.weight.empty() ? 1 : data.weight[rows[i]];
    loss += weight *
            class_loss({line.data(), static_cast<std::size_t>(line.size())}, data.target[rows[i]]);
    line *= weight;
  }
  const double count = static_cast<double>(std::max<std::size_t>(rows.size(), 1));
  margins /= count;
  return loss / count;
}

Eigen::MatrixXd rows_of(const Inputs& inputs, std::span<const std::uint32_t> rows) {
  Eigen::MatrixXd out(static_cast<Eigen::Index>(rows.size()), inputs.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.row(static_cast<Eigen::Index>(i)) = inputs.row(rows[i]);
  }
  return out;
}

// One array of weights on its way down (Kingma and Ba 2015, algorithm 1).
class Adam {
 public:
  explicit Adam(Eigen::Index size)
      : mean_(Eigen::ArrayXd::Zero(size)), square_(Eigen::ArrayXd::Zero(size)) {}

  void step(Eigen::Map<Eigen::ArrayXd> values, const Eigen::ArrayXd& gradient, double rate,
            double count) {
    constexpr double kMean = 0.9, kSquare = 0.999;
    mean_ = kMean * mean_ + (1 - kMean) * gradient;
    square_ = kSquare * square_ + (1 - kSquare) * gradient.square();
    values -= rate * (mean_ / (1 - std::pow(kMean, count))) /
              ((square_ / (1 - std::pow(kSquare, count))).sqrt() + 1e-8);
  }

 private:
  Eigen::ArrayXd mean_, square_;
};

template <typename M>
Eigen::Map<Eigen::ArrayXd> flat(M& matrix) {
  return {matrix.data(), matrix.size()};
}

class Descent {
 public:
  Descent(const NeuralParameters& parameters, const Inputs& inputs, const DataSet& data,
          std::uint64_t seed)
      : parameters_(parameters), inputs_(inputs), data_(data), random_(seed), network_(first()) {}

  Network run() {
    auto [fit, check] = tenth_aside(data_);
    const Eigen::MatrixXd checked = rows_of(inputs_, check);
    Network best = network_;
    double least = INFINITY;
    std::size_t since = 0;
    for (std::size_t epoch = 0; epoch < parameters_.epochs && since < kPatience; ++epoch) {
      run_epoch(fit);
      Rows margins = margins_of(network_, hidden(network_, checked));
      const double loss =
          check.empty() ? -static_cast<double>(epoch) : loss_of(margins, data_, check);
      ++since;
      if (loss >= least) continue;
      least = loss;
      best = network_;
      since = 0;
    }
    return best;
  }

 private:
  static constexpr std::size_t kBatch = NeuralTrainer::kBatch, kPatience = NeuralTrainer::kPatience;

  Network first() {
    const auto units = static_cast<Eigen::Index>(parameters_.units);
    const std::vector<double> prior = prior_margins(data_);
    const auto outputs = static_cast<Eigen::Index>(prior.size());
    Eigen::MatrixXd in = drawn(units, inputs_.cols()), out = drawn(outputs, units);
    return {.in = std::move(in),
            .in_bias = Eigen::VectorXd::Zero(units),
            .out = std::move(out),
            .out_bias = Eigen::Map<const Eigen::VectorXd>(prior.data(), outputs)};
  }

  // He et al. 2015, uniform.
  Eigen::MatrixXd drawn(Eigen::Index rows, Eigen::Index columns) {
    const double reach = std::sqrt(6.0 / static_cast<double>(std::max<Eigen::Index>(columns, 1)));
    Eigen::MatrixXd out(rows, columns);
    for (double& value : out.reshaped()) {
      value = reach * (2 * static_cast<double>(random_.next() >> 11) * 0x1p-53 - 1);
    }
    return out;
  }

  void run_epoch(std::vector<std::uint32_t>& rows) {
    random_.shuffle(std::span(rows));
    for (std::size_t begin = 0; begin < rows.size(); begin += kBatch) {
      step(std::span(rows).subspan(begin, std::min(kBatch, rows.size() - begin)));
    }
  }

  void step(std::span<const std::uint32_t> rows) {
    const Eigen::MatrixXd inputs = rows_of(inputs_, rows), units = hidden(network_, inputs);
    Rows slope = margins_of(network_, units);
    loss_of(slope, data_, rows);
    const Eigen::MatrixXd back =
        (slope * network_.out).cwiseProduct((units.array() > 0).cast<double>().matrix());
    Eigen::MatrixXd out = slope.transpose() * units + parameters_.l2 * network_.out;
    Eigen::MatrixXd in = back.transpose() * inputs + parameters_.l2 * network_.in;
    Eigen::VectorXd out_bias = slope.colwise().sum(), in_bias = back.colwise().sum();
    ++count_;
    out_.step(flat(network_.out), flat(out), parameters_.learning_rate, count_);
    in_.step(flat(network_.in), flat(in), parameters_.learning_rate, count_);
    out_bias_.step(flat(network_.out_bias), flat(out_bias), parameters_.learning_rate, count_);
    in_bias_.step(flat(network_.in_bias), flat(in_bias), parameters_.learning_rate, count_);
  }

  const NeuralParameters& parameters_;
  const Inputs& inputs_;
  const DataSet& data_;
  stats::Random random_;
  Network network_;
  double count_ = 0;
  Adam out_{network_.out.size()}, in_{network_.in.size()}, out_bias_{network_.out_bias.size()},
      in_bias_{network_.in_bias.size()};
};

template <typename M>
void write_array(JsonWriter& out, std::string_view name, const M& matrix) {
  write_numbers(out.key(name), std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
}

Eigen::MatrixXd read_array(const Json& json, std::size_t rows, std::size_t columns) {
  const std::vector<double> values = stored_numbers(json);
  if (values.size() != rows * columns) malformed("a network's weights differ in number");
  return Eigen::Map<const Eigen::MatrixXd>(values.data(), static_cast<Eigen::Index>(rows),
                                           static_cast<Eigen::Index>(columns));
}

}  // namespace

NeuralPredictor::NeuralPredictor(Preparation preparation, std::vector<Network> networks)
    : preparation_(std::move(preparation)), networks_(std::move(networks)) {
  WAYMARK_CHECK(!networks_.empty());
}

std::vector<double> NeuralPredictor::margins(const DataSet& data) const {
  const Matrix matrix = preparation_.apply(data);
  Rows sum = Rows::Zero(static_cast<Eigen::Index>(matrix.rows), networks_.front().out.rows());
  for (const Network& network : networks_) {
    sum += margins_of(network, hidden(network, view(matrix)));
  }
  sum /= static_cast<double>(networks_.size());
  return {sum.data(), sum.data() + sum.size()};
}

Contributions NeuralPredictor::contributions(const DataSet& data) const {
  const Matrix matrix = preparation_.apply(data);
  const Inputs inputs = view(matrix);
  const auto outputs_count = static_cast<Eigen::Index>(outputs());
  const double share = 1 / static_cast<double>(networks_.size());
  Eigen::VectorXd base = Eigen::VectorXd::Zero(outputs_count);
  std::vector<double> values(matrix.values.size() * outputs());
  for (const Network& network : networks_) {
    const Eigen::MatrixXd average = Eigen::MatrixXd::Zero(1, inputs.cols());
    base += share * margins_of(network, hidden(network, average)).transpose();
    for (int step = 0; step < kSteps; ++step) {
      const Eigen::MatrixXd units = hidden(network, inputs * ((step + 0.5) / kSteps));
      for (Eigen::Index i = 0; i < inputs.rows(); ++i) {
        const Eigen::VectorXd lit = (units.row(i).array() > 0).cast<double>();
        const Eigen::MatrixXd slope = network.out * lit.asDiagonal() * network.in;
        Eigen::Map<Rows>(values.data() + i * outputs_count * inputs.cols(), outputs_count,
                         inputs.cols()) += share / kSteps * (slope * inputs.row(i).asDiagonal());
      }
    }
  }
  const std::vector<double> margin = margins(data);
  for (std::size_t line = 0; line < margin.size(); ++line) {
    const auto parts = std::span(values).subspan(line * matrix.columns, matrix.columns);
    const double moved = margin[line] - base[static_cast<Eigen::Index>(line % outputs())];
    const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
    double size = 0;
    for (const double part : parts) size += std::abs(part);
    for (double& part : parts) part += size > 0 ? (moved - sum) * std::abs(part) / size : 0;
  }
  return by_column(data, preparation_.origins(), {base.data(), base.data() + base.size()}, values);
}

std::map<std::string, double> NeuralPredictor::importance() const {
  Eigen::VectorXd sizes = Eigen::VectorXd::Zero(networks_.front().in.cols());
  for (const Network& network : networks_) {
    sizes += (network.out.cwiseAbs() * network.in.cwiseAbs()).colwise().sum().transpose();
  }
  return by_column(preparation_.origins(), {sizes.data(), sizes.data() + sizes.size()});
}

void NeuralPredictor::write(JsonWriter& out) const {
  out.begin_object().key("kind").string("neural");
  preparation_.write(out.key("preparation"));
  out.key("outputs").integer(static_cast<std::int64_t>(outputs()));
  out.key("units").integer(networks_.front().in.rows());
  out.key("networks").begin_array();
  for (const Network& network : networks_) {
    out.begin_object();
    write_array(out, "in", network.in);
    write_array(out, "in_bias", network.in_bias);
    write_array(out, "out", network.out);
    write_array(out, "out_bias", network.out_bias);
    out.end_object();
  }
  out.end_array().end_object();
}

std::shared_ptr<const Predictor> NeuralPredictor::read(const Json& json) {
  Preparation preparation = Preparation::read(json.at("preparation"));
  const std::size_t outputs = stored_index(json.at("outputs"), kMostClasses + 1);
  const std::size_t units = stored_index(json.at("units"), kWidest + 1);
  check_outputs(outputs);
  std::vector<Network> networks;
  for (const Json& network : json.at("networks").array()) {
    networks.push_back({.in = read_array(network.at("in"), units, preparation.width()),
                        .in_bias = read_array(network.at("in_bias"), units, 1),
                        .out = read_array(network.at("out"), outputs, units),
                        .out_bias = read_array(network.at("out_bias"), outputs, 1)});
  }
  if (networks.empty()) malformed("no network is there");
  return std::make_shared<NeuralPredictor>(std::move(preparation), std::move(networks));
}

std::shared_ptr<const Predictor> NeuralTrainer::fit(const DataSet& data) const {
  Preparation preparation = Preparation::fit(data, Preparation::Style::kScaled);
  const Matrix matrix = preparation.apply_to_training(data);
  const Inputs inputs = view(matrix);
  std::vector<Network> networks;
  for (std::size_t i = 0; i < parameters_.networks; ++i) {
    networks.push_back(Descent(parameters_, inputs, data, parameters_.seed + i).run());
  }
  return std::make_shared<NeuralPredictor>(std::move(preparation), std::move(networks));
}

}  // namespace waymark::model
