/** Reads a scenario: missing keys get their defaults, wrong keys are reported. */
import { DAY_SECONDS, HOUR_SECONDS } from '../time/time.ts';
import type { Duration } from './random.ts';
import {
  CONTROLLER_LOGS,
  DEFAULT_SCENARIO,
  DELETIONS,
  DEPLOYMENTS,
  INCIDENTS,
  NODE_TAKERS,
  type PlannedEvent,
  type Scenario,
  SIDECARS,
  SIGTERM_BEHAVIOURS,
  TARGETS,
  TASK_ENDS,
  TASK_NETWORKS,
  TASK_STOPPERS,
  WORKLOADS,
} from './scenario.ts';

/** A scenario that cannot be simulated. The message names the key, the error and the allowed values. */
export class ScenarioError extends Error {
  override name = 'ScenarioError';
}

type Key = keyof Scenario;

/** Keys with a whole number as value, with their least and greatest values. */
const COUNTS: Partial<Record<Key, readonly [number, number]>> = {
  albNodes: [1, 100],
  workerNodes: [1, 200],
  replicas: [0, 1000],
  maxSurge: [0, 1000],
  maxUnavailable: [0, 1000],
  addressesPerNode: [1, 230],
  healthyThreshold: [1, 10],
  unhealthyThreshold: [1, 10],
  port: [1, 65_535],
  podNetwork: [0, 255],
  terminationGracePeriodSeconds: [1, DAY_SECONDS],
  preStopSeconds: [0, DAY_SECONDS],
  deregistrationDelaySeconds: [0, HOUR_SECONDS],
  idleTimeoutSeconds: [1, 4000],
  minimumHealthyPercent: [0, 100],
  maximumPercent: [100, 200],
  nodePort: [1024, 65_535],
};

const CHOICES: Partial<Record<Key, readonly string[]>> = {
  sigterm: SIGTERM_BEHAVIOURS,
  strategy: ['RollingUpdate', 'Recreate'],
  workload: WORKLOADS,
  sidecar: SIDECARS,
  controllerLog: CONTROLLER_LOGS,
  targets: TARGETS,
  taskNetwork: TASK_NETWORKS,
  deployment: DEPLOYMENTS,
  trafficPolicy: ['Cluster', 'Local'],
};

/** Keys whose value must be above 0. */
const POSITIVE: ReadonlySet<string> = new Set([
  'durationSeconds',
  'requestsPerSecond',
  'healthCheckSeconds',
  'pollSeconds',
  'scrapeSeconds',
  'controllerRate',
]);

/** Clocks may be behind. */
const SIGNED: ReadonlySet<string> = new Set(['apiClockSeconds', 'nodeClockSeconds']);

/** Keys of each incident beside `at` and `do`; those with ! are required. */
const INCIDENT_KEYS: Record<PlannedEvent['do'], readonly string[]> = {
  rollout: [],
  scale: ['replicas!'],
  delete_pod: ['pods', 'how'],
  crash: ['pods', 'reason', 'seconds', 'times'],
  sidecar_crash: ['pods', 'reason', 'seconds'],
  flap: ['pods', 'seconds!', 'stall'],
  deregister: ['pods', 'seconds!', 'by', 'blocks'],
  job: ['pods', 'seconds!'],
  node_loss: [],
  zone_loss: [],
  security_group: ['seconds!', 'albNodes'],
  controller_stall: ['seconds!'],
  node_leave: ['by!'],
  stop_task: ['pods', 'by!'],
  essential_end: ['pods', 'end!'],
  force_deployment: [],
  terminate_instance: ['pods', 'by!'],
  break_application: ['pods', 'stall'],
  deploy_in_place: [],
};

/** Incidents that only some targets can have; all others are those of pods, and of pods behind node ports. */
const ONLY_OF: Partial<Record<PlannedEvent['do'], readonly Scenario['targets'][]>> = {
  rollout: TARGETS,
  scale: TARGETS,
  flap: TARGETS,
  node_loss: TARGETS,
  node_leave: ['node_ports'],
  stop_task: ['tasks'],
  essential_end: ['tasks'],
  force_deployment: ['tasks'],
  deregister: ['pods'],
  crash: ['pods', 'node_ports', 'instances'],
  terminate_instance: ['instances'],
  break_application: ['instances'],
  deploy_in_place: ['instances'],
};

