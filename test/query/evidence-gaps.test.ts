/** Tests that failures which only the traffic judges do not count as settled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { selectAll } from '../../src/store/select.ts';

test('a likely cause is counted, but not as settled, and its missing evidence is named', async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`
    create table verdict as
    select
      'arn:tg/a' as target_group_arn, timestamp '2026-11-03 10:00:01' as time, 'connect_timeout' as mechanism, cause, confidence,
      missing, cast(null as bigint) as life, cast(null as timestamp) as deleted_earliest, cast(null as timestamp) as deleted_latest,
      cast(null as timestamp) as deregistered_earliest, cast(null as timestamp) as deregistered_latest,
      cast(null as timestamp) as exited_latest
    from (values
      ('draining_target', 'likely', 'pod of the address'), ('draining_target', 'likely', 'pod of the address'),
      ('draining_target', 'exact', null), ('draining_target', 'ambiguous', 'exit of the pod'),
      ('no_evidence', null, 'pod of the address')
    ) as v(cause, confidence, missing)`);
  const { sql } = catalogueQuery('evidence-gaps');
  const [row, ...others] = await selectAll(connection, sql, {
    from: { type: 'timestamp', value: null },
    to: { type: 'timestamp', value: null },
  });
  assert.deepEqual(others, []);
  const { failures, settled, ambiguous, likely, no_evidence, missing, missing_settles } = row!;
  assert.deepEqual(
    [failures, settled, ambiguous, likely, no_evidence, missing, missing_settles].map((cell) => String(cell)),
    ['5', '1', '1', '2', '1', 'pod of the address', '3'],
  );
  connection.closeSync();
});
