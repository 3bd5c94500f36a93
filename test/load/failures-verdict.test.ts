/** `--keep failures` gives the verdicts of a full load, except those that rest on answers of targets that never failed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from './database.ts';

const cwd = freshFolder();

/** Verdicts of a full load, and those that docs/load.md allows in their place. */
const IN_PLACE: Readonly<Record<string, string>> = {
  'likely.went_away': 'unknown.owner',
  'going.silent_since': 'going.deregistration_or_healthy',
  'group.empty_for_node': 'group.empty',
};

/** Worlds, the evidence that is loaded of each, and whether some of its verdicts rest on other targets. */
const WORLDS = [
  ['bad-day', 'evidence/cloudtrail', false],
  ['node-loss', 'evidence/snapshot', false],
  ['address-reuse', 'evidence/event', true],
  ['recreate', 'evidence', true],
] as const;

for (const [name, evidence, rests] of WORLDS) {
  test(`the verdicts of ${name}`, async () => {
    expectStatus(await cli(['simulate', '--scenario', name, '--seed', '5', '--out', name], { cwd }), 0);
    const [all, kept] = (await Promise.all(
      ['all', 'failures'].map(async (keep) => {
        const db = `${name}-${keep}.duckdb`;
        const words = ['load', join(name, 'logs'), join(name, evidence), '--db', db, '--keep', keep, '--batch', '0.2'];
        expectStatus(await cli(words, { cwd }), 0);
        return rowsOf(join(cwd, db), 'SELECT trace_id, line, time::VARCHAR AS at, * FROM verdict ORDER BY 1, 2, 3');
      }),
    )) as [Record<string, unknown>[], Record<string, unknown>[]];
    assert.equal(kept.length, all.length);
    assert.ok(all.length > 100, `${all.length} verdicts`);
    let others = 0;
    for (const [i, verdict] of all.entries()) {
      const other = IN_PLACE[verdict.rule as string];
      if (other !== undefined && kept[i]!.rule === other) others++;
      else assert.deepEqual(kept[i], verdict);
    }
    assert.equal(others > 0, rests, `${others} other verdicts`);
  });
}
