#include "source/source_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "base/hash.h"
#include "source/test_workspace.h"

namespace waymark::source {
namespace {

// Stories: a definition and a file; the events below.

TEST(Source, ClicksRelativeToACourseStart) {
  TestWorkspace workspace;
  workspace.write("vle.csv", "id_site,activity_type\n77,quiz\n88,forum\n");
  workspace.write("presentations.csv", "code_presentation,start\n2014B,2014-02-01\n");
  workspace.write("data.csv",
                  "code_module,code_presentation,id_student,id_site,date,sum_click\n"
                  "AAA,2014B,1,77,-1,4\n"
                  "AAA,2014B,1,99,60,1\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
time_zone: Europe/London
lookup:
  site: {file: vle.csv, key: [id_site]}
  presentation: {file: presentations.csv, key: [code_presentation]}
events:
  - kind: click
    learner: ${id_student}
    course: ${code_module}/${code_presentation}
    object: ${id_site}
    context: ${site.activity_type}
    time: {day: "${date}", since: "${presentation.start}"}
    weight: ${sum_click}
)");
  EXPECT_EQ(to_lines(workspace.read(definition)),
            "1|2014-01-31T00:00:00Z|click|77|AAA/2014B|quiz|||4|\n"
            "1|2014-04-01T23:00:00Z|click|99|AAA/2014B||||1|\n");
}

TEST(Source, OneRowSeveralEventsAndACourse) {
  TestWorkspace workspace;
  workspace.write("data.csv",
                  "user,course,from,left,result,region,attempts\n"
                  "1,A,2014-02-01,,Pass,Wales,0\n"
                  "2,A,2014-02-02,2014-03-01,Withdrawn,,2\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
events:
  - kind: enrolled
    learner: ${user}
    course: ${course}
    time: ${from}
    properties: {region: "${region}", attempts: {number: "${attempts}"}}
  - kind: unregistered
    when: {left: present}
    learner: ${user}
    course: ${course}
    time: ${left}
  - kind: result
    when: {result: [Pass, Fail]}
    learner: ${user}
    time: "2014-10-01"
    outcome: {text: "${result}", map: {Pass: passed}}
courses:
  - course: ${course}
    start: "2014-02-01"
    end: "2014-10-01"
    properties: {size: {number: "2"}}
)");
  const Reading reading = workspace.read(definition);
  EXPECT_EQ(to_lines(reading),
            "1|2014-02-01T00:00:00Z|enrolled||A||||1|region=Wales attempts=#0\n"
            "1|2014-10-01T00:00:00Z|result|||||passed|1|\n"
            "2|2014-02-02T00:00:00Z|enrolled||A||||1|attempts=#2\n"
            "2|2014-03-01T00:00:00Z|unregistered||A||||1|\n");
  ASSERT_EQ(reading.courses.size(), 1u) << "told by both rows, given once";
  EXPECT_EQ(reading.courses[0].course, "A");
  EXPECT_EQ(to_iso_date(reading.courses[0].end), "2014-10-01");
  EXPECT_EQ(reading.courses[0].properties.size(), 1u);
  EXPECT_EQ(reading.counts.records, 2u);
  EXPECT_EQ(reading.counts.received(), 4u);
}

TEST(Source, LookupsMayUseLookups) {
  TestWorkspace workspace;
  workspace.write("assessments.csv", "id,module,due\n7,A,\n8,A,20\n9,B,\n");
  workspace.write("courses.csv", "code,length\nA,240\nA,999\n,1\n");
  workspace.write("data.csv", "user,id,day\n1,7,250\n1,8,18\n1,9,3\n1,,4\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
lookup:
  assessment: {file: assessments.csv, key: [id]}
  course: {file: courses.csv, key: {code: "${assessment.module}"}}
events:
  - kind: submitted
    learner: ${user}
    object: ${id}
    time: {day: "${day}", since: "2014-02-01"}
    properties:
      due_day: {number: "${assessment.due}", otherwise: "${course.length}"}
      late: {subtract: ["${day}", {number: "${assessment.due}", otherwise: "${course.length}"}]}
)");
  EXPECT_EQ(to_lines(workspace.read(definition)),
            "1|2014-10-09T00:00:00Z|submitted|7|||||1|due_day=#240 late=#10\n"
            "1|2014-02-19T00:00:00Z|submitted|8|||||1|due_day=#20 late=#-2\n"
            "1|2014-02-04T00:00:00Z|submitted|9|||||1|\n"
            "1|2014-02-05T00:00:00Z|submitted||||||1|\n");
  const auto lookups = load_lookups(definition, workspace.folder());
  EXPECT_EQ(lookups[1].rows(), 1u);
  EXPECT_EQ(lookup_warnings(definition, lookups),
            (std::vector<std::string>{
                "lookup 'course' (courses.csv): 1 rows repeat the key of an earlier row, which "
                "counts",
                "lookup 'course' (courses.csv): 1 rows cannot be read or have no key"}));
}

TEST(Source, IdsInsideATextAndTimesInMinutes) {
  TestWorkspace workspace;
  workspace.write("data.csv",
                  "Time,Description\r\n"
                  "\"3/12/20, 14:10\",The user with id '126' viewed caf\xE9\r\n"
                  "\"4/12/20, 14:10\",Somebody did\r\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
encoding: windows-1252
events:
  - kind: viewed
    learner: {text: "${Description}", match: "user with id '(\\d+)'"}
    object: {text: "${Description}", match: 'viewed (.*)', otherwise: nothing}
    time: {text: "${Time}", format: "%d/%m/%y, %H:%M"}
)");
  const Reading reading =
      workspace.read(definition, "data.csv", {.now = *parse_iso_time("2021-01-01", Zone::utc())});
  EXPECT_EQ(to_lines(reading), "126|2020-12-03T14:10:00Z|viewed|café|||||1|\n");
  EXPECT_EQ(reading.rejected(), "3 event.learner_missing\n");
}

TEST(Source, NdjsonKeepsWhatItDoesNotMap) {
  TestWorkspace workspace;
  workspace.write("data.ndjson",
                  R"({"actor":{"id":7},"verb":"watched","at":1571218632,"video":{"length":9.5}})"
                  "\n"
                  R"({"actor":{"id":8},"verb":"paused","at":1571218633,"new":true,"tags":["a"]})"
                  "\n");
  const std::string yaml = R"(
files: data.ndjson
events:
  - kind: ${verb}
    learner: ${actor.id}
    time: {text: "${at}", unit: s}
)";
  EXPECT_EQ(to_lines(workspace.read(TestWorkspace::definition(yaml), "data.ndjson")),
            "7|2019-10-16T09:37:12Z|watched||||||1|video.length=#9.5\n"
            "8|2019-10-16T09:37:13Z|paused||||||1|new=true tags=json:[\"a\"]\n");
  EXPECT_EQ(
      to_lines(workspace.read(TestWorkspace::definition(yaml + "keep: none\n"), "data.ndjson")),
      "7|2019-10-16T09:37:12Z|watched||||||1|\n"
      "8|2019-10-16T09:37:13Z|paused||||||1|\n");
}

TEST(Source, AllFieldsOfAnEvent) {
  TestWorkspace workspace;
  workspace.write("data.tsv", "u\tt\ts\td\tr\n1\t2014-02-01\t0.75\t1500\t2014-02-03T10:00Z\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.tsv
events:
  - kind: answered
    learner: ${u}
    time: ${t}
    received: ${r}
    score: ${s}
    duration_ms: ${d}
    weight: 3
)");
  const Reading reading = workspace.read(definition, "data.tsv");
  ASSERT_EQ(reading.events.size(), 1u);
  const Event& event = reading.events[0];
  EXPECT_EQ(event.score, 0.75);
  EXPECT_EQ(event.duration_ms, 1500);
  EXPECT_EQ(event.weight, 3);
  EXPECT_EQ(to_iso(event.received), "2014-02-03T10:00:00Z");
  EXPECT_EQ(event.source, "test");
  EXPECT_EQ(event.sequence, 2u);
}

const std::string kPlain = R"(
files: data.csv
events:
  - kind: click
    learner: ${user}
    time: ${time}
    weight: ${n}
)";

