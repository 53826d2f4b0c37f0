#include "report/style.h"

#include <fmt/format.h>

namespace waymark::report {

// Without '<' and '&', so that it may stand in a page as it is.
const std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #fdfcf9; --raised: #f6f3ed; --ink: #1c1e21; --muted: #595e66; --rule: #e2ded5;
  --strong-rule: #1c1e21; --link: #0b5a94; --warning: #8a3b00; --warning-paper: #fdf1e3;
  --t0: #757a82; --t1: #1f6aa5; --t2: #c2500a; --t3: #00785f; --t4: #86479c; --t5: #8a6500;
  --track: #e8e4db; --grid: #e8e4db; --axis: #8d9199;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, "Noto Serif", Georgia, serif;
  --sans: Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --raised: #1d2025; --ink: #e9e6df; --muted: #a3a8b0; --rule: #30343b;
    --strong-rule: #e9e6df; --link: #86bff2; --warning: #f5b778; --warning-paper: #2d2216;
    --t0: #8f959e; --t1: #6aaeea; --t2: #f08f4a; --t3: #45c2a2; --t4: #c797da; --t5: #d3ad49;
    --track: #2c3037; --grid: #292d34; --axis: #747a84;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 400 1.0625rem/1.62 var(--serif); overflow-wrap: anywhere;
  font-variant-numeric: lining-nums;
}
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--link); outline-offset: 3px; border-radius: 2px;
}
p, ul, ol, dl, .missing, .note { max-width: 44rem; }
p { margin: 0 0 1rem; text-wrap: pretty; }
strong { font-weight: 650; }
strong, code, td, b, svg text { unicode-bidi: isolate; }
code, pre, .mono { font-family: var(--mono); font-size: 0.85em; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 2; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.page { max-width: 80rem; margin: 0 auto; padding: 0 clamp(1.125rem, 4vw, 3rem); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); }
main { min-width: 0; max-width: 55rem; width: 100%; margin: 0 auto; }

.masthead { max-width: 55rem; margin: 0 auto; padding: clamp(1.5rem, 5vw, 3.5rem) 0 0; }
.brand {
  display: flex; align-items: center; gap: 0.6rem; margin: 0 0 clamp(1.75rem, 5vw, 3.25rem);
  font: 600 0.8125rem/1.4 var(--sans); color: var(--muted); max-width: none;
}
.brand svg { width: 1.375rem; height: 1.375rem; flex: none; }
.brand time { margin-left: auto; font-weight: 400; }
h1, h2, h3 { line-height: 1.15; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(2.25rem, 6vw, 3.5rem); font-weight: 700; letter-spacing: -0.018em; }
.standfirst {
  margin: 0.9rem 0 2.25rem; max-width: 42rem; color: var(--muted);
  font-size: clamp(1.125rem, 2.2vw, 1.3125rem); line-height: 1.45;
}

.keys {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1.25rem 2rem;
  margin: 0; padding: 1.125rem 0 0; max-width: none; border-top: 2px solid var(--strong-rule);
}
.keys div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.keys dt { font: 400 0.875rem/1.4 var(--sans); color: var(--muted); }
.keys dd { margin: 0 0 0.15rem; font-size: 2rem; font-weight: 700; line-height: 1.2; letter-spacing: -0.01em; }

