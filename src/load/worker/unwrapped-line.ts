/** Takes log lines out of their wrappers and hands each on as a line; other text too, so that it is rejected. */
import type { LineFramer } from '../../alb/frame.ts';
import { PAYLOAD } from '../../evidence/payload.ts';
import type { FoundLines } from '../../evidence/unwrap/entry.ts';
import { Unwrapper } from '../../evidence/unwrap/unwrapper.ts';

export class UnwrappedLines {
  readonly #lines: LineFramer;
  readonly #unwrapper = new Unwrapper(PAYLOAD);
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #begun: string[] = [];
  #line = 0;

  constructor(lines: LineFramer) {
    this.#lines = lines;
  }

  push(chunk: Uint8Array): void {
    const [first, ...others] = this.#decoder.decode(chunk, { stream: true }).split('\n');
    this.#begun.push(first!);
    if (others.length === 0) return;
    const last = others.pop()!;
    this.#take(this.#begun.join(''));
    for (const line of others) this.#take(line);
    this.#begun = [last];
  }

  end(damaged: boolean): void {
    const rest = this.#begun.join('') + this.#decoder.decode();
    this.#unwrapper.isCut = true;
    if (rest !== '') this.#take(rest);
    this.#hand(this.#unwrapper.end());
    this.#lines.end(damaged);
  }

  #take(line: string): void {
    this.#line++;
    this.#hand(this.#unwrapper.next(line, this.#line));
  }

  #hand({ entries }: FoundLines): void {
    for (const { text } of entries) this.#lines.push(this.#encoder.encode(`${text.replaceAll('\n', ' ')}\n`));
  }
}
