#include "query/local_day.h"

#include <optional>
#include <string>

#include "base/time.h"
#include "fold/local_clock.h"

namespace waymark::query {
namespace {

// Beyond any day that SQL can name; what is infinite lies there.
constexpr Micros kFarthest = Micros{1} << 62;

class LocalDay : public sql::ScalarFunction {
 public:
  std::string name() const override { return "local_day"; }
  std::vector<sql::Type> parameters() const override {
    return {sql::Type::kTimestamp, sql::Type::kText};
  }
  sql::Type result() const override { return sql::Type::kDate; }

  void evaluate(const sql::Chunk& arguments, sql::ColumnWriter& result) const override {
    const sql::ColumnView& times = arguments.column(0);
    const sql::ColumnView& zones = arguments.column(1);
    std::string name;
    std::optional<Zone> zone;
    std::optional<fold::LocalClock> clock;
    for (std::size_t row = 0; row < arguments.size(); ++row) {
      if (times.is_null(row) || zones.is_null(row)) {
        result.null(row);
        continue;
      }
      if (!zone || zones.text(row) != name) {
        name = zones.text(row);
        zone = Zone::named(name);
        clock.emplace(*zone);
      }
      const Micros time = times.integer(row);
      if (time <= -kFarthest || time >= kFarthest) {
        result.null(row);
        continue;
      }
      result.dates()[row] = static_cast<std::int32_t>(clock->day(time));
    }
  }
};

}  // namespace

std::shared_ptr<const sql::ScalarFunction> local_day_function() {
  return std::make_shared<LocalDay>();
}

}  // namespace waymark::query
