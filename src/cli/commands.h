#pragma once

#include "cli/arguments.h"

namespace waymark::cli {

// One function per command; each returns the exit code and throws Error.
int init(const Arguments& arguments);
int check(const Arguments& arguments);
int describe(const Arguments& arguments);
int test(const Arguments& arguments);
int plan(const Arguments& arguments);
int diff(const Arguments& arguments);
int rehearse(const Arguments& arguments);
int ingest(const Arguments& arguments);
int quarantine(const Arguments& arguments);
int build(const Arguments& arguments);
int query(const Arguments& arguments);
int explain(const Arguments& arguments);
int items(const Arguments& arguments);
int knowledge(const Arguments& arguments);
int survival(const Arguments& arguments);
int sql(const Arguments& arguments);
int export_events(const Arguments& arguments);
int train(const Arguments& arguments);
int compare(const Arguments& arguments);
int score(const Arguments& arguments);
int model_list(const Arguments& arguments);
int model_show(const Arguments& arguments);
int model_compare(const Arguments& arguments);
int model_promote(const Arguments& arguments);
int model_rollback(const Arguments& arguments);
int model_retire(const Arguments& arguments);
int model_export(const Arguments& arguments);
int model_import(const Arguments& arguments);
int report(const Arguments& arguments);
int run(const Arguments& arguments);
int bench(const Arguments& arguments);
int doctor(const Arguments& arguments);

}  // namespace waymark::cli
