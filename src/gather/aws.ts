/**
 * Calls AWS: signed requests in the three protocols of the services that an incident needs. Seven more clients of the SDK would be
 * several MB each for two dozen read calls, and would turn the answers into a form of their own; here they stay as AWS gives them.
 */
import { redactedUrl } from '../evidence/redact.ts';
import { responseText } from '../source/response-text.ts';
import { PATIENCE, type Patience, persist } from '../source/retry.ts';
import { type Access, regionOfAccess } from '../source/s3-client.ts';
import { Signer } from '../source/sign.ts';
import { SECOND_MS } from '../time/time.ts';
import { AwsError, answerObject, failureOfAws, refusalOfAws } from './aws-error.ts';
import { parseXml, type XmlValue } from './xml.ts';

export type Service = 'elbv2' | 'cloudtrail' | 'logs' | 'eks' | 'ecs' | 'ec2' | 'autoscaling' | 'sns' | 'sqs';

/** An answer of a JSON protocol. */
export type AwsAnswer = Record<string, unknown>;

interface ServiceFact {
  /** Host before the region, name in signatures, prefix of IAM actions, suffix of AWS_ENDPOINT_URL. */
  host: string;
  signedAs: string;
  iam: string;
  variable: string;
  /** Version of the query protocol, or prefix of the JSON protocol's target. */
  version: string;
  /** Least milliseconds between two calls. */
  gapMs: number;
  /** Version of the JSON protocol; default 1.1. */
  json?: '1.0';
}

const FIVE_A_SECOND = SECOND_MS / 5;

export const SERVICES: Readonly<Record<Service, ServiceFact>> = {
  elbv2: {
    ...{ host: 'elasticloadbalancing', signedAs: 'elasticloadbalancing', iam: 'elasticloadbalancing' },
    ...{ variable: 'ELASTIC_LOAD_BALANCING_V2', version: '2015-12-01', gapMs: FIVE_A_SECOND },
  },
  cloudtrail: {
    ...{ host: 'cloudtrail', signedAs: 'cloudtrail', iam: 'cloudtrail', variable: 'CLOUDTRAIL' },
    version: 'CloudTrail_20131101',
    // AWS allows two a second for an account and region; others may ask too.
    gapMs: SECOND_MS / 2 + 100,
  },
  logs: {
    ...{ host: 'logs', signedAs: 'logs', iam: 'logs', variable: 'CLOUDWATCH_LOGS' },
    ...{ version: 'Logs_20140328', gapMs: SECOND_MS / 4 },
  },
  eks: { host: 'eks', signedAs: 'eks', iam: 'eks', variable: 'EKS', version: '', gapMs: FIVE_A_SECOND },
  ecs: {
    ...{ host: 'ecs', signedAs: 'ecs', iam: 'ecs', variable: 'ECS' },
    ...{ version: 'AmazonEC2ContainerServiceV20141113', gapMs: FIVE_A_SECOND },
  },
  ec2: { host: 'ec2', signedAs: 'ec2', iam: 'ec2', variable: 'EC2', version: '2016-11-15', gapMs: FIVE_A_SECOND },
  autoscaling: {
    ...{ host: 'autoscaling', signedAs: 'autoscaling', iam: 'autoscaling', variable: 'AUTO_SCALING' },
    ...{ version: '2011-01-01', gapMs: FIVE_A_SECOND },
  },
  // Written to, by `--notify`.
  sns: { host: 'sns', signedAs: 'sns', iam: 'sns', variable: 'SNS', version: '2010-03-31', gapMs: FIVE_A_SECOND },
  // Written to, by `load --delete-messages`. A call has ten messages, and SQS sets no limit to calls.
  sqs: { host: 'sqs', signedAs: 'sqs', iam: 'sqs', variable: 'SQS', version: 'AmazonSQS', gapMs: 10, json: '1.0' },
};

const TIMEOUT_MS = 30 * SECOND_MS;
const MOST_BYTES = 64 << 20;
/** A right is named without the batch. */
const rightOf = (service: Service, action: string): string =>
  `${SERVICES[service].iam}:${action.replace(/Batch$/, '')}`;

/** After throttling, the gap of a service doubles up to this. */
const MOST_GAP_MS = 10 * SECOND_MS;

interface Pace {
  gapMs: number;
  /** Settles when the next call may go. */
  next: Promise<void>;
}

export class Aws {
  readonly region: string;
  readonly access: Access;
  readonly patience: Patience;
  readonly #signers = new Map<Service, Signer>();
  readonly #pace = new Map<Service, Pace>();
  /** Rights of the calls that were made, in order. */
  readonly called: string[] = [];
  /** Set once AWS knows no identity for us: all later calls would fail in the same way. */
  #broken: AwsError | null = null;

  constructor(region: string, access: Access, patience: Patience = PATIENCE) {
    this.region = region;
    this.access = access;
    this.patience = patience;
  }

  /** Returns the region of flag, environment or profile, null if none names one. */
  static regionOf(access: Access): Promise<string | null> {
    return regionOfAccess(access);
  }

  /** One POST of the JSON protocol. Throws AwsError. */
  async json(service: Service, action: string, input: AwsAnswer, signal: AbortSignal): Promise<AwsAnswer> {
    const headers = {
      'content-type': `application/x-amz-json-${SERVICES[service].json ?? '1.1'}`,
      'x-amz-target': `${SERVICES[service].version}.${action}`,
    };
    const call = { service, action, path: '/', headers, body: JSON.stringify(input) };
    return this.#read(call, answerObject, await this.#call(call, signal));
  }

