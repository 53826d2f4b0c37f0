#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/reference.h"

namespace waymark::cli {
namespace {

constexpr const char* kFooter = R"(
Examples:
  waymark init my-course && cd my-course      a commented starter workspace
  waymark run                                 ingest, build, train, score, report
  waymark query sessions --by week --format chart
  waymark sql "SELECT kind, count(*) FROM events GROUP BY kind"
  waymark -C examples/oulad report --output at-risk.html

Exit codes:)";

std::string exit_codes() {
  std::string lines;
  for (const Exit& exit : exits()) lines += fmt::format("\n  {:2}  {}", exit.code, exit.words);
  return lines;
}

// The command tree. Options write into `arguments`; a chosen command puts itself into `command`.
class Parser {
 public:
  Parser(Arguments& arguments, Command& command) : a_(arguments), chosen_(command) {
    app_.name("waymark");
    app_.footer(kFooter + exit_codes());
    app_.set_version_flag("--version", "waymark " WAYMARK_VERSION);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.option_defaults()->always_capture_default(false);
    app_.add_option("-C,--workspace", a_.workspace, "The workspace's folder (default: this one)")
        ->type_name("DIR");
    app_.add_flag("--json", a_.json, "Write results as JSON, for programs");
    app_.add_flag("-q,--quiet", a_.quiet, "No progress");
    add_definitions();
    add_data();
    add_models();
    add_statistics();
    add_care();
  }

  CLI::App& app() { return app_; }

 private:
  CLI::App* add(const char* name, const char* words, Command command, const std::string& examples,
                CLI::App* group = nullptr) {
    CLI::App* sub = (group == nullptr ? &app_ : group)->add_subcommand(name, words);
    sub->footer(examples);
    sub->callback([this, command = std::move(command)] { chosen_ = command; });
    return sub;
  }

