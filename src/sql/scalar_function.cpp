#include "sql/scalar_function.h"

#include "sql/database.h"
#include "sql/duckdb_handle.h"
#include "sql/states.h"

namespace waymark::sql {
namespace {

struct Function {
  std::shared_ptr<const ScalarFunction> function;
  std::shared_ptr<const std::vector<ColumnLayout>> parameters;
};

}  // namespace

struct ScalarFunctionCalls {
  static void evaluate(duckdb_function_info info, duckdb_data_chunk arguments,
                       duckdb_vector result) {
    guarded<duckdb_scalar_function_set_error>(info, [&] {
      const auto& self = *static_cast<const Function*>(duckdb_scalar_function_get_extra_info(info));
      ColumnWriter writer(result);
      // The engine keeps the chunk.
      const std::shared_ptr<void> chunk(static_cast<void*>(arguments), [](void*) {});
      self.function->evaluate(Chunk(chunk, self.parameters), writer);
    });
  }
};

void Database::add(std::shared_ptr<const ScalarFunction> function) {
  const Owned<duckdb_scalar_function, duckdb_destroy_scalar_function> handle(
      duckdb_create_scalar_function());
  const std::string name = function->name();
  duckdb_scalar_function_set_name(handle.get(), name.c_str());
  std::vector<ColumnLayout> layouts;
  for (const Type parameter : function->parameters()) {
    const TypeHandle type = logical_type(parameter);
    duckdb_scalar_function_add_parameter(handle.get(), type.get());
    layouts.push_back(layout_of(type.get()));
  }
  duckdb_scalar_function_set_return_type(handle.get(), logical_type(function->result()).get());
  duckdb_scalar_function_set_special_handling(handle.get());
  auto shared = std::make_unique<Function>(Function{
      std::move(function), std::make_shared<const std::vector<ColumnLayout>>(std::move(layouts))});
  duckdb_scalar_function_set_extra_info(handle.get(), shared.release(), destroy<Function>);
  duckdb_scalar_function_set_function(handle.get(), ScalarFunctionCalls::evaluate);
  if (duckdb_register_scalar_function(connect().state_->connection.get(), handle.get()) !=
      DuckDBSuccess) {
    fail(("there is a function " + name + " already").c_str());
  }
}

}  // namespace waymark::sql
