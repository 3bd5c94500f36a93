/** Compares the rows that a database keeps with what its views give. */
import assert from 'node:assert/strict';
import { openDatabase } from '../../src/store/database.ts';
import { databaseName } from '../../src/store/definition.ts';
import { isJudged, keptViews } from '../../src/store/judge.ts';
import { dropKept, keepEvidence } from '../../src/store/materialised-view.ts';

/** Throws unless the database is judged and each kept table has exactly the rows of its view. Returns their number by name. */
export async function assertKept(path: string): Promise<Record<string, number>> {
  const { connection, close } = await openDatabase(path, { readOnly: true });
  try {
    assert.ok(await isJudged(connection), `${path} is not judged`);
    const file = await databaseName(connection);
    // The views themselves, computed now.
    await dropKept(connection);
    await keepEvidence(connection, keptViews());
    const counts: Record<string, number> = {};
    for (const name of keptViews()) {
      await connection.run(`create temp table "now ${name}" as select * from "${name}"`);
      const [one, other] = [`"now ${name}"`, `${file}.kept."${name}"`];
      const found = await connection.runAndReadAll(
        `select (select count(*) from (from ${one} except all from ${other})),
           (select count(*) from (from ${other} except all from ${one})), (select count(*) from ${other})`,
      );
      const [missing, extra, rows] = found.getRows()[0]!.map(Number);
      assert.deepEqual({ name, missing, extra }, { name, missing: 0, extra: 0 });
      counts[name] = rows!;
    }
    return counts;
  } finally {
    close();
  }
}
