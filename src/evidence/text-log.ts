/** Logs that are evidence and whose lines are text: where a line of each begins, and what each is called. */
import { controllerStart } from './controller-line.ts';
import { autoscalerStart } from './node/autoscaler-line.ts';
import { handlerStart } from './node/handler-line.ts';
import { karpenterStart } from './node/karpenter-line.ts';

export const TEXT_LOGS = {
  lb_controller_log: { kind: 'lb_controller_log', looksLike: 'log of the AWS Load Balancer Controller' },
  karpenter_log: { kind: 'karpenter_log', looksLike: 'log of Karpenter' },
  autoscaler_log: { kind: 'autoscaler_log', looksLike: 'log of the cluster autoscaler' },
  termination_handler_log: { kind: 'termination_handler_log', looksLike: 'log of the node termination handler' },
} as const;

type TextKind = keyof typeof TEXT_LOGS;

const STARTS: readonly (readonly [TextKind, (line: string) => number])[] = [
  ['lb_controller_log', controllerStart],
  ['karpenter_log', karpenterStart],
  ['autoscaler_log', autoscalerStart],
  ['termination_handler_log', handlerStart],
];

/** Returns where in a line one of such a log begins, -1 when none does. */
export function textLogStart(line: string): number {
  for (const [, startIn] of STARTS) {
    const start = startIn(line);
    if (start !== -1) return start;
  }
  return -1;
}

/** Returns which of them a text is that stands in no wrapper, by its first line that tells; null for none. */
export function textLog(text: string): (typeof TEXT_LOGS)[TextKind] | null {
  for (const line of text.split(/\r?\n/)) {
    const found = STARTS.find(([, startIn]) => startIn(line) === 0);
    if (found) return TEXT_LOGS[found[0]];
  }
  return null;
}
