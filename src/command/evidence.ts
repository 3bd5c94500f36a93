/** `draintrace evidence`: what evidence covers the failures, and which one source would settle most of the rest. */
import type { Argv } from 'yargs';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { endingWord, kindWord, missingWord } from '../report/kind.ts';
import { lookup } from '../report/lookup.ts';
import type { Format } from '../report/rows.ts';
import { count, printable } from '../report/text.ts';
import { type Cell, select, selectAll } from '../store/select.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { withDatabase } from './open.ts';
import { formatOption, fromOption, timeOption, toOption, waitOption } from './option.ts';
import { writeRowStream } from './output.ts';
import { usualKind } from './usual-kind.ts';

interface EvidenceArguments extends GlobalArguments {
  from: string | undefined;
  to: string | undefined;
  format: Format | undefined;
  wait: number;
}

/** For each word in a verdict's `missing`: how to get the evidence, first the ways that work after the incident. */
const TASK_EVENTS =
  'the events of ECS (`aws logs filter-log-events --log-group-name /aws/events/ecs/containerinsights/CLUSTER/performance`, where event capture is on)';

const REMEDY: Readonly<Record<string, string>> = {
  'pod of the address':
    'load prometheus+https://HOST (kube-state-metrics knows which pod had an address), or a `kubectl get pods -o json`',
  'task of the address': `${TASK_EVENTS}, or \`aws ecs describe-tasks\` while it runs or within the hour`,
  'stopping of the task': `${TASK_EVENTS}, or \`aws ecs describe-tasks\` within the hour`,
  'exit of the task': `${TASK_EVENTS}, or \`aws ecs describe-tasks\` within the hour`,
  'start of the task': `${TASK_EVENTS}, or \`aws ecs describe-tasks\``,
  'restarts of the containers': 'the Events of the hour, or kube-state-metrics; of ECS the events of its tasks',
  'deletion of the pod': 'Kubernetes audit logs, or the Events of the hour (kubectl get events -A -o json)',
  'exit of the pod': 'the capture of `kubectl get pods -o json --watch --output-watch-events`, or kube-state-metrics',
  'start of the pod': 'a `kubectl get pods -o json`, which has when each pod was created and ready',
  'deregistration of the target':
    'CloudTrail (DeregisterTargets), the log of the AWS Load Balancer Controller, or of ECS `aws ecs describe-services`',
  'deregistration delay': '`aws elbv2 describe-target-group-attributes --target-group-arn ARN`',
  'state of the node': '`kubectl get events -A -o json` (NodeNotReady), or the audit logs',
  'state of the machine':
    '`kubectl get nodes -o json` and `kubectl get events -A -o json`, or `aws autoscaling describe-scaling-activities`',
  'machine of the address': '`kubectl get nodes,services,endpointslices -A -o json`, or `aws ec2 describe-instances`',
  'pods behind the node port': '`kubectl get services,endpointslices,pods -A -o json`',
  'traffic of the node port': 'nothing afterwards: only target type ip shows which pod a request went to',
  'state of the host': `${TASK_EVENTS}: a task on a lost host stops with that reason`,
  request_creation_time: 'nothing: logs of that age have no time of the routing',
};

/** Of targets that are no pods, where the remedy would name what they have nothing of. */
const OWN_REMEDY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ecs_task: {
    'deregistration of the target': 'CloudTrail (DeregisterTargets), or `aws ecs describe-services`',
    'restarts of the containers': TASK_EVENTS,
    'state of the machine': `${TASK_EVENTS}, or \`aws autoscaling describe-scaling-activities\``,
    'machine of the address': '`aws ecs describe-container-instances` and `aws ec2 describe-instances`',
  },
  instance: {
    'deregistration of the target': 'CloudTrail (DeregisterTargets)',
    'state of the machine':
      '`aws autoscaling describe-scaling-activities`, or the events of EventBridge of aws.ec2 and aws.autoscaling',
    'machine of the address': '`aws ec2 describe-instances`',
  },
};

/** Returns what to load for a piece of evidence that is missing, for a target of this kind. */
const remedyOf = (missing: string, kind: string | null): string =>
  lookup(lookup(OWN_REMEDY, kind) ?? {}, missing) ?? lookup(REMEDY, missing) ?? missing;

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('from', fromOption)
    .option('to', toOption)
    .option('format', { ...formatOption, describe: 'rows in this format; without it a summary' })
    .option('wait', waitOption);
}

