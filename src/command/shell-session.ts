/** Runs one entry of the shell: a statement, or a command that opens with a dot. */
import { open } from 'node:fs/promises';
import { count as countOf } from '../number/count.ts';
import { publishFile } from '../publish/publish.ts';
import { readCatalogue } from '../query/catalogue.ts';
import { nearest } from '../query/parameter.ts';
import { FORMATS, type Format, writeRows } from '../report/rows.ts';
import { printable } from '../report/text.ts';
import { SqlError } from '../store/error.ts';
import type { LooseDatabase } from '../store/loose-database.ts';
import { MAIN_RELATIONS, relationTitles } from '../store/relation.ts';
import { type ParameterValue, type ResultRows, select } from '../store/select.ts';
import { meaningOf } from '../store/view-column.ts';
import { MINUTE_MS, SECOND_MS, toSeconds } from '../time/time.ts';
import type { Effects, Output } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { refuseHarmful } from './guard.ts';
import { pickColumns, type RowStream, styleFor } from './output.ts';
import { orUnwritable } from './publish.ts';
import { findQuery, parametersOf } from './query-argument.ts';
import { HELP, hintFor, MACROS, RELATIONS, SHELL_COMMANDS } from './shell-command.ts';
import type { Words } from './shell-complete.ts';

const INTERRUPT_AGAIN_MS = 100;

/** Idle milliseconds until the shell releases the database, without and with an open transaction. */
const IDLE = { ms: SECOND_MS, transactionMs: MINUTE_MS };

/** Statements that change nothing. */
const ASKS =
  /^\s*(?:select|from|explain|describe|show|summarize|values|table|begin|start|commit|end|rollback|abort)\b/i;
const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i;
const ENDS = /^\s*(?:commit|rollback|end|abort)\b/i;

/** An entry that ran, for .export. */
interface Asked {
  sql: string;
  parameters: Record<string, ParameterValue>;
}

export interface SessionOptions {
  format: Format;
  columns?: string | undefined;
}

export class Session {
  #format: Format;
  /** Comma list of the columns of each answer; all if undefined. */
  readonly #columns: string | undefined;
  #timing = false;
  #last: Asked | null = null;
  #cancelled = false;
  #again: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #letting: Promise<void> = Promise.resolve();
  #inTransaction = false;
  #lost = false;

  readonly #database: LooseDatabase;
  readonly #effects: Effects;
  readonly #patience;

  constructor(database: LooseDatabase, effects: Effects, { format, columns }: SessionOptions, patience = IDLE) {
    this.#database = database;
    this.#effects = effects;
    this.#patience = patience;
    this.#format = format;
    this.#columns = columns;
  }

