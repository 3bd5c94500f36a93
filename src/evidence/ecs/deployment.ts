/** A service deployment: when ECS moved a service from one revision to the next, and how that ended. It names no task. */
import { formatTime } from '../../time/time.ts';
import { asObject, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import { quote } from '../rejection.ts';
import { lastPart } from './name.ts';
import { serviceSettings } from './setting.ts';
import { readEcsTime } from './time.ts';

export interface ReadDeployment {
  /** A sentence for the user. */
  note: string;
  settings: ReturnType<typeof serviceSettings>;
  /** When its settings were in force. */
  begun: Interval | null;
}

/** Returns what a deployment says, or why it cannot be used. A listing has fewer members than a description. */
export function readDeployment(deployment: Record<string, unknown>): ReadDeployment | string {
  const service = asText(deployment.serviceArn);
  if (service === null) return 'missing_arn: serviceArn';
  const times = ['startedAt', 'createdAt', 'finishedAt', 'stoppedAt'].map((key) => readEcsTime(deployment, key));
  const bad = times.find((time) => typeof time === 'string');
  if (typeof bad === 'string') return bad;
  const [started, created, finished, stopped] = times as (Interval | null)[];
  const begun = started ?? created ?? null;
  const ended = finished ?? stopped ?? null;
  const rollback = asText(asObject(deployment.rollback)?.reason);
  const words = [
    `Deployment of ${quote(lastPart(service))}`,
    begun === null ? '' : ` from ${formatTime(begun.earliest)}`,
    ended === null ? '' : ` to ${formatTime(ended.earliest)}`,
    `: ${asText(deployment.status) ?? 'no status'}`,
    rollback === null ? '' : `, rolled back (${rollback.slice(0, 200)})`,
    '. It names no task: describe-tasks does.',
  ];
  const settings = serviceSettings({ deploymentConfiguration: deployment.deploymentConfiguration }, service);
  return { note: words.join(''), settings, begun };
}
