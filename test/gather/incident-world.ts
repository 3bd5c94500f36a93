/** A simulated rollout as AWS and the cluster remember it half an hour later, and the same as files in a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { draintrace } from '../command/world.ts';
import { StandIn } from '../s3/stand-in.ts';
import { answerBalancer } from './balancer-answer.ts';
import { filesBelow, textBelow } from './simulated.ts';
import { ENV, type Input, pageOf, REGION, StandInAws } from './stand-in-aws.ts';
import { StandInCluster } from './stand-in-cluster.ts';

export const BALANCER =
  'arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/k8s-shop/a847e0a98a132d6a';
export const GROUP =
  'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/k8s-shop-shop-a847e0a98a/020f9b4e6a32fd13';
const SECRET = '[{"name":"TOKEN","value":"hunter2"}]';
/** The snapshot of the simulation was taken then. */
export const NOW = Date.UTC(2026, 3, 14, 9, 19);
const DAY = 'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/04/14';

interface Manifest {
  kind: string;
  spec: { template?: object };
}

export class IncidentWorld {
  readonly aws = new StandInAws();
  readonly s3 = new StandIn();
  readonly cluster = new StandInCluster();
  env: Record<string, string> = {};
  /** Folder of the simulation. */
  readonly folder: string;
  /** Attributes of the load balancer. */
  attributes: Record<string, string> = {
    ...{ 'access_logs.s3.enabled': 'true', 'access_logs.s3.bucket': 'shop-logs', 'access_logs.s3.prefix': 'prod' },
    ...{ 'health_check_logs.s3.enabled': 'true', 'health_check_logs.s3.bucket': 'shop-logs' },
    ...{ 'health_check_logs.s3.prefix': 'prod', 'connection_logs.s3.enabled': 'false' },
    'idle_timeout.timeout_seconds': '60',
  };
  tags: Record<string, string> = { 'elbv2.k8s.aws/cluster': 'prod', 'service.k8s.aws/stack': 'shop/shop' };
  #endpoint = '';

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(): Promise<void> {
    const run = await draintrace(['simulate', '--scenario', 'rollout', '--seed', '3', '--out', this.folder]);
    if (run.code !== 0) throw new Error(run.stderr);
    this.s3.region = REGION;
    const objects = filesBelow(this.folder).filter((file) => file.includes(`/${DAY}/`) && /_(?:app)\./.test(file));
    for (const file of objects) {
      const name = file.slice(file.lastIndexOf('/') + 1);
      this.s3.put('shop-logs', `prod/${DAY}/${name}`, textBelow(this.folder, file));
    }
    this.s3.put('shop-logs', 'prod/AWSLogs/111122223333/ELBAccessLogTestFile', 'Enable AccessLog for ELB: x');
    const other = `prod/${DAY}/111122223333_elasticloadbalancing_eu-central-1_app.other.0123456789abcdef_20260414T0905Z_10.0.0.1_x.log.gz`;
    this.s3.put('shop-logs', other, 'not of this load balancer');
    this.#endpoint = await this.cluster.start();
    this.env = { ...ENV, AWS_ENDPOINT_URL: await this.aws.start(), AWS_ENDPOINT_URL_S3: await this.s3.start() };
    this.#answer();
    this.#fillCluster();
  }

  async stop(): Promise<void> {
    await Promise.all([this.aws.stop(), this.s3.stop(), this.cluster.stop()]);
  }

  /** Runs `draintrace incident` with these words. */
  incident(words: readonly string[], built = false): ReturnType<typeof draintrace> {
    return draintrace(['incident', ...words], { env: this.env, now: NOW, built });
  }

