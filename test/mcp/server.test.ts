/**
 * Speaks with the built server line by line: cancelled and late requests, several at once, a database that changes or is
 * missing, and clients that leave.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { Client } from './client.ts';

const SAMPLE = join(ROOT, 'samples', 'recorded-incident');
const TOOLS = ['trace', 'explain', 'evidence', 'advise', 'report', 'queries', 'query', 'sql', 'incident'];
/** Never ends by itself. */
const ENDLESS = 'select sum(a.range + b.range) from range(10000000) a, range(10000000) b';

const folder = freshFolder();
const db = join(folder, 'x.duckdb');
const clients: Client[] = [];

function start(...words: string[]): Client {
  const client = new Client(words.length > 0 ? words : ['--db', db]);
  clients.push(client);
  return client;
}

before(async () => {
  expectStatus(await cli(['load', SAMPLE, '--timezone', '+08:00', '--db', db, '--quiet']), 0);
});
after(() => {
  for (const { child } of clients) child.kill('SIGKILL');
});

/** CPU time of a process in ticks of the kernel. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('what it offers', () => {
  test('nine tools that only read, each with a form of its answer, and four pages', async () => {
    const client = start();
    const { result } = await client.request('tools/list').answer;
    const tools = result!.tools as {
      name: string;
      description: string;
      annotations: { readOnlyHint: boolean };
      inputSchema: { additionalProperties: boolean };
      outputSchema: { required: string[] };
    }[];
    assert.deepEqual(tools.map(({ name }) => name).sort(), [...TOOLS].sort());
    for (const { name, description, annotations, inputSchema, outputSchema } of tools) {
      assert.ok(description.length > 80 && description.length < 800, name);
      assert.equal(annotations.readOnlyHint, true, name);
      assert.equal(inputSchema.additionalProperties, false, name);
      for (const part of ['next_steps', 'left_out', 'notice']) assert.ok(outputSchema.required.includes(part), name);
    }
    const listed = await client.request('resources/list').answer;
    const uris = (listed.result!.resources as { uri: string }[]).map(({ uri }) => uri);
    assert.deepEqual(
      uris,
      ['schema', 'questions', 'causes', 'sources'].map((name) => `draintrace://${name}`),
    );
    for (const uri of uris) {
      const read = await client.request('resources/read', { uri }).answer;
      const [{ text }] = read.result!.contents as [{ text: string }];
      assert.match(text, /^# \w/, uri);
    }
    assert.equal(await client.end(), 0);
  });

  test('the handshake of the older revisions works too, and its version is the one that was asked for', async () => {
    const client = start();
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    client.send(`${JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'initialize', params })}\n`);
    client.send(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
    const call = { name: 'trace', arguments: { limit: 1 } };
    client.send(`${JSON.stringify({ jsonrpc: '2.0', id: 'b', method: 'tools/call', params: call })}\n`);
    const hello = await client.unasked();
    assert.equal(hello.result!.protocolVersion, '2025-06-18');
    assert.match(String(hello.result!.instructions), /Text between ⟪ and ⟫ is from logs and evidence/);
    const answer = await client.unasked();
    assert.equal(answer.id, 'b');
    assert.equal(answer.result!.structuredContent!.failures, 1);
    assert.equal(await client.end(), 0);
  });

  test('each answer has the same as text, and names rule, fix and evidence', async () => {
    const client = start();
    const { result } = await client.call('trace').answer;
    assert.deepEqual(JSON.parse(result!.content![0]!.text), result!.structuredContent);
    const {
      causes,
      failed_requests: failed,
      next_steps: next,
    } = result!.structuredContent as {
      causes: Record<string, unknown>[];
      failed_requests: Record<string, unknown>[];
      next_steps: string[];
    };
    assert.equal(causes[0]!.cause, 'draining_target');
    assert.deepEqual(causes[0]!.rules, [{ rule: 'going.told', when: 'R after D and X', failures: 1 }]);
    assert.match(String(causes[0]!.fix), /^Keep pods serving/);
    assert.match(String(failed[0]!.evidence), /^⟪probe_transcript file:/);
    assert.match(next[0]!, /^draining_target: Keep pods serving/);
    assert.doesNotMatch(next.join(' '), /Call `evidence`/, 'all is settled');
    const none = await client.ask('trace', { from: '2030-01-01' });
    assert.equal(none.coverage, 'none');
    assert.match(String(none.next_steps), /^Nothing of this window is loaded\./);
    const other = await client.ask('trace', { cause: ['node_lost'] });
    assert.deepEqual([other.failures, other.causes], [0, []]);
    assert.match(String(other.next_steps), /^No failure fits this filter/);
    const filtered = await client.ask('trace', { cause: ['draining_target'], lb: 'k8s-apidev' });
    assert.equal(filtered.failures, 1);
    const told = await client.ask('explain', { request: String(failed[0]!.trace_id) });
    const [story] = told.stories as Record<string, unknown>[];
    assert.equal(story!.rule, 'going.told');
    assert.ok((story!.timeline as unknown[]).length > 3);
    assert.equal(await client.end(), 0);
  });
});

describe('time', () => {
  test('a cancelled request interrupts its statement, and has no answer', async () => {
    const client = start();
    const running = [client.call('sql', { statement: ENDLESS }), client.call('sql', { statement: ENDLESS })];
    await sleep(1500);
    // All turns are taken now, so this one waits for them; it is cancelled before its turn.
    const waiting = client.call('trace');
    for (const { id } of [...running, waiting]) client.cancel(id);
    const answer = await client.ask('sql', { statement: 'select 42 as answer' });
    assert.deepEqual(answer.rows, [[42]]);
    if (existsSync('/proc/self/stat')) {
      const pid = client.child.pid!;
      await sleep(300);
      const used = ticks(pid);
      await sleep(1000);
      assert.ok(ticks(pid) - used < 20, 'the engine goes on with a cancelled statement');
    }
    const ids = client.lines.map((line) => (JSON.parse(line) as { id: number }).id);
    assert.deepEqual(ids, [4]);
    assert.equal(await client.end(), 0);
  });

  test('a request that takes too long is stopped and says so', async () => {
    const client = start('--db', db, '--time-limit', '1');
    const began = Date.now();
    await assert.rejects(client.ask('sql', { statement: ENDLESS }), /longer than 1 s and was stopped/);
    assert.ok(Date.now() - began < 8000);
    assert.equal((await client.ask('trace')).failures, 1);
    assert.equal(await client.end(), 0);
  });

  test('a statement without end of rows, and a huge cell, end at the limits', async () => {
    const client = start('--db', db, '--answer-kb', '8');
    const many = await client.ask('sql', { statement: 'select range as r from range(1000000000000)', limit: 10 });
    assert.equal((many.rows as unknown[]).length, 10);
    assert.equal(many.more, true);
    const wide = await client.ask('sql', { statement: "select repeat('ab', 20000000) as x from range(3)" });
    assert.match(JSON.stringify(wide), /39999500 more characters/);
    const long = await client.ask('sql', { statement: "select repeat('x', 400) as x from range(1000)", limit: 1000 });
    assert.ok(JSON.stringify(long).length < 8_000, String(JSON.stringify(long).length));
    assert.ok((long.left_out as { items: number }).items > 900);
    assert.equal(await client.end(), 0);
  });

  test('requests at the same time are all answered, each with its own', async () => {
    const client = start();
    const calls = Array.from({ length: 20 }, (_, i) => client.call('sql', { statement: `select ${i} as i` }));
    const others = ['trace', 'queries', 'evidence', 'report', 'advise'].map((name) => client.ask(name));
    for (const [i, { answer }] of calls.entries()) {
      assert.deepEqual((await answer).result!.structuredContent!.rows, [[i]]);
    }
    assert.equal((await Promise.all(others)).length, 5);
    assert.equal(await client.end(), 0);
  });

  test('more requests than can wait are refused, not kept', async () => {
    const client = start();
    const calls = Array.from({ length: 60 }, () => client.call('sql', { statement: ENDLESS }));
    const { result } = await Promise.race(calls.map(({ answer }) => answer));
    assert.match(result!.content![0]!.text, /too many requests wait already/);
    for (const { id } of calls) client.cancel(id);
    assert.deepEqual((await client.ask('sql', { statement: 'select 1 as one' })).rows, [[1]]);
    assert.equal(await client.end(), 0);
  });
});

describe('the database', () => {
  test('what is loaded while the server runs is in the next answer', async () => {
    const own = join(freshFolder(), 'own.duckdb');
    const client = start('--db', own);
    await assert.rejects(client.ask('trace'), /the database cannot be used: ⟪.*own\.duckdb/);
    const load = ['load', SAMPLE, '--timezone', '+08:00', '--db', own, '--quiet'];
    expectStatus(await cli(load), 0);
    assert.equal((await client.ask('trace')).failures, 1);
    expectStatus(await cli(['load', join(ROOT, 'samples', 'rollout-day'), '--db', own, '--quiet']), 0);
    assert.equal((await client.ask('trace')).failures, 30);
    rmSync(own);
    await assert.rejects(client.ask('trace'), /the database cannot be used/);
    expectStatus(await cli(load), 0);
    assert.equal((await client.ask('trace')).failures, 1);
    assert.equal(await client.end(), 0);
  });

  test('no tool changes it, or writes anything beside it', async () => {
    const hash = (): string => createHash('sha256').update(readFileSync(db)).digest('hex');
    const was = hash();
    const client = start();
    const { result } = await client.request('tools/list').answer;
    const tools = result!.tools as { name: string; outputSchema: { properties: Record<string, unknown> } }[];
    for (const [name, args] of Object.entries({
      ...{ trace: {}, explain: { status: 504 }, evidence: {}, advise: {}, report: { form: 'markdown' }, queries: {} },
      ...{ query: { name: 'late-routing' }, sql: { statement: 'create temp table t as select 1' } },
      ...{ incident: { last: '1h' } },
    })) {
      const answer = await client.ask(name, args).catch((error: Error) => assert.equal(name, 'sql', error.message));
      const { outputSchema } = tools.find((tool) => tool.name === name)!;
      // test/agent has a client that checks the whole form.
      if (answer) assert.deepEqual(Object.keys(answer).sort(), Object.keys(outputSchema.properties).sort(), name);
    }
    assert.equal(await client.end(), 0);
    assert.equal(hash(), was);
    assert.deepEqual(readdirSync(folder), ['x.duckdb']);
  });
});

describe('a client that leaves', () => {
  test('short requests are answered after the end of the input, long ones are stopped', async () => {
    const client = start();
    const short = client.call('trace');
    const long = client.call('sql', { statement: ENDLESS });
    const began = Date.now();
    assert.equal(await client.end(), 0);
    assert.equal((await short.answer).result!.structuredContent!.failures, 1);
    assert.ok(Date.now() - began < 8000, 'it ends soon');
    assert.ok(client.lines.every((line) => (JSON.parse(line) as { id: number }).id !== long.id));
  });

  test('it ends when nobody reads its answers, and at a signal', async () => {
    const deaf = start();
    await deaf.ask('queries');
    deaf.child.stdout.destroy();
    for (let i = 0; i < 5; i++) deaf.call('queries', { group: 'why' });
    assert.equal(await deaf.ended, 0);
    const told = start();
    await told.ask('queries');
    told.call('sql', { statement: ENDLESS });
    await sleep(500);
    told.child.kill('SIGTERM');
    assert.equal(await told.ended, 130);
  });

  test('wrong limits are refused before it serves', async () => {
    for (const [words, why] of [
      [['--time-limit', '0'], /--time-limit 0 is not from 1 to 3600: write it as --time-limit 1/],
      [['--answer-kb', '1'], /--answer-kb 1 is not from 8 to 1000/],
      [['--answer-kb', 'x'], /--answer-kb/],
    ] as const) {
      const client = start(...words);
      assert.equal(await client.ended, 2);
      assert.match(client.stderr, why);
      assert.deepEqual(client.lines, []);
    }
  });
});