/** Keys of incidents that allow only these values; a key of one incident has its name in front. */
const INCIDENT_WORDS: Record<string, readonly (string | boolean)[]> = {
  reason: ['OOMKilled', 'Error'],
  how: DELETIONS,
  stall: ['silent', 'closed'],
  'deregister.by': ['hand', 'label'],
  'node_leave.by': NODE_TAKERS,
  'stop_task.by': TASK_STOPPERS,
  'terminate_instance.by': TASK_STOPPERS,
  end: TASK_ENDS,
  blocks: [true, false],
};

/** Returns the scenario of a parsed file, with defaults. Throws ScenarioError. */
export function checkScenario(said: unknown): Scenario {
  if (typeof said !== 'object' || said === null || Array.isArray(said)) {
    throw new ScenarioError('a scenario is a JSON object of keys such as durationSeconds and incidents');
  }
  const scenario: Record<string, unknown> = { ...DEFAULT_SCENARIO };
  for (const [key, value] of Object.entries(said)) {
    if (!Object.hasOwn(DEFAULT_SCENARIO, key)) throw new ScenarioError(`there is no key ${key}${nearTo(key)}`);
    scenario[key] = key === 'incidents' ? checkIncidents(value) : checkValue(key as Key, value);
  }
  const checked = scenario as unknown as Scenario;
  if (checked.maxSurge === 0 && checked.maxUnavailable === 0 && checked.strategy === 'RollingUpdate') {
    throw new ScenarioError('maxSurge and maxUnavailable are both 0: no rollout could begin; make one of them 1');
  }
  for (const { do: kind } of checked.incidents) {
    const allowed = ONLY_OF[kind] ?? ['pods', 'node_ports'];
    if (!allowed.includes(checked.targets)) {
      throw new ScenarioError(`${kind} happens to ${allowed.join(' and ')}, and targets is ${checked.targets}`);
    }
  }
  const room = checked.workerNodes * checked.addressesPerNode;
  const most = Math.max(checked.replicas, ...checked.incidents.map(({ replicas = 0 }) => replicas));
  if (room < most + checked.maxSurge) {
    throw new ScenarioError(
      `workerNodes times addressesPerNode is ${room}: too few for ${most} replicas and a surge of ${checked.maxSurge}`,
    );
  }
  return checked;
}

/** Returns the scenario changed by one `key=value`. Throws ScenarioError. */
export function overrideScenario(scenario: Scenario, setting: string): Scenario {
  const [, key, text] = /^([A-Za-z.0-9]+)=(.*)$/.exec(setting) ?? [];
  if (key === undefined || text === undefined) {
    throw new ScenarioError(`${setting} sets nothing: write KEY=VALUE, as preStopSeconds=5`);
  }
  const value = parseValue(text);
  const [name, part] = key.split('.');
  const old = (scenario as unknown as Record<string, unknown>)[name!];
  if (part === undefined) return checkScenario({ ...scenario, [name!]: value });
  if (typeof old !== 'object' || old === null || Array.isArray(old)) {
    throw new ScenarioError(`${key} is no key: ${name} has no parts here`);
  }
  return checkScenario({ ...scenario, [name!]: { ...old, [part]: value } });
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function checkValue(key: Key, value: unknown): unknown {
  const fallback = DEFAULT_SCENARIO[key];
  const bounds = COUNTS[key];
  const choices = CHOICES[key];
  if (bounds) {
    if (typeof value === 'number' && Number.isInteger(value) && value >= bounds[0] && value <= bounds[1]) return value;
    throw wrong(key, value, `a whole number from ${bounds[0]} to ${bounds[1]}`);
  }
  if (choices) {
    if (choices.includes(value as string)) return value;
    throw wrong(key, value, `one of ${choices.join(', ')}`);
  }
  if (key === 'startsAt') {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value))) return value;
    throw wrong(key, value, 'a time such as 2026-04-14T09:00:00Z');
  }
  if (key === 'name' || key === 'namespace') {
    if (typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(value)) return value;
    throw wrong(key, value, 'lower case letters, digits and -, at most 40 of them');
  }
  if (key.endsWith('Share')) {
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    throw wrong(key, value, 'a share from 0 to 1');
  }
  if (isDurationKey(key)) return checkDuration(key, value);
  if (typeof fallback === 'number') return checkNumber(key, value);
  if (typeof value === typeof fallback) return value;
  throw wrong(key, value, `a ${typeof fallback}`);
}

