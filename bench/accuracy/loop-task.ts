/** Runs the closed loop for services of ECS: takes the advice of one run of a service and tests it on other runs. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { ecsEffectiveSettingsOf, readEcsSettings } from '../../src/command/ecs-effective-setting.ts';
import { bytesOf } from '../../src/command/scenario.ts';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import type { AdviceRow } from '../../src/report/advice-row.ts';
import { adviseEcs, type EcsAdvice } from '../../src/report/ecs-advice.ts';
import { checkScenario } from '../../src/simulate/check.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { TruthTeller } from '../../src/simulate/truth.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { selectAll } from '../../src/store/select.ts';
import { EVIDENCE_SETS } from './grid.ts';
import { load } from './world.ts';

const ASKED_SEED = 11;
const TRIED_SEEDS = [21, 22, 23];

/** Causes that waiting longer prevents. */
const PREVENTABLE = new Set(['draining_target', 'killed_in_flight', 'drain_delay_elapsed']);
/** The application's own failures, which no setting of ECS changes. */
const OWN = new Set(['healthy_target']);

export interface TaskLoop {
  scenario: Scenario;
  advice: EcsAdvice | null;
  /** Preventable failures before and after, and failures of any other cause. */
  before: number;
  after: number;
  otherBefore: number;
  otherAfter: number;
}

/** Returns services whose settings cost requests, each in its own way. */
export function taskWorlds(): Scenario[] {
  const deployments: Scenario['incidents'] = [20, 150, 280].map((at) => ({ at, do: 'rollout' }));
  const worlds: (Partial<Scenario> & { title: string })[] = [
    { title: 'no delay', deregistrationDelaySeconds: 0, sigterm: 'drain' },
    { title: "AWS's delay of 5 s, slow balancer", deregistrationDelaySeconds: 5, propagationSeconds: 14 },
    {
      title: 'delay below the requests',
      deregistrationDelaySeconds: 8,
      longRequestShare: 0.03,
      longRequestSeconds: { median: 8, p99: 20 },
    },
    {
      title: 'all tasks at once',
      deregistrationDelaySeconds: 2,
      minimumHealthyPercent: 50,
      maximumPercent: 150,
      sigterm: 'serve',
      exitSeconds: 0.2,
    },
  ];
  return worlds.map((world, number) =>
    checkScenario({
      targets: 'tasks',
      name: `service-${number}`,
      namespace: 'web',
      podNetwork: 80 + number,
      startsAt: `2026-06-0${1 + number}T08:00:00Z`,
      durationSeconds: 420,
      requestsPerSecond: 30,
      longRequestSeconds: { median: 2, p99: 6 },
      replicas: 6,
      workerNodes: 3,
      addressesPerNode: 40,
      propagationSeconds: { median: 5, p99: 12 },
      startSeconds: { median: 2, p99: 4 },
      incidents: deployments,
      ...world,
    }),
  );
}

function play(scenario: Scenario): { preventable: number; other: number } {
  const sum = { preventable: 0, other: 0 };
  for (const seed of TRIED_SEEDS) {
    const { world, exchanges } = simulate(scenario, seed);
    const teller = new TruthTeller(scenario, world);
    for (const exchange of exchanges) {
      const truth = teller.tell(exchange, '');
      if (truth === null || truth.cause === null || OWN.has(truth.cause)) continue;
      if (PREVENTABLE.has(truth.cause)) sum.preventable++;
      else sum.other++;
    }
  }
  return sum;
}

/** Runs the loop of all services; `folder` is emptied first. */
export async function runTaskLoops(worlds: readonly Scenario[], folder: string): Promise<TaskLoop[]> {
  rmSync(folder, { recursive: true, force: true });
  const kinds = EVIDENCE_SETS.ecs!.folders;
  for (const scenario of worlds) {
    for (const file of writeSimulation(simulate(scenario, ASKED_SEED)).files) {
      const isWanted = file.path.startsWith('logs/') || kinds.some((kind) => file.path.startsWith(`evidence/${kind}/`));
      if (!isWanted) continue;
      const path = join(folder, file.path.replace('evidence/', `evidence/${scenario.name}/`));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytesOf(file));
    }
  }
  const db = join(folder, 'loop.duckdb');
  await load([join(folder, 'logs'), join(folder, 'evidence')], db, folder);
  const instance = await DuckDBInstance.create(db, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const query = catalogueQuery('advice');
    const rows = (await selectAll(connection, query.sql, defaultValues(query.parameters))) as unknown as AdviceRow[];
    const settings = await readEcsSettings(connection);
    return worlds.map((scenario) => {
      const row = rows.find(({ deployment }) => deployment === scenario.name);
      return closeLoop(scenario, row ? adviseEcs(row, ecsEffectiveSettingsOf(row, settings), false) : null);
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function closeLoop(scenario: Scenario, advice: EcsAdvice | null): TaskLoop {
  const wise: Scenario = {
    ...scenario,
    deregistrationDelaySeconds: Number(advice?.deregistration_delay_seconds ?? scenario.deregistrationDelaySeconds),
    terminationGracePeriodSeconds: Number(advice?.stop_timeout_seconds ?? scenario.terminationGracePeriodSeconds),
    minimumHealthyPercent: advice?.minimum_healthy_percent ?? scenario.minimumHealthyPercent,
    maximumPercent: advice?.minimum_healthy_percent ? 200 : scenario.maximumPercent,
  };
  const before = play(scenario);
  const after = play(wise);
  return {
    scenario,
    advice,
    before: before.preventable,
    after: after.preventable,
    otherBefore: before.other,
    otherAfter: after.other,
  };
}

/** Returns one sentence for each missed bar: no failure is left of those that waiting prevents, and none of another cause comes. */
export function missedTaskLoops(loops: readonly TaskLoop[]): string[] {
  return loops.flatMap(({ scenario, advice, before, after, otherBefore, otherAfter }) => {
    const about = `advice for ECS: ${scenario.title}`;
    return [
      ...(before === 0 ? [`${about}: there were no failures`] : []),
      ...(advice === null ? [`${about}: nothing is advised, and there were ${before} failures`] : []),
      ...(advice !== null && after > 0 ? [`${about}: ${after} of ${before} failures are left`] : []),
      ...(otherAfter > otherBefore ? [`${about}: ${otherAfter - otherBefore} failures of another cause are new`] : []),
    ];
  });
}

/** Returns the section of the closed loop of ECS. */
export function taskLoopSection(loops: readonly TaskLoop[]): string {
  const rows = loops.map(({ scenario, advice, before, after, otherBefore, otherAfter }) => [
    scenario.title,
    scenario.deregistrationDelaySeconds,
    scenario.minimumHealthyPercent,
    advice?.deregistration_delay_seconds ?? 'none',
    advice?.stop_timeout_seconds ?? '',
    advice?.minimum_healthy_percent ?? '',
    before,
    after,
    otherBefore,
    otherAfter,
  ]);
  const head =
    'service,delay,minimumHealthyPercent,advised delay,stopTimeout,advised minimum,failures before,after,of other causes,after';
  const table = [head.split(','), head.split(',').map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `## Advice for services of ECS, closed loop

As above, for services of ECS: the advised deregistration delay, stopTimeout and minimumHealthyPercent. Bars: no failure remains that
a longer wait prevents, and no new failure has another cause.

${table.join('\n')}
`;
}