TEST(Source, Arrival) {
  TestWorkspace workspace;
  workspace.write("data.csv", "user,time,n\n1,2014-02-01,1\n");
  EXPECT_EQ(workspace.read(TestWorkspace::definition(kPlain)).events[0].received, kTestNow);
  const auto history = TestWorkspace::definition(kPlain + "arrival: event_time\n");
  EXPECT_EQ(to_iso_date(workspace.read(history).events[0].received), "2014-02-01");
}

TEST(Source, WhatCannotBeMappedIsRejectedAndTheRestGoesOn) {
  TestWorkspace workspace;
  workspace.write("data.csv",
                  "user,time,n\n"
                  ",2014-02-01,1\n"
                  "1,,1\n"
                  "1,yesterday,1\n"
                  "1,1969-12-31,1\n"
                  "1,2020-01-03,1\n"
                  "1,2014-02-01,many\n"
                  "1,2014-02-01\n"
                  "1,2020-01-01T20:00:00,\n");
  const Reading reading = workspace.read(TestWorkspace::definition(kPlain));
  EXPECT_EQ(reading.rejected(),
            "2 event.learner_missing\n3 event.time_missing\n4 event.time_malformed\n"
            "5 event.time_impossible\n6 event.time_impossible\n7 number.malformed\n"
            "8 record.columns\n");
  EXPECT_EQ(to_lines(reading), "1|2020-01-01T20:00:00Z|click||||||1|\n");
  EXPECT_EQ(reading.rejects[2].path, "data.csv");
  EXPECT_EQ(reading.rejects[2].raw, R"({"user":"1","time":"yesterday","n":"1"})");
  EXPECT_EQ(reading.rejects[6].raw, "1,2014-02-01");
  EXPECT_EQ(reading.counts.received(), 8u);
}

