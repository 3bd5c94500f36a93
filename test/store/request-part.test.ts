/** alb_log splits request lines by position, row.ts by a regular expression: both must give the same parts of any text. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { splitRequest } from '../../src/alb/row.ts';
import { openDatabase } from '../../src/store/database.ts';
import { selectAll } from '../../src/store/select.ts';
import { freshFolder } from '../cli.ts';
import { randomNumbers } from '../fuzz/mutate.ts';

const WORDS = [
  ...['GET', '-', '', ' ', '  ', '/a', 'HTTP/1.1', 'HTTP/', 'http/2', 'é', '😀', '\n', '\t'],
  ...['https://x:443/ü?q= ', '"', '\u00a0'],
];
const ODD = [
  'GET https://shop.example:443/ HTTP/1.1',
  'GET /a b HTTP/1.1',
  '- - - ',
  'GET /a HTTP/1.0 HTTP/1.1',
  'GET HTTP/1.1',
];

test('any request line has the same parts in alb_log as in a row of JavaScript', async () => {
  const random = randomNumbers(7);
  const made = Array.from({ length: 5000 }, () =>
    Array.from({ length: random(7) }, () => WORDS[random(WORDS.length)]).join(random(4) === 0 ? '' : ' '),
  );
  const lines = [...ODD, ...made];
  const database = await openDatabase(join(freshFolder(), 'x.duckdb'), { readOnly: false, threads: 2 });
  const { connection } = database;
  await connection.run("insert into alb_context (context_id, context_key) values (1, encode('x'))");
  await connection.run('create temp table given (line integer, request_line varchar)');
  const appender = await connection.createAppender('given', null, 'temp');
  lines.forEach((line, i) => {
    appender.appendInteger(i + 1);
    appender.appendVarchar(line);
    appender.endRow();
  });
  appender.closeSync();
  await connection.run(
    'insert into alb_row by name select line, request_line, 1 as context_id, 1 as object_id from given',
  );
  const rows = await selectAll(
    connection,
    'select request_method, request_url, request_protocol from alb_log order by line',
  );
  database.close();
  assert.equal(rows.length, lines.length);
  for (const [i, row] of rows.entries())
    assert.deepEqual({ ...row }, splitRequest(lines[i]!), JSON.stringify(lines[i]));
});
