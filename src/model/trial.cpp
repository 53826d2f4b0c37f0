#include "model/trial.h"

#include <numeric>

#include "base/error.h"
#include "base/json.h"
#include "base/stopwatch.h"
#include "model/findings.h"
#include "model/fitting.h"
#include "model/levels.h"

namespace waymark::model {
namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// The trainer, as it is, of the highest ROC-AUC on held-out rows.
std::size_t best_of(const std::vector<Candidate>& candidates, bool baseline) {
  std::size_t best = candidates.size();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].baseline != baseline || !candidates[i].calibration.empty()) continue;
    if (best == candidates.size() ||
        candidates[i].held_out_roc_auc > candidates[best].held_out_roc_auc) {
      best = i;
    }
  }
  return best;
}

// Of that trainer's candidates the one of the lowest log-loss on held-out rows.
std::size_t best_calibrated(const Evaluation& evaluation, const Fitted& fitted, std::size_t plain) {
  std::size_t best = plain;
  for (std::size_t i = 0; i < fitted.candidates.size(); ++i) {
    if (fitted.candidates[i].entry == fitted.candidates[plain].entry &&
        evaluation.candidates[i].held_out_log_loss <
            evaluation.candidates[best].held_out_log_loss) {
      best = i;
    }
  }
  return best;
}

// The same rows in terms of classes, where these are still to be cut out of amounts by what
// training rows say.
struct Parted {
  DataSet training, test;
  std::optional<Imputation> imputation;
  std::vector<double> cuts;
};

Parted parted(const ModelDefinition& definition, const DataSet& data,
              std::span<const std::uint32_t> training, std::span<const std::uint32_t> test) {
  Parted out{select(data, training), select(data, test), {}, {}};
  out.training.attributes.clear();
  if (definition.outages) {
    out.imputation = Imputation::fit(*definition.outages, out.training);
    out.training = out.imputation->apply(std::move(out.training));
    out.test = out.imputation->apply(std::move(out.test));
  }
  for (DataColumn& column : out.training.columns) {
    const auto known = definition.encode.find(column.feature);
    if (known != definition.encode.end()) column.encoding = known->second;
  }
  if (!definition.levels) return out;
  out.cuts = cuts_of(*definition.levels, out.training);
  out.training = with_classes(std::move(out.training), *definition.levels, out.cuts);
  out.test = with_classes(std::move(out.test), *definition.levels, out.cuts);
  return out;
}

DataSet joined(DataSet first, const DataSet& more) {
  if (first.size() == 0) return more;
  append(first.learner, more.learner);
  append(first.cohort, more.cohort);
  append(first.target, more.target);
  for (const auto columns : {&DataSet::columns, &DataSet::attributes}) {
    for (std::size_t c = 0; c < (first.*columns).size(); ++c) {
      append((first.*columns)[c].numbers, (more.*columns)[c].numbers);
      append((first.*columns)[c].codes, (more.*columns)[c].codes);
      append((first.*columns)[c].spoiled, (more.*columns)[c].spoiled);
    }
  }
  return first;
}

std::size_t size_of(const Predictor& predictor) {
  JsonWriter out;
  predictor.write(out);
  return out.take().size();
}

// What a candidate said in each fold, one after the other.
struct Record {
  Said said;
  double held_out_roc_auc = 0, held_out_log_loss = 0;  // means over the folds
  double score_seconds = 0;
};

void add(const FittedCandidate& candidate, const DataSet& test, std::size_t folds, Record& record) {
  const Stopwatch watch;
  const std::vector<double> p = candidate.calibrator.apply(
      to_probabilities(candidate.predictor->margins(test), candidate.predictor->outputs()));
  record.score_seconds += watch.seconds();
  append(record.said.called, candidate.decision.called(p));
  append(record.said.left, candidate.decision.left(p));
  append(record.said.certain, candidate.decision.certain(p));
  append(record.said.probability, p);
  record.held_out_roc_auc += candidate.held_out_roc_auc / static_cast<double>(folds);
  record.held_out_log_loss += candidate.held_out_log_loss / static_cast<double>(folds);
}

