/**
 * queries/ runs unchanged on Trino, the engine of Athena: the same rows as DuckDB, row for row, over the Parquet of a lake and
 * over the logs in place; for samples/ and for a simulated incident of 212,000 requests.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EVERYTHING, lakeRelations, rawRelations, viewRelations } from '../../src/engine/relation.ts';
import { needed } from '../../src/engine/statement.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { onDuckdb, onTrino, statementOf } from './answer.ts';
import { holdLines } from './real-line.ts';
import { startTrino, type TrinoServer, trinoMissing } from './trino-server.ts';
import { makeIncident, makeSamples, type World } from './world.ts';

const missing = trinoMissing();
if (missing && process.env.CI) throw new Error(`the real Trino cannot be asked: ${missing}`);
if (missing) process.stderr.write(`\n*** NOT RUN: the questions on a real Trino: ${missing}\n\n`);

const catalogue = readCatalogue().filter(({ athena }) => athena !== 'loaded');
const lake = await lakeRelations(EVERYTHING);
/** Questions that need only logs and ledger. */
const logQuestions = catalogue.filter(
  ({ needs }) => !needed(needs, [...lake, ...viewRelations()]).some(({ name }) => name === 'lives'),
);
/** For unloaded logs also the trace, and the relation that joins every request: the other questions read no more than these. */
const rawQuestions = [...logQuestions, ...catalogue.filter(({ name }) => ['trace', 'late-routing'].includes(name))];

/**
 * In the full test run time is short: Trino plans a question of verdicts for half a minute, and cuts the incident's unloaded logs
 * line by line for every question. So the samples get all questions, and the incident these: of verdicts, one for each view that
 * they end in; of logs, all over the lake and some over unloaded ones.
 */
const SHORT = ['trace', 'late-routing', 'error-rate', 'requests-per-target', 'incomplete-objects'];
const SHORT_OF_LAKE = [...SHORT, 'failures-per-rollout', 'keep-alive-races', 'advice', 'evidence-coverage'];
const isAsked = (world: string, name: string, short: readonly string[]): boolean =>
  world === 'samples' || !process.env.TRINO_SHORT || short.includes(name);
const logNames = logQuestions.map(({ name }) => name);

const makers = { samples: makeSamples, incident: makeIncident };

if (!missing) {
  let trino: TrinoServer;
  const worlds = new Map<string, World>();

  before(async () => {
    trino = await startTrino();
    for (const [name, make] of Object.entries(makers)) worlds.set(name, await make(trino));
  });

  after(async () => {
    for (const { loaded, twin } of worlds.values()) {
      loaded.close();
      twin.close();
    }
    await trino?.stop();
  });

  for (const name of Object.keys(makers)) {
    // Trino plans on one core: two questions at a time.
    describe(name, { concurrency: 2 }, () => {
      for (const query of catalogue.filter((question) =>
        isAsked(name, question.name, [...logNames, ...SHORT_OF_LAKE]),
      )) {
        test(`${query.name} over a lake`, async () => {
          const parameters = defaultValues(query.parameters);
          const statement = statementOf(query, parameters, lake);
          const answer = await onTrino(trino.origin, name, statement);
          assert.deepEqual(answer, await onDuckdb(worlds.get(name)!.loaded, query, parameters));
        });
      }
      for (const query of rawQuestions.filter((question) => isAsked(name, question.name, SHORT))) {
        test(`${query.name} over logs that are not loaded`, async () => {
          const { twin, window } = worlds.get(name)!;
          const parameters = defaultValues(query.parameters);
          const statement = statementOf(query, parameters, await rawRelations(window));
          const answer = await onTrino(trino.origin, name, statement);
          assert.deepEqual(answer, await onDuckdb(twin, query, parameters));
        });
      }
    });
  }

  test('what is asked is enough: questions of logs alone, and an incident of 200,000 requests', async () => {
    assert.ok(logQuestions.length >= 20 && logQuestions.length < catalogue.length);
    const { loaded } = worlds.get('incident')!;
    const requests = await loaded.connection.runAndReadAll('select count(*) from alb_log');
    assert.ok(Number(requests.getRows()[0]![0]) >= 200_000);
  });

  for (const [storage, tables] of [
    ['a lake', lakeRelations],
    ['logs that are not loaded', rawRelations],
  ] as const) {
    test(`a window reads the folders of its days alone, of ${storage}`, async () => {
      const query = catalogue.find(({ name }) => name === 'server-errors')!;
      const { twin, window } = worlds.get('samples')!;
      const bound = defaultValues(query.parameters);
      const statement = statementOf(query, bound, await tables(window));
      assert.equal(
        (await onTrino(trino.origin, 'samples', statement)).length,
        (await onDuckdb(twin, query, bound)).length,
      );
      const plan = await onTrino(trino.origin, 'samples', `explain (type io, format json) ${statement}`);
      assert.match(String(plan[0]), /2026.03.10/);
      assert.doesNotMatch(String(plan[0]), /2023.01.07/);
    });
  }

  test('a line means what it means to load, however broken it is', () => holdLines(trino));
}
