/**
 * The SQL shell. It reads lines and gives entries (a statement ended by a semicolon, or a command that opens with a dot) to the
 * session. A terminal gets prompts, history, completion and pages. A pipe or file gets none of these, and ends at the first
 * error. Ctrl-C ends the running statement, or clears the line; the shell stays.
 */
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { splitStatements } from '../query/token.ts';
import { placeLines } from '../report/sql-place.ts';
import { printable } from '../report/text.ts';
import { StoreError } from '../store/database.ts';
import { SqlError } from '../store/error.ts';
import { MINUTE_MS } from '../time/time.ts';
import type { Effects, Output } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { errorStyle } from './output.ts';
import { commandOf } from './shell-command.ts';
import { complete, type Words } from './shell-complete.ts';
import { HISTORY_SIZE, historyFile, readHistory, writeHistory } from './shell-history.ts';
import type { Session } from './shell-session.ts';

/** Milliseconds to wait for the user's request of the next page. */
const PAGE_MS = MINUTE_MS;

const PROMPT = 'draintrace> ';
const MORE_PROMPT = '       ...> ';

/** Runs all statements of a text in order. Throws at the first failure. */
export async function runScript(text: string, session: Session, { stdout }: Effects): Promise<void> {
  const { statements, rest } = splitStatements(text);
  const all = rest === '' && statements.length > 0 ? statements : [...statements, rest];
  for (const statement of all) await session.ask(statement, stdout);
}

/** Runs entries from standard input until it ends. Returns the exit code. */
export async function runShell(session: Session, effects: Effects): Promise<number> {
  const isTerminal = effects.stdout.isTTY && 'isTTY' in effects.stdin && effects.stdin.isTTY === true;
  return isTerminal ? new Terminal(session, effects).run() : runPipe(session, effects);
}

