/** Runs the closed loop: takes the advice of one run of a world and tests it on other runs. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { bytesOf } from '../../src/command/scenario.ts';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { TruthTeller } from '../../src/simulate/truth.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { selectAll } from '../../src/store/select.ts';
import { cli, expectStatus } from '../../test/cli.ts';
import { EVIDENCE_SETS } from './grid.ts';
import type { Loop, Point } from './loop-bar.ts';
import type { LoopWorld } from './loop-world.ts';
import { load } from './world.ts';

/** Seed of the run that gives the advice, and of the runs that test it. */
const ASKED_SEED = 11;
const TRIED_SEEDS = [21, 22, 23];
/** preStop seconds at which the curve is compared with the outcome. */
const CURVE_SECONDS = [2, 5, 9];

const PREVENTABLE: ReadonlySet<string | null> = new Set(['draining_target', 'killed_in_flight', 'drain_delay_elapsed']);

interface Advice {
  deployment: string;
  pods: number;
  advised_pre_stop_seconds: number | null;
  advised_deregistration_delay_seconds: number | null;
  advised_termination_grace_period_seconds: number | null;
}

interface Outcome {
  preventable: number;
  /** Preventable failures routed at or after the deletion. */
  preventableLate: number;
  /** Requests cut off at the end of the deregistration delay. */
  elapsed: number;
  /** Requests routed at or after their pod's deletion, and the failed ones among them. */
  late: number;
  lateFailures: number;
  pods: number;
  /** Median time that a pod accepted connections after its deletion. */
  serviceSeconds: number;
}

/** Simulates a scenario with several seeds and adds up the outcomes. */
function play(scenario: Scenario, seeds: readonly number[]): Outcome {
  const sum: Outcome = {
    preventable: 0,
    preventableLate: 0,
    elapsed: 0,
    late: 0,
    lateFailures: 0,
    pods: 0,
    serviceSeconds: 0,
  };
  const services: number[] = [];
  for (const seed of seeds) {
    const { world, exchanges } = simulate(scenario, seed);
    const teller = new TruthTeller(scenario, world);
    for (const exchange of exchanges) {
      const truth = teller.tell(exchange, '');
      const deleted = exchange.pod?.deleted ?? null;
      const isLate = deleted !== null && deleted <= exchange.wish.created;
      if (truth && truth.mechanism !== 'websocket' && PREVENTABLE.has(truth.cause)) {
        sum.preventable++;
        if (isLate) sum.preventableLate++;
        if (truth.cause === 'drain_delay_elapsed') sum.elapsed++;
      }
      if (!isLate) continue;
      sum.late++;
      if (exchange.ending !== 'answered') sum.lateFailures++;
    }
    const gone = world.pods.filter(({ closed }) => closed !== null);
    sum.pods += gone.length;
    for (const { closed, deleted } of gone) services.push((closed! - deleted!) / 1e6);
  }
  services.sort((a, b) => a - b);
  sum.serviceSeconds = services[Math.floor(services.length / 2)] ?? 0;
  return sum;
}

