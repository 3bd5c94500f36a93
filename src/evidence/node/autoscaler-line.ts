/** Reads one line of the cluster autoscaler's log (klog), which puts its taint on a node before it deletes the instance. */
import { UNSAID_NODE } from '../fact.ts';
import { klogStart, splitKlog } from '../klog.ts';
import { parseInstanceId } from '../target-id.ts';
import type { LogSaying } from './saying.ts';

/** Source files of it that write what becomes of nodes, and how its loop goes. */
const OWN_FILE =
  /^(?:static_autoscaler|scale_down|scale_up|actuator|delete|delete_in_batch|taints|eligibility|planner|legacy|orchestrator|auto_scaling_groups|auto_scaling|aws_manager|event_sink_logging_wrapper)\.go$/;

const NODE = '"?([a-z0-9][a-z0-9.-]*[a-z0-9])"?';
const REMOVING = new RegExp(`^Scale-down: removing (?:empty )?node ${NODE}`);
const TAINTED = new RegExp(`^Successfully added \\S*ToBeDeleted(?:Taint|ByClusterAutoscaler)\\S* on node ${NODE}`, 'i');
const RELEASED = new RegExp(
  `^Successfully released \\S*ToBeDeleted(?:Taint|ByClusterAutoscaler)\\S* on node ${NODE}`,
  'i',
);
const TERMINATING = /^Terminating EC2 instance: (m?i-[0-9a-f]+)/;

/** Returns where in a line one of the autoscaler begins, -1 when none does. */
export function autoscalerStart(line: string): number {
  const at = line.includes('.go:') ? klogStart(line) : -1;
  return at >= 0 && OWN_FILE.test(splitKlog(line.slice(at))?.file ?? '') ? at : -1;
}

/** Returns what its message says of a node, null for anything else. */
export function readAutoscalerMessage(message: string): LogSaying | null {
  const rest = { ...UNSAID_NODE, bound: 'at' as const, reason: 'scale-down' };
  const removing = REMOVING.exec(message);
  if (removing) return { ...rest, event: 'going', node: removing[1]!, detail: 'Scale-down: removing node' };
  const tainted = TAINTED.exec(message);
  if (tainted) return { ...rest, event: 'deregistering', node: tainted[1]!, detail: 'ToBeDeletedByClusterAutoscaler' };
  // It gave up, and leaves the node.
  const released = RELEASED.exec(message);
  if (released) return { ...rest, event: 'seen', node: released[1]!, reason: null };
  const id = parseInstanceId(TERMINATING.exec(message)?.[1] ?? '');
  return id === null ? null : { ...rest, event: 'going', instance_id: id, detail: 'Terminating EC2 instance' };
}