async function runPipe(session: Session, effects: Effects): Promise<number> {
  const lines = createInterface({ input: effects.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  let buffer = '';
  for await (const line of lines) {
    const command = buffer === '' ? commandOf(line) : null;
    if (command !== null) {
      if (!(await session.command(command, effects.stdout))) return EXIT.ok;
      continue;
    }
    const { statements, rest } = splitStatements(`${buffer}${line}\n`);
    for (const statement of statements) await session.ask(statement, effects.stdout);
    buffer = rest === '' ? '' : `${rest}\n`;
  }
  // The last statement of a pipe needs no semicolon.
  if (buffer.trim() !== '') await session.ask(buffer, effects.stdout);
  return EXIT.ok;
}

/** Whether the line is a command, also one that does not exist. */
function isCommand(line: string): boolean {
  return /^\s*[.\\]/.test(line) || commandOf(line) !== null;
}

/** Raised when the reader wants no further page. */
class PagingEnded extends Error {}

class Terminal {
  readonly #lines: string[] = [];
  #waiting: ((line: string | null) => void) | null = null;
  #closed = false;
  #isRunning = false;
  #buffer = '';
  #history: string[] = [];
  #words: Words = { sql: [], tables: [], queries: [], formats: [], commands: [] };
  readonly #readline: Interface;

  readonly #session: Session;
  readonly #effects: Effects;

  constructor(session: Session, effects: Effects) {
    this.#session = session;
    this.#effects = effects;
    const { stdout, stdin, env } = effects;
    const output = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => void stdout.write(text).then(() => done(), done),
    });
    // readline asks its output for its width.
    Object.defineProperty(output, 'columns', { get: () => stdout.columns });
    this.#history = readHistory(historyFile(env));
    this.#readline = createInterface({
      input: stdin,
      output,
      terminal: true,
      history: [...this.#history],
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      completer: (line: string) => complete(line, this.#words),
    });
    this.#readline.on('line', (line) => {
      if (!this.#waiting) return void this.#lines.push(line);
      this.#waiting(line);
    });
    this.#readline.on('history', (lines: string[]) => {
      // Answers to the pager do not belong in the history.
      if (this.#isRunning) lines.shift();
      this.#history = [...lines];
    });
    this.#readline.on('SIGINT', () => this.#interrupt());
    this.#readline.on('close', () => {
      this.#closed = true;
      this.#waiting?.(null);
    });
  }

  async run(): Promise<number> {
    const { stdout, stderr, env } = this.#effects;
    await stdout.write('draintrace SQL: statements end with ; help lists commands, exit leaves\n');
    this.#words = await this.#session.words();
    for (;;) {
      const entry = await this.#entry();
      if (entry === null) break;
      this.#isRunning = true;
      const paged = new Pages(stdout, () => this.#more());
      try {
        const command = commandOf(entry);
        if (command !== null) {
          if (!(await this.#session.command(command, paged))) break;
        } else for (const statement of splitStatements(entry).statements) await this.#session.ask(statement, paged);
      } catch (error) {
        if (!(error instanceof PagingEnded)) await stderr.write(`${this.#sentence(error)}\n`);
      } finally {
        this.#session.settle();
      }
      this.#isRunning = false;
    }
    this.#readline.close();
    await writeHistory(historyFile(env), this.#history);
    return EXIT.ok;
  }

  #sentence(error: unknown): string {
    if (this.#session.wasCancelled) return 'cancelled';
    if (error instanceof SqlError && error.place !== null)
      return [`error: ${printable(error.message)}`, ...placeLines(error.place, errorStyle(this.#effects))].join('\n');
    if (error instanceof SqlError || error instanceof CliError || error instanceof StoreError)
      return `error: ${printable(error.message)}`;
    throw error;
  }

  /** Returns the next entry, or null at the end. */
  async #entry(): Promise<string | null> {
    this.#buffer = '';
    for (;;) {
      const line = await this.#line(this.#buffer === '' ? PROMPT : MORE_PROMPT);
      if (line === null) return null;
      if (this.#buffer === '' && isCommand(line)) return line.trim();
      this.#buffer += `${line}\n`;
      const { statements, rest } = splitStatements(this.#buffer);
      if (rest === '' && statements.length > 0) return this.#buffer;
      if (rest === '') this.#buffer = '';
    }
  }

  #line(prompt: string): Promise<string | null> {
    const typed = this.#lines.shift();
    if (typed !== undefined) return Promise.resolve(typed);
    if (this.#closed) return Promise.resolve(null);
    this.#readline.setPrompt(prompt);
    this.#readline.prompt();
    return new Promise((settle) => {
      this.#waiting = (line) => {
        this.#waiting = null;
        settle(line);
      };
    });
  }

  /** Waits between two pages. Ignores text that was pasted after the statement. */
  async #more(): Promise<void> {
    if (this.#lines.length > 0) return;
    // A result that nobody reads holds the database.
    const timer = setTimeout(() => this.#waiting?.('q'), PAGE_MS);
    const { stdin } = this.#effects;
    const pressed = (_: string, { name }: { name?: string }): void => {
      if (name !== 'q' || this.#waiting === null) return;
      // readline has put the letter into its line.
      this.#readline.write(null, { ctrl: true, name: 'u' });
      this.#waiting('q');
    };
    stdin.on('keypress', pressed);
    const answer = await this.#line('-- more: Enter, or q to end -- ').finally(() => {
      clearTimeout(timer);
      stdin.off('keypress', pressed);
    });
    if (answer === null || answer.trim().toLowerCase().startsWith('q')) {
      this.#session.cancel();
      throw new PagingEnded();
    }
  }

  #interrupt(): void {
    if (this.#isRunning) {
      if (this.#waiting) this.#waiting('q');
      else this.#session.cancel();
      return;
    }
    this.#buffer = '';
    void this.#effects.stdout.write('^C\n');
    // Clears the line that is being typed.
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
    this.#readline.setPrompt(PROMPT);
    this.#readline.prompt();
  }
}

/** An output that stops after each screenful. */
class Pages implements Output {
  readonly isTTY = true;
  #left: number;

  readonly #to: Output;
  readonly #more: () => Promise<void>;

  constructor(to: Output, more: () => Promise<void>) {
    this.#to = to;
    this.#more = more;
    this.#left = to.rows - 1;
  }

  get columns(): number {
    return this.#to.columns;
  }

  get rows(): number {
    return this.#to.rows;
  }

  async write(text: string | Uint8Array): Promise<void> {
    const lines = (typeof text === 'string' ? text : new TextDecoder().decode(text)).split(/(?<=\n)/);
    while (lines.length > 0) {
      if (this.#left === 0) {
        await this.#more();
        this.#left = this.#to.rows - 1;
      }
      const page = lines.splice(0, this.#left);
      this.#left -= page.length;
      await this.#to.write(page.join(''));
    }
  }
}
