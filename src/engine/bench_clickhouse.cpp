#include <dlfcn.h>
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <fstream>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "engine/bench_database.h"

namespace waymark::engine {
namespace {

Error failed(std::string_view what) {
  return Error(ErrorCode::kInvalid, "bench.clickhouse", fmt::format("ClickHouse: {}", what));
}

// What of chdb.h is needed here. The library is not linked: whoever has it names it.
struct Library {
  struct Result;
  struct Connection;
  Connection** (*connect)(int argc, char** argv);
  void (*close)(Connection** connection);
  Result* (*query)(Connection* connection, const char* sql, const char* format);
  void (*destroy)(Result* result);
  const char* (*buffer)(Result* result);
  std::size_t (*length)(Result* result);
  const char* (*error)(Result* result);

  explicit Library(const std::filesystem::path& file) {
    // Never closed: its threads outlive its connections.
    void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw failed(dlerror());
    const auto find = [&]<typename F>(F& function, const char* name) {
      function = std::bit_cast<F>(dlsym(handle, name));
      if (function == nullptr) throw failed(fmt::format("{} has no {}", file.string(), name));
    };
    find(connect, "chdb_connect");
    find(close, "chdb_close_conn");
    find(query, "chdb_query");
    find(destroy, "chdb_destroy_query_result");
    find(buffer, "chdb_result_buffer");
    find(length, "chdb_result_length");
    find(error, "chdb_result_error");
  }
};

void write_rows(const BenchEvents& events, const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  out.exceptions(std::ios::failbit | std::ios::badbit);
  ByteWriter rows;
  for (std::size_t i = 0; i < events.size(); ++i) {
    rows.value(events.learner[i]);
    rows.value(events.time[i]);
    rows.value(events.kind[i]);
    rows.value(events.context[i]);
    rows.value(events.course[i]);
    rows.value(events.weight[i]);
    if (i % 100'000 != 0 && i + 1 != events.size()) continue;
    out << rows.take();
    rows = {};
  }
}

class ClickHouse : public BenchDatabase {
 public:
  ClickHouse(const BenchEvents& events, const BenchOptions& options)
      : library_(options.clickhouse), threads_(options.threads) {
    const std::filesystem::path rows = options.scratch / "events.bin";
    std::string program = "clickhouse";
    std::string folder = fmt::format("--path={}", (options.scratch / "clickhouse").string());
    char* arguments[] = {program.data(), folder.data()};
    connection_ = library_.connect(2, arguments);
    if (connection_ == nullptr) throw failed("no connection");
    constexpr std::string_view kColumns =
        "learner UInt32, time Int64, kind UInt8, context UInt8, course UInt8, weight UInt16";
    write_rows(events, rows);
    ask(fmt::format("CREATE TABLE events ({}) ENGINE = MergeTree ORDER BY (learner, time)",
                    kColumns));
    ask(fmt::format("INSERT INTO events SELECT * FROM file('{}', RowBinary, '{}')", rows.string(),
                    kColumns));
    ask("OPTIMIZE TABLE events FINAL");
    std::filesystem::remove(rows);
  }
  ~ClickHouse() override { library_.close(connection_); }

  std::vector<double> ask(const std::string& sql) override {
    const bool is_select = sql.starts_with("SELECT");
    const std::string asked =
        is_select ? fmt::format("{} SETTINGS max_threads = {}, optimize_aggregation_in_order = {}",
                                sql, threads_, 1)
                  : sql;
    const std::unique_ptr<Library::Result, void (*)(Library::Result*)> result(
        library_.query(*connection_, asked.c_str(), "TabSeparated"), library_.destroy);
    if (result == nullptr) throw failed("no result");
    if (const char* error = library_.error(result.get()); error != nullptr) throw failed(error);
    if (!is_select) return {};
    return numbers_of({library_.buffer(result.get()), library_.length(result.get())});
  }

  void forget() override {
    for (const char* cache : {"MARK", "UNCOMPRESSED", "MMAP"}) {
      ask(fmt::format("SYSTEM DROP {} CACHE", cache));
    }
  }

 private:
  static std::vector<double> numbers_of(std::string_view text) {
    std::vector<double> numbers;
    while (!text.empty()) {
      const std::size_t end = text.find_first_of("\t\n");
      double number = 0;
      const auto read = std::from_chars(text.data(), text.data() + end, number);
      if (end == text.npos || read.ec != std::errc{}) throw failed("a result that is no number");
      numbers.push_back(number);
      text.remove_prefix(end + 1);
    }
    return numbers;
  }

  Library library_;
  std::size_t threads_;
  Library::Connection** connection_ = nullptr;
};

}  // namespace

std::unique_ptr<BenchDatabase> load_clickhouse(const BenchEvents& events,
                                               const BenchOptions& options) {
  return std::make_unique<ClickHouse>(events, options);
}

}  // namespace waymark::engine
