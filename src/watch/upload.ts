/** Uploads closed files to a bucket, one at a time. Deletes the local file after its upload. */
import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { backoffMs, type Patience } from '../source/retry.ts';
import type { S3Bucket } from '../source/s3-bucket.ts';
import { SourceError } from '../source/source.ts';

export class Uploader {
  uploaded = 0;
  readonly #bucket: S3Bucket;
  readonly #prefix: string;
  readonly #patience: Pick<Patience, 'sleep' | 'random'>;
  readonly #note: (text: string) => void;
  readonly #queue = new Set<string>();
  #running: Promise<void> | null = null;
  #giveUp = new AbortController();

  constructor(
    bucket: S3Bucket,
    prefix: string,
    patience: Pick<Patience, 'sleep' | 'random'>,
    note: (text: string) => void,
  ) {
    this.#bucket = bucket;
    this.#prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    this.#patience = patience;
    this.#note = note;
  }

  /** Takes a closed file and queues its upload. */
  add(path: string): void {
    this.#queue.add(path);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Waits at most `ms` for running uploads. Returns the files that are left, which stay on the disk. */
  async close(ms: number): Promise<string[]> {
    const timer = setTimeout(() => this.#giveUp.abort(), ms);
    await this.#running;
    clearTimeout(timer);
    return [...this.#queue];
  }

  async #run(): Promise<void> {
    const { signal } = this.#giveUp;
    let failed = 0;
    for (const path of this.#queue) {
      while (!signal.aborted) {
        try {
          await this.#bucket.put(`${this.#prefix}${dayOf(path)}${basename(path)}`, await readFile(path), signal);
          this.uploaded++;
          failed = 0;
          await rm(path);
          this.#queue.delete(path);
          break;
        } catch (error) {
          if (signal.aborted) return;
          const { message } = error as Error;
          // The file is safe on the disk, and the failure may pass.
          if (++failed === 1) this.#note(`${message}; ${path} stays here and is tried again.`);
          if (!(error instanceof SourceError)) throw error;
          await this.#patience.sleep(backoffMs(failed + 4, this.#patience.random), signal).catch(() => {});
        }
      }
    }
  }
}

/** Returns `2026/03/10/` for the file's own time, so a window of days can be listed. */
function dayOf(path: string): string {
  const match = /-(\d{4})(\d\d)(\d\d)T\d{6}/.exec(basename(path));
  return match ? `${match[1]}/${match[2]}/${match[3]}/` : '';
}