TEST(Source, ARejectedRecordLeavesNoTraceInTheBatch) {
  TestWorkspace workspace;
  workspace.write("data.csv", "user,time,n\nann,2014-02-01,many\nbob,2014-02-01,1\n");
  const auto definition = TestWorkspace::definition(kPlain);
  const std::vector<LookupTable> lookups;
  SourceReader reader(definition, lookups, workspace.folder(), "data.csv", {.now = kTestNow});
  Chunk chunk;
  ASSERT_TRUE(reader.next_chunk(chunk, 10));
  EXPECT_EQ(chunk.rejects.size(), 1u);
  EXPECT_EQ(chunk.events.learners.find("ann"), kAbsentCode);
}

TEST(Source, WhatIsRequiredAndComesFromALookupWithoutARow) {
  TestWorkspace workspace;
  workspace.write("starts.csv", "course,start\nA,2014-02-01\nB,\n");
  workspace.write("data.csv", "user,course,day\n1,A,0\n1,B,0\n1,C,0\n1,,0\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
lookup: {begin: {file: starts.csv, key: [course]}}
events:
  - {kind: click, learner: "${user}", time: {day: "${day}", since: "${begin.start}"}}
)");
  const Reading reading = workspace.read(definition);
  EXPECT_EQ(reading.rejected(), "3 event.time_missing\n4 lookup.missing\n5 lookup.missing\n");
  EXPECT_EQ(reading.rejects[1].detail,
            "the time comes from the lookup 'begin', which has no row for the record");
}

