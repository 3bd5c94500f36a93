/** Runs a command for an agent: its output goes into memory, and ends where enough is known. */

import { ToolRefusal } from '../mcp/server.ts';
import { printable } from '../report/text.ts';
import { explainFile, SqlError, StoreError } from '../store/error.ts';
import type { Effects, Output } from './command.ts';
import { CliError, EXIT } from './error.ts';

/** Most characters of a text output that are kept. */
const MOST_TEXT = 1_000_000;

/** Ends a command whose further rows nobody will read. */
class Enough extends Error {}

class Collector implements Output {
  readonly isTTY = false;
  readonly columns = 80;
  readonly rows = 24;
  text = '';
  readonly #take: ((line: string) => void) | null;

  /** `take` is given each line; without it the text is kept. */
  constructor(take: ((line: string) => void) | null = null) {
    this.#take = take;
  }

  async write(text: string | Uint8Array): Promise<void> {
    this.text += typeof text === 'string' ? text : new TextDecoder().decode(text);
    if (this.#take !== null) {
      const lines = this.text.split('\n');
      this.text = lines.pop()!;
      for (const line of lines) if (line !== '') this.#take(line);
    } else if (this.text.length > MOST_TEXT) {
      this.text = this.text.slice(0, MOST_TEXT);
    }
  }
}

/** A command that waits for its outside world. */
export type Runnable = (effects: Effects) => Promise<number>;

/** A text output, and the sentences beside it. */
export interface ToldText {
  text: string;
  notes: string[];
  coverage: 'all' | 'part' | 'none';
}

/** Rows of a command, at most as many as were asked for. */
export interface ListedRows extends Omit<ToldText, 'text'> {
  rows: Record<string, unknown>[];
  /** Whether there are more rows. */
  more: boolean;
}

const COVERAGE: Readonly<Record<number, ToldText['coverage']>> = {
  [EXIT.ok]: 'all',
  [EXIT.partial]: 'part',
  [EXIT.source]: 'none',
};

/** Returns the text that a command writes. Throws ToolRefusal. */
export async function textAnswer(run: Runnable, effects: Effects): Promise<ToldText> {
  const stdout = new Collector();
  const { code, notes } = await runWith(run, stdout, effects);
  return { text: stdout.text, notes, coverage: COVERAGE[code] ?? 'all' };
}

/** Returns the rows of a command that writes a JSON object a line. Throws ToolRefusal. */
export async function rowsAnswer(run: Runnable, limit: number, effects: Effects): Promise<ListedRows> {
  const rows: Record<string, unknown>[] = [];
  let more = false;
  const stdout = new Collector((line) => {
    if (rows.length < limit) rows.push(JSON.parse(line) as Record<string, unknown>);
    else {
      more = true;
      throw new Enough();
    }
  });
  const { code, notes } = await runWith(run, stdout, effects);
  return { rows, more, notes, coverage: COVERAGE[code] ?? 'all' };
}

async function runWith(run: Runnable, stdout: Output, effects: Effects): Promise<{ code: number; notes: string[] }> {
  const stderr = new Collector();
  let code: number = EXIT.ok;
  try {
    code = await run({ ...effects, stdout, stderr });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  const notes = stderr.text.split('\n').filter((line) => line !== '');
  return { code, notes };
}

const KINDS: Readonly<Record<number, string>> = {
  [EXIT.usage]: 'the arguments do not fit',
  [EXIT.source]: 'nothing of what was asked for is loaded',
  [EXIT.database]: 'the database cannot be used',
};

/** Returns the refusal for a failure, whose sentence may hold names from logs. A bug is told to `note` with its stack. */
export function toRefusal(
  error: unknown,
  db: string,
  { fence, note }: { fence(text: string): string; note(text: string): void },
): ToolRefusal {
  const explained = explainFile(db, error) ?? error;
  const { message, stack = message } = explained instanceof Error ? explained : new Error(String(explained));
  const refused = (kind: string): ToolRefusal =>
    new ToolRefusal(`${kind}: ${fence(printable(message))}`, { cause: error });
  if (explained instanceof SqlError) return refused('the statement could not be run');
  // The inner error does not name the flags that would allow the statement: an agent is not to be led to them.
  if (explained instanceof CliError && explained.cause instanceof SqlError) {
    const inner = explained.cause.cause instanceof SqlError ? explained.cause.cause : explained.cause;
    return new ToolRefusal(`the statement could not be run: ${fence(printable(inner.message))}`, { cause: error });
  }
  if (explained instanceof StoreError) return refused(KINDS[EXIT.database]!);
  if (explained instanceof CliError) return refused(KINDS[explained.exitCode] ?? 'it failed');
  note(stack);
  return refused('this is a bug in draintrace, the user may report it');
}
