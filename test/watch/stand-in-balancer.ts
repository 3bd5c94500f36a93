/**
 * Elastic Load Balancing in this process: the three actions that watching needs, in the query protocol, target groups in pages.
 * It refuses unknown requests, and throttles on request.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandInTarget {
  ip: string;
  port: number;
  state: string;
  reason?: string;
}

export const arnOf = (name: string): string =>
  `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${name}/0123456789abcdef`;

export class StandInBalancer {
  /** Requested actions, in order, with their times in milliseconds. */
  readonly asked: { action: string; arn: string | null; ms: number }[] = [];
  readonly groups = new Map<string, StandInTarget[]>();
  /** Bucket of the access logs of each load balancer; null means no logs. */
  readonly loadBalancers = new Map<string, string | null>();
  pageSize = 2;
  /** Number of coming requests that are refused with this code. */
  refuse: { code: string; status: number; times: number } | null = null;
  #server: Server | null = null;

  async start(): Promise<string> {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [status, body] = this.#answer(new URLSearchParams(Buffer.concat(chunks).toString()));
      response.writeHead(status, { 'content-type': 'text/xml' });
      response.end(body);
    });
    await new Promise<void>((done) => this.#server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  #answer(query: URLSearchParams): [status: number, body: string] {
    const action = query.get('Action') ?? '';
    const arn = query.get('TargetGroupArn');
    this.asked.push({ action, arn, ms: Date.now() });
    if (this.refuse && this.refuse.times > 0) {
      this.refuse.times--;
      return fail(this.refuse.status, this.refuse.code);
    }
    if (action === 'DescribeLoadBalancers') {
      const members = [...this.loadBalancers.keys()].map(
        (name) =>
          `<member><LoadBalancerArn>arn:${name}</LoadBalancerArn><LoadBalancerName>${name}</LoadBalancerName><Type>application</Type></member>`,
      );
      return send(action, `<LoadBalancers>${members.join('')}</LoadBalancers>`);
    }
    if (action === 'DescribeLoadBalancerAttributes') {
      const bucket = this.loadBalancers.get((query.get('LoadBalancerArn') ?? '').slice('arn:'.length)) ?? null;
      const member = (key: string, value: string) => `<member><Key>${key}</Key><Value>${value}</Value></member>`;
      const said = [
        member('access_logs.s3.enabled', String(bucket !== null)),
        member('access_logs.s3.bucket', bucket ?? ''),
      ];
      return send(action, `<Attributes>${said.join('')}</Attributes>`);
    }
    if (action === 'DescribeTargetGroups') return this.#describeGroups(query);
    const name = [...this.groups.keys()].find((one) => arnOf(one) === arn);
    if (name === undefined) return fail(400, 'TargetGroupNotFound');
    if (action === 'DescribeTargetHealth') {
      const members = this.groups
        .get(name)!
        .map(
          ({ ip, port, state, reason }) =>
            `<member><Target><Id>${ip}</Id><Port>${port}</Port></Target><TargetHealth><State>${state}</State>${
              reason ? `<Reason>${reason}</Reason>` : ''
            }</TargetHealth></member>`,
        );
      return send(action, `<TargetHealthDescriptions>${members.join('')}</TargetHealthDescriptions>`);
    }
    if (action === 'DescribeTargetGroupAttributes') {
      const member = '<member><Key>deregistration_delay.timeout_seconds</Key><Value>30</Value></member>';
      return send(action, `<Attributes>${member}</Attributes>`);
    }
    return fail(400, 'InvalidAction');
  }

  #describeGroups(query: URLSearchParams): [number, string] {
    const names = [...this.groups.keys()];
    const start = Number(query.get('Marker') ?? 0);
    const end = start + this.pageSize;
    const members = names.slice(start, end).map((name) => {
      return `<member><TargetGroupArn>${arnOf(name)}</TargetGroupArn><TargetGroupName>${name}</TargetGroupName></member>`;
    });
    const more = end < names.length ? `<NextMarker>${end}</NextMarker>` : '';
    return send('DescribeTargetGroups', `<TargetGroups>${members.join('')}</TargetGroups>${more}`);
  }
}

function send(action: string, result: string): [number, string] {
  const namespace = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';
  return [
    200,
    `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result></${action}Response>`,
  ];
}

function fail(status: number, code: string): [number, string] {
  const error = `<Type>Sender</Type><Code>${code}</Code><Message>as told</Message>`;
  return [status, `<ErrorResponse><Error>${error}</Error></ErrorResponse>`];
}