TEST(Source, ARecordThatNoEntryWantsIsRefused) {
  TestWorkspace workspace;
  workspace.write("data.csv", "user,time,what\n1,2014-02-01,click\n1,2014-02-01,view\n,,idle\n");
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
events:
  - {kind: click, when: {what: click}, learner: "${user}", time: "${time}"}
  - {kind: unknown, when: {what: [view, other], user: absent}, learner: x, time: "${time}"}
)");
  const Reading reading = workspace.read(definition);
  EXPECT_EQ(reading.counts.events, 1u);
  EXPECT_EQ(reading.counts.refused, 2u);
  EXPECT_EQ(reading.counts.rejected, 0u);
  EXPECT_EQ(reading.counts.received(), 3u);
}

TEST(Source, MissingColumnsAreNamedWithTheNearest) {
  TestWorkspace workspace;
  const auto why = [&](const std::string& header) {
    workspace.write("data.csv", header);
    try {
      workspace.read(TestWorkspace::definition(kPlain));
    } catch (const Error& error) {
      return error.reason() + ": " + error.what();
    }
    return std::string("none");
  };
  EXPECT_EQ(why("user,times,n\n"),
            "source.column_missing: data.csv has no column 'time' (did you mean 'times'?); it has: "
            "user, times, n");
  EXPECT_EQ(why("user;time;n\n"),
            "source.column_missing: data.csv has no column 'user'; its one column is "
            "'user;time;n': with `delimiter: ';'` it has several");
  EXPECT_NE(why("user\ttime\tn\n").find(R"(with `delimiter: "\t"` it has several)"),
            std::string::npos);
  EXPECT_EQ(why(""), "none") << "an empty file lacks nothing";
}

TEST(Source, ATruncatedFileEndsInARejectThatSaysWhere) {
  TestWorkspace workspace;
  std::string text = "user,time,n\n";
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) text += fmt::format("{},2014-02-01,{}\n", random(), random());
  const Reading whole = [&] {
    workspace.write("data.csv", text);
    return workspace.read(TestWorkspace::definition(kPlain));
  }();
  const std::string packed = gzipped(text);
  workspace.write("cut.csv.gz", std::string_view(packed).substr(0, packed.size() / 2));
  for (const std::size_t limit : {kOccurrenceLimit, std::size_t{100}}) {
    const Reading cut = workspace.read(TestWorkspace::definition(kPlain), "cut.csv.gz",
                                       {.now = kTestNow, .occurrence_limit = limit});
    ASSERT_EQ(cut.rejects.size(), 1u);
    EXPECT_EQ(cut.rejects[0].reason, "file.truncated");
    EXPECT_EQ(cut.rejects[0].detail,
              fmt::format("the compressed file ends early, at byte {}", packed.size() / 2));
    EXPECT_GT(cut.events.size(), 1000u);
    EXPECT_EQ(cut.rejects[0].line, cut.events.size() + 2);
    EXPECT_TRUE(std::ranges::includes(whole.ids(), cut.ids()));
  }
}

// Identity.

std::string shuffled_rows(std::vector<std::string> rows, std::mt19937_64& random) {
  std::ranges::shuffle(rows, random);
  std::string text = "user,time,n\n";
  for (const std::string& row : rows) text += row + "\n";
  return text;
}

std::vector<std::string> random_rows(std::mt19937_64& random, std::size_t count) {
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(fmt::format("{},2014-02-{:02},{}", random() % 9, 1 + random() % 3,
                               random() % 10 == 0 ? "x" : "1"));
  }
  return rows;
}

TEST(Identity, EqualRowsAreDifferentEvents) {
  TestWorkspace workspace;
  workspace.write("data.csv", "user,time,n\n1,2014-02-01,1\n1,2014-02-01,1\n");
  const auto ids = workspace.read(TestWorkspace::definition(kPlain)).ids();
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_NE(ids[0], ids[1]);
}

