/** Runs one statement on Athena: starts it, waits, and reads its rows. An aborted statement is stopped there too. */
import type { QueryExecution } from '@aws-sdk/client-athena';
import type { Patience } from '../source/retry.ts';
import { PATIENCE } from '../source/retry.ts';
import type { Athena, AthenaContext, ResultPage } from './client.ts';
import { type DecodedColumn, decodeCell, decodedColumn } from './decode.ts';
import { AthenaError, clean } from './error.ts';
import { csvResult } from './result-object.ts';

/** Longest statement that Athena accepts, in bytes of UTF-8. */
const LONGEST_STATEMENT = 262_144;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** Time limit for the request that stops a statement after an abort. */
const STOP_MS = 10_000;

type Cell = string | number | boolean | null;

export interface AthenaResult {
  id: string;
  columns: DecodedColumn[];
  /** Each chunk has up to 1,000 rows. */
  chunks: AsyncIterable<Cell[][]>;
  /** Bytes that Athena read for the statement. */
  scanned: number;
  /** Whether the rows come from an earlier run. */
  reused: boolean;
}

/** Throws AthenaError for a statement that Athena would refuse. */
export function checkLength(sql: string): void {
  const bytes = Buffer.byteLength(sql);
  if (bytes <= LONGEST_STATEMENT) return;
  throw new AthenaError(
    `the statement has ${bytes} bytes and Athena takes ${LONGEST_STATEMENT}; export the views it needs as a lake, or ask for fewer of them`,
    'question',
  );
}

/**
 * Returns the result of a statement once Athena has it. Throws AthenaError if the statement failed or was cancelled. When the
 * signal is aborted, stops the statement and throws the reason. `started` takes the id, which Athena's history shows.
 */
export async function execute(
  athena: Athena,
  sql: string,
  place: AthenaContext,
  signal: AbortSignal,
  { started = () => {}, sleep = PATIENCE.sleep }: { started?: (id: string) => void } & Partial<Patience> = {},
): Promise<AthenaResult> {
  checkLength(sql);
  const id = await athena.start(sql, place, signal);
  started(id);
  try {
    const ended = await wait(athena, id, signal, sleep);
    const first = await athena.page(id, null, signal);
    return {
      id,
      columns: first.columns.map(({ Name = '', Label, Type = '' }) => decodedColumn(Label || Name, Type)),
      chunks: rowsOf(athena, id, ended, first, signal),
      scanned: ended.Statistics?.DataScannedInBytes ?? 0,
      reused: ended.Statistics?.ResultReuseInformation?.ReusedPreviousResult ?? false,
    };
  } catch (error) {
    // A running statement costs money. If stopping fails, the original error must still be reported.
    if (signal.aborted) await athena.stop(id, AbortSignal.timeout(STOP_MS)).catch(() => {});
    throw error;
  }
}

/** Waits for a statement and returns its final, successful state. */
async function wait(
  athena: Athena,
  id: string,
  signal: AbortSignal,
  sleep: Patience['sleep'],
): Promise<QueryExecution> {
  for (let ms = FIRST_WAIT_MS; ; ms = Math.min(LONGEST_WAIT_MS, ms * 1.5)) {
    const execution = await athena.execution(id, signal);
    const { State, StateChangeReason = '', AthenaError: why } = execution.Status ?? {};
    if (State === 'SUCCEEDED') return execution;
    if ((State === 'CANCELLED' || State === 'FAILED') && OVER_LIMIT.test(StateChangeReason)) {
      throw overLimit(id, clean(StateChangeReason), athena.isLimitHidden);
    }
    if (State === 'CANCELLED') {
      throw new AthenaError(
        `Athena cancelled the query (${clean(StateChangeReason) || 'it was stopped'}), execution ${id}; run it again`,
        'place',
      );
    }
    if (State === 'FAILED') throw failure(id, clean(StateChangeReason || why?.ErrorMessage || ''), why?.Retryable);
    await sleep(ms, signal);
  }
}

const OVER_LIMIT = /bytes scanned limit/i;

function overLimit(id: string, reason: string, isHidden: boolean): AthenaError {
  const next = isHidden ? '; allow athena:GetWorkGroup to be told before a statement runs' : '';
  return new AthenaError(
    `the workgroup's limit ended the query (${reason}), execution ${id}; what it read is billed; choose a shorter window, --lb or another --workgroup${next}`,
    'question',
  );
}

const OWN_FAULT = /^(?:SYNTAX_ERROR|TYPE_MISMATCH|COLUMN_NOT_FOUND|FUNCTION_NOT_FOUND|INVALID_|line \d+:\d+)/;
const NO_TABLE = /TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|does not exist/i;

function failure(id: string, reason: string, retryable: boolean | undefined): AthenaError {
  const said = `the query failed on Athena (${reason || 'no reason given'}), execution ${id}`;
  if (NO_TABLE.test(reason)) {
    return new AthenaError(
      `${said}; run the statements of draintrace athena ddl first, or name their --database; if one table has all accounts, give --one-table`,
      'place',
    );
  }
  if (OWN_FAULT.test(reason)) return new AthenaError(`${said}; correct the statement`, 'question');
  if (/exhausted|Too Many|resources/i.test(reason)) {
    return new AthenaError(`${said}; try again later, or ask for a shorter window`, 'place');
  }
  return new AthenaError(
    `${said}${retryable ? '; try again later' : '; Athena shows more of it in its history'}`,
    'place',
  );
}

/** Yields the rows: of one page from the API, of more from the object that Athena wrote, where that can be read. */
async function* rowsOf(
  athena: Athena,
  id: string,
  ended: QueryExecution,
  first: ResultPage,
  signal: AbortSignal,
): AsyncGenerator<Cell[][]> {
  const url = ended.ResultConfiguration?.OutputLocation;
  const file = first.token === null || url === undefined ? null : await athena.result(url, signal);
  if (file === null) {
    yield* pages(athena, id, first, signal);
    return;
  }
  const types = first.columns.map(({ Type = '' }) => Type);
  try {
    let isFirst = true;
    for await (const rows of csvResult(file.path)) {
      signal.throwIfAborted();
      const own = isFirst ? rows.slice(1) : rows;
      isFirst = false;
      if (own.length > 0) yield own.map((row) => types.map((type, i) => decodeCell(row[i], type)));
    }
  } finally {
    await file.remove();
  }
}

async function* pages(athena: Athena, id: string, first: ResultPage, signal: AbortSignal): AsyncGenerator<Cell[][]> {
  const types = first.columns.map(({ Type = '' }) => Type);
  let page = first;
  // The first row of a SELECT names the columns.
  let rows = page.rows.slice(1);
  for (;;) {
    if (rows.length > 0) yield rows.map((row) => types.map((type, i) => decodeCell(row[i], type)));
    if (page.token === null) return;
    page = await athena.page(id, page.token, signal);
    rows = page.rows;
  }
}
