/** `draintrace load --emit`: writes units instead of keeping a database, so that many jobs can load at once. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { redactedUrl } from '../evidence/redact.ts';
import type { LoadOutcome } from '../load/main/request.ts';
import { makeScratch } from '../publish/scratch.ts';
import { count, printable } from '../report/text.ts';
import { exportLake } from '../store/lake.ts';
import { PARTITION_KEYS } from '../store/lake-part.ts';
import { type UnitPart, unitFile, unitLake, unitName, unitText } from '../store/unit.ts';
import { DAY, formatMillis, MINUTE, type Micros } from '../time/time.ts';
import { parseTypedTime } from '../time/typed.ts';
import { ask } from './ask.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import type { LoadArguments } from './load-option.ts';
import { withDatabase } from './open.ts';
import { type UnitPlace, unitPlace } from './unit-place.ts';

/** Variables in which Kubernetes and AWS Batch say which of many jobs this one is. */
const INDEX_VARIABLES = ['JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'];

/** After this time the logs of a window are here, but for a few. */
const DELIVERED = 20 * MINUTE;

interface Span {
  from: Micros | null;
  to: Micros | null;
}

/** Loads one database. Returns its exit code. */
type Load = (args: LoadArguments, effects: Effects) => Promise<number>;

/** Writes the units of this job and returns the exit code: that of the first unit that is not complete. */
export async function emitUnits(args: LoadArguments, span: Span, effects: Effects, load: Load): Promise<number> {
  if (args.keep !== 'all')
    throw new CliError(
      '--emit keeps all rows, because a merge judges what lies beside them: leave --keep out',
      EXIT.usage,
    );
  if (args.dropOutside)
    throw new CliError(
      '--emit takes objects whole, because a merge takes each once: leave --drop-outside out',
      EXIT.usage,
    );
  if (args.source.includes('-'))
    throw new CliError('--emit cannot read standard input, which has no name to know it by', EXIT.usage);
  const access = {
    endpointUrl: args.endpointUrl ?? null,
    region: args.region[0] ?? null,
    profile: args.profile ?? null,
    env: effects.env,
  };
  const note = (text: string): void => void effects.stderr.write(`${printable(text)}\n`);
  const place = unitPlace(args.emit!, access, note, effects.signal);
  let worst: number = EXIT.ok;
  // A relative time is another one in each run, so it must not name the unit of an earlier run.
  const [from, to] = [span.from, span.to].map((time) => (time === null ? undefined : formatMillis(time)));
  for (const own of ownUnits(args, span, effects.env).map((unit) => (unit === args ? { ...args, from, to } : unit))) {
    const code = await emitUnit(own, place, effects, load);
    if (code === EXIT.interrupted) return code;
    if (worst === EXIT.ok) worst = code;
  }
  return worst;
}

/** Returns the arguments of each unit that this job writes: all that the flags say, or each M-th balancer and day of it. */
export function ownUnits(
  args: Pick<LoadArguments, 'index' | 'of' | 'lb'> & LoadArguments,
  { from, to }: Span,
  env: Effects['env'],
): LoadArguments[] {
  const given =
    args.index ?? INDEX_VARIABLES.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  if (args.of === undefined) {
    if (args.index !== undefined) throw new CliError('--index needs --of: the number of jobs', EXIT.usage);
    return [args];
  }
  const index = Number(given ?? Number.NaN);
  if (!(Number.isInteger(args.of) && args.of > 0))
    throw new CliError(`--of ${args.of} is not a number of jobs`, EXIT.usage);
  if (!(Number.isInteger(index) && index >= 0 && index < args.of)) {
    const why =
      given === undefined ? 'is not given, nor is JOB_COMPLETION_INDEX' : `${given} is not from 0 to ${args.of - 1}`;
    throw new CliError(`--index ${why}`, EXIT.usage);
  }
  if (from === null || to === null)
    throw new CliError('--of divides a window: give --from and --to, as days that each job sees alike', EXIT.usage);
  const relative = [args.from!, args.to!].find((text) => parseTypedTime(text, from) !== parseTypedTime(text, to));
  if (relative !== undefined)
    throw new CliError(
      `--of divides a window that each job sees alike, and ${relative} is another time in each: write it as 2026-03-10`,
      EXIT.usage,
    );
  const units: LoadArguments[] = [];
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, (Math.floor(begin / DAY) + 1) * DAY);
    for (const lb of args.lb.length === 0 ? [[]] : args.lb.map((one) => [one])) {
      units.push({ ...args, from: formatMillis(begin), to: formatMillis(end), lb });
    }
    begin = end;
  }
  return units.filter((_, i) => i % args.of! === index);
}

function partOf(args: LoadArguments): UnitPart {
  const { from, to, lb, account, region, logs, timezone, capturedAt } = args;
  return {
    source: args.source.map(redactedUrl),
    from: from ?? null,
    to: to ?? null,
    ...{ lb, account, region, logs, timezone, captured_at: capturedAt ?? null },
  };
}

async function emitUnit(args: LoadArguments, place: UnitPlace, effects: Effects, load: Load): Promise<number> {
  const part = partOf(args);
  const name = unitName(part);
  if ((await place.read(unitFile(name))) !== null) {
    const since = args.to === undefined ? '; for what has come since, give --from and --to' : '';
    if (!args.quiet) await effects.stderr.write(`unit ${name} is complete already${since}\n`);
    return EXIT.ok;
  }
  const scratch = await makeScratch();
  try {
    const db = join(scratch.path, 'unit.duckdb');
    let outcome = null as LoadOutcome | null;
    const took = (loaded: LoadOutcome): void => {
      outcome = loaded;
    };
    // A unit has its verdicts alone of what judging keeps, and the export computes them.
    const code = await load(
      {
        ...args,
        db,
        judge: false,
        emit: undefined,
        of: undefined,
        index: undefined,
        quiet: true,
        mayBeEmpty: true,
        took,
      },
      effects,
    );
    // A part of the objects is no unit: the next try takes all of them.
    const isWhole = outcome !== null && outcome.fatal === null && outcome.failed.length + outcome.left === 0;
    if (!isWhole || effects.signal.aborted) return code === EXIT.ok ? EXIT.partial : code;
    const lake = unitLake(name, randomBytes(8).toString('hex'));
    const sums = await place.fill(lake, (target) =>
      withDatabase({ db, wait: 0, readOnly: true, directories: [target.directory] }, effects, async (connection) => {
        await exportLake(connection, target, {
          ...{ keys: PARTITION_KEYS, prune: false, before: null, views: args.judge === false ? [] : ['verdict'] },
          note: () => effects.signal.throwIfAborted(),
        });
        const [sum] = await ask(connection, 'emit-summary');
        return { objects: Number(sum!.objects), rows: Number(sum!.rows), failures: Number(sum!.failures) };
      }),
    );
    await place.write(unitFile(name), unitText({ lake, part, ...sums }));
    const isEarly = args.to !== undefined && parseTypedTime(args.to, effects.now())! > effects.now() - DELIVERED;
    if (isEarly) {
      const how = `a unit is made once: emit windows that ended ${count(DELIVERED / MINUTE, 'minute')} ago or earlier`;
      await effects.stderr.write(`unit ${name}: logs of its window may still come, and are not in it; ${how}\n`);
    }
    if (!args.quiet) {
      const what = `${count(sums.objects, 'object')}, ${count(sums.rows, 'row')}, ${count(sums.failures, 'failure')}`;
      await effects.stderr.write(`unit ${name}: ${what} in ${printable(place.place)}\n`);
    }
    return code;
  } finally {
    await scratch.remove();
  }
}