TEST(Identity, NeitherOrderNorQuotingNorEmptyColumnsNorTheFilesNameMatter) {
  TestWorkspace workspace;
  const auto definition = TestWorkspace::definition(kPlain);
  workspace.write("data.csv", "user,time,n\n1,2014-02-01,1\n2,2014-02-01,1\n");
  workspace.write("other.csv",
                  "n,extra,time,user\r\n\"1\",,2014-02-01,2\r\n1,,\"2014-02-01\",1\r\n");
  EXPECT_EQ(workspace.read(definition).ids(), workspace.read(definition, "other.csv").ids());
}

TEST(Identity, AnyRowOrderGivesTheSameIds) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  TestWorkspace workspace;
  const auto definition = TestWorkspace::definition(kPlain);
  for (int round = 0; round < 20; ++round) {
    const auto rows = random_rows(random, 200);
    workspace.write("data.csv", shuffled_rows(rows, random));
    const Reading first = workspace.read(definition);
    workspace.write("data.csv", shuffled_rows(rows, random));
    const Reading second = workspace.read(definition);
    ASSERT_EQ(first.ids(), second.ids());
    ASSERT_EQ(first.rejects.size(), second.rejects.size());

    const std::vector<std::string> part(rows.begin(), rows.begin() + 90);
    workspace.write("data.csv", shuffled_rows(part, random));
    ASSERT_TRUE(std::ranges::includes(first.ids(), workspace.read(definition).ids()));
  }
}

TEST(Identity, DeclaredIdsDecide) {
  TestWorkspace workspace;
  const auto definition = TestWorkspace::definition(kPlain + "id: [key]\nkeep: none\n");
  workspace.write("data.csv",
                  "key,user,time,n\na,1,2014-02-01,1\na,2,2014-02-02,1\nb,1,2014-02-01,1\n"
                  ",3,2014-02-01,1\n");
  const Reading reading = workspace.read(definition);
  ASSERT_EQ(reading.events.size(), 3u);
  EXPECT_EQ(reading.events[0].id, reading.events[1].id);
  EXPECT_NE(reading.events[0].id, reading.events[2].id);
  EXPECT_EQ(reading.rejected(), "5 event.id_missing\n");
}

TEST(Identity, EntriesOfOtherKindsMayComeAndGo) {
  TestWorkspace workspace;
  workspace.write("data.csv", "user,time,n\n1,2014-02-01,1\n");
  const auto ids = [&](const std::string& kinds) {
    std::string yaml = "files: data.csv\nevents:\n";
    for (const char kind : kinds)
      yaml += fmt::format("  - {{kind: {}, learner: \"${{user}}\", time: \"${{time}}\"}}\n", kind);
    std::map<std::string, std::vector<EventId>> by_kind;
    for (const Event& event : workspace.read(TestWorkspace::definition(yaml)).events)
      by_kind[event.kind].push_back(event.id);
    return by_kind;
  };
  EXPECT_EQ(ids("a")["a"], ids("ba")["a"]);
  EXPECT_EQ(ids("ab")["b"], ids("bca")["b"]);
  EXPECT_EQ(ids("aba")["a"], ids("caa")["a"]);
  EXPECT_NE(ids("aa")["a"][0], ids("aa")["a"][1]);
}

// Chunks, memory, resuming.

TEST(Source, ATinyTableReadsTheFileAgainAndGivesTheSame) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  TestWorkspace workspace;
  const auto definition = TestWorkspace::definition(kPlain);
  workspace.write("data.csv", shuffled_rows(random_rows(random, 500), random) + "broken\nbroken\n");
  const Reading whole = workspace.read(definition);
  for (const std::size_t limit : {2, 3, 10, 25}) {
    const Reading tiny =
        workspace.read(definition, "data.csv", {.now = kTestNow, .occurrence_limit = limit}, 7);
    EXPECT_EQ(tiny.ids(), whole.ids());
    EXPECT_EQ(tiny.counts.records, 502u);
    EXPECT_EQ(tiny.counts.rejected, whole.counts.rejected);
  }
}

