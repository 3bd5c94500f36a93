/**
 * Calls the ECS API: a few read actions of its JSON protocol, signed. Its own client would be 10 MB more for six calls, and would
 * turn the answers into its own form; here they are written as AWS gave them. Errors leave as EcsError, with the remedy.
 */
import { responseText } from '../source/response-text.ts';
import type { Access } from '../source/s3-client.ts';
import { CredentialsError, Signer } from '../source/sign.ts';
import type { Remedy } from './balancer.ts';

export class EcsError extends Error {
  override name = 'EcsError';
  constructor(
    message: string,
    readonly remedy: Remedy,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An object as the API prints it. */
export type EcsObject = Record<string, unknown>;

/** A cluster, or one service of it. */
export interface EcsPlace {
  cluster: string;
  service: string | null;
}

/** Answer of an action that describes: what was asked for, and what could not be found. */
export interface Described {
  found: EcsObject[];
  failures: EcsObject[];
}

/** Most objects of a describe-services; describe-tasks and describe-container-instances take 100. */
const SERVICES_OF_A_CALL = 10;
const OBJECTS_OF_A_CALL = 100;
/** Pages of a list that is read; a cluster holds at most 5,000 services of 5,000 tasks each. */
const MOST_PAGES = 1000;

const TARGET = 'AmazonEC2ContainerServiceV20141113';
const MOST_BYTES = 64 << 20;
const TIMEOUT_MS = 15_000;

const SLOW_DOWN = /^(?:Throttling\w*|RequestLimitExceeded|TooManyRequests\w*|LimitExceededException)$/;
const DENIED =
  /^(?:AccessDenied\w*|UnrecognizedClientException|InvalidSignatureException|InvalidClientTokenId|IncompleteSignature\w*|MissingAuthenticationToken\w*|NotAuthorized|OptInRequired|ExpiredToken\w*)$/;

export class Ecs {
  readonly #signer: Signer;
  readonly #url: URL;
  /** Waits for a place among the requests. */
  readonly #turn: (signal: AbortSignal) => Promise<void>;

  /** Throws EcsError where no region is known. */
  constructor(access: Access, turn: (signal: AbortSignal) => Promise<void> = async () => {}) {
    const { env, endpointUrl } = access;
    const region = access.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
    if (!region) throw new EcsError('No AWS region is known; set AWS_REGION or give --region', 'stop');
    const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const endpoint = endpointUrl ?? env.AWS_ENDPOINT_URL_ECS ?? env.AWS_ENDPOINT_URL ?? '';
    this.#url = new URL(endpoint === '' ? `https://ecs.${region}.${suffix}/` : endpoint);
    this.#signer = new Signer('ecs', region, access);
    this.#turn = turn;
  }

  /** Returns the ARNs of tasks that are meant to run, or to stop: a stopped task is listed for about an hour. */
  tasks({ cluster, service }: EcsPlace, desiredStatus: 'RUNNING' | 'STOPPED', signal: AbortSignal): Promise<string[]> {
    const serviceName = service ?? undefined;
    return this.#list('ListTasks', 'taskArns', { cluster, serviceName, desiredStatus, maxResults: 100 }, signal);
  }

  /** Returns the ARNs of the services of a cluster. */
  services(cluster: string, signal: AbortSignal): Promise<string[]> {
    return this.#list('ListServices', 'serviceArns', { cluster, maxResults: 100 }, signal);
  }

  describeTasks(cluster: string, tasks: readonly string[], signal: AbortSignal): Promise<Described> {
    return this.#describe('DescribeTasks', 'tasks', cluster, tasks, OBJECTS_OF_A_CALL, signal);
  }

  describeServices(cluster: string, services: readonly string[], signal: AbortSignal): Promise<Described> {
    return this.#describe('DescribeServices', 'services', cluster, services, SERVICES_OF_A_CALL, signal);
  }

  describeInstances(cluster: string, instances: readonly string[], signal: AbortSignal): Promise<Described> {
    const list = 'containerInstances';
    return this.#describe('DescribeContainerInstances', list, cluster, instances, OBJECTS_OF_A_CALL, signal);
  }

  /** Returns a task definition, null where the answer holds none. */
  async definition(taskDefinition: string, signal: AbortSignal): Promise<EcsObject | null> {
    const answer = await this.#call('DescribeTaskDefinition', { taskDefinition }, signal);
    return (answer.taskDefinition as EcsObject | undefined) ?? null;
  }

  async #list(action: string, key: string, input: EcsObject, signal: AbortSignal): Promise<string[]> {
    const arns: string[] = [];
    let nextToken: unknown;
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await this.#call(action, { ...input, nextToken }, signal);
      if (Array.isArray(answer[key])) arns.push(...answer[key].map(String));
      nextToken = answer.nextToken ?? undefined;
      if (nextToken === undefined) break;
    }
    return arns;
  }

