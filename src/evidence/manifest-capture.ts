/** Settings of workloads, bindings, Services and Ingresses that stand in a capture, beside the objects that it is about. */
import type { Capture, Occurrence } from './capture.ts';
import { captureTime } from './capture-time.ts';
import type { ReadingContext, Setting } from './fact.ts';
import { readManifestObject } from './manifest-object.ts';
import type { Interval } from './moment.ts';

export class ManifestCapture implements Capture {
  readonly #end: Interval | null;
  readonly #note: string;
  readonly #facts: Setting[] = [];
  /** The last value of each setting: a watch shows an object again and again. */
  readonly #values = new Map<string, string>();
  #isUntimed = false;
  #records = 0;

  constructor(context: ReadingContext) {
    const capture = captureTime(context);
    this.#end = capture.moment;
    this.#note = capture.note;
  }

  interrupted(): void {}
  alive(): void {}
  listed(): void {}

  take(object: Record<string, unknown>, at: Occurrence): { key: string } | string {
    const stated = readManifestObject(object);
    if (typeof stated === 'string') return stated;
    this.#records++;
    const moment = at.moment ?? this.#end;
    for (const setting of stated ?? []) {
      const key = `${setting.subject} ${setting.key}`;
      if (moment === null || this.#values.get(key) === setting.value) continue;
      if (at.moment === null) this.#isUntimed = true;
      this.#values.set(key, setting.value);
      const { earliest, latest } = moment;
      this.#facts.push({ kind: 'setting', line: at.line, earliest, latest, ...setting });
    }
    return { key: stated?.[0]?.subject ?? '' };
  }

  finish(): { records: number; facts: Iterable<Setting>; notes: string[] } {
    return { records: this.#records, facts: this.#facts, notes: this.#isUntimed ? [this.#note] : [] };
  }
}