TEST(Source, ReadingResumesBehindAnyChunk) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  TestWorkspace workspace;
  const auto definition = TestWorkspace::definition(kPlain);
  workspace.write("data.csv", shuffled_rows(random_rows(random, 300), random));
  for (const std::size_t limit : {kOccurrenceLimit, std::size_t{5}}) {
    const ReadOptions options{.now = kTestNow, .occurrence_limit = limit};
    const Reading whole = workspace.read(definition, "data.csv", options, 20);
    for (std::size_t kept = 0; kept < whole.positions.size(); ++kept) {
      ReadOptions resumed = options;
      resumed.resume_at = whole.positions[kept];
      const Reading rest = workspace.read(definition, "data.csv", resumed, 20);
      const std::string all = to_lines(whole);
      ASSERT_TRUE(all.ends_with(to_lines(rest)));
      ASSERT_EQ(rest.positions,
                std::vector(whole.positions.begin() + 1 + kept, whole.positions.end()));
    }
  }
}

TEST(Source, ChunksAreAsLargeAsAskedFor) {
  TestWorkspace workspace;
  std::string text = "user,time,n\n";
  for (int i = 0; i < 100; ++i)
    text += fmt::format("{},2014-02-01,{}\n", i, i % 2 == 0 ? "1" : "x");
  workspace.write("data.csv", text);
  const auto definition = TestWorkspace::definition(kPlain);
  const auto lookups = load_lookups(definition, workspace.folder());
  SourceReader reader(definition, lookups, workspace.folder(), "data.csv", {.now = kTestNow});
  Chunk chunk;
  ASSERT_TRUE(reader.next_chunk(chunk, 10));
  EXPECT_EQ(chunk.counts.received(), 10u);
  EXPECT_EQ(chunk.events.size(), 5u);
  EXPECT_EQ(chunk.position, 10u);
  EXPECT_GT(chunk.progress, 0);
  while (reader.next_chunk(chunk, 10)) {
  }
  EXPECT_EQ(chunk.position, 100u);
  EXPECT_EQ(chunk.progress, 1);
  EXPECT_FALSE(reader.next_chunk(chunk, 10));
}

TEST(Source, ChunksOfLargeRecordsAreBoundedInBytes) {
  TestWorkspace workspace;
  std::string text = "user,time,n,note\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},2014-02-01,1,{}\n", i, std::string(1 << 20, 'x'));
  workspace.write("data.csv", text);
  const Reading reading = workspace.read(TestWorkspace::definition(kPlain));
  EXPECT_EQ(reading.counts.events, 40u);
  EXPECT_EQ(reading.positions, (std::vector<std::uint64_t>{32, 40}));
}

// Whatever the bytes, in whatever packing: a file is read to its end, and every record is counted.
TEST(Source, DamagedFiles) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  TestWorkspace workspace;
  const auto definition = TestWorkspace::definition(kPlain + "format: csv\n");
  const auto ndjson = TestWorkspace::definition(kPlain + "format: ndjson\n");
  const auto damage = [&](std::string text) {
    for (std::uint64_t hits = random() % 6; hits > 0 && text.size() > 20; --hits)
      text[20 + random() % (text.size() - 20)] = static_cast<char>(random() % 256);
    return text.substr(0, random() % 3 == 0 ? random() % (text.size() + 1) : text.size());
  };
  for (int round = 0; round < 200; ++round) {
    const bool json = random() % 2 == 0;
    std::string text = json ? "" : "user,time,n\n";
    for (int row = 0; row < 50; ++row) {
      text += fmt::format(json ? fmt::runtime("{{\"user\":\"{}\",\"time\":\"2014-02-{:02}\"}}\n")
                               : fmt::runtime("\"{}\",2014-02-{:02},\n"),
                          random() % 9, 1 + random() % 31);
    }
    const std::uint64_t packing = random() % 3;
    text = damage(packing == 0 ? text : packing == 1 ? gzipped(text) : zstandard(text));
    workspace.write("data", text);
    try {
      const Reading reading = workspace.read(json ? ndjson : definition, "data",
                                             {.now = kTestNow,
                                              .occurrence_limit = 2 + random() % 60,
                                              .max_record_bytes = 64 + random() % 500},
                                             1 + random() % 20);
      ASSERT_EQ(reading.counts.records, reading.counts.received());
    } catch (const Error& error) {
      // A header, or the first bytes of a compressed file, that cannot be used.
      ASSERT_TRUE(error.code() == ErrorCode::kInvalid || error.code() == ErrorCode::kCorrupt)
          << error.what();
    }
  }
}

