/** The closed loop: what `advice` says of one run of a scenario, tried on other runs of it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { bytesOf } from '../../src/command/scenario.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { checkScenario } from '../../src/simulate/check.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { TruthTeller } from '../../src/simulate/truth.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { selectAll } from '../../src/store/select.ts';
import { cli, expectStatus } from '../../test/cli.ts';
import type { Loop, Point } from './loop-bar.ts';

/** Chance of the run that the advice comes from, and of those that it is tried on. */
const ASKED_SEED = 11;
const TRIED_SEEDS = [21, 22, 23];
/** preStop seconds at which the curve is held against what happens. */
const CURVE_SECONDS = [2, 5, 9];

const PREVENTABLE: ReadonlySet<string | null> = new Set([
  'draining_target',
  'stale_target',
  'killed_in_flight',
  'drain_delay_elapsed',
]);

/** Deployments that roll out again and again, each with another kind of load balancer, controller and application. */
export function loopScenarios(): Scenario[] {
  const scenarios: Scenario[] = [];
  for (const propagationSeconds of [
    { median: 2.5, p99: 7 },
    { median: 4, p99: 10 },
    { median: 6, p99: 14 },
    { median: 9, p99: 18 },
  ]) {
    for (const [sigterm, exitSeconds] of [
      ['drain', { median: 1.5, p99: 6 }],
      ['drain', { median: 6, p99: 12 }],
      ['serve', 0.3],
      ['serve', { median: 1, p99: 3 }],
    ] as const) {
      for (const controllerSeconds of [
        { median: 0.4, p99: 2 },
        { median: 2, p99: 6 },
      ]) {
        const number = scenarios.length;
        scenarios.push(
          checkScenario({
            name: `loop-${number}`,
            namespace: `loop-ns-${number}`,
            podNetwork: number,
            startsAt: `2026-05-${String(1 + (number % 28)).padStart(2, '0')}T${String(8 + Math.floor(number / 28)).padStart(2, '0')}:00:00Z`,
            durationSeconds: 400,
            requestsPerSecond: 30,
            longRequestShare: 0.002,
            longRequestSeconds: { median: 2, p99: 6 },
            replicas: 6 + (number % 3) * 2,
            maxSurge: 4,
            addressesPerNode: 60,
            propagationSeconds,
            controllerSeconds,
            sigterm,
            exitSeconds,
            startSeconds: { median: 2, p99: 4 },
            readySeconds: { median: 2, p99: 4 },
            incidents: [20, 90, 160, 230, 300].map((at) => ({ at, do: 'rollout' })),
          }),
        );
      }
    }
  }
  return scenarios;
}

interface Advice {
  deployment: string;
  pods: number;
  advised_pre_stop_seconds: number | null;
  advised_deregistration_delay_seconds: number | null;
  advised_termination_grace_period_seconds: number | null;
}

interface Outcome {
  preventable: number;
  /** Requests routed at or after their pod's deletion, and those of them that failed. */
  late: number;
  lateFailures: number;
  pods: number;
  /** How long a pod accepted connections after its deletion, the median. */
  serviceSeconds: number;
}

/** Plays a scenario at some seeds and adds up what happened. */
function play(scenario: Scenario, seeds: readonly number[]): Outcome {
  const sum: Outcome = { preventable: 0, late: 0, lateFailures: 0, pods: 0, serviceSeconds: 0 };
  const services: number[] = [];
  for (const seed of seeds) {
    const { world, exchanges } = simulate(scenario, seed);
    const teller = new TruthTeller(world.registrations, scenario.port);
    for (const exchange of exchanges) {
      const truth = teller.tell(exchange, '');
      if (truth && truth.mechanism !== 'websocket' && PREVENTABLE.has(truth.cause)) sum.preventable++;
      const deleted = exchange.pod?.deleted ?? null;
      if (deleted === null || deleted > exchange.wish.created) continue;
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

/** Runs the loop of all scenarios; `folder` is emptied first. */
export async function runLoops(scenarios: readonly Scenario[], folder: string): Promise<Loop[]> {
  rmSync(folder, { recursive: true, force: true });
  for (const scenario of scenarios) {
    for (const file of writeSimulation(simulate(scenario, ASKED_SEED)).files) {
      if (!file.path.includes('/') || file.path.endsWith('openmetrics.txt')) continue;
      const path = join(folder, file.path.replace('evidence/', `evidence/${scenario.name}/`));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytesOf(file));
    }
  }
  const db = join(folder, 'loop.duckdb');
  const loaded = await cli(['load', join(folder, 'logs'), join(folder, 'evidence'), '--db', db, '-q'], {
    cwd: folder,
    timeout: 600_000,
  });
  expectStatus(loaded, 0);
  const instance = await DuckDBInstance.create(db, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const query = readCatalogue().find(({ name }) => name === 'advice')!;
    const rows = await selectAll(connection, query.sql, defaultValues(query.parameters));
    const advices = new Map(rows.map((row) => [row.deployment, row as unknown as Advice]));
    await connection.run('create temp table late as select deployment, seconds from late_request where is_late');
    const loops: Loop[] = [];
    for (const scenario of scenarios) {
      const advice = advices.get(scenario.name);
      if (!advice || advice.advised_pre_stop_seconds === null) throw new Error(`${scenario.name} got no advice`);
      const shareLeft = async (seconds: number): Promise<number> => {
        const [row] = await selectAll(
          connection,
          'select avg(case when seconds > $seconds then 1e0 else 0e0 end) as share from late where deployment = $name',
          { seconds: { type: 'number', value: seconds }, name: { type: 'text', value: scenario.name } },
        );
        return Number(row!.share);
      };
      loops.push(await closeLoop(scenario, advice, shareLeft));
    }
    return loops;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function closeLoop(
  scenario: Scenario,
  advice: Advice,
  shareLeft: (seconds: number) => Promise<number>,
): Promise<Loop> {
  const advised = Number(advice.advised_pre_stop_seconds);
  const withPreStop = (preStopSeconds: number): Scenario => ({
    ...scenario,
    preStopSeconds,
    deregistrationDelaySeconds: Number(advice.advised_deregistration_delay_seconds),
    terminationGracePeriodSeconds: Number(advice.advised_termination_grace_period_seconds),
  });
  const before = play(scenario, TRIED_SEEDS).preventable;
  const after = play(withPreStop(advised), TRIED_SEEDS).preventable;
  // The smallest preStop that leaves as few; fewer seconds never leave fewer failures.
  let low = 0;
  let high = advised;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (play(withPreStop(middle), TRIED_SEEDS).preventable <= after) high = middle;
    else low = middle + 1;
  }
  const points: Point[] = [];
  for (const preStopSeconds of CURVE_SECONDS.filter((seconds) => seconds < advised)) {
    const shown = play(withPreStop(preStopSeconds), TRIED_SEEDS);
    const predicted = await shareLeft(shown.serviceSeconds);
    const observed = shown.lateFailures / shown.late;
    // What a node of the load balancer does with a pod is one trial, however many requests it sends.
    const trials = (pods: number) => pods * scenario.albNodes;
    const share = (predicted + observed) / 2;
    const error = Math.sqrt(share * (1 - share) * (1 / trials(advice.pods) + 1 / trials(shown.pods)));
    points.push({ preStopSeconds, predicted, observed, errors: Math.abs(predicted - observed) / error });
  }
  return { scenario, advised, before, after, smallest: high, points };
}