  void add_definitions() {
    add("init", "Make a commented starter workspace", init, "\nExample:\n  waymark init my-course")
        ->add_option("DIR", a_.folder, "Where; made if it is not there")
        ->required();
    add("check", "Report every mistake in the definitions, with file and line", check,
        "\nExample:\n  waymark check");
    add("describe", "Say in plain words who is in a cohort, and when", describe,
        "\nExample:\n  waymark describe quiet")
        ->add_option("COHORT", a_.names, "Which (default: all)");
    add("test", "Run the tests that definitions carry", test,
        "\nA test gives events and says what must come of them: rows, or of a cohort who is in. "
        "One "
        "that fails\nshows the rows that are missing or too many, or the rules that decided. Tests "
        "without events look\nat what `waymark build` built last.\n\nExample:\n  waymark test "
        "quiet")
        ->add_option("MEASURE", a_.names, "Which (default: all)");
    add("plan", "Show what build would make, and how changed definitions would move the numbers",
        plan,
        "\nChanges nothing: what is new is made aside, of the events that were built last.\n\n"
        "Example:\n  waymark plan");
    CLI::App* diff_command =
        add("diff", "Show what two workspaces define differently", diff,
            "\nBlanks, comments and the order of keys do not count.\n\nExamples:\n"
            "  waymark diff ../course-of-last-year\n"
            "  git worktree add /tmp/before HEAD~1 && waymark diff /tmp/before .");
    diff_command->add_option("BEFORE", a_.folder, "A workspace's folder")->required();
    diff_command->add_option("AFTER", a_.other, "Another's (default: this workspace)");
    CLI::App* rehearse_command = add(
        "rehearse", "Plant faults into the numbers that anomalies watch, and count what is found",
        rehearse,
        "\nWhat is alarming without a fault is counted too, so that false alarms can be weighed "
        "against\nfaults that are missed before anybody is called. Nothing is changed.\n\n"
        "Example:\n  waymark rehearse unusual_clicks");
    rehearse_command->add_option("ANOMALIES", a_.measure, "Which; the name of its file")
        ->required();
    rehearse_command
        ->add_option("--trials", a_.trials, "Plant each fault so many times (default: 40)")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000));
  }

  void add_data() {
    CLI::App* ingest_command = add("ingest", "Bring the sources' files into the journal", ingest,
                                   "\nIngesting the same rows again changes nothing. Malformed "
                                   "rows are quarantined with file, line\n"
                                   "and reason; the rest goes on.\n\nExamples:\n  waymark ingest\n "
                                   " waymark ingest clicks --replace");
    ingest_command->add_option("SOURCE", a_.names, "Which sources (default: all)");
    ingest_command->add_flag("--replace", a_.replace,
                             "Forget what these sources gave, and read them afresh");

    CLI::App* quarantine_command =
        add("quarantine", "List quarantined records, or map them again", quarantine,
            "\nExamples:\n  waymark quarantine clicks\n  waymark quarantine --replay");
    quarantine_command->add_option("SOURCE", a_.names, "Which sources (default: all)");
    quarantine_command->add_flag("--replay", a_.replay, "Map them again under today's definitions");
    quarantine_command->add_option("--rows", a_.rows, "At most so many (default: 20)")
        ->type_name("N");

    add("build", "Build trails and measures from the journal, as far as they are out of date",
        build, "\nExample:\n  waymark build")
        ->add_flag("--afresh", a_.afresh, "Build everything again");

    add_query();
    add_explain();
    CLI::App* sql_command = add(
        "sql", "Ask the events and tables in SQL (DuckDB)", sql,
        "\nTables: events, one per measure, features_MODEL, predictions_MODEL; SHOW TABLES lists "
        "them.\n"
        "events(since := TIMESTAMP '2014-02-01', until := …, learner := '…') reads only that "
        "part.\nsessions(), engagement(), funnel(), retention(), lifecycle(), mastery(), paths(), "
        "cohort(),\ntiers(), clusters(), metric() and anomalies() fold over the events there and "
        "then: "
        "measure := 'NAME',\nor definition := 'YAML'; part := 'steps'; as_of := TIMESTAMP "
        "'…'.\n\n"
        "Examples:\n"
        "  waymark sql \"SELECT context, sum(weight) FROM events GROUP BY ALL ORDER BY 2 DESC\"\n"
        "  waymark sql --format csv --output sessions.csv \"FROM sessions\"\n"
        "  waymark sql \"FROM funnel(measure := 'onboarding', part := 'steps', as_of := TIMESTAMP "
        "'2014-03-01')\"\n"
        "  waymark sql \"SELECT count(*) FROM sessions(definition := 'gap: 10m')\"");
    sql_command->add_option("STATEMENT", a_.statement, "Read-only SQL")->required();
    add_formats(sql_command, {"table", "csv", "json", "ndjson", "parquet"});

    add("export", "Write all events as Parquet, partitioned by bucket and month", export_events,
        "\nExample:\n  waymark export --output events/")
        ->add_option("-o,--output", a_.output, "Into this folder")
        ->type_name("DIR")
        ->required();
  }

  void add_query() {
    CLI::App* command = add(
        "query", "Ask a measure or a metric: as a whole, by what you name, for whom, as of when",
        query,
        "\nNAME is a column of the measure's table; day, week or month of its rows' start; or a "
        "property\n"
        "of events, as it was known of the learner then. Measures are brought up to date "
        "first.\n\n"
        "A sample is drawn by learner: the same ones every time for a seed, and a larger sample "
        "has "
        "all of\n"
        "a smaller one. Its numbers are estimates for everybody, with their 95 % intervals.\n\n"
        "Examples:\n"
        "  waymark query onboarding --by region\n"
        "  waymark query active_learners --by month,region\n"
        "  waymark query sessions --by week --where \"course=AAA|BBB\" --format chart\n"
        "  waymark query onboarding --as-of 2014-03-01 --format chart --output steps.svg\n"
        "  waymark query sessions --exclude quiet --sample 5%");
    command->add_option("MEASURE", a_.measure, "Which; the name of its file")->required();
    command->add_option("--by", a_.by, "Break it down by this; several: A,B")
        ->type_name("NAME")
        ->delimiter(',');
    add_where(command);
    command->add_option("--as-of", a_.as_of, "Only what happened before this day or time")
        ->type_name("TIME");
    command->add_option("--include", a_.include, "Only members of this cohort; of all of several")
        ->type_name("COHORT")
        ->delimiter(',');
    command->add_option("--exclude", a_.exclude, "Nobody who is in this cohort; in any of several")
        ->type_name("COHORT")
        ->delimiter(',');
    command
        ->add_option("--sources", a_.sources, "Only events from this source; from any of several")
        ->type_name("SOURCE")
        ->delimiter(',');
    command
        ->add_option("--without-source", a_.without_sources,
                     "As if this source had not been taken in; nor any of several")
        ->type_name("SOURCE")
        ->delimiter(',');
    command->add_option("--sample", a_.sample, "Only a share of the learners: 10% or 0.1")
        ->type_name("SHARE");
    command->add_option("--seed", a_.seed, "Another number draws another sample")
        ->type_name("N")
        ->capture_default_str();
    add_formats(command, {"table", "chart", "csv", "json", "ndjson", "parquet"});
  }

  void add_where(CLI::App* command) {
    command
        ->add_option("--where", a_.where,
                     "Only what meets this: NAME=VALUE, NAME=A|B, or != < <= > >=; all of several")
        ->type_name("CONDITION");
  }

  void add_explain() {
    CLI::App* command = add(
        "explain", "Show what a metric's number is made of, down to the rows behind it", explain,
        "\nExamples:\n"
        "  waymark explain active_learners --at 2014-02-03\n"
        "  waymark explain active_learners --at 2014-02-03 --where course=AAA --rows 50");
    command->add_option("METRIC", a_.measure, "Which; the name of its file")->required();
    command->add_option("--at", a_.at, "The period that holds this day")
        ->type_name("DAY")
        ->required();
    add_where(command);
    command->add_option("--rows", a_.rows, "At most so many rows behind each part (default: 5)")
        ->type_name("N");
  }

  void add_formats(CLI::App* command, const std::vector<std::string>& formats) {
    command
        ->add_option("--format", a_.format,
                     fmt::format("{} (default: table)", fmt::join(formats, ", ")))
        ->check(CLI::IsMember(formats));
    command->add_option("-o,--output", a_.output, "Into this file")->type_name("FILE");
    command->add_option("--rows", a_.rows, "At most so many on a terminal (default: 100)")
        ->type_name("N");
  }

  void add_models() {
    add("train", "Train and validate models", train, "\nExample:\n  waymark train at_risk")
        ->add_option("MODEL", a_.names, "Which (default: all)");
    add("compare", "Try a model's trainers on one protocol and say what each is worth", compare,
        "\nA table of every trainer that the definition names, its variants with balanced classes, "
        "and\n"
        "the baselines: figures on rows that none has learned from with 95 % intervals, how long "
        "it\n"
        "takes to fit and to score, and how large it is. Keeps nothing; `waymark train` does.\n"
        "\nExample:\n  waymark compare at_risk")
        ->add_option("MODEL", a_.names, "Which (default: all)");
    add("score", "Score learners with the trained models", score,
        "\nExample:\n  waymark score at_risk")
        ->add_option("MODEL", a_.names, "Which (default: all)");
    const auto add_report = [this](const char* name, const char* words, Command command) {
      add(name, words, std::move(command),
          fmt::format("\nExample:\n  waymark {} --output at-risk.html", name))
          ->add_option("-o,--output", a_.output,
                       "The HTML file (default: report.html in the workspace)")
          ->type_name("FILE");
    };
    add_registry();
    add_report("report", "Write the report from what is there", report);
    add_report("run", "All of it: ingest, build, train, score, report", run);
  }

  void add_registry() {
    CLI::App* group = app_.add_subcommand(
        "model", "Which versions of models there are, which is live, and who decided so");
    group->require_subcommand(1);
    const auto add_to = [&](const char* name, const char* words, Command command,
                            const std::string& examples) {
      return add(name, words, std::move(command), examples, group);
    };
    const auto add_model = [this](CLI::App* command) {
      command->add_option("MODEL", a_.model, "Which; the name of its file")->required();
    };
    const auto add_version = [](CLI::App* command, const char* name, std::string& into) {
      return command->add_option(
          name, into, "Which: its first digits, or latest, the one trained last, or live");
    };
    const auto add_reason = [this](CLI::App* command, bool required) {
      command->add_option("--reason", a_.reason, "Why; kept in the history")
          ->type_name("TEXT")
          ->required(required);
      command->add_option("--by", a_.who, "Who decides (default: the system's user)")
          ->type_name("NAME");
    };
    add_to("list", "List trained versions: stage, how good, since when live", model_list,
           "\nExample:\n  waymark model list")
        ->add_option("MODEL", a_.names, "Which models (default: all)");
    CLI::App* show = add_to("show", "Show a version's card, what it was made from, and its history",
                            model_show, "\nExample:\n  waymark model show at_risk");
    add_model(show);
    add_version(show, "VERSION", a_.version)
        ->description("Its first digits, latest or live (default: what scores)");
    CLI::App* compare =
        add_to("compare", "Set two versions side by side", model_compare,
               "\nWhere both were judged on the same rows, the difference is drawn row by row.\n\n"
               "Example:\n  waymark model compare at_risk live latest");
    add_model(compare);
    add_version(compare, "A", a_.version)->required();
    add_version(compare, "B", a_.other_version)->required();
    CLI::App* promote = add_to(
        "promote", "Make a version live, so that it scores; or a shadow, so that it scores beside",
        model_promote,
        "\nTakes effect at the next `waymark score`; of a survival model also with the next "
        "build.\n\n"
        "Examples:\n"
        "  waymark model promote at_risk latest --reason \"better on the term that ended\"\n"
        "  waymark model promote at_risk 3f2a --shadow --reason \"to watch it for a term\"");
    add_model(promote);
    add_version(promote, "VERSION", a_.version)->required();
    promote->add_flag("--shadow", a_.as_shadow,
                      "Beside the live one, into predictions_MODEL_shadow (of a survival model "
                      "MODEL_shadow)");
    promote->add_flag("--override", a_.override_gates,
                      "In spite of fairness gates that it breaks; the history tells which");
    add_reason(promote, true);
    CLI::App* rollback =
        add_to("rollback", "Make the version live again that was live before", model_rollback,
               "\nTakes effect at the next `waymark score`.\n\n"
               "Example:\n  waymark model rollback at_risk --reason \"calls twice as many\"");
    add_model(rollback);
    add_reason(rollback, true);
    CLI::App* retire = add_to("retire", "Put a version out of use", model_retire,
                              "\nIts files stay. What is live cannot be retired.\n\n"
                              "Example:\n  waymark model retire at_risk 3f2a");
    add_model(retire);
    add_version(retire, "VERSION", a_.version)->required();
    add_reason(retire, false);
    CLI::App* export_command =
        add_to("export", "Write a version as one file, for another workspace", model_export,
               "\nExample:\n  waymark model export at_risk live --output at-risk.json");
    add_model(export_command);
    add_version(export_command, "VERSION", a_.version)->required();
    export_command->add_option("-o,--output", a_.output, "Into this file")
        ->type_name("FILE")
        ->required();
    CLI::App* import_command =
        add_to("import", "Take in a version that another workspace exported", model_import,
               "\nIt scores once it is promoted.\n\n"
               "Example:\n  waymark model import at-risk.json");
    import_command->add_option("FILE", a_.folder, "What was exported")->required();
    add_reason(import_command, false);
  }

  // `--NAME COLUMN`, one or several.
  template <typename Into>
  CLI::Option* add_columns(CLI::App* command, const char* name, Into& into, const char* words) {
    return command->add_option(name, into, words)->type_name("COLUMN")->delimiter(',');
  }

  void add_statistics() {
    add_survival();
    add_items();
    add_knowledge();
  }

  CLI::App* add_over_rows(const char* name, const char* words, Command command,
                          const std::string& examples) {
    CLI::App* sub = add(name, words, std::move(command),
                        "\nROWS is a file (.csv, .tsv, .parquet, .json), a table of the "
                        "workspace, or a SELECT.\n" +
                            examples);
    sub->add_option("ROWS", a_.statement, "Which rows")->required();
    return sub;
  }

  CLI::Option* add_one_of(CLI::App* command, const char* name, std::string& into, const char* words,
                          const std::vector<std::string>& known) {
    return command->add_option(name, into, words)->type_name("NAME")->check(CLI::IsMember(known));
  }

  void add_survival() {
    CLI::App* command = add_over_rows(
        "survival", "How long until something happens: curves, comparisons, what it goes with",
        survival,
        "A row tells how long it was watched and whether it ended with the event; who is still on "
        "their way\nis 0 at the last time known. Words among --on become a column for each but the "
        "most frequent.\n\n"
        "Examples:\n"
        "  waymark survival stays.csv --time weeks --event left --by region\n"
        "  waymark survival stays.csv --time weeks --event why=left --on age,region --strata "
        "course\n"
        "  waymark survival \"SELECT * FROM stays\" --time days --event left --on age --model "
        "weibull --at 30,90");
    add_columns(command, "--time", a_.time, "How long a row was watched, or until when")
        ->required();
    add_columns(command, "--event", a_.event,
                "Whether it ended with the event, 1 or 0; or COLUMN=VALUE|VALUE")
        ->required();
    add_columns(command, "--start", a_.start,
                "From when it was watched, where learners are several rows or join late");
    add_columns(command, "--by", a_.by, "A curve for each of what these are, and a log-rank test");
    CLI::Option* on =
        add_columns(command, "--on", a_.on, "Learn what the time goes with, from these");
    add_columns(command, "--strata", a_.strata, "Compare only rows that are alike in these");
    add_one_of(command, "--model", a_.model,
               "cox, weibull, lognormal, loglogistic, discrete (default: cox)",
               {"cox", "weibull", "lognormal", "loglogistic", "discrete"})
        ->needs(on);
    add_one_of(command, "--ties", a_.ties,
               "How Cox's model counts events at one time: efron, breslow (default: efron)",
               {"efron", "breslow"})
        ->needs(on);
    add_one_of(command, "--interval", a_.interval,
               "Curves' 95 % intervals: log-log, log (default: log-log)", {"log-log", "log"});
    command->add_option("--at", a_.times, "Show and judge survival at these times")
        ->type_name("TIME")
        ->delimiter(',');
    CLI::Option* steps =
        command->add_flag("--steps", a_.steps, "Print the curves, step by step, instead");
    add_list_format(command)->needs(steps);
  }

  void add_items() {
    CLI::App* command = add_over_rows(
        "items", "How hard items are, what they tell apart, and what learners know by them", items,
        "A row is one answer of a learner to an item; the first of several counts. Difficulty and "
        "ability are\non one scale, of which learners have mean 0 and deviation 1.\n\n"
        "Examples:\n"
        "  waymark items answers.csv --learner who --item question --correct right\n"
        "  waymark items answers.csv --learner who --item question --correct right --answer "
        "choice\n"
        "  waymark items \"FROM events WHERE kind = 'answered'\" --learner learner --item object "
        "--correct outcome=right");
    add_answer(command, "--item", a_.item, "What was asked");
    add_columns(command, "--answer", a_.answer, "What was answered: shows whom each choice draws");
    add_one_of(command, "--model", a_.model,
               "2pl, or rasch: one discrimination for all (default: 2pl)", {"2pl", "rasch"});
    CLI::Option* learners =
        command->add_flag("--learners", a_.learners, "Print each learner's ability instead");
    add_list_format(command)->needs(learners);
  }

  void add_knowledge() {
    CLI::App* command = add_over_rows(
        "knowledge", "What learners know of each skill, and how well that foretells their answers",
        knowledge,
        "A row is one answer of a learner to an item that exercises a skill; every try counts. "
        "With "
        "--item\nguess and slip are each item's own.\n\n"
        "Examples:\n"
        "  waymark knowledge answers.csv --learner who --skill topic --correct right --time when\n"
        "  waymark knowledge answers.csv --learner who --skill topic --correct right --held-out "
        "part=test\n"
        "  waymark knowledge answers.csv --learner who --skill topic --correct right --save "
        "measures/skills.yaml\n"
        "  waymark knowledge answers.csv --learner who --skill topic --correct right --learners "
        "--format csv");
    add_answer(command, "--skill", a_.skill, "What was exercised");
    add_columns(command, "--item", a_.item, "What was asked");
    add_columns(command, "--order", a_.order,
                "By which a learner's answers follow, of one time with --time (default: as the "
                "rows do)");
    add_columns(command, "--time", a_.time,
                "When each was given, 2026-03-01T10:15Z and the like or in seconds: answers follow "
                "by it; half-lives, and counts in windows of time are tried out too");
    add_columns(command, "--held-out", a_.held_out,
                "On whom to try models out, 1 or 0; or COLUMN=VALUE|VALUE (default: on all, in "
                "five parts)");
    command->add_flag("--forgets", a_.forgets, "What is known may be lost again");
    command->add_option("--restarts", a_.restarts, "Begin each fit so many times (default: 20)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000));
    command
        ->add_option("--save", a_.save_to,
                     "Write what was learned of each skill into this measure of mastery")
        ->type_name("FILE");
    CLI::Option* learners =
        command->add_flag("--learners", a_.learners, "Print what each learner knows instead");
    CLI::Option* prerequisites = command->add_flag(
        "--prerequisites", a_.prerequisites,
        "Print instead which skills seem to require which, by who has mastered what");
    CLI::Option* next = command->add_flag(
        "--next", a_.next,
        "Print instead what each learner has not mastered, the hardest for them first, and what "
        "they lack for it");
    command
        ->add_option("--requires", a_.required,
                     "What skills require, for --next: a table with the columns skill and requires "
                     "(default: as --prerequisites has it)")
        ->type_name("FILE")
        ->needs(next);
    learners->excludes(prerequisites)->excludes(next);
    prerequisites->excludes(next);
    add_list_format(command);
  }

  // Who answered what, and whether rightly.
  void add_answer(CLI::App* command, const char* option, std::string& what, const char* words) {
    add_columns(command, "--learner", a_.learner, "Who answered")->required();
    add_columns(command, option, what, words)->required();
    add_columns(command, "--correct", a_.correct,
                "Whether the answer was right, 1 or 0; or COLUMN=VALUE|VALUE")
        ->required();
  }

  // Of what can be a long list.
  CLI::Option* add_list_format(CLI::App* command) {
    return command
        ->add_option("--format", a_.format,
                     "Of such a list: table, csv, json, ndjson (default: table)")
        ->check(CLI::IsMember({"table", "csv", "json", "ndjson"}));
  }

  void add_care() {
    CLI::App* bench_command =
        add("bench", "Time the folds beside databases' best SQL on the same generated events",
            bench, "\nExample:\n  waymark bench --events 50000000 --threads 1");
    bench_command->add_option("--events", a_.rows, "How many (default: 5,000,000)")->type_name("N");
    bench_command->add_option("--threads", a_.threads, "On so many threads (default: 1)")
        ->type_name("N");
    bench_command->add_option("--only", a_.only, "Operations with this word in their name")
        ->type_name("WORD");
    bench_command->add_flag("--cold", a_.cold,
                            "Begin each run with nothing in memory, as after a start");
    bench_command
        ->add_option("--clickhouse", a_.clickhouse,
                     "Beside ClickHouse as well: libchdb.so, as npm's @chdb/lib-linux-x64-gnu has "
                     "it")
        ->type_name("FILE");
    add("doctor", "Verify journal, trails and tables, and say how to mend what is wrong", doctor,
        "\nExample:\n  waymark doctor");
    add(
        "completion", "Print a completion script for bash, zsh or fish",
        [this](const Arguments& arguments) {
          fmt::print("{}", completion_script(app_, arguments.shell));
          return 0;
        },
        "\nExample:\n  waymark completion bash > /etc/bash_completion.d/waymark")
        ->add_option("SHELL", a_.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    add(
        "reference", "For maintainers of docs/: write the reference of commands and definitions",
        [this](const Arguments& arguments) {
          std::filesystem::create_directories(arguments.folder);
          write_file_atomically(arguments.folder / "commands.md", commands_page(app_));
          write_file_atomically(arguments.folder / "definitions.md", definitions_page());
          return 0;
        },
        "\nExample:\n  waymark reference docs/reference")
        ->add_option("DIR", a_.folder, "Into this folder")
        ->required();
  }

  CLI::App app_{
      "Waymark: behaviour analytics for learning platforms. Raw logs in, trustworthy measures and "
      "explained "
      "predictions out."};
  Arguments& a_;
  Command& chosen_;
};

std::string no_such_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  return fmt::format("there is no command '{}'{}; `waymark --help` lists them", word,
                     in_brackets(did_you_mean(word, known)));
}

}  // namespace

