/** The logs of a load balancer in their bucket: the objects of the window, under the names that AWS gave them. */

import { groupedCount } from '../../number/count.ts';
import type { LogName } from '../../source/key.ts';
import { MINUTE, type Micros } from '../../time/time.ts';
import { type Gap, nothing, type Outcome } from '../outcome.ts';
import { evidenceWindow, type Gathering } from '../step.ts';
import { download, EVERY_OBJECT } from './download.ts';

/** Attribute prefix of each kind of log. */
export type LogAttribute = 'access_logs' | 'connection_logs' | 'health_check_logs';

const KINDS: Readonly<Record<LogAttribute, { name: LogName; words: string }>> = {
  access_logs: { name: 'access', words: 'access log' },
  connection_logs: { name: 'connection', words: 'connection log' },
  health_check_logs: { name: 'health', words: 'health check log' },
};

/** AWS delivers an object some minutes after the five that it covers. */
const DELIVERY = 10 * MINUTE;
/** One object more on each side of the window. */
const AROUND = 5 * MINUTE;

export async function gatherLogs(attribute: LogAttribute, gathering: Gathering): Promise<Outcome> {
  const { scope, question } = gathering;
  const { name, words } = KINDS[attribute];
  if (scope.balancers.length === 0) {
    const gap = { what: `${words}s`, reason: 'the load balancer is not known', failed: true };
    return nothing({ ...gap, next: 'see above, or load them yourself: draintrace load s3://BUCKET/PREFIX' });
  }
  const all = nothing();
  let objects = 0;
  for (const { arn, name: balancer, attributes } of scope.balancers) {
    if (Object.keys(attributes).length === 0) {
      const gap = { what: `${words}s of ${balancer}`, reason: 'its attributes are not known', failed: true };
      all.gaps.push({ ...gap, next: 'allow elasticloadbalancing:DescribeLoadBalancerAttributes' });
      continue;
    }
    const bucket = attributes[`${attribute}.s3.bucket`] ?? '';
    if (attributes[`${attribute}.s3.enabled`] !== 'true' || bucket === '') {
      all.gaps.push({
        what: `${words}s of ${balancer}`,
        ...offOf(attribute, arn, attributes['access_logs.s3.bucket'] || 'BUCKET'),
      });
      continue;
    }
    const [, , , region, account] = arn.split(':') as [string, string, string, string, string];
    const folder = (attributes[`${attribute}.s3.prefix`] ?? '').replace(/^\/+|\/+$/g, '');
    const prefix = `${folder === '' ? '' : `${folder}/`}AWSLogs/${account}/elasticloadbalancing/${region}/`;
    const got = await download(
      { bucket, prefix },
      { ...EVERY_OBJECT, window: windowOf(attribute, gathering), loadBalancers: [arn], logs: [name] },
      { ...gathering, region },
    );
    objects += got.files.length;
    all.files.push(...got.files);
    all.gaps.push(...got.gaps.map((gap) => ({ ...gap, what: `${words}s of ${balancer}` })));
    if (got.gaps.length === 0 && got.files.length === 0) {
      const gap = { what: `${words}s of ${balancer}`, reason: `s3://${bucket}/${prefix} has none of the window` };
      all.gaps.push({
        ...gap,
        next: `check whether logging was on then: aws elbv2 describe-load-balancer-attributes --load-balancer-arn ${arn}`,
        failed: false,
      });
    }
  }
  all.detail = objects === 0 ? '' : `${groupedCount(objects, 'object')} of ${words}`;
  all.again = gathering.now() < question.to + AROUND + DELIVERY;
  return all;
}

/** Checks are evidence. Of requests, those around the window show whether a target had answered before, or did so again. */
function windowOf(attribute: LogAttribute, gathering: Gathering): { from: Micros; to: Micros } {
  if (attribute === 'health_check_logs') return evidenceWindow(gathering);
  const { from, to } = gathering.question;
  return { from: from - AROUND, to: to + AROUND };
}

const offOf = (attribute: LogAttribute, arn: string, bucket: string): Omit<Gap, 'what'> => ({
  reason: 'not written to S3',
  next: `aws elbv2 modify-load-balancer-attributes --load-balancer-arn ${arn} --attributes Key=${attribute}.s3.enabled,Value=true Key=${attribute}.s3.bucket,Value=${bucket}`,
  failed: false,
});
