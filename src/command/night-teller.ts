/** Prints the facts of a night. */
import type { BriefAnswer } from '../report/answer.ts';
import { printable, safeJson } from '../report/text.ts';
import { formatMillis } from '../time/time.ts';
import type { Effects } from './command.ts';
import type { NightlyConfig } from './nightly-config.ts';

/** Writes one fact a line to stdout: as text, or as JSON for a log collector. */
export class Teller {
  readonly #effects: Effects;
  readonly #format: NightlyConfig['logFormat'];

  constructor(effects: Effects, format: NightlyConfig['logFormat']) {
    this.#effects = effects;
    this.#format = format;
  }

  /** Writes a fact and its values. */
  async tell(fact: string, values: Readonly<Record<string, unknown>>): Promise<void> {
    const line =
      this.#format === 'json'
        ? safeJson({ time: formatMillis(this.#effects.now()), fact, ...values })
        : `${fact}: ${Object.entries(values)
            .map(([key, value]) => `${key} ${typeof value === 'string' ? value : safeJson(value)}`)
            .join(', ')}`;
    await this.#effects.stdout.write(`${line}\n`);
  }

  /** Writes what failed, why, and what to do: three lines of text, or one JSON object. */
  async answer(day: string, answer: BriefAnswer): Promise<void> {
    if (this.#format === 'json') return this.tell('answer', { day, ...answer });
    for (const word of ['what', 'why', 'fix'] as const) {
      if (answer[word] !== null) await this.#effects.stdout.write(`${word}: ${printable(answer[word])}\n`);
    }
  }
}
