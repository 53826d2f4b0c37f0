#include "model/fitting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "base/parallel.h"
#include "base/stopwatch.h"

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

// Counts what threads have done, and says so from the one that it belongs to.
class Tally {
 public:
  // `all` pieces of work come to so many steps, from the first on.
  Tally(std::size_t first, std::size_t steps, std::size_t all,
        const std::function<void(std::size_t)>& progress)
      : first_(first), steps_(steps), all_(all), progress_(progress) {}

  void add() {
    const std::size_t done = ++done_;
    if (std::this_thread::get_id() == owner_) progress_(first_ + steps_ * done / all_);
  }

 private:
  std::size_t first_, steps_, all_;
  const std::function<void(std::size_t)>& progress_;
  std::atomic<std::size_t> done_ = 0;
  std::thread::id owner_ = std::this_thread::get_id();
};

std::size_t variants_of(const std::vector<Entry>& entries) {
  std::size_t sum = 0;
  for (const Entry& entry : entries) sum += entry.variants.size();
  return sum;
}

class Fitting {
 public:
  Fitting(const DataSet& training, const std::vector<Entry>& entries,
          const ModelDefinition& definition, std::size_t threads, const KeptFits& kept,
          const std::function<void(std::size_t)>& progress)
      : training_(training),
        entries_(entries),
        definition_(definition),
        threads_(threads),
        kept_(kept),
        progress_(progress),
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

  // What the variant says of the part's rows when it is fitted to the others.
  std::vector<double> ask(const Job& job) const {
    const Variant& asked = entries_[job.entry].variants[job.variant];
    const auto& [fit, check] = hashes_[job.part];
    const std::string key = KeptFits::key(asked.words, fit, check);
    if (auto known = kept_.find(key)) return std::move(*known);
    std::vector<double> margins =
        asked.trainer->fit(held_out_.fit(job.part))->margins(held_out_.check(job.part));
    kept_.keep(key, margins);
    return margins;
  }

  void choose_variants() {
    best_.resize(entries_.size());
    for (std::size_t part = 0; part < held_out_.parts() && kept_.keeps(); ++part) {
      hashes_[part] = {content_hash(held_out_.fit(part)), content_hash(held_out_.check(part))};
    }
    Tally tally(0, kParts * variants_of(entries_), held_out_.parts() * variants_of(entries_),
                progress_);
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
        said[i] = ask(jobs[i]);
        tally.add();
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
    Tally tally(kParts * variants_of(entries_), entries_.size(), entries_.size(), progress_);
    parallel_for(entries_.size(), threads_, [&](std::size_t e) {
      if (entries_[e].variants.empty()) return;
      const Stopwatch watch;
      predictors_[e] = entries_[e].variants[best_[e].variant].trainer->fit(training_);
      seconds_[e] = watch.seconds();
      tally.add();
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
  const KeptFits& kept_;
  const std::function<void(std::size_t)>& progress_;
  HeldOutRows held_out_;
  std::array<std::pair<std::string, std::string>, kParts> hashes_;  // of each part, both sides
  std::vector<Best> best_;
  std::vector<std::shared_ptr<const Predictor>> predictors_;
  std::vector<double> seconds_;
};

}  // namespace

Fitted fitted_to(const DataSet& training, const std::vector<Entry>& entries,
                 const ModelDefinition& definition, std::size_t threads, const KeptFits& kept,
                 const std::function<void(std::size_t done)>& progress) {
  return Fitting(training, entries, definition, threads, kept, progress).run();
}

std::size_t steps_of(const std::vector<Entry>& entries) {
  return kParts * variants_of(entries) + entries.size();
}

}  // namespace waymark::model