  /** Returns the completion words of the database as it is now. */
  async words(): Promise<Words> {
    const relations = await this.#rows(RELATIONS);
    const columns = await this.#rows('select distinct column_name from duckdb_columns() where not internal');
    const tables = relations.map(([name]) => String(name));
    const macros = (await this.#rows(MACROS)).map(([name]) => String(name));
    return {
      sql: [...tables, ...macros, ...columns.map(([name]) => String(name))],
      tables,
      queries: readCatalogue().map(({ name }) => name),
      formats: FORMATS,
      commands: SHELL_COMMANDS,
    };
  }

  /** Interrupts the running statement; the session continues. */
  cancel(): void {
    this.#cancelled = true;
    this.#database.connection.interrupt();
    // DuckDB forgets an interrupt between two statements, so it is repeated until the work has ended.
    this.#again ??= setInterval(() => this.#database.connection.interrupt(), INTERRUPT_AGAIN_MS);
  }

  /** Must be called when an entry has ended, also after an error. */
  settle(): void {
    clearInterval(this.#again);
    this.#again = undefined;
  }

  /** Returns the result of `work`, which uses the database. Releases the file after an idle time. */
  async #holding<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    await this.#letting;
    if (this.#lost) {
      this.#lost = false;
      await this.#effects.stderr.write(
        `note: no statement came for ${this.#patience.transactionMs / SECOND_MS} s, so the open transaction was rolled back\n`,
      );
    }
    await this.#database.hold();
    try {
      return await work();
    } finally {
      const after = this.#inTransaction ? this.#patience.transactionMs : this.#patience.ms;
      this.#idle = setTimeout(() => {
        this.#letting = this.#letGo();
      }, after);
      this.#idle.unref();
    }
  }

  async #letGo(): Promise<void> {
    if (this.#inTransaction) {
      await this.#database.rollback();
      this.#inTransaction = false;
      this.#lost = true;
    }
    await this.#database.release();
  }

  /** Must be called at the end of the session. */
  async end(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#letting;
  }

  /** Whether cancel ended the last entry. */
  get wasCancelled(): boolean {
    return this.#cancelled;
  }

  /** Runs one statement and writes its result; times in full, unless it is a question of the catalogue. Throws SqlError. */
  async ask(
    sql: string,
    out: Output,
    parameters: Record<string, ParameterValue> = {},
    exactTimes = true,
  ): Promise<void> {
    this.#cancelled = false;
    refuseHarmful(sql);
    const began = this.#effects.now();
    const count = await this.#holding(async () => {
      const answer = await this.#select(sql, parameters);
      this.#last = { sql, parameters };
      const written = await this.#write(pickColumns(answer, this.#columns), out, exactTimes);
      if (!ASKS.test(sql)) await this.#database.changed();
      if (BEGINS.test(sql)) this.#inTransaction = true;
      if (ENDS.test(sql)) this.#inTransaction = false;
      return written;
    });
    if (this.#timing) {
      const seconds = toSeconds(this.#effects.now() - began).toFixed(3);
      await this.#effects.stderr.write(`${countOf(count, 'row')} in ${seconds} s\n`);
    }
  }

  /** Runs a line that opens with a dot; returns false for the command to leave. Throws CliError and SqlError. */
  async command(line: string, out: Output): Promise<boolean> {
    const [name = '', ...args] = line.trim().split(/\s+/);
    switch (name) {
      case '.quit':
      case '.exit':
        return false;
      case '.help':
        for (const [usage, does] of Object.entries(HELP)) await out.write(`${usage.padEnd(28)}${does}\n`);
        return true;
      case '.tables':
        await this.#tables(out);
        return true;
      case '.macros':
        await this.ask(MACROS, out);
        return true;
      case '.schema':
        await this.#schema(args[0], out);
        return true;
      case '.queries': {
        const rows = readCatalogue().map((query) => [query.group, query.name, query.title]);
        await this.#table(['group', 'name', 'title'], rows, out);
        return true;
      }
      case '.run': {
        if (!args[0]) throw usage('.run needs a name: .queries lists them');
        const query = findQuery(args[0]);
        await this.ask(query.sql, out, parametersOf(query, args.slice(1), this.#effects.now()), false);
        return true;
      }
      case '.export':
        await this.#export(line.trim().slice('.export'.length).trim());
        return true;
      case '.mode':
      case '.format': {
        const format = FORMATS.find((known) => known === args[0]);
        if (!format) throw usage(`${name} takes one of ${FORMATS.join(', ')}`);
        this.#format = format;
        return true;
      }
      case '.timing':
        if (args[0] !== 'on' && args[0] !== 'off') throw usage('.timing takes on or off');
        this.#timing = args[0] === 'on';
        return true;
      default: {
        const near = nearest(name, SHELL_COMMANDS);
        throw usage(`there is no command ${name}: ${near ? `did you mean ${near}?` : '.help lists them'}`);
      }
    }
  }

  /** Writes the relations: those that people ask first, then those that the views are made of. */
  async #tables(out: Output): Promise<void> {
    const titles = relationTitles();
    const found = new Map((await this.#rows(RELATIONS)).map(([name, kind]) => [String(name), String(kind)]));
    const main = MAIN_RELATIONS.filter((name) => found.has(name));
    const rows = main.map((name) => [name, found.get(name), titles.get(name) ?? '']);
    for (const name of found.keys())
      if (!main.some((known) => known === name))
        rows.push([name, titles.has(name) ? 'inner' : found.get(name), titles.get(name) ?? '']);
    await this.#table(['name', 'kind', 'one row is, or why'], rows, out);
  }

  /** Runs a statement. Throws SqlError, with the flag that would allow it. */
  async #select(sql: string, parameters: Record<string, ParameterValue>): Promise<ResultRows> {
    try {
      return await select(this.#database.connection, sql, parameters);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw new SqlError(`${error.message}${hintFor(error)}`, { cause: error, place: error.place });
    }
  }

  async #schema(name: string | undefined, out: Output): Promise<void> {
    const found = await this.#rows(
      // A database of another version has its own views beside this program's views, which are the ones in use.
      `select table_name, column_name, data_type from duckdb_columns()
       where not internal and ($name is null or table_name = $name)
         and (database_name = 'temp' or table_name not in (from (select view_name from duckdb_views() where temporary)))
       order by table_name, column_index`,
      { name: { type: 'text', value: name ?? null } },
    );
    if (found.length === 0) throw usage(`there is no table or view ${name}: .tables lists them`);
    const rows = found.map(([table, column, type]) => [
      ...[table, column, type],
      meaningOf(String(table), String(column)) ?? '',
    ]);
    await this.#table(['table', 'column', 'type', 'meaning'], rows, out);
  }

  /** Runs the last statement again and writes the result to a file. */
  async #export(path: string): Promise<void> {
    const endings: Record<string, Format> = { csv: 'csv', json: 'json', ndjson: 'ndjson', md: 'markdown' };
    const format = endings[/\.(\w+)$/.exec(path)?.[1] ?? ''];
    if (!format) throw usage('.export needs a file that ends in .csv, .json, .ndjson or .md');
    if (!this.#last) throw usage('.export writes the last answer, and no statement has run yet');
    this.#cancelled = false;
    const { sql, parameters } = this.#last;
    const count = await this.#holding(async () => {
      const { columns, chunks } = await this.#select(sql, parameters);
      return orUnwritable(path, () =>
        publishFile(path, async (unfinished) => {
          const file = await open(unfinished, 'w');
          const write = async (text: string): Promise<void> => void (await file.appendFile(text));
          return writeRows(columns, chunks, format, write, { width: null }).finally(() => file.close());
        }),
      );
    });
    await this.#effects.stderr.write(`${countOf(count, 'row')} written to ${printable(path)}\n`);
  }

  async #table(names: readonly string[], rows: readonly (readonly unknown[])[], out: Output): Promise<void> {
    await this.#write({ columns: names.map((name) => ({ name, type: 'VARCHAR' })), chunks: [rows] }, out);
  }

  #write({ columns, chunks }: RowStream, out: Output, exactTimes = true): Promise<number> {
    const { cause: paint } = styleFor({ ...this.#effects, stdout: out });
    const width = out.isTTY ? out.columns : null;
    return writeRows(columns, chunks, this.#format, (text) => out.write(text), { width, paint, exactTimes });
  }

  async #rows(sql: string, parameters: Record<string, ParameterValue> = {}): Promise<unknown[][]> {
    return this.#holding(async () => {
      const { chunks } = await select(this.#database.connection, sql, parameters);
      const all: unknown[][] = [];
      for await (const rows of chunks) for (const row of rows) all.push(row);
      return all;
    });
  }
}

const usage = (message: string): CliError => new CliError(message, EXIT.usage);
