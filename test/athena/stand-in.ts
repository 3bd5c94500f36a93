/**
 * An Athena in this process: the protocol (JSON over HTTP, as the SDK speaks it) with states, pages and faults. A function of the
 * test answers the statements. It refuses unknown requests, so a wrong client is noticed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Result {
  columns: { name: string; type: string }[];
  /** Texts as Athena returns them; null for NULL. */
  rows: (string | null)[][];
  /** Bytes read, as reported to the client. */
  scanned?: number;
}

/** Answers a statement. An Error becomes a failed query with its message as the reason. */
export type Engine = (sql: string) => Promise<Result> | Result;

interface Execution {
  sql: string;
  workgroup: string;
  database: string;
  states: string[];
  reason: string;
  result: Result | null;
  maxAge: number | null;
}

type Body = Record<string, unknown>;

export class StandInAthena {
  /** Actions in the order of arrival. */
  readonly actions: string[] = [];
  readonly bodies: Body[] = [];
  readonly executions = new Map<string, Execution>();
  readonly workgroups = new Set(['primary']);
  /** The workgroups' limit of bytes for a statement; null for none. */
  limit: number | null = null;
  /** States that a statement has before its final state. */
  states = ['QUEUED', 'RUNNING'];
  /** A state that a statement never leaves. */
  stuck: string | null = null;
  /** For each action: requests to refuse with this error before the first answer. */
  readonly faults: { action: string; status: number; type: string; message: string; times: number }[] = [];
  /** Longest page, for tests of paging. */
  pageRows = 1000;
  /** Takes each result that is ready, and returns the url of the object with its CSV; null for none. */
  writes: (result: Result) => string | null = () => null;
  /** Results by statement, reused where a request allows it. */
  readonly #results = new Map<string, Result>();
  #server: Server | null = null;

  constructor(public engine: Engine = () => ({ columns: [], rows: [] })) {}

  /** Starts listening; returns the endpoint. */
  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Returns the number of requests for an action. */
  count(action: string): number {
    return this.actions.filter((one) => one === action).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const action = String(request.headers['x-amz-target'] ?? '').replace('AmazonAthena.', '');
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    this.actions.push(action);
    this.bodies.push(body);
    const send = (status: number, answer: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    };
    const fault = this.faults.find((one) => one.action === action && one.times > 0);
    if (fault) {
      fault.times--;
      return send(fault.status, { __type: fault.type, message: fault.message });
    }
    if (!/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/athena\//.test(request.headers.authorization ?? '')) {
      return send(403, { __type: 'MissingAuthenticationTokenException', message: 'not signed' });
    }
    const refuse = (message: string): void => send(400, { __type: 'InvalidRequestException', message });
    switch (action) {
      case 'StartQueryExecution':
        return this.#start(body, send, refuse);
      case 'GetQueryExecution':
        return this.#describe(body, send, refuse);
      case 'StopQueryExecution': {
        const execution = this.executions.get(String(body.QueryExecutionId));
        if (!execution) return refuse('QueryExecution was not found');
        execution.states = ['CANCELLED'];
        return send(200, {});
      }
      case 'GetWorkGroup':
        return send(200, {
          WorkGroup: {
            Name: body.WorkGroup,
            Configuration: this.limit === null ? {} : { BytesScannedCutoffPerQuery: this.limit },
          },
        });
      case 'GetQueryResults':
        return this.#page(body, send, refuse);
      default:
        return send(400, { __type: 'UnknownOperationException', message: action });
    }
  }

  async #start(
    body: Body,
    send: (status: number, answer: unknown) => void,
    refuse: (message: string) => void,
  ): Promise<void> {
    const sql = String(body.QueryString);
    const workgroup = String(body.WorkGroup ?? 'primary');
    if (!this.workgroups.has(workgroup)) return refuse(`WorkGroup ${workgroup} is not found.`);
    if (!/^[\w-]{32,128}$/.test(String(body.ClientRequestToken))) return refuse('ClientRequestToken is too short');
    const reuse = body.ResultReuseConfiguration as
      | { ResultReuseByAgeConfiguration: { Enabled: boolean; MaxAgeInMinutes: number } }
      | undefined;
    const maxAge = reuse?.ResultReuseByAgeConfiguration.MaxAgeInMinutes ?? null;
    const execution: Execution = {
      sql,
      workgroup,
      database: String((body.QueryExecutionContext as Body | undefined)?.Database ?? ''),
      states: this.stuck === null ? [...this.states, 'SUCCEEDED'] : [this.stuck],
      reason: '',
      result: null,
      maxAge,
    };
    try {
      const known = maxAge === null ? undefined : this.#results.get(sql);
      execution.result = known ?? (await this.engine(sql));
      this.#results.set(sql, { ...execution.result, scanned: -1 });
    } catch (error) {
      execution.states = [...this.states, 'FAILED'];
      execution.reason = (error as Error).message;
    }
    const id = `00000000-0000-4000-8000-${String(this.executions.size + 1).padStart(12, '0')}`;
    this.executions.set(id, execution);
    send(200, { QueryExecutionId: id });
  }

  #describe(body: Body, send: (status: number, answer: unknown) => void, refuse: (message: string) => void): void {
    const id = String(body.QueryExecutionId);
    const execution = this.executions.get(id);
    if (!execution) {
      refuse(`QueryExecution ${id} was not found`);
      return;
    }
    const State = execution.states.length > 1 ? execution.states.shift()! : execution.states[0]!;
    const reused = execution.result?.scanned === -1;
    const output = State === 'SUCCEEDED' && execution.result ? this.writes(execution.result) : null;
    send(200, {
      QueryExecution: {
        QueryExecutionId: id,
        Query: execution.sql,
        StatementType: 'DML',
        WorkGroup: execution.workgroup,
        Status: { State, StateChangeReason: execution.reason },
        ...(output === null ? {} : { ResultConfiguration: { OutputLocation: output } }),
        Statistics: {
          DataScannedInBytes: reused ? 0 : (execution.result?.scanned ?? 0),
          ResultReuseInformation: { ReusedPreviousResult: reused },
        },
      },
    });
  }

  #page(body: Body, send: (status: number, answer: unknown) => void, refuse: (message: string) => void): void {
    const execution = this.executions.get(String(body.QueryExecutionId));
    if (!execution?.result) {
      refuse('Query has not yet finished');
      return;
    }
    const { columns, rows } = execution.result;
    // Column names are the first row of the first page, and count as a row.
    const all = [columns.map(({ name }) => name), ...rows];
    const begin = Number(body.NextToken ?? 0);
    const size = Math.min(this.pageRows, Number(body.MaxResults ?? 1000));
    const end = begin + size;
    send(200, {
      ResultSet: {
        Rows: all.slice(begin, end).map((row) => ({
          Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
        })),
        ResultSetMetadata: { ColumnInfo: columns.map(({ name, type }) => ({ Name: name, Label: name, Type: type })) },
      },
      ...(end < all.length ? { NextToken: String(end) } : {}),
    });
  }
}
