// The style sheet of reports: light or dark, as the reader's system is set; always light in print;
// adapts to the window's width.
#pragma once

namespace rod::trainer {

inline constexpr const char* kReportStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5d6b7f; --line: #e3e8ee; --blue: #155899; --card: #fff;
  --page: #f5f7fa; --field: #f2f5f8; --track: #edf1f5; --right: #155899; --wrong: #c83228 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #dfe6ee; --soft: #9aa8ba; --line: #2f3a47; --blue: #6fb1ee; --card: #1a222c; --page: #10161d;
    --field: #222c38; --track: #2a3541; --right: #3d86cf; --wrong: #e2564a }
  .chart polyline, .chart circle, .scatter path, .legend i { filter: brightness(1.35) }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 64px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em }
h2 { font-size: 18px; margin: 0 0 14px }
p { margin: 0 } .soft { color: var(--soft) } h2 + .soft { margin: -10px 0 14px; font-size: 14px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px; margin-top: 20px;
  break-inside: avoid }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 16px; margin-top: 26px }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 20px }
.figures b { display: block; font-size: 25px; font-weight: 650; line-height: 1.35; white-space: nowrap;
  font-variant-numeric: tabular-nums }
.figures .main b { color: var(--blue) }
.figures span { color: var(--soft); font-size: 13px }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 20px }
.two .card { margin-top: 20px } .two + .card { margin-top: 20px }
svg { display: block; width: 100%; height: auto } .chart { max-width: 640px; margin: 0 auto } svg text { fill: var(--ink) }
svg .middle { text-anchor: middle } svg .end { text-anchor: end } svg .bright { fill: #fff }
.chart text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums } .chart .grid { stroke: var(--line) }
.confusion { margin: 0 auto } .confusion .field { fill: var(--field) }
.confusion .right { fill: var(--right) } .confusion .wrong { fill: var(--wrong) }
.legend { font-size: 13px; color: var(--soft); margin-bottom: 6px } .legend span { margin-right: 16px; white-space: nowrap }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle }
.legend .mark { height: 9px; width: 9px } .legend .round { border-radius: 50% }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 20px 28px }
.panels h3 { font-size: 14px; font-weight: 600; margin: 8px 0 }
.scatter { border: 1px solid var(--line); border-radius: 8px; background: var(--page) }
.scroll { overflow-x: auto } .wide { width: auto; min-width: 60% }
.wide td, .wide th { width: auto; padding-right: 28px; white-space: nowrap; overflow-wrap: normal }
.choices td { padding-right: 20px; white-space: nowrap; overflow-wrap: normal } .choices th { min-width: 150px }
@media (max-width: 600px) { .chart text { font-size: 15px } .figures b { font-size: 21px } }
.bars { columns: 2 420px; column-gap: 36px; font-size: 13.5px }
.bar { display: grid; grid-template-columns: 130px 1fr 52px 64px; gap: 10px; align-items: center; break-inside: avoid;
  padding: 2px 0; font-variant-numeric: tabular-nums }
.bar em { font-style: normal; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.bar u { display: block; position: relative; height: 12px; background: var(--track); border-radius: 3px; text-decoration: none }
.bar u i { display: block; height: 100%; border-radius: 3px; background: #4f8fc9 }
.bar u s { position: absolute; top: -2px; bottom: -2px; width: 2px; background: #d9622b }
.bar b { text-align: right; font-weight: 600 } .bar span { color: var(--soft); text-align: right }
.worst { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(500px, 100%), 1fr)); gap: 26px 30px }
.worst h3 { font-size: 15px; margin: 0 } .worst .soft { font-size: 13.5px }
.pairs { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 8px }
figure { margin: 0; width: 76px; font-size: 12px; color: var(--soft); text-align: center; line-height: 1.3 }
figure img { display: block; width: 76px; border-radius: 6px } figure img + img { margin: 3px 0 3px }
table { border-collapse: collapse; width: 100%; font-size: 14px }
td, th { padding: 5px 0; border-top: 1px solid var(--line); text-align: left; font-weight: 400; vertical-align: top }
tr:first-child > * { border-top: 0 } th { color: var(--soft); width: 42%; padding-right: 12px }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
footer { margin-top: 28px; font-size: 13px; color: var(--soft) }
@media print { body { background: #fff } main { padding: 0; max-width: none } }
)css";

}  // namespace rod::trainer
