/**
 * Knows whether only this program has written a database since some moment: then the ledger names every log whose rows have
 * changed, and an export need not look at the rows of others. Another client may change any row. DuckDB counts the checkpoints
 * of a file; each of our sessions notes the count that it leaves, beside a random id. A session that finds another count, or a
 * log that was left behind, begins a new id. So the id of two moments is the same only if nobody else wrote in between.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { checkpointsIn } from './file-header.ts';

/** Key of the note in the table draintrace. */
export const OWN_WRITES = 'own_writes';

interface Opened {
  file: string;
  /** The id for what this session writes; null for a session that only reads. */
  id: string | null;
  /** Descriptor for its header; null until that is read. */
  header: number | null;
}

const OPENED = new WeakMap<DuckDBConnection, Opened>();

/** Remembers the file of a connection. For a writer it must be called before the first write. */
export async function noteOpened(connection: DuckDBConnection, file: string, isWriter: boolean): Promise<void> {
  const opened: Opened = { file, id: null, header: null };
  OPENED.set(connection, opened);
  if (isWriter) opened.id = (await ownWrites(connection)) ?? randomUUID();
}

/** Ends what `noteOpened` began, when DuckDB has closed the file. */
export function noteClosed(connection: DuckDBConnection): void {
  const header = OPENED.get(connection)?.header ?? null;
  OPENED.delete(connection);
  if (header !== null) closeSync(header);
}

/**
 * Returns the count of checkpoints in the file. The descriptor stays open, because a process that closes any descriptor of a file
 * loses its locks on it, also DuckDB's: then another process could write at the same time.
 */
function checkpointsOf(opened: Opened): bigint | null {
  try {
    opened.header ??= openSync(opened.file, 'r');
    return checkpointsIn(opened.header);
  } catch {
    return null;
  }
}

/** Returns the id under which the file was written last, by this program; null if another client wrote since, or may have. */
export async function ownWrites(connection: DuckDBConnection): Promise<string | null> {
  const opened = OPENED.get(connection);
  if (opened === undefined) return null;
  const left = await stat(`${opened.file}.wal`).catch(() => null);
  if (left !== null && left.size > 0) return null;
  const note = await readNote(connection);
  return note !== null && note.checkpoints === String(checkpointsOf(opened)) ? note.id : null;
}

/** Ends a session that has written only as the ledger says. Without it, the next export looks at every row. */
export async function sealWrites(connection: DuckDBConnection): Promise<void> {
  const opened = OPENED.get(connection);
  if (!opened?.id || (await ownWrites(connection)) === opened.id) return;
  const before = checkpointsOf(opened);
  if (before === null) return;
  try {
    const note = JSON.stringify({ id: opened.id, checkpoints: String(before + 1n) });
    await connection.run('INSERT OR REPLACE INTO draintrace VALUES ($key, $note)', { key: OWN_WRITES, note });
    await connection.run('CHECKPOINT');
  } catch {
    // Closing the file writes all of it, and reports what fails.
  }
}

async function readNote(connection: DuckDBConnection): Promise<{ id: string; checkpoints: string } | null> {
  const found = await connection.runAndReadAll('SELECT value FROM draintrace WHERE key = $key', { key: OWN_WRITES });
  try {
    const note = JSON.parse(String(found.getRows()[0]?.[0])) as { id?: unknown; checkpoints?: unknown };
    return typeof note.id === 'string' && typeof note.checkpoints === 'string'
      ? { id: note.id, checkpoints: note.checkpoints }
      : null;
  } catch {
    return null;
  }
}
