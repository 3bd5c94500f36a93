/**
 * Reads stories into one database, one after the other, and grades the verdicts. Uses the program's readers and views, but not
 * the worker threads and files of `load`, so a story takes half a second.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureTime } from '../../src/evidence/capture-time.ts';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { toCell } from '../../src/store/select.ts';
import { FACT_TABLES } from '../../src/store/table.ts';
import { insert, memoryDatabase, rowsOf, type Values } from '../../test/query/memory.ts';
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
  /** Failures that the program reports but that have no label. */
  unlabelled: string[];
  /** Files of the story that the program does not accept. */
  skipped: string[];
}

/** Returns whether every part of a story is right. */
export const isRight = ({ failures, unlabelled }: Outcome): boolean =>
  unlabelled.length === 0 && failures.every(({ grade }) => grade === 'right');

const TABLES = ['log_object', 'alb_log', ...Object.values(FACT_TABLES).map((table) => table.name)];

/** Returns the outcome of each story. */
export async function runStories(stories: readonly Story[]): Promise<Outcome[]> {
  const connection = await memoryDatabase();
  // Planned once, because the views are large and the stories small. So the plan must not depend on the tables' content.
  await connection.run("set disabled_optimizers = 'statistics_propagation,empty_result_pullup'");
  const statement = await connection.prepare('select * from verdict');
  const outcomes: Outcome[] = [];
  for (const story of stories) {
    for (const table of TABLES) await connection.run(`delete from ${table}`);
    const skipped = await readInput(connection, inputOf(story.name));
    const result = await statement.run();
    const names = result.columnNames();
    const rows = (await result.fetchAllChunks()).flatMap((chunk) => chunk.convertRows(toCell));
    outcomes.push(
      outcomeOf(
        story,
        rows.map((row) => Object.fromEntries(names.map((column, i) => [column, row[i]]))),
        skipped,
      ),
    );
  }
  connection.closeSync();
  return outcomes;
}

/** Puts the files of a folder into the tables. Returns the files that are neither an access log nor evidence. */
async function readInput(connection: Awaited<ReturnType<typeof memoryDatabase>>, folder: string): Promise<string[]> {
  const skipped: string[] = [];
  for (const [i, name] of readdirSync(folder).sort().entries()) {
    const objectId = i + 1;
    const text = readFileSync(join(folder, name), 'utf8');
    const { kind } = recognise(text, name);
    const object = { object_id: objectId, uri: `file:///${name}`, kind, status: 'complete' };
    if (kind === 'alb_access_log') {
      const rows = rowsOf(text) as Values[];
      await insert(connection, 'log_object', [object]);
      await insert(
        connection,
        'alb_log',
        rows.map((row, line) => ({ object_id: objectId, line: line + 1, ...row })),
      );
    } else if (isEvidenceKind(kind)) {
      const context = { capturedAt: null, modifiedAt: null, timezoneMinutes: 0, name };
      await insert(connection, 'log_object', [
        { ...object, captured_at: captureTime(context).moment?.earliest ?? null },
      ]);
      const { facts } = readEvidence(kind, text, context);
      for (const [of, { name: table }] of Object.entries(FACT_TABLES)) {
        const rows = facts.filter((fact) => fact.kind === of).map(({ kind: _, ...said }) => said);
        await insert(
          connection,
          table,
          rows.map((said) => ({ object_id: objectId, ...said }) as Values),
        );
      }
    } else {
      skipped.push(name);
    }
  }
  return skipped;
}

function outcomeOf(story: Story, rows: readonly Said[], skipped: string[]): Outcome {
  const verdicts = new Map(rows.map((row) => [String(row.trace_id), row]));
  const failures = Object.entries(story.failures).map(([traceId, label]) => {
    const said = verdicts.get(traceId);
    return { traceId, label, said, grade: gradeOf(label, said) };
  });
  const unlabelled = [...verdicts.keys()].filter((traceId) => !(traceId in story.failures));
  return { story, failures, unlabelled, skipped };
}