TEST(Source, RejectsAreMappedAgainWithTheIdsTheyWouldHaveHad) {
  TestWorkspace workspace;
  workspace.write("data.csv",
                  "user,time,n\n1,2014-02-01,many\n1,2014-02-01,many\n2,2014-02-01,3\nbroken\n");
  const Reading wrong = workspace.read(TestWorkspace::definition(kPlain));
  ASSERT_EQ(wrong.rejects.size(), 3u);

  std::string mended_yaml = kPlain;
  mended_yaml.replace(mended_yaml.find("${n}"), 4, R"({text: "${n}", map: {many: "9", 3: "3"}})");
  const auto mended = TestWorkspace::definition(mended_yaml);
  const auto lookups = load_lookups(mended, workspace.folder());
  const Chunk again = map_again(mended, lookups, wrong.rejects, kTestNow);
  EXPECT_EQ(again.counts.records, 3u);
  EXPECT_EQ(again.counts.events, 2u);
  ASSERT_EQ(again.rejects.size(), 1u);
  EXPECT_EQ(again.rejects[0].reason, "record.columns");
  EXPECT_EQ(again.events.sequence, (std::vector<std::uint64_t>{2, 3}));

  std::vector<std::string> ids{to_hex(wrong.events[0].id)};
  for (const EventId& id : again.events.id) ids.push_back(to_hex(id));
  std::ranges::sort(ids);
  EXPECT_EQ(ids, workspace.read(mended).ids());
}

TEST(Source, FilesAndLookupsHaveFingerprints) {
  TestWorkspace workspace;
  workspace.write("a.csv", "x");
  workspace.write("b.csv", "x");
  workspace.write("c.csv", "");
  EXPECT_EQ(fingerprint(workspace.folder() / "a.csv"), fingerprint(workspace.folder() / "b.csv"));
  EXPECT_NE(fingerprint(workspace.folder() / "a.csv"), fingerprint(workspace.folder() / "c.csv"));

  const auto definition = TestWorkspace::definition("lookup: {a: {file: a.csv, key: [x]}}\n" +
                                                    kPlain.substr(kPlain.find("files")));
  const std::string before = mapping_version(definition, workspace.folder());
  EXPECT_EQ(before, mapping_version(definition, workspace.folder()));
  workspace.write("a.csv", "x\n1\n");
  EXPECT_NE(before, mapping_version(definition, workspace.folder()));
}

TEST(Source, LookupsHaveALimit) {
  TestWorkspace workspace;
  std::string text = "id,name\n";
  for (int i = 0; i < 1000; ++i) text += fmt::format("{},name of {}\n", i, i);
  workspace.write("names.csv", text);
  const auto definition = TestWorkspace::definition(R"(
files: data.csv
lookup: {names: {file: names.csv, key: [id]}}
events:
  - {kind: click, learner: "${names.name}", time: "${time}"}
)");
  EXPECT_EQ(LookupTable(definition, 0, workspace.folder()).rows(), 1000u);
  EXPECT_THROW(LookupTable(definition, 0, workspace.folder(), 10'000), Error);
}

}  // namespace
}  // namespace waymark::source