const std::vector<Exit>& exits() {
  static const std::vector<Exit> all{
      {0, "done"},
      {exit_code(ErrorCode::kUsage), "the command line makes no sense"},
      {exit_code(ErrorCode::kInvalid), "mistakes in definitions or input"},
      {exit_code(ErrorCode::kNotFound), "a workspace, a name or a file is not there"},
      {exit_code(ErrorCode::kConflict), "in use by another process, or there already"},
      {exit_code(ErrorCode::kForbidden), "forbidden"},
      {exit_code(ErrorCode::kUnavailable), "a limit is reached"},
      {exit_code(ErrorCode::kCorrupt),
       "stored data is damaged; `waymark doctor` says how to go on"},
      {exit_code(ErrorCode::kEnvironment),
       "the operating system refused: disk full, no permission"},
      {exit_code(ErrorCode::kInternal), "a defect of Waymark"}};
  return all;
}

std::optional<Invocation> parse(int argc, char** argv, int& exit_code) {
  // Completion reads the command tree when it runs, so the tree outlives this call.
  static Invocation invocation;
  static Parser parser(invocation.arguments, invocation.command);
  try {
    parser.app().parse(argc, argv);
    return invocation;
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> unread = parser.app().remaining();
    if (parser.app().get_subcommands().empty() && !unread.empty()) {
      fmt::print(stderr, "waymark: {}\n", no_such_command(parser.app(), unread.front()));
      exit_code = waymark::exit_code(ErrorCode::kUsage);
      return std::nullopt;
    }
    exit_code = parser.app().exit(error) == 0 ? 0 : waymark::exit_code(ErrorCode::kUsage);
    return std::nullopt;
  }
}

}  // namespace waymark::cli
