/** The load contest: draintrace and its rivals load the same objects in turns, so other work on the machine affects all. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { draintrace, forget, script } from './draintrace.ts';
import { measure, median } from './measure.ts';
import { assertSame, kept } from './same.ts';

/** One row of the result. */
export interface Figure {
  name: string;
  /** Seconds, one a round. */
  wall: number[];
  cpu: (number | null)[];
  /** Peak resident bytes over all rounds. */
  rss: number | null;
  /** Bytes of its database after the last round; null for a contender without one. */
  file: number | null;
  /** Bytes of text that the contender read. */
  text: number;
  note: string;
}

interface Took {
  wall: number;
  cpu: number | null;
  rss: number | null;
}

export interface Place {
  /** Argument of `load`. */
  source: string;
  env: Record<string, string>;
  /** Downloads the objects into a fresh folder for rivals that cannot read S3; null for local files. */
  download: ((folder: string) => Promise<void>) | null;
}

export interface Contest {
  figures: Figure[];
  rows: number;
  /** For --keep failures: full rows, and counted requests. */
  kept: { rows: number; counted: number };
}

/** Returns each contender's times over `rounds` rounds. Throws if the results of draintrace and the recipe differ. */
export async function contest(
  folder: string,
  text: number,
  place: Place,
  rounds: number,
  work: string,
): Promise<Contest> {
  const figures = new Map<string, Figure>();
  const add = (name: string, took: Took, bytes = text, note = '') => {
    const figure = figures.get(name) ?? { name, wall: [], cpu: [], rss: null, file: null, text: bytes, note };
    figure.wall.push(took.wall);
    figure.cpu.push(took.cpu);
    figure.rss = Math.max(figure.rss ?? 0, took.rss ?? 0) || null;
    figures.set(name, figure);
  };
  const db = (name: string) => join(work, `${name}.duckdb`);
  // The rivals judge nothing.
  const load = async (name: string, ...more: string[]) =>
    draintrace(['load', place.source, '--db', db(name), '--quiet', '--no-judge', ...more], place.env);
  const recipe = async (kind: 'default' | 'tuned') => {
    if (!place.download) return script<Took>('rival/recipe.ts', [folder, db(kind), kind]);
    const copies = join(work, 'copies');
    const began = performance.now();
    const before = process.cpuUsage();
    await place.download(copies);
    const { user, system } = process.cpuUsage(before);
    const fetched = { wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
    const took = await script<Took>('rival/recipe.ts', [copies, db(kind), kind]);
    return { ...took, wall: took.wall + fetched.wall, cpu: (took.cpu ?? 0) + fetched.cpu };
  };

  for (let round = 0; round < rounds; round++) {
    forget(db('full'));
    forget(db('failures'));
    add('draintrace load', await load('full'), text, 'all columns, every line checked');
    add('DuckDB recipe, tuned', await recipe('tuned'), text, 'checks nothing');
    add('draintrace load --keep failures', await load('failures', '--keep', 'failures'));
    if (!place.download) add('DuckDB recipe, default', await recipe('default'), text, 'checks nothing');
    if (!place.download)
      add(
        'node:zlib alone',
        await script<Took>('rival/inflate.ts', [folder]),
        text,
        'the floor: inflates, reads nothing',
      );
    add('draintrace load, nothing new', await load('full'), 0, 'list only');
  }
  const rows = await assertSame(db('full'), db('tuned'));
  for (const [name, kind] of [
    ['draintrace load', 'full'],
    ['draintrace load --keep failures', 'failures'],
    ['DuckDB recipe, tuned', 'tuned'],
  ] as const)
    figures.get(name)!.file = statSync(db(kind)).size;
  const result = { figures: [...figures.values()], rows, kept: await kept(db('failures')) };
  if (result.kept.rows + result.kept.counted !== rows) throw new Error('--keep failures has lost requests');
  for (const name of ['full', 'failures', 'tuned', 'default']) forget(db(name));
  return result;
}

/** Runs the slow rivals once: csv-parse with the appender on one object, and goaccess, which keeps no rows. */
export async function slowRivals(folder: string, text: number, work: string): Promise<Figure[]> {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.log.gz'));
  const db = join(work, 'csv.duckdb');
  const csv = await script<Took & { bytes: number; rows: number }>('rival/csv-appender.ts', [
    join(folder, files[0]!),
    db,
  ]);
  forget(db);
  const figures: Figure[] = [
    {
      name: 'csv-parse to appender',
      wall: [csv.wall],
      cpu: [csv.cpu],
      rss: csv.rss,
      file: null,
      text: csv.bytes,
      note: `one object of ${csv.rows} rows, all text`,
    },
  ];
  if (!hasGoaccess()) return figures;
  const pipe = `find "$0" -name '*.log.gz' -print0 | xargs -0 gzip -dc | goaccess - --log-format=AWSALB --no-progress -o "$1" >/dev/null 2>&1; times`;
  const report = join(work, 'goaccess.json');
  const took = await measure('bash', ['-c', pipe, folder, report]);
  // The second line of `times` is the time of the children.
  const seconds = took.stdout.split('\n')[1]?.match(/\d+m[\d.]+/g) ?? [];
  const cpu = seconds.map((part) => part.split('m').map(Number)).reduce((sum, [m, s]) => sum + m! * 60 + s!, 0);
  figures.push({
    name: 'goaccess (AWSALB)',
    wall: [took.wall],
    cpu: [cpu],
    rss: null,
    file: null,
    text,
    note: 'a report in memory: no rows, no targets, no times of failures',
  });
  return figures;
}

function hasGoaccess(): boolean {
  try {
    execFileSync('goaccess', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** How many times faster `other` is than `one`, by wall and by processor time: the median of the rounds' ratios. */
export function ratio(one: Figure, other: Figure): { wall: number; cpu: number } {
  const of = (a: readonly (number | null)[], b: readonly (number | null)[]) =>
    median(a.map((value, i) => (value ?? Number.NaN) / (b[i] ?? Number.NaN)));
  return { wall: of(one.wall, other.wall), cpu: of(one.cpu, other.cpu) };
}
