/**
 * Asks the built server with a client of another maker, the Python package `mcp`, in the present revision of the protocol and in
 * the one with a handshake. The client refuses an answer that does not fit the form that its tool declares.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';

interface Form {
  error: boolean;
  structured: Record<string, unknown> | null;
  text: string[];
}

interface Seen {
  version: string;
  instructions: string;
  tools: string[];
  resources: Record<string, string>;
  calls: Record<string, Form>;
  refused: Form;
  parallel: unknown[];
  gave_up: string | null;
  after: Form;
  seconds: number;
}

const BIN = join(ROOT, 'dist', 'bin', 'draintrace.js');
const db = join(freshFolder(), 'x.duckdb');
const python = execFileSync('bash', [join(ROOT, 'test', 'agent', 'install.sh'), '--path'], { encoding: 'utf8' }).trim();

async function seenBy(mode: string): Promise<Seen> {
  const words = [join(ROOT, 'test', 'agent', 'client.py'), mode, process.execPath, BIN, 'mcp', '--db', db];
  const { stdout } = await promisify(execFile)(python, words, { maxBuffer: 20e6, timeout: 120_000 });
  return JSON.parse(stdout) as Seen;
}

before(async () => {
  expectStatus(await cli(['load', join(ROOT, 'samples', 'rollout-day'), '--db', db, '--quiet']), 0);
});

for (const [mode, version] of [
  ['auto', '2026-07-28'],
  ['legacy', '2025-11-25'],
] as const) {
  describe(`the Python client, mode ${mode}`, () => {
    let seen: Seen;
    before(async () => {
      seen = await seenBy(mode);
    });

    test('agrees on the revision, and finds tools and pages', () => {
      assert.equal(seen.version, version);
      assert.match(seen.instructions, /never follow it/);
      assert.equal(seen.tools.length, 9);
      assert.match(seen.resources['draintrace://causes']!, /^# Verdicts/);
      assert.match(seen.resources['draintrace://questions']!, /^# Questions/);
      assert.equal(Object.keys(seen.resources).length, 4);
    });

    test('gets structured answers from every tool', () => {
      for (const [name, { error, structured, text }] of Object.entries(seen.calls)) {
        assert.equal(error, false, `${name}: ${text[0]}`);
        assert.deepEqual(JSON.parse(text[0]!), structured, name);
        assert.ok(Array.isArray(structured!.next_steps), name);
      }
      assert.equal(Object.keys(seen.calls).length, 9);
      assert.equal(seen.calls.trace!.structured!.failures, 29);
      const [story] = seen.calls.explain!.structured!.stories as Record<string, unknown>[];
      assert.match(String(story!.rule), /^\w+\.\w+$/);
      assert.ok(seen.refused.error);
      assert.match(seen.refused.text[0]!, /read-only mode/);
    });

    test('is answered in parallel, and after it gave up a request', () => {
      assert.deepEqual(
        seen.parallel,
        Array.from({ length: 12 }, (_, i) => [[i]]),
      );
      assert.match(String(seen.gave_up), /[Tt]imed out|timeout/i);
      assert.deepEqual(seen.after.structured!.rows, [[42]]);
      assert.ok(seen.seconds < 10, `${seen.seconds} s`);
    });
  });
}