  #text(path: string): string {
    return textBelow(this.folder, `evidence/${path}`).toString();
  }

  #answer(): void {
    const { answers } = this.aws;
    answerBalancer(this.aws, this.folder, {
      attributes: () => this.attributes,
      tags: () => this.tags,
    });
    answers.set('cloudtrail:LookupEvents', (input) => this.#lookUp(input));
    answers.set('cloudtrail:DescribeTrails', () => ({ trailList: [] }));
    answers.set('logs:DescribeDeliverySources', () => ({ deliverySources: [] }));
    answers.set('logs:FilterLogEvents', (input) => this.#filter(input));
    answers.set('eks:DescribeCluster', ({ cluster }) => ({
      cluster: {
        ...{ name: cluster, arn: `arn:aws:eks:eu-central-1:111122223333:cluster/${cluster}`, endpoint: this.#endpoint },
        logging: { clusterLogging: [{ types: ['api', 'audit'], enabled: true }] },
      },
    }));
    answers.set('ec2:DescribeInstances', () => ({ reservationSet: [] }));
    answers.set('ecs:ListClusters', () => ({ clusterArns: [] }));
  }

  #lookUp(input: Input): unknown {
    const { LookupAttributes, NextToken, MaxResults } = input;
    if (MaxResults !== 50) throw new Error('MaxResults');
    const trail = filesBelow(this.folder).find((file) => file.includes('_CloudTrail_'))!;
    const { Records } = JSON.parse(gunzipSync(textBelow(this.folder, trail)).toString()) as { Records: Input[] };
    const name = (LookupAttributes as { AttributeValue: string }[])[0]!.AttributeValue;
    const inWindow = Records.filter(
      ({ eventName, eventTime }) =>
        eventName === name &&
        Date.parse(String(eventTime)) / 1000 >= Number(input.StartTime) &&
        Date.parse(String(eventTime)) / 1000 <= Number(input.EndTime),
    );
    const { page, next } = pageOf(inWindow, NextToken, 2);
    const Events = page.map((record) => ({
      ...{ EventId: record.eventID, EventName: name, EventTime: Date.parse(String(record.eventTime)) / 1000 },
      CloudTrailEvent: JSON.stringify(record),
    }));
    return { Events, ...(next === null ? {} : { NextToken: next }) };
  }

  #filter({ logGroupName, nextToken, filterPattern }: Input): unknown {
    const lines =
      logGroupName === '/aws/eks/prod/cluster'
        ? this.#text('audit/audit.log').replaceAll('"containers":[{', `"containers":[{"env":${SECRET},`)
        : String(filterPattern).includes('aws-load-balancer-controller')
          ? wrapped(this.#text('controller/aws-load-balancer-controller.log'))
          : '';
    const events = lines.split('\n').filter(Boolean);
    const { page, next } = pageOf(events, nextToken, 7);
    return {
      events: page.map((message, i) => ({
        logStreamName: 's',
        timestamp: NOW,
        message,
        ingestionTime: NOW,
        eventId: `${i}`,
      })),
      ...(next === null ? {} : { nextToken: next }),
    };
  }

  #fillCluster(): void {
    const { objects } = this.cluster;
    const pods = JSON.parse(this.#text('snapshot/pods@2026-04-14T09-19-00Z.json')) as { items: object[] };
    const events = this.#text('snapshot/events.json').trim().split('\n');
    objects.set(
      '/pods',
      pods.items.map((pod) => withSecret(pod)),
    );
    objects.set(
      '/events',
      events.map((line) => JSON.parse(line) as object),
    );
    objects.set('discovery.k8s.io/endpointslices', []);
    objects.set('/nodes', []);
    objects.set('/services', []);
    const manifests = parseAllDocuments(this.#text('setting/manifest.yaml')).map((one) => one.toJS() as Manifest);
    const of = (kind: string) => manifests.filter((one) => one.kind === kind);
    objects.set(
      'apps/deployments',
      of('Deployment').map((one) => ({ ...one, spec: { ...one.spec, template: withSecret(one.spec.template!) } })),
    );
    objects.set('elbv2.k8s.aws/targetgroupbindings', of('TargetGroupBinding'));
    objects.set('apps/replicasets', []);
    objects.set('apps/statefulsets', []);
  }

  /** Writes what a careful person would have loaded by hand. Returns the paths. */
  byHand(): string[] {
    const cloudtrail = filesBelow(this.folder).find((file) => file.includes('_CloudTrail_'))!;
    const hand = join(this.folder, 'hand');
    const take = (from: string, to: string) => {
      mkdirSync(dirname(join(hand, to)), { recursive: true });
      writeFileSync(join(hand, to), textBelow(this.folder, from));
    };
    take('evidence/audit/audit.log', 'audit.log');
    take('evidence/controller/aws-load-balancer-controller.log', 'controller.log');
    take('evidence/snapshot/pods@2026-04-14T09-19-00Z.json', 'pods@2026-04-14T09-19-00Z.json');
    take('evidence/snapshot/events.json', 'events@2026-04-14T09-19-00Z.json');
    take('evidence/snapshot/targets.json', 'targets.json');
    take('evidence/setting/manifest.yaml', 'manifest@2026-04-14T09-19-00Z.yaml');
    take(cloudtrail, 'trail.json.gz');
    return [join(this.folder, 'logs'), join(this.folder, 'evidence/health-check'), hand];
  }
}

/** As Fluent Bit sends a line to Container Insights. */
const wrapped = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((log) =>
      JSON.stringify({
        time: '2026-04-14T09:01:00Z',
        stream: 'stderr',
        log,
        kubernetes: { pod_name: 'aws-load-balancer-controller-1' },
      }),
    )
    .join('\n');

/** A pod with a secret in its environment, which must stay in the cluster. */
function withSecret(pod: object): object {
  const copy = structuredClone(pod) as { spec: { containers: Record<string, unknown>[] } };
  for (const container of copy.spec.containers) container.env = JSON.parse(SECRET);
  return copy;
}
