/**
 * Prints parts of the documents from the code: the text between `<!-- printed: NAME -->` and `<!-- end -->`. `make docs` rewrites
 * them; printed.test.ts compares them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { costsOf, waysOf } from '../../bench/sheet.ts';
import { KIND_NAMES } from '../../src/command/load-summary.ts';
import { VERBS } from '../../src/command/verb.ts';
import { PLAN } from '../../src/gather/plan.ts';
import { RULES } from '../../src/lint/rule.ts';
import { CAUSE_MEANINGS, CAUSES, SHAPE_MEANINGS, SHAPES } from '../../src/query/word.ts';
import { selectAll } from '../../src/store/select.ts';
import { draintrace } from '../command/world.ts';
import { componentsOf } from '../licence.ts';
import { memoryDatabase } from '../query/memory.ts';
import { ROOMS } from '../room.ts';

const ROOT = new URL('../../', import.meta.url);
export const PAGES = [
  'docs/verdicts.md',
  'docs/architecture.md',
  'docs/commands.md',
  'docs/evidence.md',
  'docs/incident.md',
  'docs/lint.md',
  'docs/licences.md',
  'docs/scaling.md',
] as const;

const table = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [columns, columns.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
    .replace(/^\| ---.*$/m, (line) => line.replaceAll(' ', ''));

const code = (word: unknown): string => (word === null ? '' : `\`${word}\``);

function causes(): string {
  return table(
    ['cause', 'why'],
    CAUSES.map((cause) => [code(cause), CAUSE_MEANINGS[cause]]),
  );
}

function shapes(): string {
  return table(
    ['shape', 'what the traffic shows'],
    SHAPES.map((shape) => [code(shape), SHAPE_MEANINGS[shape]]),
  );
}

async function rules(): Promise<string> {
  const connection = await memoryDatabase();
  const rows = await selectAll(connection, 'select * from rule');
  connection.closeSync();
  const surely = (row: Record<string, unknown>): string => {
    if (row.cause === null || row.cause === 'no_evidence') return '';
    if (row.is_likely) return 'likely';
    if (row.other_cause !== null) return 'ambiguous';
    return row.decided_by === '' ? 'exact' : `by ${String(row.decided_by).replaceAll(',', ', ')}`;
  };
  return table(
    ['rule', 'when', 'cause', 'or else', 'confidence', 'missing'],
    rows.map((row) => [
      code(row.rule),
      String(row.condition),
      code(row.cause),
      code(row.other_cause),
      surely(row),
      String(row.missing ?? ''),
    ]),
  );
}

/** Returns each threshold macro with the comment above it. */
function thresholds(): string {
  const text = readFileSync(new URL('queries/view/01-threshold-macro.sql', ROOT), 'utf8');
  const rows: string[][] = [];
  let comment: string[] = [];
  let isMacroAbove = false;
  for (const line of text.split('\n').slice(text.split('\n').indexOf(''))) {
    const [, name, value] = /^create or replace macro (\w+)\(\) as (.+);$/.exec(line) ?? [];
    if (line.startsWith('-- ')) comment = isMacroAbove ? [line.slice(3)] : [...comment, line.slice(3)];
    else if (name !== undefined && value !== undefined) {
      const [, seconds] = /^interval '(\d+)' second$/.exec(value) ?? [];
      const plain = seconds ?? String(Number(value));
      const unit = seconds !== undefined || name.endsWith('_seconds') ? ' s' : '';
      rows.push([code(name), `${plain}${unit}`, comment.join(' ')]);
    } else comment = [];
    isMacroAbove = name !== undefined;
  }
  return table(['threshold', 'value', 'meaning'], rows);
}

function rooms(): string {
  const rows = Object.entries(ROOMS).map(([name, { knows, imports, pure }]) => [
    code(`${name}/`),
    knows,
    imports === '*' ? 'all but `bin`' : imports,
    pure ? 'yes' : '',
  ]);
  return table(['folder', 'knows', 'imports', 'pure'], rows);
}

