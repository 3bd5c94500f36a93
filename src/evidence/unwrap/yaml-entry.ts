/** Entries as `gcloud logging read` prints them: YAML, each a document whose members are those of Google's LogEntry. */
import { asObject } from '../json-value.ts';
import { parseYaml } from '../yaml-stream.ts';

/** Members of a LogEntry that one may begin with. */
const FIRST =
  'apphub\\w*|errorGroups|httpRequest|insertId|jsonPayload|labels|logName|operation|otel|protoPayload|receiveTimestamp|resource|severity|textPayload|timestamp';

const FIRST_LINE = new RegExp(`^(?:${FIRST}):(?: |$)`);

/** Lines that may follow: other members, and whatever is inside one. */
const NEXT_LINE = new RegExp(
  `^(?:(?:${FIRST}|metadata|sourceLocation|spanId|split|trace|traceSampled):(?: |$)|\\s|$|- )`,
);

const SEPARATOR = /^---\s*$/;

/** Characters of one entry; Google takes 256 KiB. */
const MAX_LENGTH = 1 << 20;

export class YamlEntry {
  /** Lines as they came, of which one is the separator above the entry, perhaps. */
  readonly lines: { raw: string; line: number }[] = [];
  readonly #texts: string[] = [];
  #length = 0;

  /** Returns the entry that this line may begin; null where it begins none. */
  static begin(text: string, raw: string, line: number): YamlEntry | null {
    const isSeparator = SEPARATOR.test(text);
    if (!isSeparator && !FIRST_LINE.test(text)) return null;
    const entry = new YamlEntry();
    entry.lines.push({ raw, line });
    if (!isSeparator) entry.#texts.push(text);
    return entry;
  }

  /** Takes the next line; returns false where it is no part of this entry. */
  take(text: string, raw: string, line: number): boolean {
    const expected = this.#texts.length === 0 ? FIRST_LINE : NEXT_LINE;
    if (this.#length > MAX_LENGTH || !expected.test(text)) return false;
    this.lines.push({ raw, line });
    this.#texts.push(text);
    this.#length += text.length;
    return true;
  }

  /** Returns the entry with its first line; null where the lines are no entry. */
  whole(): { value: Record<string, unknown>; line: number } | null {
    const hasPayload = this.#texts.some((text) => /^(?:text|json|proto)Payload:/.test(text));
    const value = hasPayload ? asObject(parseYaml(this.#texts.join('\n')).value) : null;
    return value && { value, line: this.lines[this.lines.length - this.#texts.length]!.line };
  }
}
