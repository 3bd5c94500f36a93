/** The folder of an incident: evidence files that appear complete or not at all, and the state that a later run resumes from. */
import { copyFile, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publishFile } from '../publish/publish.ts';
import type { IncidentQuestion, Outcome, Scope } from './outcome.ts';

/** Name of the state file. `load` passes it over. */
export const STATE_FILE = 'gathered.json';

/** A state lists its files: some hundred bytes for each object of a log. */
const MOST_STATE_BYTES = 256 << 20;

/** State of a gathering, as the file holds it. */
export interface GatheredState {
  draintraceGathered: 1;
  question: IncidentQuestion;
  /** Time of the first run, RFC 3339. */
  startedAt: string;
  scope: Scope;
  steps: Record<string, Outcome>;
}

export class EvidenceFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes lines or pages as they come; the file appears when all have come. Returns whether there was any. */
  async write(name: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<boolean> {
    const iterator = (Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()) as
      | AsyncIterator<string>
      | Iterator<string>;
    let next = await iterator.next();
    if (next.done) return false;
    await publishFile(
      join(this.path, name),
      async (unfinished) => {
        const file = await open(unfinished, 'w');
        try {
          for (; !next.done; next = await iterator.next()) await file.writeFile(next.value);
        } finally {
          await file.close();
        }
      },
      { mode: 0o640 },
    );
    return true;
  }

  /** Copies a finished file into the folder. */
  async take(name: string, path: string): Promise<void> {
    await publishFile(join(this.path, name), (unfinished) => copyFile(path, unfinished), { mode: 0o640 });
  }

  /** Returns the size of a file, null if it is not there. */
  async sizeOf(name: string): Promise<number | null> {
    try {
      const found = await stat(join(this.path, name));
      return found.isFile() ? found.size : null;
    } catch {
      return null;
    }
  }

  /** Returns the state of an earlier run; null without one. Throws an Error for a file that is not ours. */
  async state(): Promise<GatheredState | null> {
    let text: string;
    try {
      const path = join(this.path, STATE_FILE);
      // To open a pipe waits for its other end, and a device may have no end.
      const found = await stat(path);
      if (!found.isFile() || found.size > MOST_STATE_BYTES) throw new Error('it is no state of draintrace incident');
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    let value: Partial<GatheredState> | null;
    try {
      value = JSON.parse(text) as Partial<GatheredState> | null;
    } catch {
      value = null;
    }
    const isOurs =
      value?.draintraceGathered === 1 && isQuestion(value.question) && isScope(value.scope) && areSteps(value.steps);
    if (!isOurs) throw new Error('it is no state of draintrace incident');
    const link = await this.#link();
    if (link !== null) throw new Error(`beside it lies a link, ${link}, through which files would leave the folder`);
    return value as GatheredState;
  }

  /** Returns the path of a symbolic link below the folder, null without one: the folder may come from somebody else. */
  async #link(): Promise<string | null> {
    const entries = await readdir(this.path, { withFileTypes: true, recursive: true });
    const link = entries.find((entry) => entry.isSymbolicLink());
    return link === undefined ? null : join(link.parentPath, link.name);
  }

  async save(state: GatheredState): Promise<void> {
    const text = `${JSON.stringify(state, null, 2)}\n`;
    await publishFile(join(this.path, STATE_FILE), (unfinished) => writeFile(unfinished, text), { mode: 0o640 });
  }
}

type Members = Record<string, unknown>;

/** A folder may come from somebody else, and its state with it. */
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string');

const areTextsIn = (value: unknown): boolean => isObject(value) && areTexts(Object.values(value));

const isQuestion = (value: unknown): boolean =>
  isObject(value) &&
  [value.from, value.to].every((time) => Number.isSafeInteger(time) && Number(time) >= 0) &&
  [value.lb, value.targetGroup, value.cluster].every(isTextOrNull);

const isScope = (value: unknown): boolean =>
  isObject(value) &&
  [value.account, value.cluster, value.clusterArn, value.clusterEndpoint].every(isTextOrNull) &&
  areTexts(value.clusterLogs) &&
  areObjects(value.balancers, (one) => areTexts([one.arn, one.name]) && areTextsIn(one.attributes)) &&
  areObjects(
    value.groups,
    (one) =>
      areTexts([one.arn, one.name, one.targetType]) &&
      areTextsIn(one.tags) &&
      areTexts(one.targets) &&
      Number.isFinite(one.drainSeconds),
  ) &&
  areObjects(value.services, (one) => typeof one.cluster === 'string' && typeof one.arn === 'string');

const areObjects = (list: unknown, is: (one: Members) => boolean): boolean =>
  Array.isArray(list) && list.every((one) => isObject(one) && is(one));

const areSteps = (value: unknown): boolean =>
  isObject(value) &&
  Object.values(value).every(
    (step) =>
      isObject(step) &&
      areTexts(step.files) &&
      typeof step.detail === 'string' &&
      areObjects(step.gaps, ({ what, reason, next }) => areTexts([what, reason, next])),
  );
