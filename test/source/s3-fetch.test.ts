/** An object arrives complete and as listed, or not at all. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { PATIENCE, type Patience } from '../../src/source/retry.ts';
import type { SourceObject } from '../../src/source/source.ts';
import { ask, listAll } from '../s3/ask.ts';
import { type Fault, isGet } from '../s3/fault.ts';
import { StandIn } from '../s3/stand-in.ts';

const server = new StandIn();
const body = randomBytes(300_000);
const spool = mkdtempSync(join(tmpdir(), 'draintrace-spool-'));
const signal = new AbortController().signal;
let at: { endpoint: string; env: Record<string, string> };

before(async () => {
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
  at = { endpoint: await server.start(), env: server.env() };
});
beforeEach(() => {
  server.faults.clear();
  server.arrived.length = 0;
  server.put('b', 'x/a b+c', body);
  server.put('b', 'x/empty', '');
});
after(async () => {
  await server.stop();
  rmSync(spool, { recursive: true });
});

async function listOne(patience: Partial<Patience> = {}, name = 'a b+c') {
  const source = ask('s3://b/x/', at, {}, patience);
  const object = (await listAll(source)).objects.find((one) => one.name === name)!;
  server.arrived.length = 0;
  return { source, object };
}

async function refusal(
  { source, object }: { source: ReturnType<typeof ask>; object: SourceObject },
  fatal = false,
): Promise<string> {
  try {
    await source.fetch(object, spool, signal);
  } catch (error) {
    assert.equal((error as Error).name, 'SourceError', String((error as Error).stack));
    assert.equal((error as { fatal: boolean }).fatal, fatal);
    assert.deepEqual(readdirSync(spool), [], 'nothing is left behind');
    return (error as Error).message;
  }
  throw new Error('it was fetched');
}

test('an object is fetched as it was listed', async () => {
  for (const [name, content] of [
    ['a b+c', body],
    ['empty', Buffer.alloc(0)],
  ] as const) {
    const { source, object } = await listOne({}, name);
    const { path, temporary } = await source.fetch(object, spool, signal);
    assert.equal(temporary, true);
    assert.ok(readFileSync(path).equals(content));
    assert.equal(server.arrived[0]!.ifMatch, `"${object.etag}"`);
    rmSync(path);
  }
});

test('what passes is tried again until the object is whole', async () => {
  const passing: Fault[] = [
    { kind: 'error', status: 503, code: 'SlowDown' },
    { kind: 'error', status: 500, code: 'InternalError' },
    { kind: 'error', status: 400, code: 'RequestTimeout' },
    { kind: 'reset', after: -1 },
    { kind: 'reset', after: 0 },
    { kind: 'reset', after: 100_000 },
    { kind: 'cut', after: 250_000 },
    { kind: 'understate', after: 299_999 },
    { kind: 'stall', after: 70_000 },
  ];
  for (const fault of passing) {
    server.faults.clear();
    // Only a server that stalls is given up by a clock.
    const { source, object } = await listOne(fault.kind === 'stall' ? { idleMs: 1000 } : {});
    server.faults.add(fault, isGet, 2);
    const { path } = await source.fetch(object, spool, signal);
    assert.ok(readFileSync(path).equals(body), fault.kind);
    assert.equal(server.arrived.length, 3, fault.kind);
    rmSync(path);
  }
});

test('what stays fails after five tries, with its reason', async () => {
  const stays: [Fault, RegExp][] = [
    [
      { kind: 'error', status: 503, code: 'SlowDown' },
      /^s3:\/\/b\/x\/a b\+c: the server keeps asking to slow down \(SlowDown\); run again later$/,
    ],
    [
      { kind: 'error', status: 500, code: 'InternalError' },
      /: the server keeps failing \(InternalError 500\); run again later$/,
    ],
    [{ kind: 'reset', after: 1000 }, /: the connection broke off \(ECONNRESET\); run again$/],
    [{ kind: 'cut', after: 1000 }, /: the connection broke off \(ECONNRESET\); run again$/],
    [{ kind: 'understate', after: 1000 }, / arrived incomplete \(1000 bytes announced of 300000\); run again$/],
    [{ kind: 'stall', after: 1000 }, /: the server stopped sending \(no byte for 0\.1 s\); run again$/],
  ];
  for (const [fault, message] of stays) {
    server.faults.clear();
    const one = await listOne(fault.kind === 'stall' ? { idleMs: 100 } : {});
    server.faults.add(fault, isGet);
    assert.match(await refusal(one), message);
    assert.equal(server.faults.struck, 5, fault.kind);
  }
});

test('waits between tries double, are jittered, and their number is bounded', async () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const one = await listOne({ tries: 8, sleep, random: () => 0.5 });
  server.faults.add({ kind: 'error', status: 503, code: 'SlowDown' }, isGet);
  await refusal(one);
  assert.deepEqual(waits, [150, 300, 600, 1200, 2400, 4800, 7500]);
});

test('an object that was replaced, deleted, denied or archived fails alone and at once', async () => {
  const replaced = await listOne();
  server.put('b', 'x/a b+c', randomBytes(300_000));
  assert.equal(await refusal(replaced), 's3://b/x/a b+c was replaced while loading; run again');
  server.buckets.get('b')!.delete('x/a b+c');
  assert.equal(await refusal(replaced), 's3://b/x/a b+c was deleted between listing and reading; run again');
  server.put('b', 'x/a b+c', body);
  server.faults.add({ kind: 'error', status: 403, code: 'AccessDenied' }, isGet, 1);
  assert.match(
    await refusal(replaced),
    /^s3:\/\/b\/x\/a b\+c: access denied \(AccessDenied\); allow s3:ListBucket and s3:GetObject/,
  );
  server.faults.add({ kind: 'error', status: 403, code: 'InvalidObjectState' }, isGet, 1);
  assert.match(
    await refusal(replaced),
    / is archived \(injected InvalidObjectState\); restore it first, then run again$/,
  );
  assert.equal(server.arrived.length, 4);
});

test('a token that expires in mid-run ends the run', async () => {
  const one = await listOne();
  server.faults.add({ kind: 'error', status: 400, code: 'ExpiredToken' }, isGet);
  assert.match(await refusal(one, true), /have expired \(ExpiredToken\); renew them and run again$/);
});

test('a disk that refuses is not blamed on S3, nor tried again', async () => {
  const { source, object } = await listOne();
  await assert.rejects(source.fetch(object, join(spool, 'missing'), signal), { code: 'ENOENT', name: 'Error' });
  assert.equal(server.arrived.length, 0);
});

test('Ctrl-C ends a fetch with the reason of the signal, and leaves nothing', async () => {
  const { source, object } = await listOne({ idleMs: 20_000 });
  server.faults.add({ kind: 'stall', after: 1000 }, isGet);
  await assert.rejects(source.fetch(object, spool, AbortSignal.timeout(100)), { name: 'TimeoutError' });
  assert.deepEqual(readdirSync(spool), []);
  server.faults.clear();
  server.faults.add({ kind: 'error', status: 503, code: 'SlowDown' }, isGet);
  const waiting = await listOne({ sleep: PATIENCE.sleep, random: () => 100 });
  await assert.rejects(waiting.source.fetch(waiting.object, spool, AbortSignal.timeout(100)), { name: 'TimeoutError' });
});
