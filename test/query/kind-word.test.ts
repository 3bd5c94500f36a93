/** The words for a kind of target are the same in SQL and in what is printed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingWord, kindWord } from '../../src/report/kind.ts';
import { selectAll } from '../../src/store/select.ts';
import { memoryDatabase } from './memory.ts';

test('each kind of target has one word, and one for the beginning of its end', async () => {
  const connection = await memoryDatabase();
  for (const kind of ['pod', 'ecs_task', 'instance', 'node_port', 'unknown']) {
    const sql = `select kind_word('${kind}') as word, ending_word('${kind}') as ending`;
    const [row] = await selectAll(connection, sql);
    assert.deepEqual(row, { word: kindWord(kind), ending: endingWord(kind) }, kind);
  }
  connection.closeSync();
});
