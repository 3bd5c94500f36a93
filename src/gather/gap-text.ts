/** Lists the gaps of a gathering, those of one reason together. Pure. */
import type { Gap } from './outcome.ts';

/** Returns the lines: failures first, because another run may have them. */
export function gapLines(gaps: readonly Gap[]): string[] {
  return [
    ...part(
      'failed:',
      gaps.filter(({ failed }) => failed),
    ),
    ...part(
      'not there to be had:',
      gaps.filter(({ failed }) => !failed),
    ),
  ];
}

function part(title: string, gaps: readonly Gap[]): string[] {
  if (gaps.length === 0) return [];
  // Without credentials every source fails for one reason, which is read once.
  const alike = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const key = `${gap.reason}\0${gap.next}`;
    const same = alike.get(key);
    if (same) same.push(gap);
    else alike.set(key, [gap]);
  }
  return ['', title, ...[...alike.values()].flatMap(gapsOfOneReason)];
}

function gapsOfOneReason(gaps: readonly Gap[]): string[] {
  const { what, reason, next } = gaps[0]!;
  if (gaps.length === 1) return [`  ${what}: ${reason}`, `    next: ${next}`];
  return [`  ${reason}`, `    next: ${next}`, ...gaps.map((gap) => `    - ${gap.what}`)];
}
