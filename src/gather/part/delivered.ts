/** Logs that CloudWatch delivers to a log group: of the load balancer, and of the controllers of EKS Auto Mode. */
import { groupedCount } from '../../number/count.ts';
import type { AwsAnswer } from '../aws.ts';
import { endless } from '../gap.ts';
import { nothing, type Outcome } from '../outcome.ts';
import type { Gathering } from '../step.ts';
import { cutGap, fileOfGroup, writeLogEvents } from './log-group.ts';

/** Kinds of delivery that are evidence. */
const WANTED = /^(?:ALB_(?:ACCESS|CONNECTION|HEALTH_CHECK)_LOGS|AUTO_MODE_(?:LOAD_BALANCING|COMPUTE)_LOGS)$/;
const MOST_PAGES = 200;

interface DeliverySource {
  name: string;
  logType: string;
}

export async function gatherDelivered(gathering: Gathering): Promise<Outcome> {
  const { scope } = gathering;
  const resources = scope.balancers.map(({ arn }) => arn);
  const isOurs = (arn: unknown): boolean =>
    resources.includes(String(arn)) || (scope.cluster !== null && String(arn).endsWith(`:cluster/${scope.cluster}`));
  const sources: DeliverySource[] = [];
  for await (const { name, logType, resourceArns } of list('DescribeDeliverySources', 'deliverySources', gathering)) {
    const arns = Array.isArray(resourceArns) ? resourceArns : [];
    if (WANTED.test(String(logType)) && arns.some(isOurs)) {
      sources.push({ name: String(name), logType: String(logType) });
    }
  }
  // The usual delivery of a load balancer is its own, to S3.
  if (sources.length === 0) return nothing();
  const all = nothing();
  const counts: string[] = [];
  for await (const delivery of list('DescribeDeliveries', 'deliveries', gathering)) {
    const source = sources.find(({ name }) => name === delivery.deliverySourceName);
    if (!source) continue;
    const what = `${source.logType} delivered by CloudWatch`;
    if (delivery.deliveryDestinationType !== 'CWL') {
      const next = 'load them from there: draintrace load s3://BUCKET/PREFIX --from TIME --to TIME';
      const reason = `they go to ${String(delivery.deliveryDestinationType)}, not to a log group`;
      all.gaps.push({ what, reason, next, failed: false });
      continue;
    }
    const group = await groupOf(String(delivery.deliveryDestinationArn), gathering);
    const file = `logs/${source.logType.toLowerCase()}-${fileOfGroup(group ?? source.name)}.jsonl`;
    const read = group === null ? null : await writeLogEvents(file, { group }, gathering);
    if (read !== null && read.events > 0) {
      all.files.push(file);
      counts.push(`${groupedCount(read.events, 'event')} of ${source.logType}`);
      if (read.isCut) all.gaps.push(cutGap(what));
      continue;
    }
    const reason = read === null ? 'its log group is not there' : `${group} has none of the window`;
    all.gaps.push({ what, reason, next: 'check the retention of the log group', failed: false });
  }
  return { ...all, detail: counts.join(', ') };
}

/** Returns the log group of a destination, null where there is none. */
async function groupOf(destinationArn: string, { aws, signal }: Gathering): Promise<string | null> {
  const name = destinationArn.split(':').at(-1)!;
  const answer = await aws!.json('logs', 'GetDeliveryDestination', { name }, signal);
  const found = answer.deliveryDestination as
    | { deliveryDestinationConfiguration?: { destinationResourceArn?: unknown } }
    | undefined;
  const arn = String(found?.deliveryDestinationConfiguration?.destinationResourceArn ?? '');
  return /^arn:[^:]+:logs:[^:]*:\d{12}:log-group:([^:*]+)/.exec(arn)?.[1] ?? null;
}

async function* list(action: string, key: string, { aws, signal }: Gathering): AsyncGenerator<AwsAnswer> {
  let nextToken: unknown;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer: AwsAnswer = await aws!.json('logs', action, { limit: 50, nextToken }, signal);
    for (const one of Array.isArray(answer[key]) ? answer[key] : []) yield one as AwsAnswer;
    nextToken = answer.nextToken ?? undefined;
    if (nextToken === undefined) return;
  }
  throw endless(action, MOST_PAGES);
}
