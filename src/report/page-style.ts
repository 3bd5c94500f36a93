/** Style of the page. A constant: the page's CSP has its hash. */
import { PALETTE_RULES } from './palette.ts';

export const STYLE = `${PALETTE_RULES}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
p { margin: .35rem 0; }
p, li, summary, figcaption { overflow-wrap: anywhere; }
.answer ol { margin: .5rem 0; padding: 0; list-style: none; }
.answer li { margin: .4rem 0; }
.answer .why { display: block; padding-left: 1.75rem; }
.mark { display: inline-block; min-width: 1.35rem; margin-right: .4rem; padding: 0 .2rem; text-align: center; border-radius: 4px;
  border: 2px solid var(--tone); border-left-width: .6rem; font-weight: 600; font-size: .85rem; line-height: 1.2rem; }
.happening { border-left: 4px solid var(--tone); padding: .1rem 0 .1rem .8rem; margin: 1rem 0; }
figure { margin: .75rem 0; }
.faint, figcaption, .who span { color: var(--faint); font-size: .85rem; }
.scroll { overflow-x: auto; }
.board { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
.rows { min-width: 44rem; position: relative; isolation: isolate; }
.gridlines { position: absolute; z-index: -1; left: 13rem; top: 1.3rem; width: calc(100% - 13rem); height: calc(100% - 1.3rem); pointer-events: none; } .gridlines path { vector-effect: non-scaling-stroke; }
.row { display: grid; grid-template-columns: 13rem minmax(0, 1fr); border-bottom: 1px solid var(--line); align-items: center; }
.row > svg { display: block; width: 100%; height: auto; }
.who { position: sticky; left: 0; z-index: 1; background: var(--paper); padding: 0 .5rem; font-size: .8rem; line-height: 1.2; min-width: 0;
  align-self: stretch; display: flex; flex-direction: column; justify-content: center; border-right: 1px solid var(--line); }
.who b, .who span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .75rem; }
.who b { font-weight: 600; } .lane .who b { font-weight: 400; }
.lane .who b, .lane .who span { display: flex; gap: 0; } .lane .who i { font-style: normal; flex: 0 1 auto; min-width: 1rem; overflow: hidden; text-overflow: ellipsis; white-space: pre; } .lane .who u { text-decoration: none; flex: none; white-space: pre; }
.strip .who b { white-space: normal; overflow-wrap: anywhere; }
.strip .who { background: var(--panel); }
summary.strip { cursor: pointer; list-style: none; } summary.strip::-webkit-details-marker { display: none; }
summary.strip .who b::before { content: "\\25b8  "; } details[open] > summary.strip .who b::before { content: "\\25be  "; }
svg text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
svg .tick, svg .n { text-anchor: middle; } svg .tick { fill: var(--faint); } svg .n { font-size: 10.5px; }
svg .grid { stroke: var(--line); fill: none; }
${['traffic', 'starting', 'ready', 'terminating', 'registered', 'draining'].map((kind) => `svg .${kind} { fill: var(--${kind}); }`).join(' ')}
svg .sleeping { fill: var(--terminating); stroke: var(--registered); stroke-width: 1; stroke-dasharray: 2 2; } svg .requests { fill: var(--ready); }
svg .m, svg .stack path, svg .m rect, svg.m rect { fill: var(--tone); } svg .m .on { fill: var(--paper); }
svg .tail { stroke: var(--tone); fill: none; } svg .shape path { fill: var(--ink); }
svg .m.at { outline: 2px solid var(--ink); outline-offset: 1px; } svg .off { opacity: .12; }
svg.chart { width: 100%; max-width: 40rem; height: auto; display: block; }
svg .axis text { fill: var(--faint); text-anchor: middle; } svg .axis text.y { text-anchor: end; } svg .axis path { stroke: var(--line); fill: none; }
svg .answered { fill: var(--ready); } svg .failed { fill: var(--draining_target); }
svg .curve { fill: none; stroke: var(--draining_target); stroke-width: 2; }
svg .flag path { stroke: var(--faint); stroke-dasharray: 4 3; } svg .flag.advised path { stroke: var(--ink); stroke-width: 2; stroke-dasharray: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1.5rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .15rem 1rem; padding: 0; margin: .35rem 0; font-size: .8rem; }
.legend svg { vertical-align: -1px; width: 12px; height: 12px; } .legend svg[viewBox="0 0 16 10"] { width: 16px; height: 10px; }
.tools { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; margin: .5rem 0; font-size: .85rem; } .tools[hidden] { display: none; }
.tools button, .tools select, .tools input { font: inherit; padding: .15rem .5rem; color: var(--ink); background: var(--panel); border: 1px solid var(--line);
  border-radius: 4px; max-width: 100%; } .tools input { width: 11rem; } .tools select { max-width: 13rem; }
:focus-visible { outline: 2px solid var(--ink); outline-offset: 1px; }
#said { position: sticky; bottom: 0; z-index: 2; background: var(--panel); border: 1px solid var(--line); padding: .3rem .6rem; font-size: .85rem;
  max-height: 6rem; overflow: auto; overflow-wrap: anywhere; } #said:empty { display: none; }
table { border-collapse: collapse; font-size: .7rem; width: 100%; }
th, td { text-align: left; padding: .2rem .35rem; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th { color: var(--faint); font-weight: 600; white-space: normal; vertical-align: bottom; } th button { font: inherit; text-align: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.long { max-width: 8.5rem; overflow: hidden; text-overflow: ellipsis; cursor: pointer; }
tr.open td.long { white-space: normal; overflow-wrap: anywhere; max-width: 16rem; } @media (scripting: none) { td.long { white-space: normal; overflow-wrap: anywhere; } }
td details > summary { margin: 0; list-style-position: outside; } td details[open] { white-space: normal; overflow-wrap: anywhere; }
code { font: .85em ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details > summary { cursor: pointer; } p > code { white-space: normal; }
[hidden], .hide { display: none !important; } .paper { display: none; }
@media (max-width: 46rem) { body { padding: 1rem .6rem 3rem; } h1 { font-size: 1.2rem; } .rows { min-width: 56rem; } .row { grid-template-columns: 10rem minmax(0, 1fr); } .gridlines { left: 10rem; width: calc(100% - 10rem); } .lane .who span { font-size: .7rem; }
  .who { padding: 0 .3rem; } }
@media print { #said, .tools { display: none; } body { max-width: none; padding: 0; font-size: 12px; } .board, .scroll { overflow: visible; border: 0; } .rows { min-width: 0; }
  .row { grid-template-columns: 9.5rem minmax(0, 1fr); break-inside: avoid; } .gridlines { display: none; } .who { font-size: 8px; position: static; } .who b, .who span { font-size: 8px; }
  h1 { font-size: 16px; } h2 { font-size: 13px; margin: .8rem 0 .2rem; break-after: avoid; } h3 { font-size: 12px; break-after: avoid; } figure { margin: .2rem 0; break-inside: avoid; }
  .happening { margin: .4rem 0; } .legend, figcaption, .faint { font-size: 9px; } table { font-size: 8px; } th, td { white-space: normal; padding: .1rem .3rem; overflow-wrap: anywhere; }
  td.n { white-space: nowrap; } tbody tr:nth-child(n+4) { display: none; } tr { break-inside: avoid; } svg.chart { max-width: 22rem; } .charts { grid-template-columns: 1fr 1fr; }
  .fold > :not(summary) { display: none; } .paper { display: inline; } summary { list-style: none; } }
`;
