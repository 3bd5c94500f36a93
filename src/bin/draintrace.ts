#!/usr/bin/env node
/** Entry point of the process: its streams, its signals, its exit code. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import type { WriteStream } from 'node:tty';
import type { Effects, Output } from '../command/command.ts';
import { EXIT, strayError } from '../command/error.ts';
import { isHelp, version } from '../command/version.ts';
import { fromMillis } from '../time/time.ts';

function outputOf(stream: NodeJS.WriteStream & Partial<WriteStream>): Output {
  return {
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain');
    },
    isTTY: stream.isTTY === true,
    // A terminal may be resized while a shell runs. A terminal that does not know its size reports 0.
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
  };
}

// A reader of our output may stop reading (`| head`). That is not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    const where = stream === process.stdout ? 'standard output' : 'standard error';
    const why = error.code === 'ENOSPC' ? 'the disk is full' : (error.code ?? error.message);
    // Synchronous, because the process ends here. Fails if standard error is full too.
    try {
      writeSync(2, `draintrace: ${where} cannot be written: ${why}\n`);
    } catch {}
    process.exit(EXIT.output);
  });
}

// Node would print the line of its own source, and end with 1, which is the code of a broken limit.
process.on('uncaughtException', (error) => {
  const { text, code } = strayError(error);
  try {
    writeSync(2, text);
  } catch {}
  process.exit(code);
});

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  });
}

/** Answers what needs no parser at once: importing the rest takes six times as long as this. */
async function run(words: readonly string[], effects: Effects): Promise<number> {
  if (words.length === 1 && words[0] === '--version') {
    await effects.stdout.write(`${version()}\n`);
    return EXIT.ok;
  }
  if (isHelp(words)) {
    const { helpWidth, programHelp } = await import('../command/help.ts');
    await effects.stdout.write(programHelp(helpWidth(effects.stdout.isTTY ? effects.stdout.columns : null)));
    return EXIT.ok;
  }
  const { main } = await import('../command/main.ts');
  return main(words, effects);
}

const code = await run(process.argv.slice(2), {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  stdin: process.stdin,
  env: process.env,
  now: () => fromMillis(Date.now()),
  signal: stop.signal,
});
// All output must be written before the process ends. An idle connection to S3 must not keep the process alive.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit(code);
