// What the page says of models.

#include <gtest/gtest.h>

#include <algorithm>

#include "report/sample.h"
#include "report/sound_page.h"

namespace waymark::report {
namespace {

// Lines that are drawn in squares, each once.
std::int64_t drawn_curves(const Markup& page) {
  return std::ranges::count_if(page.elements, [](const Element& element) {
    const auto css = element.attributes.find("class");
    return element.tag == "path" && css != element.attributes.end() &&
           css->second.starts_with("line ") && !element.is_inside("li");
  });
}

TEST(ModelSections, OfSeveralClassesShowsEachOfThem) {
  const Markup page = sound_page(sample_of_classes());
  for (const std::string_view text :
       {"The question: which of none, low, high and top it will be", "Class by class", "Accuracy",
        "What is called, and what came true", "none, called none: 85%", "none, called low: 14%",
        "Meaning what it says: top", "what is expected of BBB/2014J", "as to high",
        "82 learners in 100"})
    EXPECT_TRUE(page.shows(text)) << text;
  for (const std::string_view text : {"the risk", "at risk, and why", "waymark score"})
    EXPECT_FALSE(page.shows(text)) << text;
}

// Rows of a file have no course, and no moment as of which they are known.
TEST(ModelSections, OfAFileSpeaksOfRows) {
  Content content = sample_of_classes();
  Model& model = content.models[0];
  model.as_of.clear();
  model.train_courses.clear();
  model.test_courses.clear();
  model.expected = {
      {.course = "data/students.csv", .learners = 400, .shares = {0.2, 0.3, 0.3, 0.2}}};
  for (Prediction& prediction : model.predictions) prediction.course = "data/students.csv";
  const Markup page = sound_page(content);
  for (const std::string_view text :
       {"it will be for each learner?", "rows of a file", "what is expected of data/students.csv",
        "expected of a file", "Called high, the surest first"})
    EXPECT_TRUE(page.shows(text)) << text;
  for (const std::string_view text : {"as far as it can be known", "later ones"})
    EXPECT_FALSE(page.shows(text)) << text;
}

TEST(ModelSections, OfSeveralClassesListsTheSurestOfEach) {
  Content content = sample_of_classes();
  std::vector<Prediction>& predictions = content.models[0].predictions;
  predictions.resize(7);
  predictions[0].course = "HHH/2014J (pilot)";  // of seven
  predictions[1].course = "unheard of";
  predictions[2].called = predictions[3].called = "high";
  predictions[4].called = "none", predictions[5].called = "high", predictions[6].called = "";
  const Markup page = sound_page(content);
  EXPECT_TRUE(page.shows("Called high, the surest first"));
  EXPECT_TRUE(page.shows("Called none, the surest first"));
  EXPECT_FALSE(page.shows("Called low, the surest first")) << "of whom none may be shown";
  EXPECT_TRUE(page.shows("2 learners of courses with fewer than 10"));
  std::vector<std::string> listed;
  for (const Element& element : page.elements) {
    const auto css = element.attributes.find("class");
    if (css != element.attributes.end() && css->second == "mono") listed.push_back(element.text);
  }
  EXPECT_EQ(listed, (std::vector<std::string>{predictions[4].learner, predictions[2].learner,
                                              predictions[3].learner, predictions[5].learner}))
      << "by class, the surest first; none who is called nothing";
  predictions.clear();
  EXPECT_FALSE(sound_page(content).shows("Of each class those"));
}

TEST(ModelSections, OfSeveralClassesDrawsHowEachIsFound) {
  Content content = sample_of_classes();
  Model& model = content.models[0];
  model.classes[0].roc_auc = {0.8612, 0.8524, 0.8701};
  model.classes[3].roc_auc.value = 0.777;
  const Markup page = sound_page(content);
  for (const std::string_view text :
       {"Finding each class (ROC curves)", "none: 0.861", "top: 0.777", "0.852 to 0.870"})
    EXPECT_TRUE(page.shows(text)) << text;
  const std::int64_t drawn = drawn_curves(page);
  model.classes[3].there = 9;
  const Markup other = sound_page(content);
  EXPECT_EQ(drawn_curves(other), drawn - 2) << "nine, and the class that would tell of them";
  EXPECT_FALSE(other.shows("0.777")) << "no curve, no area";
  EXPECT_TRUE(other.shows("none: 0.861"));
  for (ClassQuality& one : model.classes) one.roc.clear();
  EXPECT_EQ(drawn_curves(sound_page(content)), drawn - 4);
  model.classes[0].called_as.assign(7, 40);
  model.classes.assign(7, ClassQuality(model.classes[0]));
  for (ClassQuality& one : model.classes) one.roc = {{0, 0}, {0.5, 0.75}, {1, 1}};
  EXPECT_TRUE(sound_page(content).shows("The first 6 classes"));
}

TEST(ModelSections, OfSeveralClassesShowsNoSmallOne) {
  const Markup page = sound_page(sample_of_classes());
  EXPECT_TRUE(page.shows("none, called top: hidden")) << "three learners";
  EXPECT_TRUE(page.shows("none, called high: hidden")) << "which the others would tell of";
  EXPECT_TRUE(page.shows("top, called top: hidden"));
  Content content = sample_of_classes();
  content.models[0].classes[3].there = 9;
  const Markup other = sound_page(content);
  EXPECT_FALSE(other.shows("1,647")) << "all learners less the other classes' tell of the nine";
  EXPECT_TRUE(other.shows("2,251"));
}

TEST(ModelSections, TellHowGroupsFare) {
  Content content = sample();
  const Markup page = sound_page(content);
  for (const std::string_view text : {"How groups fare", "Disability", "6,204", "1.29",
                                      "A limit does not hold: disparate_impact of disability"})
    EXPECT_TRUE(page.shows(text)) << text;
  EXPECT_FALSE(page.shows("Left to people"));
  content.models[0].fairness[0].groups[1].left = {0.125, 0.1, 0.15};
  EXPECT_TRUE(sound_page(content).shows("Left to people"));
  content.models[0].fairness[0].groups[2].learners = 7;
  const Markup small = sound_page(content);
  EXPECT_TRUE(small.shows("6,204"));
  EXPECT_FALSE(small.shows("1.18 to 1.40")) << "all learners less these tell of the seven";
}

}  // namespace
}  // namespace waymark::report
