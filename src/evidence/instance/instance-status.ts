/** Status checks of EC2, as `aws ec2 describe-instance-status` prints them. */
import type { NodeFact } from '../fact.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import { quote } from '../rejection.ts';
import { parseInstanceId } from '../target-id.ts';
import { factsOf, printedTime, STATUS_CHECK } from './instance-fact.ts';

/** Returns whether the machine below the instance and its system were reached, asked then. */
export function ofStatus(
  status: Record<string, unknown>,
  { line, asked }: { line: number; asked: Interval | null },
): NodeFact[] | string {
  const instance_id = parseInstanceId(asText(status.InstanceId) ?? '');
  if (instance_id === null) return `no_instance: InstanceId: ${quote(status.InstanceId)}`;
  const identity = { instance_id, zone: asText(status.AvailabilityZone) };
  const checks = [asObject(status.InstanceStatus), asObject(status.SystemStatus)].filter((one) => one !== null);
  const states = checks.map((check) => asText(check.Status));
  if (states.length > 0 && asked !== null && states.every((state) => state === 'ok')) {
    return factsOf(line, identity, [{ event: 'ready', moment: asked, detail: 'status checks passed' }]);
  }
  if (!states.includes('impaired')) return [];
  const since = checks
    .flatMap((check) => asObjects(check.Details))
    .map(({ ImpairedSince }) => printedTime(ImpairedSince)?.latest ?? null)
    .filter((time) => time !== null);
  // The check failed then; the instance was lost before.
  const latest = since.length > 0 ? Math.min(...since) : (asked?.latest ?? null);
  return factsOf(line, identity, [
    { event: 'unready', moment: { earliest: null, latest }, reason: STATUS_CHECK, detail: 'status checks failed' },
  ]);
}
