/** Calls that CloudTrail recorded: registrations of targets, starts and ends of instances. */
import { groupedCount } from '../../number/count.ts';
import { DAY, MINUTE, toSeconds } from '../../time/time.ts';
import { type Gap, nothing, type Outcome } from '../outcome.ts';
import { evidenceWindow, type Gathering } from '../step.ts';
import { download, EVERY_OBJECT } from './download.ts';

const OF_TARGETS = ['RegisterTargets', 'DeregisterTargets'] as const;
/** They connect an instance with its address, and say when it ended. */
const OF_INSTANCES = [
  'RunInstances',
  'TerminateInstances',
  'TerminateInstanceInAutoScalingGroup',
  'BidEvictedEvent',
] as const;

/** LookupEvents looks so far back. */
const KEPT = 90 * DAY;
/** Pages of 50 events for one name: half a minute. */
const MOST_PAGES = 60;
/** A call appears some minutes after it was made. */
const DELIVERY = 15 * MINUTE;

export async function gatherTrail(gathering: Gathering): Promise<Outcome> {
  const { scope, folder, now, signal } = gathering;
  const aws = gathering.aws!;
  const { from, to } = evidenceWindow(gathering);
  if (from < now() - KEPT) return gatherTrailFiles(gathering);
  const isOfInstances = scope.groups.some(({ targetType }) => targetType === 'instance');
  // A node of a cluster takes its pods with it.
  const hasInstances = scope.groups.length === 0 || scope.cluster !== null || isOfInstances;
  const gaps: Gap[] = [];
  let events = 0;
  const names = [...OF_TARGETS, ...(hasInstances ? OF_INSTANCES : [])];
  async function* pages(): AsyncGenerator<string> {
    for (const name of names) {
      let NextToken: unknown;
      for (let page = 0; ; page++) {
        const answer = await aws.json(
          'cloudtrail',
          'LookupEvents',
          {
            LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }],
            StartTime: Math.floor(toSeconds(from)),
            EndTime: Math.ceil(toSeconds(to)),
            MaxResults: 50,
            NextToken,
          },
          signal,
        );
        const found = Array.isArray(answer.Events) ? answer.Events : [];
        events += found.length;
        if (found.length > 0) yield found.map((event) => `${JSON.stringify({ Events: [event] })}\n`).join('');
        NextToken = answer.NextToken ?? undefined;
        if (NextToken === undefined) break;
        if (page + 1 < MOST_PAGES) continue;
        gaps.push({
          what: `${name} in CloudTrail`,
          reason: `more than ${groupedCount(50 * MOST_PAGES, 'call')} in the window: the earliest ones were not asked for`,
          next: 'ask for a shorter window',
          failed: false,
        });
        break;
      }
    }
  }
  const file = 'aws/cloudtrail.jsonl';
  const wrote = await folder.write(file, pages());
  const detail = wrote ? groupedCount(events, 'call') : '';
  if (!wrote) {
    gaps.push({
      what: 'calls in CloudTrail',
      reason: 'no target was registered or deregistered by a call in the window',
      next: 'nothing to do, unless it is the wrong region',
      failed: false,
    });
  }
  // CloudTrail shows a call some minutes after it.
  return { files: wrote ? [file] : [], detail, gaps, again: now() < gathering.question.to + DELIVERY };
}

/** Files of a trail of this account that records this region, for a window that LookupEvents has forgotten. */
async function gatherTrailFiles(gathering: Gathering): Promise<Outcome> {
  const { scope, signal } = gathering;
  const aws = gathering.aws!;
  const what = 'calls in CloudTrail';
  const old = 'the window is more than 90 days ago, and LookupEvents goes no further back';
  const answer = await aws.json('cloudtrail', 'DescribeTrails', {}, signal);
  const trails = (Array.isArray(answer.trailList) ? answer.trailList : []) as Record<string, unknown>[];
  const trail = trails.find(
    ({ S3BucketName, IsMultiRegionTrail, HomeRegion, IsOrganizationTrail }) =>
      typeof S3BucketName === 'string' &&
      IsOrganizationTrail !== true &&
      (IsMultiRegionTrail === true || HomeRegion === aws.region),
  );
  if (trail === undefined || scope.account === null) {
    const next = `load the trail's files, if one keeps them: draintrace load s3://TRAIL-BUCKET/AWSLogs/${scope.account ?? 'ACCOUNT'}/CloudTrail/`;
    return nothing({
      what,
      reason: `${old}; this account has no trail of its own for ${aws.region}`,
      next,
      failed: false,
    });
  }
  const folder = typeof trail.S3KeyPrefix === 'string' ? `${trail.S3KeyPrefix.replace(/\/+$/, '')}/` : '';
  const prefix = `${folder}AWSLogs/${scope.account}/CloudTrail/${aws.region}/`;
  const place = { bucket: String(trail.S3BucketName), prefix };
  const { files, gaps } = await download(
    place,
    { ...EVERY_OBJECT, window: evidenceWindow(gathering) },
    { ...gathering, region: aws.region },
  );
  const found = gaps.map((gap) => ({ ...gap, what }));
  if (files.length === 0 && gaps.length === 0) {
    const reason = `${old}; s3://${place.bucket}/${prefix} has no file of it`;
    found.push({ what, reason, next: 'check how long the bucket keeps the files of the trail', failed: false });
  }
  return { files, detail: files.length === 0 ? '' : `${groupedCount(files.length, 'file')} of a trail`, gaps: found };
}
