/**
 * Generates the benchmark's logs: `node --import tsx bench/make-data.ts [--rows N] [--objects K] [--out DIR] [--seed N] [--shape NAME]`.
 * The same arguments give the same files. One worker process for each core makes objects.
 */
import { fork } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { keyOf, makeObject } from './line.ts';
import { shapeOf } from './shape.ts';
import { ACCOUNT, makeWorld, podsCsv, REGION } from './world.ts';

interface Job {
  shape: string;
  seed: number;
  index: number;
  rows: number;
  out: string;
}

interface Made {
  text: number;
  stored: number;
}

/**
 * Writes `rows` rows in `objects` objects and the pods behind them to `out`, which is emptied first; returns the sizes in bytes.
 * The objects have each `step`-th number, so a large step spreads them over days.
 */
export async function makeData(
  rows: number,
  objects: number,
  out: string,
  seed: number,
  shape = 'shop',
  step = 1,
): Promise<Made> {
  rmSync(out, { recursive: true, force: true });
  const jobs = Array.from({ length: objects }, (_, index): Job => {
    const share = Math.floor((rows * (index + 1)) / objects) - Math.floor((rows * index) / objects);
    return { shape, seed, index: index * step, rows: share, out };
  });
  const total: Made = { text: 0, stored: 0 };
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), objects) }, async () => {
      const worker = fork(fileURLToPath(import.meta.url), ['--worker']);
      try {
        for (let job = jobs.shift(); job; job = jobs.shift()) {
          const made = await new Promise<Made>((done, failed) => {
            worker.once('message', (message) => done(message as Made));
            worker.once('exit', (code) => failed(new Error(`worker ended with ${code}`)));
            worker.send(job!);
          });
          worker.removeAllListeners('exit');
          total.text += made.text;
          total.stored += made.stored;
        }
      } finally {
        worker.disconnect();
      }
    }),
  );
  mkdirSync(join(out, 'evidence'), { recursive: true });
  writeFileSync(join(out, 'evidence', 'pods.csv'), podsCsv(makeWorld(seed, shapeOf(shape))));
  return total;
}

function work({ shape, seed, index, rows, out }: Job): Made {
  const world = makeWorld(seed, shapeOf(shape));
  const node = world.nodes[index % world.nodes.length]!;
  const path = join(out, keyOf(node, index, world.nodes.length, ACCOUNT, REGION));
  const text = makeObject(world, seed, index, rows);
  const stored = gzipSync(text, { level: 6 });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, stored);
  return { text: text.length, stored: stored.length };
}

if (process.argv[2] === '--worker') {
  process.on('message', (job) => process.send!(work(job as Job)));
} else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1500000' },
      objects: { type: 'string', default: '16' },
      out: { type: 'string', default: 'bench/data/full' },
      seed: { type: 'string', default: '1' },
      shape: { type: 'string', default: 'shop' },
    },
  });
  const began = performance.now();
  const { text, stored } = await makeData(
    Number(values.rows),
    Number(values.objects),
    values.out,
    Number(values.seed),
    values.shape,
  );
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `${values.rows} rows in ${values.objects} objects: ${mb(text)} of text (${Math.round(text / Number(values.rows))} bytes a row), ` +
      `${mb(stored)} gz, in ${((performance.now() - began) / 1000).toFixed(1)} s: ${values.out}`,
  );
}
