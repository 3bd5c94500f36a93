/** Every visible column has a meaning in `.schema`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readViewFiles } from '../../src/store/evidence-view.ts';
import { meaningOf } from '../../src/store/view-column.ts';
import { memoryDatabase } from '../query/memory.ts';

const connection = await memoryDatabase();
const columnsOf = async (relation: string) =>
  (await connection.runAndReadAll(`select column_name from (describe ${relation})`))
    .getRows()
    .map(([name]) => String(name));

const PUBLIC = 'requests failures verdict pod_life target_life rollouts routed late_request contradiction'.split(' ');

for (const view of PUBLIC) {
  test(`all columns of ${view} have a meaning`, async () => {
    const silent = (await columnsOf(view)).filter((column) => meaningOf(view, column) === null);
    assert.deepEqual(silent, []);
  });
}

test('a header names no column that its view does not have', async () => {
  for (const { name, sql } of readViewFiles()) {
    const columns = new Set(await columnsOf(name));
    for (const [, names] of sql.matchAll(/^-- Column: (.+?) -- /gm)) {
      for (const column of names!.split(', ')) assert.ok(columns.has(column), `${name} has no column ${column}`);
    }
  }
});

test('a column means what it means in what the view reads, unless the view says otherwise', () => {
  assert.equal(meaningOf('failures', 'elb_status_code'), meaningOf('alb_log', 'elb_status_code'));
  assert.equal(meaningOf('verdict', 'mechanism'), meaningOf('request', 'mechanism'));
  assert.notEqual(meaningOf('late_request', 'cause'), meaningOf('verdict', 'cause'));
  assert.equal(meaningOf('failures', 'nothing'), null);
  assert.equal(meaningOf('nothing', 'time'), null);
});

test('a view names the columns that it gives, unless it only leaves out rows', () => {
  const byStar = readViewFiles()
    .filter(({ sql }) => /^select \*|^ {2}(?:\w+\.)?\*/m.test(sql.slice(sql.lastIndexOf('\nselect') + 1)))
    .map(({ name }) => name);
  assert.deepEqual(byStar.sort(), ['failure', 'failures']);
});
