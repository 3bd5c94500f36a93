/** Calls the Elastic Load Balancing API. Errors leave as BalancerError, with the remedy. */
import type { ElasticLoadBalancingV2Client, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Access, certificates, identityOf } from '../source/s3-client.ts';
import { SourceError } from '../source/source.ts';

type Sdk = typeof import('@aws-sdk/client-elastic-load-balancing-v2');

/** Whether and how a retry can help. */
export type Remedy = 'wait' | 'slow_down' | 'drop' | 'stop';

export class BalancerError extends Error {
  override name = 'BalancerError';
  constructor(
    message: string,
    readonly remedy: Remedy,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface GroupName {
  arn: string;
  name: string;
}

const SLOW_DOWN = /^(?:Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded|TooManyRequests\w*)$/;
const DENIED =
  /^(?:AccessDenied|AccessDeniedException|UnauthorizedOperation|InvalidClientTokenId|SignatureDoesNotMatch|OptInRequired)$/;
const NO_CREDENTIALS = /^(?:CredentialsProviderError|ProviderError|TokenProviderError|CredentialsError)$/;
const ARN = /^arn:aws[\w-]*:elasticloadbalancing:([a-z0-9-]+):\d{12}:targetgroup\/([A-Za-z0-9-]{1,32})\/[0-9a-f]+$/;

/** Parses the ARN of a target group, or returns null for other text. */
export function parseTargetGroupArn(arn: string): { region: string; name: string } | null {
  const match = ARN.exec(arn);
  return match ? { region: match[1]!, name: match[2]! } : null;
}

export class Balancer {
  readonly #access: Access;
  readonly #clients = new Map<string, Promise<{ sdk: Sdk; client: ElasticLoadBalancingV2Client }>>();

  constructor(access: Access) {
    this.#access = access;
  }

  /** Returns the targets of a group. One request: the answer is not paged. */
  async health(arn: string, signal: AbortSignal): Promise<TargetHealthDescription[]> {
    const answer = await this.#ask('DescribeTargetHealth', arn, ({ sdk, client }) =>
      client.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn: arn }), { abortSignal: signal }),
    );
    return answer.TargetHealthDescriptions ?? [];
  }

  /** Returns all target groups of the region, page by page. */
  async groups(signal: AbortSignal): Promise<GroupName[]> {
    const groups: GroupName[] = [];
    let Marker: string | undefined;
    do {
      const page = await this.#ask('DescribeTargetGroups', null, ({ sdk, client }) =>
        client.send(new sdk.DescribeTargetGroupsCommand({ Marker, PageSize: 400 }), { abortSignal: signal }),
      );
      for (const { TargetGroupArn: arn, TargetGroupName: name } of page.TargetGroups ?? []) {
        if (arn !== undefined && name !== undefined) groups.push({ arn, name });
      }
      Marker = page.NextMarker || undefined;
    } while (Marker !== undefined);
    return groups;
  }

  /** Returns the attributes of a group in AWS's spelling, such as the deregistration delay. */
  async attributes(arn: string, signal: AbortSignal): Promise<{ Key: string; Value: string }[]> {
    const answer = await this.#ask('DescribeTargetGroupAttributes', arn, ({ sdk, client }) =>
      client.send(new sdk.DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }), { abortSignal: signal }),
    );
    return (answer.Attributes ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
  }

  /** Returns where each Application Load Balancer of the region writes its access logs; null if it writes none. */
  async accessLogs(signal: AbortSignal): Promise<{ name: string; bucket: string | null }[]> {
    const page = await this.#ask('DescribeLoadBalancers', null, ({ sdk, client }) =>
      client.send(new sdk.DescribeLoadBalancersCommand({ PageSize: 20 }), { abortSignal: signal }),
    );
    const found: { name: string; bucket: string | null }[] = [];
    for (const { LoadBalancerArn: arn, LoadBalancerName: name, Type } of page.LoadBalancers ?? []) {
      if (Type !== 'application' || arn === undefined) continue;
      const answer = await this.#ask('DescribeLoadBalancerAttributes', null, ({ sdk, client }) =>
        client.send(new sdk.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }), { abortSignal: signal }),
      );
      const attribute = (key: string) => answer.Attributes?.find(({ Key }) => Key === key)?.Value;
      const enabled = attribute('access_logs.s3.enabled') === 'true';
      found.push({ name: name ?? arn, bucket: enabled ? (attribute('access_logs.s3.bucket') ?? '') : null });
    }
    return found;
  }

  async close(): Promise<void> {
    for (const opening of this.#clients.values()) (await opening.catch(() => null))?.client.destroy();
    this.#clients.clear();
  }

  async #ask<T>(
    action: string,
    arn: string | null,
    send: (opened: { sdk: Sdk; client: ElasticLoadBalancingV2Client }) => Promise<T>,
  ): Promise<T> {
    const opened = await this.#open(arn === null ? null : (parseTargetGroupArn(arn)?.region ?? null));
    try {
      return await send(opened);
    } catch (error) {
      throw judge(error, action, arn);
    }
  }

  #open(region: string | null): Promise<{ sdk: Sdk; client: ElasticLoadBalancingV2Client }> {
    const key = region ?? '';
    let opening = this.#clients.get(key);
    if (!opening) {
      opening = this.#make(region);
      this.#clients.set(key, opening);
    }
    return opening;
  }

  async #make(region: string | null): Promise<{ sdk: Sdk; client: ElasticLoadBalancingV2Client }> {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    const sdk = await import('@aws-sdk/client-elastic-load-balancing-v2');
    const { env, endpointUrl } = this.#access;
    const { profile, credentials } = identityOf(this.#access);
    const client = new sdk.ElasticLoadBalancingV2Client({
      region: region ?? this.#access.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
      endpoint: endpointUrl ?? (env.AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2 || env.AWS_ENDPOINT_URL || undefined),
      profile,
      credentials,
      // The poller waits instead, because it knows about other requests.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 5000, requestTimeout: 10_000, httpsAgent: { ca: certificates(env) } },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    return { sdk, client };
  }
}

function judge(error: unknown, action: string, arn: string | null): Error {
  const { name, message, code, $metadata } = error as NodeJS.ErrnoException & {
    $metadata?: { httpStatusCode?: number };
  };
  const said = message.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 300);
  const options = { cause: error };
  if (error instanceof SourceError || name === 'AbortError') return error as Error;
  if (SLOW_DOWN.test(name) || $metadata?.httpStatusCode === 429) {
    return new BalancerError(`${action}: AWS asks to slow down (${name})`, 'slow_down', options);
  }
  if (/^TargetGroupNotFound/.test(name)) {
    return new BalancerError(`${arn} does not exist (${name})`, 'drop', options);
  }
  if (NO_CREDENTIALS.test(name)) {
    const how = 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login"';
    return new BalancerError(`No AWS credentials for ${action} (${said}); ${how}`, 'stop', options);
  }
  if (DENIED.test(name)) {
    return new BalancerError(
      `${action} is not allowed (${name}); allow elasticloadbalancing:${action}`,
      'stop',
      options,
    );
  }
  if (/^Region is missing/.test(message)) {
    return new BalancerError('No AWS region is known; set AWS_REGION or give the whole ARN', 'stop', options);
  }
  if (/^Validation/.test(name)) return new BalancerError(`${action}: ${said}; check --target-group`, 'stop', options);
  return new BalancerError(`${action} failed (${[code ?? name, said].join(' ')})`, 'wait', options);
}
