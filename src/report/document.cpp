#include "report/document.h"

#include "report/style.h"

namespace waymark::report {
namespace {

// Even if a text broke out of its place, it could run nothing and reach nobody.
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
    "'none'";

Html head(const std::string& title, const std::string& program) {
  const auto meta = [](std::string name, std::string value) {
    return element("meta", {{"name", std::move(name)}, {"content", std::move(value)}});
  };
  return element(
      "head", {},
      element("meta", {{"charset", "utf-8"}}) +
          element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kPolicy}}) +
          meta("viewport", "width=device-width, initial-scale=1") +
          meta("referrer", "no-referrer") + meta("generator", program) +
          element("title", {}, title) + element("link", {{"rel", "icon"}, {"href", "data:,"}}) +
          element("style", {}, Html::trusted(kStyle) + Html::trusted(kChartStyle)));
}

}  // namespace

std::string document(const std::string& title, const std::string& program, const Html& body) {
  return "<!DOCTYPE html>\n" +
         element("html", {{"lang", "en"}}, head(title, program) + element("body", {}, body))
             .markup() +
         "\n";
}

}  // namespace waymark::report
