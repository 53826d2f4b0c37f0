#include "model/kept.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "model/trainer.h"

namespace waymark::model {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSum = 32;  // hex digits of the content's hash, before it

}  // namespace

KeptFits::KeptFits(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
}

std::string KeptFits::key(const std::string& words, const std::string& fit,
                          const std::string& check) {
  Hasher hash;
  for (const std::string& part : {std::string(kTrainingCode), words, fit, check}) hash.field(part);
  return to_hex(hash.digest());
}

std::optional<std::vector<double>> KeptFits::find(const std::string& key) const try {
  if (!keeps()) return std::nullopt;
  const std::string bytes = read_file(folder_ / key);
  if (bytes.size() < kSum || (bytes.size() - kSum) % sizeof(double) != 0) return std::nullopt;
  const std::string_view content = std::string_view(bytes).substr(kSum);
  if (!bytes.starts_with(to_hex(hash128(content)))) return std::nullopt;
  std::vector<double> said(content.size() / sizeof(double));
  std::memcpy(said.data(), content.data(), content.size());
  use(key);
  ++found_;
  return said;
} catch (const Error&) {
  return std::nullopt;
}

void KeptFits::keep(const std::string& key, std::span<const double> said) const {
  if (!keeps()) return;
  use(key);
  const std::string_view content(reinterpret_cast<const char*>(said.data()), said.size_bytes());
  // Not brought to the disk at once: what a crash of the machine tears is fitted again.
  std::ofstream(folder_ / key, std::ios::binary) << to_hex(hash128(content)) << content;
}

void KeptFits::use(const std::string& key) const {
  const std::lock_guard lock(guard_);
  used_.insert(key);
}

void KeptFits::clear_unused() const {
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(folder_, error)) {
    if (!used_.contains(file.path().filename().string())) fs::remove(file.path(), error);
  }
}

void KeptFits::clear() const {
  std::error_code error;
  if (keeps()) fs::remove_all(folder_, error);
}

}  // namespace waymark::model
