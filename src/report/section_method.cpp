#include "report/figure.h"
#include "report/number.h"
#include "report/section.h"

namespace waymark::report {
namespace {

Html limits(const Content& content) {
  std::vector<std::string> sentences = {
      "Groups of fewer than " + count(content.smallest_group) +
          " learners are hidden, and where a single hidden group could be worked out from the "
          "rest, "
          "the next smallest one with it.",
      "What is not recorded does not exist here: reading on paper, talk outside the platform, help "
      "from others.",
  };
  if (content.sessions && content.sessions->day_clock) {
    sentences.emplace_back("The sources know the day of an event and not its time.");
  }
  if (!content.models.empty()) {
    sentences.emplace_back(
        "A prediction says how learners like this one fared before. It knows nothing about why, "
        "and "
        "may be wrong about any one of them: its reasons are for a conversation, not for a "
        "decision "
        "without one.");
  }
  for (const std::string& limit : content.method.limits) sentences.push_back(limit);
  Html items;
  for (const std::string& sentence : sentences) items += element("li", {}, sentence);
  return heading("Limits") + element("ul", {}, items);
}

Html definitions(const Method& method) {
  Table table;
  table.column("Definition").column("Name").column("Version");
  for (const Definition& definition : method.definitions) {
    table.row({definition.kind, definition.name, code(definition.version)});
  }
  if (table.empty()) return {};
  return heading("Definitions used") +
         paragraph(
             "Every number above comes from these files of the workspace. A version is the hash "
             "of a definition's content: equal versions mean equal definitions.") +
         table.html();
}

Html models(const Content& content) {
  Table table;
  table.column("Model").column("Version").column("Outcome").column("As of");
  for (const Model& model : content.models) {
    table.row({model.name, code(model.version), model.outcome, model.as_of});
  }
  return table.empty() ? Html() : heading("Models used") + table.html();
}

Html reproduce(const Content& content) {
  const Method& method = content.method;
  Table table;
  table.column("What").column("Value");
  const auto row = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) table.row({label, code(value)});
  };
  row("Program", method.program);
  row("Data", method.data_version);
  row("Generation", method.generation > 0 ? count(method.generation) : "");
  row("Time zone of all days", content.time_zone);
  row("Made at", date_time(content.generated_at));
  Html out = heading("How to get this report again") + table.html();
  if (!method.command.empty()) {
    out += paragraph("On the same data and definitions, this command gives the same numbers:") +
           element("pre", {}, method.command);
  }
  return out;
}

}  // namespace

Section method_section(const Content& content) {
  return {"method", "Method and limits",
          limits(content) + definitions(content.method) + models(content) + reproduce(content)};
}

}  // namespace waymark::report
