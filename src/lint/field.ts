/** One value of a parsed document with its place, so that a finding points to the line that causes it. */
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

/** A place that an editor can jump to; line and column count from 1. */
export interface LinePlace {
  file: string;
  line: number;
  column: number;
}

/** The text that a field was read from. */
export interface Origin {
  file: string;
  document: Document;
  lines: LineCounter;
  /** Lines of the file above the document. */
  linesAbove: number;
}

/** Aliases that are followed in a row. A longer chain is made to hurt. */
const MAX_ALIASES = 20;
/** Values in one converted part: a command line or a hook has a few dozen. */
const MAX_VALUES = 2000;

/** A value, or the absence of one. Reading never fails: an absent field has the place of its nearest parent. */
export class ManifestField {
  readonly #origin: Origin;
  readonly #node: Node | null;
  readonly #offset: number;

  constructor(origin: Origin, node: Node | null, offset: number) {
    this.#origin = origin;
    this.#node = resolved(node, origin.document);
    this.#offset = offset;
  }

  /** Whether the document has the field, with another value than null. */
  get exists(): boolean {
    return this.#node !== null && !(isScalar(this.#node) && this.#node.value === null);
  }

  /** The place of its key, or of its value without one. */
  get place(): LinePlace {
    const { file, lines, linesAbove } = this.#origin;
    const { line, col } = lines.linePos(this.#offset);
    return { file, line: Math.max(line, 1) + linesAbove, column: Math.max(col, 1) };
  }

  /** Returns the field at a path below this one. */
  at(...path: readonly (string | number)[]): ManifestField {
    let field: ManifestField = this;
    for (const step of path) field = typeof step === 'number' ? field.#element(step) : field.#member(step);
    return field;
  }

  #element(index: number): ManifestField {
    const node = isSeq(this.#node) ? ((this.#node.items[index] ?? null) as Node | null) : null;
    return new ManifestField(this.#origin, node, node?.range?.[0] ?? this.#offset);
  }

  #member(name: string): ManifestField {
    const pair = this.#pairs().findLast(({ key }) => keyText(key) === name);
    if (pair) return new ManifestField(this.#origin, pair.value as Node | null, offsetOf(pair) ?? this.#offset);
    for (const { key, value } of this.#pairs()) {
      if (keyText(key) !== '<<') continue;
      const merged = new ManifestField(this.#origin, value as Node | null, this.#offset);
      for (const source of merged.isList ? merged.items() : [merged]) {
        // A merge within a merge is not followed: nobody writes it, except to make a reader slow.
        const own = source.#pairs().findLast((one) => keyText(one.key) === name);
        if (own) return new ManifestField(this.#origin, own.value as Node | null, offsetOf(own) ?? this.#offset);
      }
    }
    return new ManifestField(this.#origin, null, this.#offset);
  }

  #pairs(): Pair[] {
    return isMap(this.#node) ? this.#node.items : [];
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  /** Returns the elements of a list, none for another value. */
  items(): ManifestField[] {
    return isSeq(this.#node) ? this.#node.items.map((_, index) => this.#element(index)) : [];
  }

  /** Returns the members of a map in order, without merged ones. */
  entries(): [name: string, field: ManifestField][] {
    return this.#pairs().flatMap((pair): [string, ManifestField][] => {
      const name = keyText(pair.key);
      return name === null
        ? []
        : [[name, new ManifestField(this.#origin, pair.value as Node | null, offsetOf(pair) ?? this.#offset)]];
    });
  }

  /** Returns a scalar as text; null for an absent or empty one, a list or a map. */
  text(): string | null {
    const value = isScalar(this.#node) ? this.#node.value : null;
    if (typeof value === 'string') return value === '' ? null : value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
  }

  /** Returns a number that is not negative; null for anything else. */
  number(): number | null {
    const text = this.text();
    return text !== null && /^\d{1,10}(?:\.\d{1,6})?$/.test(text) ? Number(text) : null;
  }

  /** Returns a boolean; null for anything else. */
  flag(): boolean | null {
    const text = this.text();
    return text === 'true' ? true : text === 'false' ? false : null;
  }

  /** Returns the value without places, cut where it is too large. */
  plain(): unknown {
    let left = MAX_VALUES;
    const convert = (field: ManifestField): unknown => {
      if (--left < 0) return null;
      if (field.isList) return field.items().map(convert);
      if (field.isMap) return Object.fromEntries(field.entries().map(([name, one]) => [name, convert(one)]));
      return isScalar(field.#node) ? field.#node.value : null;
    };
    return convert(this);
  }
}

function resolved(node: Node | null, document: Document): Node | null {
  let one: Node | null | undefined = node;
  for (let followed = 0; isAlias(one); followed++) {
    if (followed === MAX_ALIASES) return null;
    one = one.resolve(document);
  }
  return one ?? null;
}

const keyText = (key: unknown): string | null =>
  isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number') ? String(key.value) : null;

const offsetOf = ({ key, value }: Pair): number | undefined =>
  (key as Node | null)?.range?.[0] ?? (value as Node | null)?.range?.[0];
