/** Writes gauges as OpenMetrics text, which the textfile collector, the Pushgateway and promtool read too. Pure. */

/** A gauge's labels, and its value; null is absent, not 0. */
export type GaugeValue = readonly [labels: Readonly<Record<string, string>>, value: number | null];

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Collects gauges whose names begin alike. */
export class Gauges {
  readonly #prefix: string;
  readonly #lines: string[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Adds a gauge. One without a known value is left out. */
  add(name: string, help: string, values: readonly GaugeValue[] | number | null): this {
    const all = Array.isArray(values) ? (values as readonly GaugeValue[]) : [[{}, values as number | null] as const];
    const known = all.filter(([, value]) => value !== null);
    if (known.length === 0) return this;
    const full = `${this.#prefix}_${name}`;
    this.#lines.push(`# TYPE ${full} gauge`, `# HELP ${full} ${help}`);
    for (const [labels, value] of known) this.#lines.push(`${full}${labelText(labels)} ${value}`);
    return this;
  }

  /** Returns the text. */
  toString(): string {
    return `${this.#lines.join('\n')}\n# EOF\n`;
  }
}
