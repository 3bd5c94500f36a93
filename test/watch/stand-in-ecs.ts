/**
 * ECS in this process: the six actions that watching needs, in the JSON protocol, lists in pages. It checks every signature,
 * refuses unknown requests and too many objects in one call, and throttles or denies on request.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkSignature } from '../source/signature.ts';

export const SECRET = 'wJalrXUtnFEMI/K7MDENG';
export const ENV = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: SECRET, AWS_REGION: 'eu-central-1' };

const arn = (kind: string, name: string) => `arn:aws:ecs:eu-central-1:111122223333:${kind}/${name}`;
export const taskArnOf = (id: string): string => arn('task', `prod/${id}`);

type Task = Record<string, unknown> & { taskArn: string; desiredStatus: string; lastStatus: string; group: string };

/** Returns a task of the service `web` as describe-tasks shows it. */
export function makeTask(id: string, change: Record<string, unknown> = {}): Task {
  return {
    taskArn: taskArnOf(id),
    clusterArn: arn('cluster', 'prod'),
    taskDefinitionArn: arn('task-definition', 'web:26'),
    availabilityZone: 'eu-central-1a',
    group: 'service:web',
    startedBy: 'ecs-svc/1',
    launchType: 'FARGATE',
    version: 3,
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    createdAt: 1773150000.25,
    startedAt: 1773150030.5,
    attachments: [
      {
        id: 'a',
        type: 'ElasticNetworkInterface',
        status: 'ATTACHED',
        details: [{ name: 'privateIPv4Address', value: '10.0.0.134' }],
      },
    ],
    containers: [{ name: 'web', lastStatus: 'RUNNING', image: 'web:1', runtimeId: 'r' }],
    overrides: { containerOverrides: [{ name: 'web', environment: [{ name: 'TOKEN', value: 'hunter2' }] }] },
    ...change,
  };
}

export class StandInEcs {
  /** Requested actions, in order. */
  readonly asked: { action: string; input: Record<string, unknown> }[] = [];
  readonly tasks = new Map<string, Task>();
  readonly services = new Map<string, Record<string, unknown>>();
  /** Objects of a page. */
  pageSize = 2;
  /** Number of coming requests that are refused with this type; `action` limits it to one. */
  refuse: { type: string; times: number; action?: string } | null = null;
  #server: Server | null = null;

  async start(): Promise<string> {
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const action = String(request.headers['x-amz-target']).replace('AmazonEC2ContainerServiceV20141113.', '');
      const signed = checkSignature(request, body, SECRET);
      const [status, answer] =
        typeof signed === 'string' || signed.service !== 'ecs' || signed.region !== 'eu-central-1'
          ? [400, { __type: 'InvalidSignatureException', message: JSON.stringify(signed) }]
          : this.#answer(action, JSON.parse(body) as Record<string, unknown>);
      response.writeHead(status as number, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((done) => this.#server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  put(task: Task): void {
    this.tasks.set(task.taskArn, task);
  }

  count(action: string): number {
    return this.asked.filter((one) => one.action === action).length;
  }

  #answer(action: string, input: Record<string, unknown>): [number, unknown] {
    this.asked.push({ action, input });
    const { refuse } = this;
    if (refuse && refuse.times > 0 && (refuse.action ?? action) === action) {
      refuse.times--;
      return [400, { __type: `com.amazonaws.ecs#${refuse.type}`, message: 'as told' }];
    }
    if (input.cluster !== undefined && input.cluster !== 'prod') {
      return [400, { __type: 'ClusterNotFoundException', message: 'Cluster not found.' }];
    }
    const tasks = [...this.tasks.values()];
    const group = input.serviceName === undefined ? null : `service:${input.serviceName}`;
    const listed = tasks.filter(
      (one) => one.desiredStatus === input.desiredStatus && (group ?? one.group) === one.group,
    );
    switch (action) {
      case 'ListTasks':
        return this.#page(
          listed.map(({ taskArn }) => taskArn),
          'taskArns',
          input,
        );
      case 'ListServices':
        return this.#page(
          [...this.services.keys()].map((name) => arn('service', `prod/${name}`)),
          'serviceArns',
          input,
        );
      case 'DescribeTasks':
        return this.#describe(input.tasks as string[], 100, 'tasks', (name) => this.tasks.get(name));
      case 'DescribeServices':
        return this.#describe(input.services as string[], 10, 'services', (name) =>
          this.services.get(name.split('/').at(-1)!),
        );
      case 'DescribeContainerInstances':
        return this.#describe(
          input.containerInstances as string[],
          100,
          'containerInstances',
          (containerInstanceArn) => ({
            containerInstanceArn,
            ec2InstanceId: 'i-0123456789abcdef0',
            status: 'ACTIVE',
            agentConnected: true,
            tags: [{ key: 'owner', value: 'hunter2' }],
          }),
        );
      case 'DescribeTaskDefinition':
        return [
          200,
          {
            taskDefinition: {
              taskDefinitionArn: input.taskDefinition,
              networkMode: 'awsvpc',
              containerDefinitions: [
                { name: 'web', essential: true, stopTimeout: 45, environment: [{ name: 'TOKEN', value: 'hunter2' }] },
              ],
            },
          },
        ];
      default:
        return [400, { __type: 'UnknownOperationException', message: action }];
    }
  }

  #page(all: readonly string[], key: string, { nextToken, maxResults }: Record<string, unknown>): [number, unknown] {
    if (maxResults !== 100) return [400, { __type: 'InvalidParameterException', message: 'maxResults' }];
    const start = Number(nextToken ?? 0);
    const end = start + this.pageSize;
    return [200, { [key]: all.slice(start, end), ...(end < all.length ? { nextToken: String(end) } : {}) }];
  }

  #describe(
    names: readonly string[],
    most: number,
    key: string,
    find: (name: string) => Record<string, unknown> | undefined,
  ): [number, unknown] {
    if (names.length === 0 || names.length > most)
      return [400, { __type: 'InvalidParameterException', message: `${names.length} of ${key}` }];
    const found = names.map((name) => [name, find(name)] as const);
    return [
      200,
      {
        [key]: found.flatMap(([, one]) => one ?? []),
        failures: found.flatMap(([name, one]) => (one ? [] : { arn: name, reason: 'MISSING' })),
      },
    ];
  }
}
