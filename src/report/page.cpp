#include <iterator>

#include "report/document.h"
#include "report/figure.h"
#include "report/finding.h"
#include "report/number.h"
#include "report/report.h"
#include "report/section.h"
#include "report/suppress.h"

namespace waymark::report {
namespace {

std::string title_of(const Content& content) {
  return content.title.empty() ? "Learning report" : content.title;
}

// Three stones: a waymark.
Html logo() {
  const auto stone = [](const char* x, const char* y, const char* rx, const char* ry) {
    return element("ellipse", {{"class", "dot t2"}, {"cx", x}, {"cy", y}, {"rx", rx}, {"ry", ry}});
  };
  return element("svg", {{"viewBox", "0 0 24 24"}, {"aria-hidden", "true"}},
                 stone("12", "19.5", "10", "3.5") + stone("12.6", "12.6", "7", "2.8") +
                     stone("11.6", "6.6", "4.4", "2.3"));
}

Html keys(const Content& content) {
  Html all;
  const auto key = [&](const std::string& value, std::string_view label) {
    all += element("div", {}, element("dt", {}, label) + element("dd", {}, value));
  };
  key(learners_number(content.learners, content.smallest_group), "learners");
  key(count(static_cast<std::int64_t>(content.courses.size())), "course presentations");
  key(compact(static_cast<double>(content.events)), "events");
  if (!content.models.empty() && evaluated(content.models[0], content)) {
    key(decimal(chosen(content.models[0])->roc_auc.value, 3), "ROC-AUC of the model");
  } else if (content.sessions) {
    key(compact(static_cast<double>(content.sessions->count)), "sessions");
  }
  return element("dl", {{"class", "keys"}}, all);
}

Html masthead(const Content& content) {
  const std::string made = date_time(content.generated_at);
  std::string what = "What learners did";
  if (content.days) what += ", " + date(*content.days);
  what += content.models.empty() ? "." : ", how they fared, and who may need help next.";
  return element(
      "header", {{"class", "masthead"}},
      element("div", {{"class", "inner"}},
              element("p", {{"class", "brand"}},
                      logo() + "Waymark report" +
                          element("time", {{"datetime", to_iso(content.generated_at)}}, made)) +
                  element("h1", {}, title_of(content)) +
                  element("p", {{"class", "standfirst"}}, what) + keys(content)));
}

Html finding_item(const Finding& finding, const std::vector<Section>& sections) {
  Html text;
  for (const Finding::Phrase& phrase : finding.phrases) {
    text += phrase.key ? strong(phrase.text) : Html(phrase.text);
  }
  for (const Section& section : sections) {
    if (section.id != finding.section) continue;
    text += Html(" ") +
            element("a", {{"href", "#" + section.id}, {"aria-label", "See: " + section.title}},
                    "See →");
  }
  return element("li", {{"class", finding.warning ? "warning" : ""}}, paragraph(text));
}

Section findings_section(const Content& content, const std::vector<Section>& sections) {
  Section section{"findings", "What stands out", {}};
  Html items;
  for (const Finding& finding : findings(content)) items += finding_item(finding, sections);
  section.body = items.empty()
                     ? missing(
                           "There is nothing to report yet. To go all the way from files to "
                           "findings:",
                           "waymark run")
                     : element("ol", {{"class", "findings"}}, items);
  return section;
}

Html navigation(const std::vector<Section>& sections) {
  Html items;
  for (const Section& section : sections) {
    items += element("li", {}, element("a", {{"href", "#" + section.id}}, section.title));
  }
  return element("nav", {{"aria-label", "Contents"}},
                 element("div", {{"class", "sticky"}}, element("ul", {}, items)));
}

Html body_of(const std::vector<Section>& sections) {
  Html all;
  for (const Section& section : sections) {
    const std::string heading_id = section.id + "-title";
    all += element("section", {{"id", section.id}, {"aria-labelledby", heading_id}},
                   element("h2", {{"id", heading_id}}, section.title) + section.body);
  }
  return element("main", {{"id", "content"}}, all);
}

Html attribution(const Attribution& source) {
  Html text = source.text;
  if (source.url.starts_with("https://") || source.url.starts_with("http://")) {
    text = element("a", {{"href", source.url}, {"rel", "noopener noreferrer"}},
                   text.empty() ? Html(source.url) : text);
  }
  if (!source.licence.empty()) text += " (" + source.licence + ")";
  return paragraph("Data: " + text);
}

Html footer(const Content& content) {
  Html all;
  for (const Attribution& source : content.attributions) all += attribution(source);
  all += paragraph(
      "Made by " + (content.method.program.empty() ? "waymark" : content.method.program) + " on " +
      date_time(content.generated_at) + ". Learners appear by pseudonym; groups of fewer than " +
      count(content.smallest_group) + " learners are hidden.");
  return element("footer", {}, element("div", {{"class", "inner"}}, all));
}

}  // namespace

std::string render(const Content& content) {
  std::vector<Section> sections = {data_section(content), activity_section(content),
                                   sessions_section(content), engagement_section(content)};
  for (auto more : {measure_sections(content), model_sections(content)}) {
    std::move(more.begin(), more.end(), std::back_inserter(sections));
  }
  sections.push_back(method_section(content));
  sections.insert(sections.begin(), findings_section(content, sections));

  const Html page =
      element("div", {{"class", "page"}},
              element("a", {{"class", "skip"}, {"href", "#content"}}, "Skip to the report") +
                  masthead(content) +
                  element("div", {{"class", "columns"}}, navigation(sections) + body_of(sections)) +
                  footer(content));
  return document(title_of(content) + ": learning report", content.method.program, page);
}

}  // namespace waymark::report