/** Keys whose defaults have a median and a p99. */
const isDurationKey = (key: Key): boolean => typeof DEFAULT_SCENARIO[key] === 'object' && key !== 'incidents';

function checkNumber(key: string, value: unknown): number {
  const least = POSITIVE.has(key) ? 'above 0' : SIGNED.has(key) ? 'not below -60' : 'not below 0';
  const isEnough = (number: number) => (POSITIVE.has(key) ? number > 0 : SIGNED.has(key) ? number >= -60 : number >= 0);
  if (typeof value === 'number' && Number.isFinite(value) && isEnough(value)) return value;
  throw wrong(key, value, `a number ${least}`);
}

function checkDuration(key: string, value: unknown): Duration {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  const { median, p99, ...rest } = (value ?? {}) as { median?: unknown; p99?: unknown };
  const isPair = typeof median === 'number' && typeof p99 === 'number' && Object.keys(rest).length === 0;
  if (isPair && median > 0 && p99 >= median) return { median, p99 };
  throw wrong(key, value, 'seconds, or {"median": seconds, "p99": seconds} with median above 0 and p99 not below it');
}

function checkIncidents(value: unknown): PlannedEvent[] {
  if (!Array.isArray(value)) throw wrong('incidents', value, 'a list');
  return value.map((said: unknown, i) => checkIncident(said, `incidents[${i}]`));
}

function checkIncident(said: unknown, path: string): PlannedEvent {
  if (typeof said !== 'object' || said === null) throw wrong(path, said, 'an object with at and do');
  const incident = said as Record<string, unknown>;
  const kind = INCIDENTS.find((known) => known === incident.do);
  if (!kind) throw wrong(`${path}.do`, incident.do, `one of ${INCIDENTS.join(', ')}`);
  checkNumber(`${path}.at`, incident.at);
  const known = INCIDENT_KEYS[kind].map((key) => key.replace('!', ''));
  for (const key of Object.keys(incident)) {
    if (key === 'at' || key === 'do') continue;
    if (!known.includes(key)) throw new ScenarioError(`${path}.${key}: ${kind} has no such key`);
    const words = INCIDENT_WORDS[`${kind}.${key}`] ?? INCIDENT_WORDS[key];
    if (words) {
      if (words.includes(incident[key] as never)) continue;
      throw wrong(`${path}.${key}`, incident[key], words.join(' or '));
    }
    checkNumber(`${path}.${key}`, incident[key]);
  }
  for (const key of INCIDENT_KEYS[kind].filter((key) => key.endsWith('!')).map((key) => key.slice(0, -1))) {
    if (!(key in incident)) throw new ScenarioError(`${path}.${key} is missing: ${kind} needs it`);
  }
  return incident as unknown as PlannedEvent;
}

const wrong = (key: string, value: unknown, right: string): ScenarioError =>
  new ScenarioError(`${key} is ${JSON.stringify(value) ?? 'missing'}: it must be ${right}`);

function nearTo(key: string): string {
  const lower = key.toLowerCase();
  const near = Object.keys(DEFAULT_SCENARIO).find(
    (known) =>
      known.toLowerCase() === lower || known.toLowerCase().startsWith(lower) || lower.startsWith(known.toLowerCase()),
  );
  return near ? `: did you mean ${near}?` : `: the keys are ${Object.keys(DEFAULT_SCENARIO).join(', ')}`;
}