Candidate told(FittedCandidate& fitted, const Entry& entry, const Record& record) {
  Candidate candidate{.name = fitted.name,
                      .words = std::move(fitted.words),
                      .calibration = words_of(fitted.calibration).name,
                      .baseline = entry.baseline,
                      .held_out_roc_auc = record.held_out_roc_auc,
                      .held_out_log_loss = record.held_out_log_loss,
                      .decision = fitted.decision};
  if (const std::string remark = fitted.predictor->remark(); entry.blended && !remark.empty()) {
    candidate.words += "; " + remark;
  }
  if (entry.name != kRule) return candidate;
  for (const auto& [column, share] : fitted.predictor->importance()) {
    candidate.words += ", " + column;
  }
  return candidate;
}

}  // namespace

Trial try_trainers(const ModelDefinition& asked, const DataSet& data,
                   const std::vector<Fold>& folds, std::size_t threads, const KeptFits& kept,
                   const Steps& progress) {
  ModelDefinition definition = asked;
  definition.decide = asked.decide.for_classes(asked.levels ? asked.levels->classes : data.classes);
  const std::vector<Entry> entries = entries_of(definition);
  Trial out;
  Evaluation& evaluation = out.evaluation;
  evaluation.folds = folds.size();
  std::vector<Record> records;
  Fitted fitted;
  // Each fold, and all rows where there are several.
  const std::size_t each = steps_of(entries);
  const std::size_t all_steps = each * (folds.size() + (folds.size() > 1 ? 1 : 0));
  const auto fit = [&](const DataSet& training, std::size_t sets_before) {
    progress(each * sets_before, all_steps);
    return fitted_to(training, entries, definition, threads, kept,
                     [&](std::size_t done) { progress(each * sets_before + done, all_steps); });
  };
  for (std::size_t f = 0; f < folds.size(); ++f) {
    Parted rows = parted(definition, data, folds[f].training, folds[f].test);
    fitted = fit(rows.training, f);
    records.resize(fitted.candidates.size());
    for (std::size_t c = 0; c < records.size(); ++c) {
      add(fitted.candidates[c], rows.test, folds.size(), records[c]);
    }
    out.test = joined(std::move(out.test), rows.test);
    out.training = std::move(rows.training);
    out.imputation = std::move(rows.imputation);
    evaluation.cuts = std::move(rows.cuts);
  }
  if (folds.size() > 1) {
    std::vector<std::uint32_t> all(data.size());
    std::iota(all.begin(), all.end(), 0u);
    Parted rows = parted(definition, data, all, {});
    fitted = fit(rows.training, folds.size());
    out.training = std::move(rows.training);
    out.imputation = std::move(rows.imputation);
    evaluation.cuts = std::move(rows.cuts);
  } else {
    evaluation.undecided = undecided(out.training, out.test);
  }
  evaluation.classes = out.training.classes;
  evaluation.training = side_of(out.training);
  evaluation.test = side_of(out.test);
  evaluation.held_out = fitted.held_out_words;
  std::vector<Said> said;
  for (std::size_t c = 0; c < records.size(); ++c) {
    FittedCandidate& candidate = fitted.candidates[c];
    evaluation.candidates.push_back(told(candidate, entries[candidate.entry], records[c]));
    out.costs.push_back(
        {candidate.seconds, records[c].score_seconds, size_of(*candidate.predictor)});
    said.push_back(std::move(records[c].said));
    if (candidate.name != "logistic") continue;
    const auto* linear = dynamic_cast<const LinearPredictor*>(candidate.predictor.get());
    if (linear != nullptr) out.weights = weights_of(*linear, out.training);
  }
  const std::size_t chosen =
      best_calibrated(evaluation, fitted, best_of(evaluation.candidates, false));
  evaluation.chosen = evaluation.candidates[chosen].name;
  out.predictor = fitted.candidates[chosen].predictor;
  out.calibrator = std::move(fitted.candidates[chosen].calibrator);

  progress(all_steps, all_steps);
  judge(out.test, said, chosen, best_of(evaluation.candidates, true), definition.decide,
        definition.seed, evaluation);
  out.probability = std::move(said[chosen].probability);
  out.called = std::move(said[chosen].called);
  out.left = std::move(said[chosen].left);
  return out;
}

}  // namespace waymark::model
