/** Tests the palette: contrast with its paper, distance for readers without one of the three cones, and neutral lives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAUSES, MECHANISMS } from '../../src/query/word.ts';
import { CAUSE_COLORS, causeInk, classOf, NEUTRALS, PALETTE_RULES } from '../../src/report/palette.ts';

type Triple = readonly [number, number, number];

/** Simulations of color vision by Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB. */
const VISIONS: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Triple {
  const channel = (i: number): number => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** Contrast of two colors by WCAG 2. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function seen(hex: string, vision: readonly [Triple, Triple, Triple]): Triple {
  const rgb = linear(hex);
  const [r, g, b] = vision.map((row) =>
    Math.min(1, Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])),
  ) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Distance of two colors in OKLab, times 100: 2 is just visible. */
const distance = (a: Triple, b: Triple): number => 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

const MODES = ['light', 'dark'] as const;

for (const mode of MODES) {
  test(`${mode}: every cause contrasts with the paper, and text with its ground`, () => {
    for (const cause of CAUSES) {
      const found = contrast(CAUSE_COLORS[cause][mode], NEUTRALS.paper[mode]);
      assert.ok(found >= 3, `${cause}: ${found.toFixed(2)}`);
    }
    for (const ground of ['paper', 'panel'] as const) {
      assert.ok(contrast(NEUTRALS.ink[mode], NEUTRALS[ground][mode]) >= 7, ground);
      assert.ok(contrast(NEUTRALS.faint[mode], NEUTRALS[ground][mode]) >= 4.5, ground);
    }
    for (const bar of ['ready', 'registered'] as const) {
      assert.ok(contrast(NEUTRALS[bar][mode], NEUTRALS.paper[mode]) >= 2.8, bar);
    }
  });

  for (const [name, vision] of Object.entries(VISIONS)) {
    test(`${mode}: no two causes look alike with ${name} vision`, () => {
      for (const [i, a] of CAUSES.entries()) {
        for (const b of CAUSES.slice(0, i)) {
          const found = distance(seen(CAUSE_COLORS[a][mode], vision), seen(CAUSE_COLORS[b][mode], vision));
          assert.ok(found >= 6, `${a} and ${b}: ${found.toFixed(1)}`);
        }
      }
    });
  }

  test(`${mode}: lives and traffic are neutral, so no colour but a cause's is seen`, () => {
    for (const [name, tone] of Object.entries(NEUTRALS)) {
      const [, a, b] = seen(tone[mode], VISIONS.usual!);
      assert.ok(Math.hypot(a, b) < 0.035, `${name}: chroma ${Math.hypot(a, b).toFixed(3)}`);
    }
  });
}

test('a mechanism and an unknown word have no colour of a cause', () => {
  for (const word of [...MECHANISMS, '__proto__', 'constructor', null]) assert.equal(classOf(word), 'c-none');
  for (const cause of CAUSES) {
    assert.equal(classOf(cause), `c-${cause}`);
    assert.ok(PALETTE_RULES.includes(`.c-${cause} {`));
  }
});

test('on a terminal each cause has a colour of its own too, and an unknown word is grey', () => {
  assert.equal(new Set(CAUSES.map(causeInk)).size, CAUSES.length);
  assert.equal(causeInk('constructor'), 'gray');
});