nav { font: 400 0.875rem/1.4 var(--sans); }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.4rem 1.25rem; }
nav a { color: var(--muted); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
nav { margin: 2.25rem 0 0; padding: 0.875rem 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }

section { margin: 0; padding: clamp(2.75rem, 6vw, 4.5rem) 0 0; }
section + section { margin-top: clamp(2.75rem, 6vw, 4.5rem); border-top: 1px solid var(--rule); }
h2 { font-size: clamp(1.625rem, 3.6vw, 2.125rem); font-weight: 700; letter-spacing: -0.012em; margin: 0 0 1rem; }
h3 { font-size: 1.1875rem; font-weight: 700; margin: 2.5rem 0 0.75rem; }
.lead { font-size: 1.1875rem; line-height: 1.52; }

.findings { list-style: none; margin: 0; padding: 0; counter-reset: finding; max-width: 46rem; }
.findings li {
  counter-increment: finding; display: grid; grid-template-columns: 2.25rem minmax(0, 1fr);
  padding: 1rem 0; border-top: 1px solid var(--rule); font-size: 1.1875rem; line-height: 1.48;
}
.findings li:first-child { border-top: 0; padding-top: 0; }
.findings li::before { content: counter(finding); color: var(--t2); font-weight: 700; }
.findings p { margin: 0; }
.findings a { font: 400 0.875rem/1.4 var(--sans); white-space: nowrap; text-decoration: none; }
.findings a:hover { text-decoration: underline; }
.findings .warning::before { content: "!"; color: var(--warning); }

figure { margin: 2.25rem 0; }
figcaption { font: 400 0.875rem/1.5 var(--sans); color: var(--muted); margin: 0 0 0.875rem; max-width: 44rem; }
figcaption b { display: block; color: var(--ink); font-size: 1rem; font-weight: 650; line-height: 1.35; }
svg { overflow: visible; }
svg.chart { display: block; width: 100%; height: auto; font-family: var(--sans); }
.narrow { display: none; }
.squares { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16.5rem), 1fr)); gap: 2rem 1.5rem; margin: 2rem 0; }
.squares figure { margin: 0; min-width: 0; display: grid; grid-template-rows: subgrid; grid-row: span 3; gap: 0; }
.squares svg { max-width: 25rem; }
.grids { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 1.75rem 2rem; }
.grids p { font: 400 0.875rem/1.4 var(--sans); color: var(--muted); margin: 0.6rem 0 0; }
.grids b { display: block; color: var(--ink); font: 700 1.375rem/1.25 var(--serif); }
svg.dots { width: 100%; max-width: 9.5rem; height: auto; display: block; }
svg.spark, svg.small { vertical-align: middle; max-width: none; }

.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.5rem; list-style: none; padding: 0; margin: 0 0 1rem; font: 400 0.875rem/1.5 var(--sans); max-width: none; }
figcaption .legend { margin: 0.5rem 0 0; }
.legend svg { width: 1.75rem; height: 0.75rem; margin-right: 0.5rem; vertical-align: baseline; }

