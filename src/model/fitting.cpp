#include "model/fitting.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/parallel.h"

namespace waymark::model {
namespace {

// Runs of numbers of the same length, added up and divided.
std::vector<double> mean_of(const std::vector<const std::vector<double>*>& members) {
  std::vector<double> mean(members.front()->size());
  for (const auto* member : members) {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += (*member)[i] / static_cast<double>(members.size());
    }
  }
  return mean;
}

class Fitting {
 public:
  Fitting(const DataSet& training, const std::vector<Entry>& entries,
          const ModelDefinition& definition, std::size_t threads)
      : training_(training),
        entries_(entries),
        definition_(definition),
        threads_(threads),
        held_out_(training) {}

  Fitted run() {
    choose_variants();
    fit_all();
    Fitted out{.candidates = {}, .held_out_words = held_out_.words()};
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      for (const CalibrationWords& calibration : kCalibrations) {
        const bool plain = calibration.how == Calibration::kNone;
        const bool wanted = std::ranges::find(definition_.calibrate, calibration.how) !=
                            definition_.calibrate.end();
        if (plain || (wanted && !entries_[e].baseline)) {
          out.candidates.push_back(candidate(e, calibration));
        }
      }
    }
    return out;
  }

 private:
  // Of one entry, the variant that is best so far.
  struct Best {
    std::size_t variant = 0;
    double roc_auc = -1;
    std::vector<double> margins;  // of the held-out rows
  };

  struct Job {
    std::size_t entry, variant, part;
  };

  void choose_variants() {
    best_.resize(entries_.size());
    std::size_t most = 0;
    for (const Entry& entry : entries_) most = std::max(most, entry.variants.size());
    for (std::size_t v = 0; v < most; ++v) {
      std::vector<Job> jobs;
      for (std::size_t e = 0; e < entries_.size(); ++e) {
        if (v >= entries_[e].variants.size()) continue;
        for (std::size_t part = 0; part < held_out_.parts(); ++part) jobs.push_back({e, v, part});
      }
      std::vector<std::vector<double>> said(jobs.size());
      parallel_for(jobs.size(), threads_, [&](std::size_t i) {
        const auto& [entry, variant, part] = jobs[i];
        said[i] = entries_[entry]
                      .variants[variant]
                      .trainer->fit(held_out_.fit(part))
                      ->margins(held_out_.check(part));
      });
      for (std::size_t i = 0; i < jobs.size(); i += held_out_.parts()) {
        std::vector<double> margins;
        for (std::size_t part = 0; part < held_out_.parts(); ++part) {
          margins.insert(margins.end(), said[i + part].begin(), said[i + part].end());
        }
        Best& best = best_[jobs[i].entry];
        const double area = held_out_.roc_auc(probabilities(margins));
        if (v > 0 && !(area > best.roc_auc)) continue;
        best = {v, area, std::move(margins)};
      }
    }
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (!entries_[e].variants.empty()) continue;
      std::vector<const std::vector<double>*> members;
      for (const std::size_t member : blended()) members.push_back(&best_[member].margins);
      best_[e].margins = mean_of(members);
      best_[e].roc_auc = held_out_.roc_auc(probabilities(best_[e].margins));
    }
  }

  void fit_all() {
    predictors_.resize(entries_.size());
    seconds_.resize(entries_.size());
    parallel_for(entries_.size(), threads_, [&](std::size_t e) {
      if (entries_[e].variants.empty()) return;
      const auto begin = std::chrono::steady_clock::now();
      predictors_[e] = entries_[e].variants[best_[e].variant].trainer->fit(training_);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      seconds_[e] = took.count();
    });
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (!entries_[e].variants.empty()) continue;
      std::vector<std::shared_ptr<const Predictor>> members;
      for (const std::size_t member : blended()) members.push_back(predictors_[member]);
      predictors_[e] = std::make_shared<BlendPredictor>(std::move(members));
    }
  }

  FittedCandidate candidate(std::size_t e, const CalibrationWords& calibration) const {
    const Entry& entry = entries_[e];
    const std::vector<double> p = probabilities(best_[e].margins);
    const std::vector<double> judged = held_out_.cross_calibrated(calibration.how, p);
    FittedCandidate out{.entry = e,
                        .calibration = calibration.how,
                        .name = entry.name,
                        .words = entry.words,
                        .predictor = predictors_[e],
                        .calibrator = held_out_.calibrator(calibration.how, p),
                        .held_out_roc_auc = held_out_.roc_auc(judged),
                        .held_out_log_loss = held_out_.log_loss(judged),
                        .seconds = seconds_[e]};
    out.decision = held_out_.decision(definition_.decide, out.calibrator.apply(p));
    if (!entry.variants.empty()) out.words = entry.variants[best_[e].variant].words;
    if (entry.variants.size() > 1) {
      out.words += fmt::format(", the best of {} tried", entry.variants.size());
    }
    if (calibration.how != Calibration::kNone) {
      out.name += fmt::format("+{}", calibration.name);
      out.words += fmt::format(", calibrated {} on held-out training rows", calibration.words);
    }
    return out;
  }

  std::vector<double> probabilities(std::vector<double> margins) const {
    return to_probabilities(std::move(margins), stats::outputs_of(training_.classes.size()));
  }

  // The entries that the blend is the mean of.
  std::vector<std::size_t> blended() const {
    std::vector<std::size_t> members;
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      if (entries_[e].blended) members.push_back(e);
    }
    return members;
  }

  const DataSet& training_;
  const std::vector<Entry>& entries_;
  const ModelDefinition& definition_;
  std::size_t threads_;
  HeldOutRows held_out_;
  std::vector<Best> best_;
  std::vector<std::shared_ptr<const Predictor>> predictors_;
  std::vector<double> seconds_;
};

}  // namespace

Fitted fitted_to(const DataSet& training, const std::vector<Entry>& entries,
                 const ModelDefinition& definition, std::size_t threads) {
  return Fitting(training, entries, definition, threads).run();
}

}  // namespace waymark::model
