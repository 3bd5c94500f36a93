/**
 * Measures commands on a small database, where starting is most of the time: those without a database against Node alone, and
 * questions against a script that opens the database with the same binding and counts rows.
 */
import { join } from 'node:path';
import { draintrace, forget } from './draintrace.ts';
import { type Measured, measure, median } from './measure.ts';

/** The least that anybody who asks the database must do. */
const COUNT_ROWS = `
import { DuckDBInstance } from '@duckdb/node-api';
const instance = await DuckDBInstance.create(process.argv[1], { access_mode: 'READ_ONLY' });
const connection = await instance.connect();
const result = await connection.runAndReadAll('select count(*) from alb_log');
console.log(String(result.getRows()[0][0]));
connection.closeSync();
instance.closeSync();
`;

const SAMPLES = ['samples/rollout-day', 'samples/recorded-incident', '--timezone', '+08:00'];

export interface StartFigure {
  command: string;
  rival: 'node' | 'count rows';
  most: number;
  /** One a round. */
  wall: number[];
  cpu: number[];
  rivalWall: number[];
  rivalCpu: number[];
}

/** Returns the figures of all commands, each run in turns with its rival. Throws if the rows counted differ. */
export async function startFigures(rounds: number, work: string): Promise<StartFigure[]> {
  const db = join(work, 'start.duckdb');
  forget(db);
  await draintrace(['load', ...SAMPLES, '--db', db, '--quiet']);
  const page = join(work, 'start.html');
  const node = (): Promise<Measured> => measure(process.execPath, ['-e', '0']);
  const count = (): Promise<Measured> => measure(process.execPath, ['--input-type=module', '-e', COUNT_ROWS, db]);
  const counted = (await draintrace(['sql', 'select count(*) as n from alb_log', '--format', 'csv', '--db', db]))
    .stdout;
  if (counted.trim().split(/\s+/).at(-1) !== (await count()).stdout.trim()) throw new Error('the rows counted differ');
  const [request] = (await draintrace(['trace', '--format', 'ndjson', '--db', db])).stdout.split('\n');
  const { trace_id: id } = JSON.parse(request!) as { trace_id: string };

  const figures: StartFigure[] = [];
  const contest = async (
    rival: StartFigure['rival'],
    most: number,
    command: string,
    words: string[],
  ): Promise<void> => {
    const figure: StartFigure = { command, rival, most, wall: [], cpu: [], rivalWall: [], rivalCpu: [] };
    for (let round = 0; round < rounds; round++) {
      const other = await (rival === 'node' ? node() : count());
      const ours = await draintrace(words);
      figure.wall.push(ours.wall);
      figure.cpu.push(ours.cpu ?? Number.NaN);
      figure.rivalWall.push(other.wall);
      figure.rivalCpu.push(other.cpu ?? Number.NaN);
    }
    figures.push(figure);
  };
  await contest('node', 3, '--version', ['--version']);
  await contest('node', 3, '--help', ['--help']);
  await contest('node', 3, 'queries', ['queries']);
  await contest('node', 3, 'TAB', ['--get-yargs-completions', 'draintrace', 'tr']);
  for (const [command, most] of [
    [['trace'], 2],
    [['query', 'failures-per-rollout'], 2],
    [['explain', id], 2],
    [['evidence'], 2],
    [['check', '--max', 'draining_target=100000', '--allow-missing'], 2],
    [['report', '--out', page], 4],
    [['advise'], 4],
  ] as const)
    await contest('count rows', most, command[0] === 'query' ? command.join(' ') : command[0], [
      ...command,
      '--db',
      db,
    ]);
  forget(db);
  return figures;
}

/** Returns the median ratio of a command's wall time to its rival's. */
export const startRatio = ({ wall, rivalWall }: StartFigure): number =>
  median(wall.map((seconds, i) => seconds / rivalWall[i]!));