  /** One GET of a REST service. Throws AwsError. */
  async get(service: Service, action: string, path: string, signal: AbortSignal): Promise<AwsAnswer> {
    const call = { service, action, path, headers: {}, body: null };
    return this.#read(call, answerObject, await this.#call(call, signal));
  }

  /** One POST of the query protocol. Lists are `Name.member.1`. Throws AwsError. */
  async query(
    service: Service,
    action: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<XmlValue> {
    const body = new URLSearchParams({ Action: action, Version: SERVICES[service].version, ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const call = { service, action, path: '/', headers, body };
    return this.#read(call, parseXml, await this.#call(call, signal));
  }

  /** Reads an answer, which may be a proxy's page. Throws AwsError. */
  #read<T>({ service, action }: Call, read: (text: string) => T, text: string): T {
    try {
      return read(text);
    } catch (cause) {
      const right = rightOf(service, action);
      const host = new URL(awsEndpoint(service, this.region, this.access)).host;
      const why = `${right} failed (${host} gave an answer that is not of AWS); check the endpoint, and proxies on the way`;
      throw new AwsError(why, 'endpoint', 'UnreadableAnswer', right, { cause });
    }
  }

  async #call(call: Call, signal: AbortSignal): Promise<string> {
    return persist(
      async () => {
        if (this.#broken) throw this.#broken;
        await this.#turn(call.service, signal);
        try {
          const text = await this.#send(call, signal);
          this.#ease(call.service);
          return text;
        } catch (error) {
          if (error instanceof AwsError && error.trouble === 'throttled') this.#slow(call.service);
          if (error instanceof AwsError && error.trouble === 'identity') this.#broken = error;
          throw error;
        }
      },
      (error) => error instanceof AwsError && /^(?:throttled|unreached)$/.test(error.trouble),
      this.patience,
      signal,
    );
  }

  /** Waits for a place among the calls of the service. */
  async #turn(service: Service, signal: AbortSignal): Promise<void> {
    const pace = this.#paceOf(service);
    const mine = pace.next;
    pace.next = mine.then(() => this.patience.sleep(pace.gapMs, signal)).catch(() => {});
    await mine;
    signal.throwIfAborted();
  }

  #paceOf(service: Service): Pace {
    let pace = this.#pace.get(service);
    if (!pace) {
      pace = { gapMs: SERVICES[service].gapMs, next: Promise.resolve() };
      this.#pace.set(service, pace);
    }
    return pace;
  }

  #slow(service: Service): void {
    const pace = this.#paceOf(service);
    pace.gapMs = Math.min(MOST_GAP_MS, pace.gapMs * 2);
  }

  #ease(service: Service): void {
    const pace = this.#paceOf(service);
    pace.gapMs = Math.max(SERVICES[service].gapMs, pace.gapMs * 0.9);
  }

  async #send({ service, action, path, headers, body }: Call, signal: AbortSignal): Promise<string> {
    const right = rightOf(service, action);
    this.called.push(right);
    const url = urlOf(awsEndpoint(service, this.region, this.access), path, right);
    try {
      const method = body === null ? 'GET' : 'POST';
      const signed = await this.#signerOf(service).headersOf(url, headers, body ?? '', method);
      const response = await fetch(url, {
        method,
        headers: signed,
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const text = await responseText(response, MOST_BYTES);
      if (response.status === 200) return text;
      throw refusalOfAws(response, text, right);
    } catch (error) {
      if (error instanceof AwsError || signal.aborted) throw error;
      throw failureOfAws(error as Error, right, url.host);
    }
  }

  #signerOf(service: Service): Signer {
    let signer = this.#signers.get(service);
    if (!signer) {
      signer = new Signer(SERVICES[service].signedAs, this.region, this.access);
      this.#signers.set(service, signer);
    }
    return signer;
  }
}

/** Returns the url of a call. Throws AwsError for an endpoint that is none, or that has a password, which fetch would print. */
function urlOf(endpoint: string, path: string, right: string): URL {
  const url = URL.canParse(endpoint + path) ? new URL(endpoint + path) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  const sentence = `AWS_ENDPOINT_URL ${redactedUrl(endpoint)} is no address of a server: write it as https://host`;
  throw new AwsError(sentence, 'endpoint', 'SetupError', right);
}

interface Call {
  service: Service;
  action: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** Domains of the partitions, by the beginning of their regions. */
const SUFFIXES: readonly (readonly [start: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-iso-', 'c2s.ic.gov'],
  ['eusc-', 'amazonaws.eu'],
];

/** Returns the address of a service: that of the environment, as the command line takes it, else that of AWS. */
export function awsEndpoint(
  service: Service,
  region: string,
  { env, endpointUrl }: Pick<Access, 'env' | 'endpointUrl'>,
) {
  const { host, variable } = SERVICES[service];
  const given = endpointUrl ?? (env[`AWS_ENDPOINT_URL_${variable}`] || env.AWS_ENDPOINT_URL || null);
  return given?.replace(/\/+$/, '') ?? `https://${host}.${region}.${suffixOf(region)}`;
}

const suffixOf = (region: string): string =>
  SUFFIXES.find(([start]) => region.startsWith(start))?.[1] ?? 'amazonaws.com';