/** The section of docs/evidence.md about each kind: the compiler asks for one, and a test looks for its heading. */
const SECTIONS: Readonly<Record<keyof typeof KIND_NAMES, string>> = {
  alb_access_log: 'schema.md#alb_log',
  alb_connection_log: '#alb-connection-logs',
  alb_health_check_log: '#alb-health-check-logs',
  kubectl_pods_json: '#kubectl-in-json',
  kubernetes_events_json: '#events-of-kubernetes',
  endpointslices_json: '#endpointslices',
  prometheus_json: '#kube-state-metrics-in-prometheus',
  kubectl_pods_table: '#table-of-kubectl',
  kubernetes_audit_log: '#audit-log-of-kubernetes',
  pods_csv: '#csv-of-pods',
  target_health_json: '#describe-target-health',
  probe_transcript: '#probe-transcript',
  probe_result_json: '#probe-results',
  lb_controller_log: '#load-balancer-controller-log',
  cloudtrail_json: '#cloudtrail',
  ecs_event_json: '#ecs',
  ecs_description_json: '#ecs',
  aws_settings_json: '#settings-of-aws',
  kubernetes_manifest: '#manifests',
  nodes_json: '#nodes',
  karpenter_log: '#nodes',
  autoscaler_log: '#nodes',
  termination_handler_log: '#nodes',
  instance_events_json: '#instances',
  instances_json: '#instances',
};

/** Returns each kind of log_object, its name in the output of `load`, and its section. */
const kinds = (): string =>
  table(
    ['kind', 'name in the output of `load`', 'it counts each'],
    Object.entries(KIND_NAMES).map(([kind, [name, record]]) => [
      code(kind),
      `[${name}](${SECTIONS[kind as keyof typeof KIND_NAMES]})`,
      record,
    ]),
  );

/** Returns each command with its flags, as its --help lists them. */
async function flags(): Promise<string> {
  const rows: string[][] = [];
  for (const { command } of VERBS) {
    const verb = command.split(' ')[0]!;
    const { stdout } = await draintrace([verb, '--help']);
    const names = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z][a-z-]*)(?=\s)/gm)].map(([, name]) => name!);
    const own = [...new Set(names)].filter((name) => !['--help', '--version', '--db', '--color'].includes(name));
    rows.push([code(verb), own.map(code).join(' ')]);
  }
  return table(['command', 'flags'], rows);
}

/** Returns the steps of `draintrace incident`. */
const gathering = (): string =>
  table(
    ['step', 'gathers', 'may settle', 'calls', 'cost'],
    PLAN.map(({ name, gathers, settles, calls, cost }) => [code(name), gathers, settles, calls, cost]),
  );

/** Returns the rules of `draintrace lint`. */
const lintRules = (): string =>
  table(
    ['rule', 'severity', 'what it asks for', 'why', 'source'],
    RULES.map(({ id, severity, statement, why, source }) => [code(id), severity, statement, why, source]),
  );

const licences = (): string =>
  table(
    ['package', 'version', 'licence', 'how'],
    componentsOf().map(({ name, version, licence, how }) => [code(name), version, licence, how]),
  );

/** Returns the costs of a terabyte of log text. */
const costs = (): string =>
  table(
    ['a terabyte of log text', 'arithmetic', 'dollars'],
    costsOf(1).map(({ what, arithmetic, dollars }) => [what, arithmetic, dollars]),
  );

/** Returns time and money of each way, for a hundred gigabytes and for ten terabytes. */
function ways(): string {
  const [few, many] = [0.1, 10].map((terabytes) => waysOf(terabytes, 64));
  return table(
    ['way', 'where one sits', 'time, dollars: 100 GB of text', '10 TB'],
    few!.map(({ way, where, hours, dollars }, i) => [
      way,
      where,
      `${hours}, ${dollars}`,
      `${many![i]!.hours}, ${many![i]!.dollars}`,
    ]),
  );
}

/** Returns the page with correct printed parts. Throws for an unknown part. */
export async function printed(page: string): Promise<string> {
  const parts: Record<string, string> = {
    causes: causes(),
    shapes: shapes(),
    rules: await rules(),
    thresholds: thresholds(),
    rooms: rooms(),
    gathering: gathering(),
    flags: await flags(),
    kinds: kinds(),
    lint: lintRules(),
    licences: licences(),
    costs: costs(),
    ways: ways(),
  };
  const text = readFileSync(new URL(page, ROOT), 'utf8');
  return text.replaceAll(/(<!-- printed: (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g, (_, begin, name, end) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`${page} names ${name}, which nothing prints`);
    return `${begin}\n${part}\n${end}`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of PAGES) writeFileSync(new URL(page, ROOT), await printed(page));
}
