/** Calls Athena's API to run statements. Errors leave as AthenaError; throttled requests are tried again. */
import { randomUUID } from 'node:crypto';
import type { AthenaClient, ColumnInfo, QueryExecution, Row } from '@aws-sdk/client-athena';
import { PATIENCE, type Patience, persist } from '../source/retry.ts';
import { type Access, certificates, identityOf } from '../source/s3-client.ts';
import { MINUTE_MS } from '../time/time.ts';
import { judgeAthena, mayHelp } from './error.ts';
import { fetchResult, type ResultFile } from './result-object.ts';

type Sdk = typeof import('@aws-sdk/client-athena');

/** Where and how a statement runs. */
export interface AthenaContext {
  /** Database in which names are looked up; null while the database does not exist. */
  database: string | null;
  /** null means the account's `primary`. */
  workgroup: string | null;
  /** `s3://…` folder for results; null means the workgroup's folder. */
  output: string | null;
  /** How many minutes old an earlier result of the same statement may be to replace a run; null always runs. */
  maxAgeMinutes: number | null;
}

/** One page of a result: texts, undefined for NULL. */
export interface ResultPage {
  columns: ColumnInfo[];
  rows: (string | undefined)[][];
  /** Set when more pages follow. */
  token: string | null;
}

const PAGE_ROWS = 1000;

export class Athena {
  #opening: Promise<{ sdk: Sdk; client: AthenaClient }> | null = null;
  #isLimitHidden = false;
  readonly #access: Access;
  readonly #patience: Patience;

  constructor(access: Access, patience: Partial<Patience> = {}) {
    this.#access = access;
    this.#patience = { ...PATIENCE, ...patience };
  }

  /**
   * Starts a statement and returns its id. A retry does not start it twice. A request that was sent is not aborted: without
   * the answer, the statement that it started could not be stopped.
   */
  async start(
    sql: string,
    { database, workgroup, output, maxAgeMinutes }: AthenaContext,
    signal: AbortSignal,
  ): Promise<string> {
    const token = randomUUID();
    const answer = await this.#ask('StartQueryExecution', signal, ({ sdk, client }) =>
      client.send(
        new sdk.StartQueryExecutionCommand({
          QueryString: sql,
          ClientRequestToken: token,
          QueryExecutionContext: database === null ? undefined : { Database: database },
          WorkGroup: workgroup ?? undefined,
          ResultConfiguration: output === null ? undefined : { OutputLocation: output },
          ResultReuseConfiguration:
            maxAgeMinutes === null
              ? undefined
              : { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: maxAgeMinutes } },
        }),
      ),
    );
    return answer.QueryExecutionId!;
  }

  /** Returns the current state of a statement. */
  async execution(id: string, signal: AbortSignal): Promise<QueryExecution> {
    const answer = await this.#ask('GetQueryExecution', signal, ({ sdk, client }) =>
      client.send(new sdk.GetQueryExecutionCommand({ QueryExecutionId: id }), { abortSignal: signal }),
    );
    return answer.QueryExecution ?? {};
  }

  /** Stops a statement. It needs its own signal, because the signal that ended the waiting is already aborted. */
  async stop(id: string, signal: AbortSignal): Promise<void> {
    await this.#ask('StopQueryExecution', signal, ({ sdk, client }) =>
      client.send(new sdk.StopQueryExecutionCommand({ QueryExecutionId: id }), { abortSignal: signal }),
    );
  }

  /** Returns a page of a result. The first row of a SELECT holds the column names. */
  async page(id: string, token: string | null, signal: AbortSignal): Promise<ResultPage> {
    const answer = await this.#ask('GetQueryResults', signal, ({ sdk, client }) =>
      client.send(
        new sdk.GetQueryResultsCommand({
          QueryExecutionId: id,
          NextToken: token ?? undefined,
          MaxResults: PAGE_ROWS,
        }),
        { abortSignal: signal },
      ),
    );
    const { Rows = [], ResultSetMetadata } = answer.ResultSet ?? {};
    return {
      columns: ResultSetMetadata?.ColumnInfo ?? [],
      rows: Rows.map(({ Data = [] }: Row) => Data.map(({ VarCharValue }) => VarCharValue)),
      token: answer.NextToken || null,
    };
  }

  /**
   * Returns how many bytes a statement may read in a workgroup before Athena ends it; null without a limit, or where the workgroup
   * cannot be read. It is asked once: without an answer a question is asked all the same.
   */
  async limit(workgroup: string | null, signal: AbortSignal): Promise<number | null> {
    this.#opening ??= this.#open();
    const { sdk, client } = await this.#opening;
    try {
      const answer = await client.send(new sdk.GetWorkGroupCommand({ WorkGroup: workgroup ?? 'primary' }), {
        abortSignal: signal,
      });
      return answer.WorkGroup?.Configuration?.BytesScannedCutoffPerQuery ?? null;
    } catch {
      signal.throwIfAborted();
      this.#isLimitHidden = true;
      return null;
    }
  }

  /** Whether the limit of the workgroup was asked for and could not be had. */
  get isLimitHidden(): boolean {
    return this.#isLimitHidden;
  }

  /** Returns a copy of a whole result, null where it cannot be read from its bucket. */
  result(url: string, signal: AbortSignal): Promise<ResultFile | null> {
    return fetchResult(url, this.#access, signal);
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    (await opening?.catch(() => null))?.client.destroy();
  }

  async #ask<T>(
    action: string,
    signal: AbortSignal,
    send: (opened: { sdk: Sdk; client: AthenaClient }) => Promise<T>,
  ): Promise<T> {
    this.#opening ??= this.#open();
    const opened = await this.#opening;
    try {
      return await persist(() => send(opened), mayHelp, this.#patience, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw judgeAthena(error, action);
    }
  }

  async #open(): Promise<{ sdk: Sdk; client: AthenaClient }> {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    const sdk = await import('@aws-sdk/client-athena');
    const { env, region, endpointUrl } = this.#access;
    const { profile, credentials } = identityOf(this.#access);
    const client = new sdk.AthenaClient({
      region: region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
      endpoint: endpointUrl ?? (env.AWS_ENDPOINT_URL_ATHENA || env.AWS_ENDPOINT_URL || undefined),
      profile,
      credentials,
      // retry.ts retries instead.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 10_000, requestTimeout: MINUTE_MS, httpsAgent: { ca: certificates(env) } },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    return { sdk, client };
  }
}