/** Runs the loop of all worlds; `folder` is emptied first. */
export async function runLoops(worlds: readonly LoopWorld[], folder: string): Promise<Loop[]> {
  rmSync(folder, { recursive: true, force: true });
  const kinds = new Set(EVIDENCE_SETS.full!.folders);
  for (const { scenario } of worlds) {
    for (const file of writeSimulation(simulate(scenario, ASKED_SEED)).files) {
      const kind = /^evidence\/([^/]+)\//.exec(file.path)?.[1];
      const isWanted = file.path.startsWith('logs/') || (kind !== undefined && kinds.has(kind));
      if (!isWanted || file.path.endsWith('openmetrics.txt')) continue;
      const path = join(folder, file.path.replace('evidence/', `evidence/${scenario.name}/`));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytesOf(file));
    }
  }
  const db = join(folder, 'loop.duckdb');
  await load([join(folder, 'logs'), join(folder, 'evidence')], db, folder);
  const texts = new Map<string, string>();
  for (const { scenario, promise } of worlds) {
    if (promise === 'controller') texts.set(scenario.name, await textOf(scenario, db, folder));
  }
  const instance = await DuckDBInstance.create(db, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const query = catalogueQuery('advice');
    const rows = await selectAll(connection, query.sql, defaultValues(query.parameters));
    const advices = new Map(rows.map((row) => [row.deployment, row as unknown as Advice]));
    await connection.run('create temp table late as select deployment, seconds from late_request where is_late');
    const loops: Loop[] = [];
    for (const world of worlds) {
      const { name } = world.scenario;
      const shareLeft = async (seconds: number): Promise<number> => {
        const [row] = await selectAll(
          connection,
          'select avg(case when seconds > $seconds then 1e0 else 0e0 end) as share from late where deployment = $name',
          { seconds: { type: 'number', value: seconds }, name: { type: 'text', value: name } },
        );
        return Number(row!.share);
      };
      loops.push(await closeLoop(world, advices.get(name) ?? null, texts.get(name) ?? '', shareLeft));
    }
    return loops;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Returns the output of `draintrace advise` for one workload. */
async function textOf(scenario: Scenario, db: string, folder: string): Promise<string> {
  const advised = await cli(['advise', '--workload', scenario.name, '--db', db], { cwd: folder, timeout: 300_000 });
  expectStatus(advised, 0);
  return advised.stdout;
}

const numberOf = (value: number | null | undefined): number | null => (value == null ? null : Number(value));

/** Returns the scenario with the advised settings in force. */
function withAdvice(scenario: Scenario, advice: Advice | null): Scenario {
  const set = (value: number | null | undefined, inForce: number) => numberOf(value) ?? inForce;
  return {
    ...scenario,
    preStopSeconds: set(advice?.advised_pre_stop_seconds, scenario.preStopSeconds),
    deregistrationDelaySeconds: set(advice?.advised_deregistration_delay_seconds, scenario.deregistrationDelaySeconds),
    terminationGracePeriodSeconds: set(
      advice?.advised_termination_grace_period_seconds,
      scenario.terminationGracePeriodSeconds,
    ),
  };
}

function loweredBy(now: Scenario, then: Scenario): string[] {
  const keys = ['preStopSeconds', 'deregistrationDelaySeconds', 'terminationGracePeriodSeconds'] as const;
  return keys.filter((key) => then[key] < now[key]).map((key) => `${key} ${then[key]} (${now[key]})`);
}

async function closeLoop(
  { scenario, promise }: LoopWorld,
  advice: Advice | null,
  text: string,
  shareLeft: (seconds: number) => Promise<number>,
): Promise<Loop> {
  const advised = numberOf(advice?.advised_pre_stop_seconds);
  const wise = withAdvice(scenario, advice);
  const before = play(scenario, TRIED_SEEDS);
  const after = play(wise, TRIED_SEEDS);
  const loop: Loop = {
    scenario,
    promise,
    text,
    advised,
    lowered: loweredBy(scenario, wise),
    before: before.preventable,
    after: after.preventable,
    lateAfter: after.preventableLate,
    elapsedBefore: before.elapsed,
    elapsedAfter: after.elapsed,
    smallest: null,
    points: [],
  };
  if (advice === null || advised === null) return loop;
  loop.smallest = smallestOf(wise, advised, after.preventable);
  // The curve covers requests that are routed late. A proxy or an application that answers errors has another curve.
  const isPlain = scenario.title === '';
  const curve = CURVE_SECONDS.filter((seconds) => isPlain && seconds < advised);
  for (const preStopSeconds of curve) {
    loop.points.push(await pointAt(wise, preStopSeconds, Number(advice.pods), shareLeft));
  }
  return loop;
}

/** Returns the smallest preStop with as few failures. Fewer seconds never leave fewer failures. */
function smallestOf(wise: Scenario, advised: number, left: number): number {
  let low = 0;
  let high = advised;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (play({ ...wise, preStopSeconds: middle }, TRIED_SEEDS).preventable <= left) high = middle;
    else low = middle + 1;
  }
  return high;
}

async function pointAt(
  wise: Scenario,
  preStopSeconds: number,
  pods: number,
  shareLeft: (seconds: number) => Promise<number>,
): Promise<Point> {
  const shown = play({ ...wise, preStopSeconds }, TRIED_SEEDS);
  const predicted = await shareLeft(shown.serviceSeconds);
  const observed = shown.lateFailures / shown.late;
  // One load balancer node and one pod are one trial, however many requests the node sends.
  const trials = (count: number) => count * wise.albNodes;
  const share = (predicted + observed) / 2;
  const error = Math.sqrt(share * (1 - share) * (1 / trials(pods) + 1 / trials(shown.pods)));
  return { preStopSeconds, predicted, observed, errors: error === 0 ? 0 : Math.abs(predicted - observed) / error };
}
