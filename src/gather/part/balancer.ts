/** The load balancer, its target groups, their settings, tags and health now. Everything else is found from here. */
import { groupedCount } from '../../number/count.ts';
import { formatTime } from '../../time/time.ts';
import type { Aws } from '../aws.ts';
import { endless, partsOf } from '../gap.ts';
import { type Gap, type IncidentGroup, nothing, type Outcome } from '../outcome.ts';
import type { Gathering } from '../step.ts';
import { type XmlValue, xmlAt, xmlList, xmlText } from '../xml.ts';

const BALANCER_ARN =
  /^arn:aws[\w-]*:elasticloadbalancing:[a-z0-9-]+:(\d{12}):loadbalancer\/app\/([A-Za-z0-9-]+)\/[0-9a-f]+$/;
const GROUP_ARN = /^arn:aws[\w-]*:elasticloadbalancing:[a-z0-9-]+:(\d{12}):targetgroup\/([A-Za-z0-9-]+)\/[0-9a-f]+$/;

/** DescribeTags takes so many resources at once. */
const TAGGED = 20;
const MOST_PAGES = 100;
/** Balancers that are named where the account has several. */
const NAMED = 10;

export async function gatherBalancer(gathering: Gathering): Promise<Outcome> {
  const { scope, folder } = gathering;
  const finder = new Finder(gathering);
  // An ARN says most of it, also where the right to look is missing.
  knowFromFlags(gathering);
  const found = await finder.find();
  if (found !== null) return nothing(found);
  const gaps: Gap[] = [];
  const lines: Record<string, string[]> = { 'load-balancers': [], 'target-groups': [], 'target-health': [] };
  const tried = partsOf(gaps, gathering.signal);
  for (const balancer of finder.balancers) {
    lines['load-balancers']!.push(line({ capturedAt: finder.askedAt, LoadBalancers: [balancer.described] }));
    const known = { arn: balancer.arn, name: balancer.name, attributes: {} as Record<string, string> };
    scope.balancers.push(known);
    await tried(`attributes of ${balancer.name}: where its logs are`, async () => {
      const attributes = await finder.attributes('LoadBalancer', balancer.arn);
      known.attributes = Object.fromEntries(attributes.map(({ Key, Value }) => [Key, Value]));
      lines['load-balancers']!.push(
        line({ capturedAt: finder.askedAt, loadBalancerArn: balancer.arn, Attributes: attributes }),
      );
    });
  }
  if (finder.groups.length > 0) {
    const TargetGroups = finder.groups.map(({ described }) => described);
    lines['target-groups']!.push(line({ capturedAt: finder.askedAt, TargetGroups }));
  }
  const tags = new Map<string, Record<string, string>>();
  await tried('tags of the target groups: where the targets run', async () => {
    for (const [arn, own] of await finder.tags(finder.groups.map(({ arn }) => arn))) tags.set(arn, own);
  });
  for (const { arn, name, targetType } of finder.groups) {
    const group: IncidentGroup = { arn, name, targetType, tags: tags.get(arn) ?? {}, drainSeconds: 300, targets: [] };
    scope.groups.push(group);
    await tried(`attributes of ${name}`, async () => {
      const attributes = await finder.attributes('TargetGroup', arn);
      const delay = attributes.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value;
      if (delay !== undefined && /^\d{1,4}$/.test(delay)) group.drainSeconds = Number(delay);
      lines['target-groups']!.push(line({ capturedAt: finder.askedAt, targetGroupArn: arn, Attributes: attributes }));
    });
    await tried(`target health of ${name} now`, async () => {
      const TargetHealthDescriptions = await finder.health(arn);
      group.targets = TargetHealthDescriptions.map(({ Target }) => Target.Id).filter((id) => id !== '');
      const answeredAt = formatTime(gathering.now());
      lines['target-health']!.push(
        line({ capturedAt: finder.askedAt, answeredAt, targetGroupArn: arn, TargetHealthDescriptions }),
      );
    });
  }
  scope.cluster ??= finder.groups.map(({ arn }) => tags.get(arn)?.['elbv2.k8s.aws/cluster']).find(Boolean) ?? null;
  const files: string[] = [];
  for (const [name, text] of Object.entries(lines)) {
    if (await folder.write(`aws/${name}.jsonl`, text)) files.push(`aws/${name}.jsonl`);
  }
  const targets = scope.groups.reduce((sum, { targets: { length } }) => sum + length, 0);
  const names = scope.balancers.map(({ name }) => name).join(', ') || 'no load balancer';
  return {
    files,
    detail: `${names}: ${groupedCount(scope.groups.length, 'target group')}, ${groupedCount(targets, 'target')} now`,
    gaps,
  };
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

function knowFromFlags({ question: { lb, targetGroup, cluster }, scope }: Gathering): void {
  const [, account] = BALANCER_ARN.exec(lb ?? '') ?? GROUP_ARN.exec(targetGroup ?? '') ?? [];
  scope.account = account ?? null;
  scope.cluster = cluster;
  // A repeated attempt begins anew.
  scope.balancers = [];
  scope.groups = [];
}

interface Described {
  arn: string;
  name: string;
  described: XmlValue;
}

interface Health {
  Target: { Id: string; Port?: number; AvailabilityZone?: string };
  HealthCheckPort?: string;
  TargetHealth: Record<string, string>;
  AdministrativeOverride?: Record<string, string>;
}

/** State with its reason and description. */
const stated = (value: XmlValue | undefined): Record<string, string> =>
  Object.fromEntries(
    ['State', 'Reason', 'Description'].flatMap((key): [string, string][] => {
      const text = xmlText(value, key);
      return text === null ? [] : [[key, text]];
    }),
  );

/** Asks Elastic Load Balancing. */
class Finder {
  readonly #gathering: Gathering;
  readonly #aws: Aws;
  balancers: Described[] = [];
  groups: (Described & { targetType: string })[] = [];
  /** Time of the last question, as printed. */
  askedAt = '';

  constructor(gathering: Gathering) {
    this.#gathering = gathering;
    this.#aws = gathering.aws!;
  }

  /** Finds balancers and groups. Returns the gap where the question names none, or not one. */
  async find(): Promise<Gap | null> {
    const { question, scope } = this.#gathering;
    if (question.targetGroup !== null) {
      const key = question.targetGroup.startsWith('arn:') ? 'TargetGroupArns' : 'Names';
      await this.#findGroups({ [`${key}.member.1`]: question.targetGroup });
      const arns = new Set(this.groups.flatMap(({ described }) => xmlList(described, 'LoadBalancerArns').map(String)));
      for (const arn of arns) await this.#findBalancers({ 'LoadBalancerArns.member.1': arn });
    } else if (question.lb !== null) {
      const key = question.lb.startsWith('arn:') ? 'LoadBalancerArns' : 'Names';
      await this.#findBalancers({ [`${key}.member.1`]: question.lb });
      for (const { arn } of this.balancers) await this.#findGroups({ LoadBalancerArn: arn });
    } else {
      await this.#findBalancers({});
      if (this.balancers.length !== 1) return this.#notOne();
      await this.#findGroups({ LoadBalancerArn: this.balancers[0]!.arn });
    }
    for (const { arn } of [...this.balancers, ...this.groups]) scope.account ??= arn.split(':')[4] ?? null;
    return null;
  }

  #notOne(): Gap {
    const names = this.balancers.map(({ name }) => name);
    this.balancers = [];
    const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : '';
    const what = 'the load balancer';
    if (names.length === 0) {
      const reason = `${this.#aws.region} has no Application Load Balancer`;
      return { what, reason, next: 'check --region and --profile', failed: true };
    }
    const reason = `${this.#aws.region} has several: ${names.slice(0, NAMED).join(', ')}${more}`;
    return { what, reason, next: 'name one with --lb', failed: true };
  }

  async #findBalancers(parameters: Record<string, string>): Promise<void> {
    for await (const value of this.#pages('DescribeLoadBalancers', parameters, 'LoadBalancers')) {
      const arn = xmlText(value, 'LoadBalancerArn');
      const name = xmlText(value, 'LoadBalancerName');
      if (arn === null || name === null || xmlText(value, 'Type') !== 'application') continue;
      this.balancers.push({ arn, name, described: value });
    }
  }

  async #findGroups(parameters: Record<string, string>): Promise<void> {
    for await (const value of this.#pages('DescribeTargetGroups', parameters, 'TargetGroups')) {
      const arn = xmlText(value, 'TargetGroupArn');
      const name = xmlText(value, 'TargetGroupName');
      const targetType = xmlText(value, 'TargetType') ?? 'instance';
      if (arn !== null && name !== null) this.groups.push({ arn, name, targetType, described: value });
    }
  }

  async attributes(kind: 'LoadBalancer' | 'TargetGroup', arn: string): Promise<{ Key: string; Value: string }[]> {
    const answer = await this.#ask(`Describe${kind}Attributes`, { [`${kind}Arn`]: arn });
    return xmlList(answer, 'Attributes').map((one) => ({
      Key: xmlText(one, 'Key') ?? '',
      Value: xmlText(one, 'Value') ?? '',
    }));
  }

  async tags(arns: readonly string[]): Promise<[arn: string, tags: Record<string, string>][]> {
    const all: [string, Record<string, string>][] = [];
    for (let at = 0; at < arns.length; at += TAGGED) {
      const asked = arns.slice(at, at + TAGGED).map((arn, i) => [`ResourceArns.member.${i + 1}`, arn]);
      const answer = await this.#ask('DescribeTags', Object.fromEntries(asked));
      for (const one of xmlList(answer, 'TagDescriptions')) {
        const own = xmlList(one, 'Tags').map((tag) => [xmlText(tag, 'Key') ?? '', xmlText(tag, 'Value') ?? '']);
        all.push([xmlText(one, 'ResourceArn') ?? '', Object.fromEntries(own)]);
      }
    }
    return all;
  }

  /** As the command line prints the answer: ports are numbers. */
  async health(arn: string): Promise<Health[]> {
    const answer = await this.#ask('DescribeTargetHealth', { TargetGroupArn: arn });
    return xmlList(answer, 'TargetHealthDescriptions').map((one) => {
      const port = xmlText(one, 'Target', 'Port');
      const zone = xmlText(one, 'Target', 'AvailabilityZone');
      const checked = xmlText(one, 'HealthCheckPort');
      // A zonal shift takes targets out of service whatever their health.
      const override = xmlAt(one, 'AdministrativeOverride');
      return {
        Target: {
          Id: xmlText(one, 'Target', 'Id') ?? '',
          ...(port === null ? {} : { Port: Number(port) }),
          ...(zone === null ? {} : { AvailabilityZone: zone }),
        },
        ...(checked === null ? {} : { HealthCheckPort: checked }),
        TargetHealth: stated(xmlAt(one, 'TargetHealth')),
        ...(override === undefined ? {} : { AdministrativeOverride: stated(override) }),
      };
    });
  }

  async *#pages(action: string, parameters: Record<string, string>, list: string): AsyncGenerator<XmlValue> {
    let marker: string | null = null;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer: XmlValue | undefined = await this.#ask(action, {
        ...parameters,
        ...(marker === null ? {} : { Marker: marker }),
      });
      yield* xmlList(answer, list);
      marker = xmlText(answer, 'NextMarker');
      if (marker === null) return;
    }
    throw endless(action, MOST_PAGES);
  }

  async #ask(action: string, parameters: Record<string, string>): Promise<XmlValue | undefined> {
    this.askedAt = formatTime(this.#gathering.now());
    const answer = await this.#aws.query('elbv2', action, parameters, this.#gathering.signal);
    return xmlAt(answer, `${action}Result`);
  }
}