table { border-collapse: collapse; width: 100%; font: 400 0.875rem/1.45 var(--sans); font-variant-numeric: tabular-nums lining-nums; }
th, td { text-align: left; vertical-align: baseline; padding: 0.55rem 1.1rem 0.55rem 0; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
th { font-weight: 500; color: var(--muted); vertical-align: bottom; line-height: 1.3; border-bottom-color: var(--axis); }
th, td.number { overflow-wrap: break-word; }
.number { text-align: right; } td.number { white-space: nowrap; }
tr.total td, tr.chosen td { font-weight: 650; }
tr.total td { border-top: 1px solid var(--axis); }
td small, .quiet { color: var(--muted); font-size: 0.8125rem; font-weight: 400; display: block; }
.scroll { overflow-x: auto; margin: 1.5rem 0; }
.scroll:focus { outline-offset: -2px; }
.tag { font-size: 0.75rem; font-weight: 500; color: var(--muted); border: 1px solid var(--rule); border-radius: 3px; padding: 0 0.35em; margin-left: 0.5em; white-space: nowrap; }
.reasons { list-style: none; margin: 0; padding: 0; max-width: none; }
.reasons li { display: grid; grid-template-columns: 1.1rem minmax(0, 1fr) 4.5rem; gap: 0 0.5rem; align-items: center; padding: 0.1rem 0; }
.reasons svg { width: 4.5rem; height: 0.5rem; }
.up { color: var(--t2); } .down { color: var(--t1); }
.probability { display: flex; align-items: center; gap: 0.6rem; font-weight: 650; white-space: nowrap; }

details { font: 400 0.875rem/1.5 var(--sans); margin: 0.75rem 0; }
summary { cursor: pointer; color: var(--muted); width: fit-content; }
summary:hover { color: var(--ink); }
.note, .missing { font: 400 0.9375rem/1.55 var(--sans); background: var(--raised); border-left: 3px solid var(--axis); padding: 0.8rem 1.1rem; margin: 1.5rem 0; }
.note.warning { background: var(--warning-paper); border-color: var(--warning); }
.note p:last-child, .missing p:last-child { margin: 0; }
.hint { font: 400 0.8125rem/1.5 var(--sans); color: var(--muted); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem 2rem; margin: 1.75rem 0; max-width: none; }
.facts dt { font: 400 0.875rem/1.4 var(--sans); color: var(--muted); }
.facts dd { margin: 0; font-size: 1.375rem; font-weight: 700; line-height: 1.3; }
pre { background: var(--raised); padding: 0.9rem 1.1rem; margin: 1rem 0; overflow-x: auto; white-space: pre-wrap; max-width: 44rem; line-height: 1.5; }
.rule { display: block; min-height: 1lh; padding-left: 4ch; text-indent: -4ch; }
main li { margin: 0 0 0.5rem; } .legend li, .reasons li, nav li { margin: 0; }
footer { max-width: 55rem; margin: clamp(3rem, 7vw, 5rem) auto 0; padding: 1.5rem 0 4rem; border-top: 2px solid var(--strong-rule); font: 400 0.8125rem/1.6 var(--sans); color: var(--muted); }
footer p { max-width: none; margin: 0 0 0.5rem; }

@media screen and (min-width: 78rem) {
  .page { max-width: 84rem; }
  .columns { grid-template-columns: 11.5rem minmax(0, 1fr); gap: 4.5rem; }
  .masthead, footer { max-width: none; margin-left: 16rem; }
  main { margin: 0; }
  .masthead .inner, footer .inner { max-width: 55rem; }
  nav { margin: 0; padding: 0; border: 0; }
  nav .sticky { position: sticky; top: 2.5rem; padding-top: clamp(2.75rem, 6vw, 4.5rem); }
  nav ul { flex-direction: column; gap: 0; border-left: 1px solid var(--rule); scroll-target-group: auto; }
  nav li { margin: 0; }
  nav a { display: block; padding: 0.32rem 0 0.32rem 1rem; margin-left: -1px; border-left: 2px solid transparent; }
  nav a:target-current { color: var(--ink); font-weight: 600; border-left-color: var(--t2); }
}
@media screen and (max-width: 40rem) {
  .wide { display: none; } .narrow { display: block; }
  .brand { flex-wrap: wrap; } .brand time { margin-left: 0; flex-basis: 100%; }
  .keys { grid-template-columns: 1fr 1fr; } .keys dd { font-size: 1.625rem; }
  .findings li { grid-template-columns: 1.6rem minmax(0, 1fr); font-size: 1.125rem; }
  .grids { grid-template-columns: 1fr 1fr; }
  .facts { grid-template-columns: 1fr 1fr; }
  table.stack, .stack tbody { display: block; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tr { display: block; padding: 0.75rem 0; border-bottom: 1px solid var(--rule); }
  .stack td, .stack td.number { display: flex; justify-content: space-between; gap: 1.25rem; padding: 0.16rem 0; border: 0; text-align: right; white-space: normal; }
  .stack td:empty { display: none; }
  .stack td::before { content: attr(data-label); color: var(--muted); font-weight: 400; text-align: left; flex: none; max-width: 55%; }
  .stack td:first-child { display: block; text-align: left; font-weight: 650; font-size: 0.9375rem; padding-bottom: 0.3rem; }
  .stack td:first-child::before, .stack td.plain::before { content: none; }
  .stack td.plain { display: block; text-align: left; }
  .stack tr.total td { border-top: 0; }
}
@page { size: A4; margin: 17mm 16mm 18mm; @bottom-right { content: counter(page); font: 9pt sans-serif; color: #595e66; } }
@media print {
  :root { color-scheme: light; --paper: #fff; }
  html { font-size: 10.5pt; }
  body { line-height: 1.5; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .page { max-width: none; padding: 0; } .columns { display: block; } main { max-width: none; }
  nav, .skip, details:not(.more), .findings a { display: none; }
  .more summary { list-style: none; }
  .masthead { padding-top: 0; }
  section, section + section { padding-top: 1.75rem; } section + section { margin-top: 1.75rem; }
  h2, h3, figcaption, .lead, thead { break-after: avoid; }
  figure, tr, .lead, .findings li, .facts, .note, .missing, pre, .keys div, .grids div { break-inside: avoid; }
  .keys, .facts { grid-template-columns: repeat(4, 1fr); }
  tbody tr:first-child { break-after: avoid; } tbody tr:last-child { break-before: avoid; }
  .squares { grid-template-columns: repeat(3, 1fr); gap: 1rem; break-inside: avoid; }
  .grids { grid-template-columns: repeat(4, 1fr); break-inside: avoid; }
  .scroll { overflow: visible; }
  th, td { padding: 0.35rem 0.7rem 0.35rem 0; }
  table { font-size: 0.8rem; }
  a { color: inherit; text-decoration: none; }
  footer { padding-bottom: 0; }
}
)css";

// A shape's tone is a class of its own, beside that of its kind.
const std::string_view kChartStyle = R"css(
.grid { stroke: var(--grid); } .axis { stroke: var(--axis); } .guide { stroke: var(--axis); stroke-dasharray: 2 4; }
.mark { stroke: var(--ink); } .whisker { stroke: var(--ink); stroke-width: 1.25; }
.t0 { --c: var(--t0); } .t1 { --c: var(--t1); } .t2 { --c: var(--t2); }
.t3 { --c: var(--t3); } .t4 { --c: var(--t4); } .t5 { --c: var(--t5); }
.bar, .dot { fill: var(--c); } .dot.blank, .track { fill: var(--track); }
.hidden { fill: none; stroke: var(--axis); stroke-dasharray: 2 2; }
.joined { fill: var(--track); stroke: var(--axis); stroke-width: 0.75; stroke-dasharray: 2 2; }
.band { fill: var(--c); stroke: var(--paper); stroke-width: 0.75; }
.cell { fill: var(--t1); fill-opacity: 0.02; } .frame { fill: none; stroke: var(--ink); }
.s1 { fill-opacity: 0.06; } .s2 { fill-opacity: 0.11; } .s3 { fill-opacity: 0.16; } .s4 { fill-opacity: 0.21; }
.s5 { fill-opacity: 0.26; } .s6 { fill-opacity: 0.31; } .s7 { fill-opacity: 0.36; } .s8 { fill-opacity: 0.41; }
.s9 { fill-opacity: 0.46; } .s10 { fill-opacity: 0.52; }
.ribbon { fill: var(--c); fill-opacity: 0.34; }
.span { fill: var(--c); fill-opacity: 0.28; }
.area { fill: var(--c); fill-opacity: 0.17; } .spark .area { fill-opacity: 0.25; }
.line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.usual { stroke: var(--ink); stroke-width: 1; stroke-opacity: 0.6; }
.spark .line { stroke-width: 1.25; } .dashed { stroke-dasharray: 6 4; }
.range { stroke: var(--c); stroke-width: 3; stroke-opacity: 0.45; stroke-linecap: round; }
svg .label { font-size: 13px; fill: var(--muted); font-variant-numeric: tabular-nums; }
svg .ink { fill: var(--ink); } svg .strong { fill: var(--ink); font-weight: 600; }
svg .on { fill: var(--paper); font-weight: 600; }
svg .label.t1, svg .label.t2, svg .label.t3, svg .label.t4, svg .label.t5, svg .label.t0 { fill: var(--c); }
svg .heading { font-size: 17px; font-weight: 650; fill: var(--ink); } .paper { fill: var(--paper); }
)css";

namespace {

// What the page's style sheet sets a variable to, in light: "--ink" -> "#1c1e21".
std::string_view value_of(std::string_view variable) {
  const std::size_t at = kStyle.find(fmt::format("{}: ", variable)) + variable.size() + 2;
  return kStyle.substr(at, kStyle.find(';', at) - at);
}

std::string without_variables(std::string text) {
  for (std::size_t at = 0; (at = text.find("var(", at)) != text.npos;) {
    const std::size_t end = text.find(')', at);
    text.replace(at, end + 1 - at, value_of(std::string_view(text).substr(at + 4, end - at - 4)));
  }
  return text;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
}

}  // namespace

// What depends on the tone becomes a rule for each, of both classes.
std::string picture_style() {
  std::string style = fmt::format("text {{ font-family: {}; }}\n", value_of("--sans"));
  std::string_view rest = kChartStyle;
  for (std::size_t end; (end = rest.find('}')) != rest.npos; rest.remove_prefix(end + 1)) {
    const std::string rule(rest.substr(0, end + 1));
    if (rule.find("--c:") != rule.npos) continue;
    if (rule.find("var(--c)") == rule.npos) {
      style += without_variables(rule);
      continue;
    }
    std::string toneless = rule;
    replace_all(toneless, "var(--c)", "var(--ink)");
    style += without_variables(std::move(toneless));
    for (int tone = 0; tone <= 5; ++tone) {
      std::string toned = rule;
      replace_all(toned, "var(--c)", fmt::format("var(--t{})", tone));
      replace_all(toned, ",", fmt::format(".t{},", tone));
      replace_all(toned, " {", fmt::format(".t{} {{", tone));
      style += without_variables(std::move(toned));
    }
  }
  return style + "\n";
}

}  // namespace waymark::report
