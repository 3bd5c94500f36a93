/** Style of the page, and the short script that shows the text of a mark. Both are constants: the page's CSP has their hashes. */
import { COLOR_RULES } from './mark.ts';

export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2530; --faint: #5d6b7a; --line: #d8dee5; --paper: #ffffff; --panel: #f4f6f8;
  --ready: #7cc29a; --starting: #cfd8e0; --terminating: #f0b35a; --hatch: #d98f2b; --registered: #4f8fd6; --draining: #b7a3dd; --rate: #e6eaef;
  --answered: #7cc29a; --failed: #d33f49; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --faint: #96a3b1; --line: #36414d; --paper: #151b22; --panel: #1e262f;
  --ready: #3f8a61; --starting: #45525f; --terminating: #b87c28; --hatch: #8a5a16; --registered: #3a74b8; --draining: #6f5aa3; --rate: #27313c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
.answer p { margin: .35rem 0; font-size: 1.05rem; }
figure { margin: .75rem 0; }
.faint, figcaption { color: var(--faint); font-size: .9rem; }
.scroll { overflow-x: auto; }
svg.picture { min-width: 44rem; width: 100%; height: auto; display: block; }
svg.chart { width: 100%; max-width: 44rem; height: auto; display: block; }
svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
svg .axis text { fill: var(--faint); text-anchor: middle; }
svg .axis text.y { text-anchor: end; }
svg .axis path, svg .floor { stroke: var(--line); fill: none; }
svg .where { fill: var(--faint); }
svg .ready { fill: var(--ready); } svg .starting { fill: var(--starting); } svg .terminating { fill: var(--terminating); }
svg .hatch { fill: var(--hatch); } svg .registered { fill: var(--registered); } svg .draining { fill: var(--draining); }
svg .rate { fill: var(--rate); } svg .answered { fill: var(--answered); } svg .failed { fill: var(--failed); }
${COLOR_RULES}
svg .mark { stroke-width: 1.5; } svg .mark:hover, svg .mark:focus { stroke-width: 4; } svg .mark:focus { outline: 2px solid var(--ink); }
svg .curve { fill: none; stroke: var(--failed); stroke-width: 2; }
svg .flag path { stroke: var(--faint); stroke-dasharray: 4 3; } svg .flag.advised path { stroke: var(--ready); stroke-width: 2; stroke-dasharray: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .25rem 0; font-size: .85rem; }
.legend svg { vertical-align: middle; }
#said { position: sticky; bottom: 0; background: var(--panel); border: 1px solid var(--line); padding: .4rem .6rem; font-size: .85rem;
  min-height: 2.2rem; max-height: 7rem; overflow: auto; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: .85rem; width: 100%; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; max-width: 28rem; }
th { color: var(--faint); font-weight: 600; white-space: nowrap; }
code { font: .85em ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details > summary { cursor: pointer; margin: .5rem 0; }
@media (max-width: 40rem) { body { padding: 1rem .6rem 3rem; } h1 { font-size: 1.2rem; } }
@media print { #said { display: none; } body { max-width: none; } .scroll { overflow: visible; } svg.picture { min-width: 0; }
  h2, h3 { break-after: avoid; } tr, figure { break-inside: avoid; } }
`;

/** Shows the title of the hovered or focused mark as text. */
export const SCRIPT = `
(function () {
  var said = document.getElementById('said');
  function show(event) {
    var mark = event.target.closest ? event.target.closest('.mark') : null;
    if (mark && said) said.textContent = mark.firstElementChild.textContent;
  }
  document.addEventListener('mouseover', show);
  document.addEventListener('focusin', show);
})();
`;
