/**
 * Advice for targets that are machines: instances, or nodes behind a node port. Nothing that runs on a machine delays its end, so
 * what takes it away must wait for the load balancer. Who that is decides what can wait, and for how long.
 */
import { kindWord } from './kind.ts';
import { count, duration, labelled, printable, shellWord } from './text.ts';

/** Failures at machines that were going, of one group of them and one target group. */
export interface InstanceRow {
  target_kind: string;
  /** Auto Scaling group or NodePool; null where nothing says. */
  workload: string | null;
  target_group_arn: string;
  failures: number;
  machines: number;
  last_routed_seconds: number | null;
  deregistration_delay_seconds: number | null;
  /** Why they went, a comma list without order: scale-down, spot, consolidation, ... */
  reasons: string | null;
}

/** The balancer's nodes hear of a deregistration some 5 to 20 s after the call. */
const SPREAD_SECONDS = 20;

/** Reasons that Karpenter gives. */
const KARPENTER = /\b(?:consolidation|drift|expiry|underutilized|empty)\b/;

/** Returns the part of one group of machines. */
export function instanceAdviceText(row: InstanceRow, strong: (text: string) => string): string {
  const word = kindWord(row.target_kind);
  const group = printable(row.target_group_arn.split('/')[1] ?? row.target_group_arn);
  const name = row.workload === null ? `${word}s of no known group` : `Group ${printable(row.workload)}`;
  const delay = row.deregistration_delay_seconds;
  const routed =
    row.last_routed_seconds === null ? '' : `, routed up to ${duration(row.last_routed_seconds)} after its end began`;
  const [first, ...more] = adviceLines(row, word);
  return [
    `${strong(name)}, target group ${group}\n`,
    labelled('failures', `${count(row.failures, 'request')} at ${count(row.machines, word)} that went away${routed}`),
    ...(row.reasons === null ? [] : [labelled('went by', printable(row.reasons))]),
    labelled('in force', `deregistration delay ${delay === null ? 'not known' : `${delay} s`}`),
    labelled('advice', first!),
    ...more.map((text) => labelled('', text)),
  ].join('');
}

function adviceLines(
  { target_kind, workload, target_group_arn, deregistration_delay_seconds, reasons }: InstanceRow,
  word: string,
) {
  const wait = deregistration_delay_seconds === null ? null : deregistration_delay_seconds + SPREAD_SECONDS;
  const long = wait === null ? `the deregistration delay and ${SPREAD_SECONDS} s` : `${wait} s`;
  const why = reasons ?? '';
  const isKarpenter = KARPENTER.test(why);
  const lines = [
    `whatever removes the ${word} must wait for ${long}: until its target is drained. The delay itself must exceed the longest request`,
  ];
  if (isKarpenter) {
    lines.push(
      'Karpenter does not wait for load balancers: run a DaemonSet that it drains last and whose pods take that long to end',
      '(its own terminationGracePeriod is an upper bound, and does not make it wait)',
    );
  }
  if (/\bspot\b/.test(why)) {
    lines.push(
      'Spot gives two minutes: keep the delay well below, and deregister at the warning (Node Termination Handler with the label that excludes the node from load balancers, or a rule of EventBridge)',
    );
  }
  if (target_kind === 'node_port') {
    lines.push(
      'the autoscaler of the cluster: --node-delete-delay-after-taint at least as long',
      'or target type ip: then the pods are the targets, and their own deregistration counts',
    );
  }
  if (target_kind === 'instance' && !isKarpenter) {
    const own = shellWord(workload ?? 'GROUP');
    lines.push(
      'an Auto Scaling group waits for target groups that are attached to it, and for lifecycle hooks:',
      `aws autoscaling attach-load-balancer-target-groups --auto-scaling-group-name ${own} --target-group-arns ${shellWord(target_group_arn)}`,
      `aws autoscaling put-lifecycle-hook --lifecycle-hook-name drain --auto-scaling-group-name ${own} --lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING --heartbeat-timeout ${wait ?? 'SECONDS'} --default-result CONTINUE`,
    );
  }
  return lines;
}