const number = (cell: Cell | undefined): number => Number(cell ?? 0);

/** Formats as `12 of 40`. */
const share = (rows: readonly Record<string, Cell>[], column: string, total: number): string =>
  `${rows.reduce((sum, row) => sum + number(row[column]), 0)} of ${total}`;

function groupName(arn: Cell | undefined): string {
  const text = arn === null || arn === undefined ? '(no target group)' : String(arn);
  return text.split('/')[1] ?? text;
}

function summary(rows: readonly Record<string, Cell>[], kind: string | null): string {
  const word = kindWord(kind);
  const named = (missing: Cell): string => missingWord(String(missing), kind);
  const total = rows.reduce((sum, row) => sum + number(row.failures), 0);
  if (total === 0) return 'No failure of a target is loaded: there is nothing to settle.\n';
  const lines = [`${count(total, 'failure')} of targets; of these the evidence knows`];
  for (const [column, what] of [
    ['pod_known', 'whose address it was'],
    ['deletion_known', `whether and when the ${endingWord(kind)} of the ${word} began`],
    ['exit_known', `when the ${word} ended`],
    ['deregistration_known', 'whether and when the target was deregistered'],
    ['settled', 'enough to settle the cause'],
  ] as const) {
    lines.push(`  ${share(rows, column, total).padStart(16)}  ${what}`);
  }
  const open = rows.filter((row) => number(row.settled) < number(row.failures));
  if (open.length > 0) lines.push('', 'Not settled, by target group and hour (UTC):');
  for (const row of open.slice(0, 10)) {
    const hour = String(row.hour).slice(0, 13).replace('T', ' ');
    const left = number(row.failures) - number(row.settled);
    const lacks = row.missing === null ? '' : `; missing most: ${named(row.missing!)}`;
    lines.push(`  ${hour}h  ${groupName(row.target_group_arn)}: ${left} of ${row.failures}${lacks}`);
  }
  if (open.length > 10) lines.push(`  and ${open.length - 10} more: --format csv lists all`);
  const gains = new Map<string, number>();
  for (const row of rows) {
    if (row.missing === null) continue;
    gains.set(named(row.missing!), (gains.get(named(row.missing!)) ?? 0) + number(row.missing_settles));
  }
  const [best] = [...gains].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  if (best && best[1] > 0) {
    lines.push(
      '',
      `Most useful evidence (settles ${count(best[1], 'failure')}): ${best[0]}.`,
      `  ${remedyOf(best[0], kind)}`,
    );
  } else if (best) {
    lines.push('', `All are settled; more detail would come from: ${best[0]}.`, `  ${remedyOf(best[0], kind)}`);
  }
  return lines.map((line) => `${printable(line)}\n`).join('');
}

async function run(args: EvidenceArguments, effects: Effects): Promise<number> {
  const now = effects.now();
  const from = timeOption(args.from, 'from', now);
  const to = timeOption(args.to, 'to', now);
  if (from !== null && to !== null && from >= to) throw new CliError('--from is not before --to', EXIT.usage);
  const { sql } = catalogueQuery('evidence-gaps');
  const parameters: Record<string, BoundValue> = {
    from: { type: 'timestamp', value: from },
    to: { type: 'timestamp', value: to },
  };
  return withDatabase({ ...args, readOnly: true, needs: ['verdict'] }, effects, async (connection) => {
    if (args.format) await writeRowStream(await select(connection, sql, parameters), args.format, effects);
    else await effects.stdout.write(summary(await selectAll(connection, sql, parameters), await usualKind(connection)));
    return EXIT.ok;
  });
}

export const command: Command<EvidenceArguments> = {
  command: 'evidence',
  describe: 'Show what the evidence settles, what stays open, and which source would settle most of the rest',
  examples: [
    ['draintrace evidence', 'what the evidence shows of the failures, and the source to fetch next'],
    ['draintrace evidence --from -2h --format csv', 'per target group and hour, for a spreadsheet'],
  ],
  cost: 'The verdicts of all failed rows.',
  builder,
  run,
};
