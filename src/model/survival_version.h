#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "model/model.h"
#include "model/survival.h"
#include "model/version.h"

namespace waymark::model {

// A trained survival model. Beside what every version keeps (version.h) its directory has
//
//   survival.json    all that forecasting needs
//   metrics.json     SurvivalFindings
//   judged.json      what it said of its test rows, without saying whose they are
class SurvivalVersion : public Version {
 public:
  using Definition = SurvivalDefinition;

  // Throws what StoredVersion::read() throws, also of a version of another kind.
  static SurvivalVersion load(const std::filesystem::path& directory) {
    return read(StoredVersion::read(directory));
  }
  static SurvivalVersion read(const StoredVersion& stored);

  const SurvivalFindings& findings() const { return findings_; }
  const SurvivalJudgement& best() const { return findings_.judged[findings_.chosen]; }
  // Of findings(): SurvivalMethod::name() of each, and the days at which they were judged.
  const std::vector<std::string>& methods() const { return methods_; }
  const std::vector<double>& at() const { return at_; }
  const SurvivalForecaster& forecaster() const { return forecaster_; }

  // Test rows by which it was judged.
  struct Judged {
    std::string rows;  // hash of who, as of when and how each came out, in their order
    std::vector<std::uint32_t> learner;  // learner_numbers()
    stats::Lifetimes lifetimes;          // in days
    stats::SurvivalForecasts forecasts;
  };
  const Judged& judged() const { return judged_; }

 private:
  explicit SurvivalVersion(Version version) : Version(std::move(version)) {}

  std::vector<std::string> methods_;
  std::vector<double> at_;
  SurvivalFindings findings_;
  SurvivalForecaster forecaster_;
  Judged judged_;
};

// Trains, judges and writes a survival model below `models`, and makes it the latest. Equal inputs
// give equal files, byte for byte, whatever `threads` and whatever was kept. Throws
// Error{kInvalid, "survival.too_few"} where earlier courses have too few events to learn from.
TrainingResult train_survival(const SurvivalDefinition& definition, const SurvivalRows& rows,
                              const std::filesystem::path& models, std::size_t threads = 1,
                              const KeptFits& kept = KeptFits());

// What metrics.json says.
void write(JsonWriter& out, const SurvivalVersion& version);

// As judged.h has it of classifiers: concordance and Brier scores, at the days that both have.
std::vector<Comparison> compare(const SurvivalVersion& first, const SurvivalVersion& second);

// A version of any kind.
using AnyVersion = std::variant<Model, SurvivalVersion>;
// Throws what StoredVersion::read() throws.
AnyVersion load_version(const std::filesystem::path& directory);
const Version& facts_of(const AnyVersion& version);

}  // namespace waymark::model
