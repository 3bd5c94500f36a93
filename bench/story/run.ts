/** Loads stories, each into a database of its own, and grades what the program says of their failures. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/store/database.ts';
import { selectAll } from '../../src/store/select.ts';
import { draintrace, freshFolder } from '../../test/command/world.ts';
import { type Grade, gradeOf, type Said } from './judge.ts';
import { inputOf, type Label, type Story } from './label.ts';

export interface Graded {
  traceId: string;
  label: Label;
  said: Said | undefined;
  grade: Grade;
}

export interface Outcome {
  story: Story;
  failures: Graded[];
  /** Failures that the program reports and that have no label. */
  unlabelled: string[];
  /** What `load` printed. */
  loaded: string;
}

/** Returns whether all of a story is right. */
export const isRight = ({ failures, unlabelled }: Outcome): boolean =>
  unlabelled.length === 0 && failures.every(({ grade }) => grade === 'right');

/** Loads one story with the built program in this process, and grades it. */
export async function runStory(story: Story): Promise<Outcome> {
  const folder = freshFolder();
  try {
    const db = join(folder, 'story.duckdb');
    const { code, stderr } = await draintrace(['load', inputOf(story.name), '--db', db], { built: true });
    if (code !== 0) throw new Error(`${story.name} does not load (exit code ${code}): ${stderr}`);
    const verdicts = await verdictsOf(db);
    const failures = Object.entries(story.failures).map(([traceId, label]) => {
      const said = verdicts.get(traceId);
      return { traceId, label, said, grade: gradeOf(label, said) };
    });
    const unlabelled = [...verdicts.keys()].filter((traceId) => !(traceId in story.failures));
    return { story, failures, unlabelled, loaded: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function verdictsOf(path: string): Promise<Map<string, Said>> {
  const database = await openDatabase(path, { readOnly: true, threads: 2 });
  try {
    const rows = await selectAll(database.connection, 'select * from verdict', {});
    return new Map(rows.map((row) => [String(row.trace_id), row]));
  } finally {
    database.close();
  }
}
