/** Each mechanism and cause has a colour, and each target mechanism a shape, so charts work without colour vision. */
import type { Cause, Mechanism } from '../query/word.ts';

/** A new cause does not compile without a colour. All colours contrast with white and with near-black. */
const CAUSE_COLORS: Readonly<Record<Cause, string>> = {
  draining_target: '#d33f49',
  deregistered_alive: '#e07a1f',
  killed_in_flight: '#8a5cd1',
  drain_delay_elapsed: '#b0569f',
  container_restart: '#9a6b2f',
  not_ready_target: '#c79a00',
  node_lost: '#4a4f9c',
  no_healthy_target: '#7a3b2e',
  healthy_target: '#2b8a57',
  no_evidence: '#6b7d8f',
};

/** Mechanisms that are not listed use the colour of `other`. */
const MECHANISM_COLORS: Readonly<Partial<Record<Mechanism, string>> & { other: string }> = {
  connect_timeout: '#d33f49',
  connect_failed: '#e07a1f',
  closed_in_flight: '#8a5cd1',
  response_timeout: '#2f7fd3',
  no_target: '#9a6b2f',
  client_closed: '#6b7d8f',
  other: '#6b7d8f',
};

const COLORS: Readonly<Record<string, string>> = { ...MECHANISM_COLORS, ...CAUSE_COLORS };

export const colorOf = (word: string): string => COLORS[word] ?? MECHANISM_COLORS.other;

/** Returns the class of a mechanism's marks, coloured by the page's style. An unknown word gets the class of `other`. */
export const classOf = (word: string): string => (word in COLORS ? `c-${word}` : 'c-other');

/** CSS rules that colour the classes. */
export const COLOR_RULES = Object.entries(COLORS)
  .map(([word, color]) => `.c-${word} { fill: ${color}; stroke: ${color}; }`)
  .join('\n');

const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross'] as const;
const ORDER = ['connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout'];

/** Returns the SVG path of a mechanism's mark, about `size` wide, around 0,0. */
export function shapeOf(mechanism: string, size: number): string {
  const r = size / 2;
  const place = ORDER.indexOf(mechanism);
  switch (SHAPES[place < 0 ? 4 : place]) {
    case 'circle':
      return `M${-r} 0a${r} ${r} 0 1 0 ${size} 0a${r} ${r} 0 1 0 ${-size} 0`;
    case 'square':
      return `M${-r} ${-r}h${size}v${size}h${-size}z`;
    case 'triangle':
      return `M0 ${-r}L${r} ${r}H${-r}z`;
    case 'diamond':
      return `M0 ${-r}L${r} 0L0 ${r}L${-r} 0z`;
    default:
      return `M${-r} ${-r}L${r} ${r}M${r} ${-r}L${-r} ${r}`;
  }
}
