#include "sql/table_function.h"

#include <atomic>

#include "sql/database.h"
#include "sql/duckdb_handle.h"
#include "sql/states.h"

namespace waymark::sql {
namespace {

using SharedFunction = std::shared_ptr<const TableFunction>;

// What the threads of one scan share.
struct Scan {
  std::vector<std::size_t> columns;
  std::atomic<std::size_t> next_unit = 0;
};

// What each of them has.
struct Reading {
  std::unique_ptr<TableReader> reader;
  bool in_unit = false;
};

Value value_of(duckdb_value value, Type type) {
  if (value == nullptr || duckdb_is_null_value(value)) return {};
  switch (type) {
    case Type::kBoolean:
      return duckdb_get_bool(value);
    case Type::kInteger:
      return duckdb_get_int64(value);
    case Type::kDouble:
      return duckdb_get_double(value);
    case Type::kTimestamp:
      return Timestamp{duckdb_get_timestamp(value).micros};
    default: {
      char* text = duckdb_get_varchar(value);
      std::string copy = text;
      duckdb_free(text);
      return copy;
    }
  }
}

}  // namespace

struct TableFunctionCalls {
  static void bind(duckdb_bind_info info) {
    guarded<duckdb_bind_set_error>(info, [&] {
      const auto& function = **static_cast<SharedFunction*>(duckdb_bind_get_extra_info(info));
      Values arguments;
      for (const Column& parameter : function.parameters()) {
        const ValueHandle value(duckdb_bind_get_named_parameter(info, parameter.name.c_str()));
        arguments.push_back(value_of(value.get(), parameter.type));
      }
      std::unique_ptr<TableScan> table = function.bind(arguments);
      for (const Column& column : table->columns()) {
        duckdb_bind_add_result_column(info, column.name.c_str(), logical_type(column.type).get());
      }
      duckdb_bind_set_cardinality(info, table->estimated_rows(), false);
      duckdb_bind_set_bind_data(info, table.release(), destroy<TableScan>);
    });
  }

  static void start(duckdb_init_info info) {
    guarded<duckdb_init_set_error>(info, [&] {
      const auto& table = *static_cast<const TableScan*>(duckdb_init_get_bind_data(info));
      auto scan = std::make_unique<Scan>();
      for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
        scan->columns.push_back(duckdb_init_get_column_index(info, i));
      }
      duckdb_init_set_max_threads(info, std::max<std::size_t>(table.units(), 1));
      duckdb_init_set_init_data(info, scan.release(), destroy<Scan>);
    });
  }

  static void start_thread(duckdb_init_info info) {
    guarded<duckdb_init_set_error>(info, [&] {
      duckdb_init_set_init_data(info, std::make_unique<Reading>().release(), destroy<Reading>);
    });
  }

  static void read(duckdb_function_info info, duckdb_data_chunk chunk) {
    guarded<duckdb_function_set_error>(info, [&] {
      const auto& table = *static_cast<const TableScan*>(duckdb_function_get_bind_data(info));
      auto& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
      auto& reading = *static_cast<Reading*>(duckdb_function_get_local_init_data(info));
      ChunkWriter writer(chunk);
      std::size_t rows = 0;
      while (rows == 0) {
        if (!reading.in_unit) {
          const std::size_t unit = scan.next_unit.fetch_add(1);
          if (unit >= table.units()) break;
          if (reading.reader == nullptr) reading.reader = table.reader(scan.columns);
          reading.reader->start(unit);
          reading.in_unit = true;
        }
        rows = reading.reader->read(writer);
        reading.in_unit = rows != 0;
      }
      writer.set_size(rows);
    });
  }
};

void Database::add(std::shared_ptr<const TableFunction> function) {
  FunctionHandle handle(duckdb_create_table_function());
  const duckdb_table_function raw = handle.get();
  const std::string name = function->name();
  duckdb_table_function_set_name(raw, name.c_str());
  for (const Column& parameter : function->parameters()) {
    duckdb_table_function_add_named_parameter(raw, parameter.name.c_str(),
                                              logical_type(parameter.type).get());
  }
  duckdb_table_function_set_extra_info(
      raw, std::make_unique<SharedFunction>(std::move(function)).release(),
      destroy<SharedFunction>);
  duckdb_table_function_set_bind(raw, TableFunctionCalls::bind);
  duckdb_table_function_set_init(raw, TableFunctionCalls::start);
  duckdb_table_function_set_local_init(raw, TableFunctionCalls::start_thread);
  duckdb_table_function_set_function(raw, TableFunctionCalls::read);
  duckdb_table_function_supports_projection_pushdown(raw, true);
  if (duckdb_register_table_function(connect().state_->connection.get(), raw) != DuckDBSuccess)
    fail(("there is a function " + name + " already").c_str());
}

}  // namespace waymark::sql
