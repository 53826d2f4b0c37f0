#include "model/lineage.h"

#include "base/hash.h"
#include "model/stored.h"

namespace waymark::model {

Lineage lineage_of(const ModelDefinition& definition, const DataSet& data) {
  Lineage lineage{.data = content_hash(data),
                  .definition = definition.version,
                  .features = definition.measure_version,
                  .code = kTrainingCode,
                  .trainers = {},
                  .seed = definition.seed,
                  .rows = data.size(),
                  .columns = data.columns.size()};
  for (const TrainerSetting& trainer : definition.trainers) {
    for (const TrainerSetting& variant : variants(trainer, definition.draws, definition.seed)) {
      lineage.trainers.push_back(in_words(variant, definition.seed));
    }
  }
  return lineage;
}

std::string version_of(const std::string& name, const Lineage& lineage) {
  Hasher hash;
  hash.field(lineage.code);
  hash.field(name);
  hash.field(lineage.definition);
  for (const std::string& trainer : lineage.trainers) hash.field(trainer);
  hash.field(lineage.data);
  return to_hex(hash.digest()).substr(0, 16);
}

void write(JsonWriter& out, const Lineage& lineage) {
  out.begin_object().key("data").string(lineage.data);
  out.key("definition").string(lineage.definition).key("features").string(lineage.features);
  out.key("code").string(lineage.code);
  write_texts(out.key("trainers"), lineage.trainers);
  out.key("seed").integer(static_cast<std::int64_t>(lineage.seed));
  out.key("rows").integer(static_cast<std::int64_t>(lineage.rows));
  out.key("columns").integer(static_cast<std::int64_t>(lineage.columns)).end_object();
}

Lineage read_lineage(const Json& json) {
  return {.data = json.at("data").string(),
          .definition = json.at("definition").string(),
          .features = json.at("features").string(),
          .code = json.at("code").string(),
          .trainers = stored_texts(json.at("trainers")),
          .seed = stored_count(json.at("seed")),
          .rows = stored_count(json.at("rows")),
          .columns = stored_count(json.at("columns"))};
}

}  // namespace waymark::model