  async #describe(
    action: string,
    key: string,
    cluster: string,
    arns: readonly string[],
    most: number,
    signal: AbortSignal,
  ): Promise<Described> {
    const all: Described = { found: [], failures: [] };
    for (let at = 0; at < arns.length; at += most) {
      const answer = await this.#call(action, { cluster, [key]: arns.slice(at, at + most) }, signal);
      all.found.push(...((answer[key] as EcsObject[] | undefined) ?? []));
      all.failures.push(...((answer.failures as EcsObject[] | undefined) ?? []));
    }
    return all;
  }

  async #call(action: string, input: EcsObject, signal: AbortSignal): Promise<EcsObject> {
    await this.#turn(signal);
    const body = JSON.stringify(input);
    const plain = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${TARGET}.${action}` };
    try {
      const headers = await this.#signer.headersOf(this.#url, plain, body);
      const response = await fetch(this.#url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const text = await responseText(response, MOST_BYTES);
      const answer = objectOf(text);
      if (response.status === 200 && answer !== null) return answer;
      throw refused(action, response.status, answer);
    } catch (error) {
      if (error instanceof EcsError || signal.aborted) throw error;
      throw failed(action, this.#url.host, error as Error);
    }
  }
}

function objectOf(text: string): EcsObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as EcsObject) : null;
  } catch {
    return null;
  }
}

function refused(action: string, status: number, answer: EcsObject | null): EcsError {
  const name = String(answer?.__type ?? answer?.code ?? status).replace(/^.*#/, '');
  const said = oneLine(String(answer?.message ?? answer?.Message ?? ''));
  if (SLOW_DOWN.test(name) || status === 429)
    return new EcsError(`${action}: AWS asks to slow down (${name})`, 'slow_down');
  if (DENIED.test(name)) {
    return new EcsError(
      `${action} is not allowed (${[name, said].filter(Boolean).join(': ')}); allow ecs:${action}`,
      'stop',
    );
  }
  if (name === 'ClusterNotFoundException')
    return new EcsError(`There is no such cluster (${said || name}); check --ecs`, 'stop');
  if (name === 'ServiceNotFoundException')
    return new EcsError(`There is no such service (${said || name}); check --ecs`, 'stop');
  const isInput = status >= 400 && status < 500;
  return new EcsError(`${action} failed (${[name, said].filter(Boolean).join(': ')})`, isInput ? 'stop' : 'wait');
}

const UNREACHED = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;

function failed(action: string, host: string, error: Error): EcsError {
  if (error instanceof CredentialsError) return new EcsError(`${action}: ${error.message}`, 'stop', { cause: error });
  if (error.name === 'SetupError') return new EcsError(error.message, 'stop', { cause: error });
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  const text = UNREACHED.test(code ?? '')
    ? `${action}: ${host} cannot be reached (${code}); check the region and the network`
    : `${action} failed (${code ?? oneLine(message)})`;
  return new EcsError(text, 'wait', { cause: error });
}

const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
