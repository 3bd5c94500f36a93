/** Lines of every shape, valid and broken, read by Trino in place and by `load`: the same rows, none lost and none added. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isRejected, readRow } from '../../src/alb/row.ts';
import { rawRelations, trinoMacros } from '../../src/engine/relation.ts';
import { composeStatement, timestampText } from '../../src/engine/statement.ts';
import { rawTables } from '../../src/engine/table.ts';
import { ALB_LOG } from '../../src/store/table.ts';
import { canonicalLine } from '../alb/line.ts';
import { mutate, randomNumbers } from '../fuzz/mutate.ts';
import { createTables } from './external-table.ts';
import { lineNumber } from './raw-twin.ts';
import { runTrino } from './trino.ts';
import type { TrinoServer } from './trino-server.ts';

const SHAPES = 300;
const LINES = 6000;
const KEY =
  '111122223333_elasticloadbalancing_eu-central-1_app.x.50dc6c495c0c9188_20260310T1405Z_10.0.0.1_22tbos80.log.gz';

/** By the number of the line's decoded text. A carriage return would end the line. */
function makeLines(): Map<number, Uint8Array> {
  const shapes = fc.sample(canonicalLine, { numRuns: SHAPES, seed: 5 }).map((line) => new TextEncoder().encode(line));
  const random = randomNumbers(7);
  const out = new Uint8Array(1 << 16);
  const lines = new Map<number, Uint8Array>();
  for (let i = 0; i < LINES; i++) {
    const line = shapes[i] ?? out.slice(0, mutate(shapes[random(SHAPES)]!, out, random));
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(line);
    if (!line.includes(0x0d)) lines.set(Number(lineNumber(text)), line);
  }
  return lines;
}

export async function holdLines(trino: TrinoServer): Promise<void> {
  const lines = makeLines();
  const folder = join(trino.files, 'line/2026/03/10');
  mkdirSync(folder, { recursive: true });
  const newline = Buffer.from('\n');
  writeFileSync(join(folder, KEY), gzipSync(Buffer.concat([...lines.values()].flatMap((line) => [line, newline]))));
  await createTables(trino, 'line', rawTables(), 'line');
  // Their times span all years, but their folder is of one day. So the relation limits only the day, not the window.
  const relations = (await rawRelations({ from: null, to: null })).map((relation) => ({
    ...relation,
    sql: relation.name === 'alb_log' ? `${relation.sql} and day = '2026/03/10'` : relation.sql,
  }));
  const sql = composeStatement('select * from alb_log', ['alb_log'], relations, trinoMacros());
  const { columns, rows } = await runTrino(trino.origin, sql, 'line');
  const found = new Map<number, Record<string, unknown>>(
    rows.map((row) => {
      const cells = columns.map(({ name, type }, i) => [
        name,
        type === 'double' && row[i] !== null ? Number(row[i]) : row[i],
      ]);
      return [Number(row[columns.findIndex(({ name }) => name === 'line')]), Object.fromEntries(cells)];
    }),
  );
  let accepted = 0;
  for (const [number, line] of lines) {
    const row = readRow(line);
    const text = Buffer.from(line).toString('latin1');
    const other: Record<string, unknown> | undefined = found.get(number);
    if (isRejected(row)) {
      assert.equal(other, undefined, `${row.reason}: ${text}`);
      continue;
    }
    accepted++;
    assert.ok(other, text);
    for (const { name, type } of ALB_LOG.columns) {
      if (name === 'object_id' || name === 'line') continue;
      const value: string | number | null = row[name] ?? null;
      const expected: string | number | null =
        type === 'TIMESTAMP' && value !== null ? timestampText(Number(value)) : value;
      assert.equal(other[name], expected, `${name} of ${text}`);
    }
  }
  assert.ok(accepted > 1000 && accepted < lines.size);
}
