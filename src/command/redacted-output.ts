/** Standard error with the secrets of urls hidden. Every message passes here. */
import { redacted } from '../evidence/redact.ts';
import type { Output } from './command.ts';

export class RedactedOutput implements Output {
  readonly #to: Output;

  constructor(to: Output) {
    this.#to = to;
  }

  write(text: string | Uint8Array): Promise<void> {
    return this.#to.write(typeof text === 'string' ? redacted(text) : text);
  }

  get isTTY(): boolean {
    return this.#to.isTTY;
  }

  get columns(): number {
    return this.#to.columns;
  }

  get rows(): number {
    return this.#to.rows;
  }
}
