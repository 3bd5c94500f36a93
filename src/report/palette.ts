/**
 * THE palette of the page and the terminal: the colour of each cause, in light (also paper) and dark, and the neutral tones of everything else.
 * Colour means cause everywhere; lives, registrations and traffic are neutral. The colours were searched for: each contrasts with
 * its paper, and each pair stays apart for readers with protanopia, deuteranopia and tritanopia (test/report/palette.test.ts).
 */
import { CAUSES, type Cause } from '../query/word.ts';

export interface Tone {
  light: string;
  dark: string;
}

/** The colour of a cause: on the page, and the nearest of the sixteen of a terminal that no other cause has. */
export interface CauseTone extends Tone {
  ink:
    | 'red'
    | 'yellow'
    | 'magenta'
    | 'magentaBright'
    | 'redBright'
    | 'yellowBright'
    | 'blue'
    | 'cyan'
    | 'blueBright'
    | 'gray';
}

/** A new cause does not compile without a colour. */
export const CAUSE_COLORS: Readonly<Record<Cause, CauseTone>> = {
  draining_target: { light: '#bf3e0a', dark: '#ff4805', ink: 'red' },
  deregistered_alive: { light: '#ea7003', dark: '#ffa224', ink: 'yellow' },
  killed_in_flight: { light: '#610aa7', dark: '#c239ad', ink: 'magenta' },
  drain_delay_elapsed: { light: '#c569bd', dark: '#ffbcea', ink: 'magentaBright' },
  container_restart: { light: '#683508', dark: '#a98368', ink: 'redBright' },
  not_ready_target: { light: '#909869', dark: '#f1f4a2', ink: 'yellowBright' },
  node_lost: { light: '#262765', dark: '#6d63f7', ink: 'blue' },
  no_healthy_target: { light: '#441a18', dark: '#8b5b60', ink: 'cyan' },
  healthy_target: { light: '#4890fe', dark: '#5ca9fb', ink: 'blueBright' },
  no_evidence: { light: '#6d737a', dark: '#a4aab1', ink: 'gray' },
};

/** Everything that is no cause. `paper` is the ground, `ink` the text on it, `faint` the text that may be overlooked. */
export const NEUTRALS = {
  paper: { light: '#ffffff', dark: '#151b22' },
  ink: { light: '#1c2530', dark: '#e4e9ee' },
  faint: { light: '#5d6b7a', dark: '#96a3b1' },
  line: { light: '#d8dee5', dark: '#36414d' },
  panel: { light: '#f4f6f8', dark: '#1e262f' },
  traffic: { light: '#e3e8ed', dark: '#29333e' },
  starting: { light: '#d3dae1', dark: '#3a4651' },
  ready: { light: '#8c98a5', dark: '#8793a0' },
  terminating: { light: '#c0c8d0', dark: '#56626e' },
  registered: { light: '#4d5966', dark: '#c3ccd5' },
  draining: { light: '#a3aebb', dark: '#6c7885' },
} as const satisfies Readonly<Record<string, Tone>>;

/** Returns the colour of a cause on a terminal. A word of another version is grey. */
export const causeInk = (word: string): CauseTone['ink'] =>
  Object.hasOwn(CAUSE_COLORS, word) ? CAUSE_COLORS[word as Cause].ink : 'gray';

/** Class of a failure without a cause: it is neutral, because colour means cause. */
const WITHOUT_CAUSE = 'c-none';

/** Returns the class that colours a cause. A mechanism, or an unknown word, gets the neutral one. */
export const classOf = (word: string | null): string =>
  word !== null && Object.hasOwn(CAUSE_COLORS, word) ? `c-${word}` : WITHOUT_CAUSE;

function variables(mode: keyof Tone): string {
  const tones: [string, Tone][] = [...Object.entries(NEUTRALS), ...Object.entries(CAUSE_COLORS)];
  return tones.map(([name, tone]) => `--${name}: ${tone[mode]};`).join(' ');
}

/** CSS of the palette: variables in light and dark, light on paper, and a class for each cause. */
export const PALETTE_RULES = `
:root { color-scheme: light dark; ${variables('light')} }
@media (prefers-color-scheme: dark) { :root { ${variables('dark')} } }
@media print { :root { color-scheme: light; ${variables('light')} } }
${CAUSES.map((cause) => `.c-${cause} { --tone: var(--${cause}); }`).join('\n')}
.${WITHOUT_CAUSE} { --tone: var(--faint); }
`;
