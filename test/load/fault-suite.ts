/** Tests the real program while S3 fails: `make test` runs it against the stand-in, `make test-s3` against a real server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';
import { type Fault, isGet, isList } from '../s3/fault.ts';
import { FaultProxy } from '../s3/fault-proxy.ts';
import { assertSameDatabase, BY_URI, rowsOf } from './database.ts';
import { logFile } from './log.ts';

/** An S3 with a bucket `logs`, without faults of its own. */
export interface Store {
  endpoint: string;
  env: Record<string, string>;
  put(key: string, body: Buffer): Promise<void>;
  remove(key: string): Promise<void>;
}

const START = Date.UTC(2026, 0, 31, 8);
const object = (seed: number) => logFile({ rows: 300, seed, start: START + seed * 1000, failEvery: 50 });

/** Permanent faults, each at its own object, with the expected message. */
const STAYING: Record<string, [Fault, RegExp]> = {
  slow: [{ kind: 'error', status: 503, code: 'SlowDown' }, /slow down/],
  reset: [{ kind: 'reset', after: 4000 }, /connection broke off/],
  stalled: [{ kind: 'stall', after: 4000 }, /stopped sending/],
  cut: [{ kind: 'cut', after: 4000 }, /connection broke off|arrived incomplete/],
  short: [{ kind: 'understate', after: 4000 }, /arrived incomplete/],
  denied: [{ kind: 'error', status: 403, code: 'AccessDenied' }, /access denied/],
};
/** Faults that end at the third try. */
const PASSING: Record<string, Fault> = {
  'passing-slow': { kind: 'error', status: 503, code: 'SlowDown' },
  'passing-reset': { kind: 'reset', after: 4000 },
  'passing-cut': { kind: 'cut', after: 4000 },
};

export function faultSuite(name: string, open: () => Promise<Store & { close(): Promise<void> }>): void {
  /** Fills the prefix, provides the proxy, and closes everything. */
  const withProxy = async (prefix: string, names: readonly string[], work: (world: World) => Promise<void>) => {
    const store = await open();
    const proxy = new FaultProxy(store.endpoint);
    const endpoint = await proxy.start();
    try {
      for (const [i, key] of names.entries()) await store.put(`${prefix}/${key}.log.gz`, object(i + 1));
      const cwd = freshFolder();
      const load = (db: string, through = endpoint) =>
        cli(
          ['load', `s3://logs/${prefix}/`, '--endpoint-url', through, '--db', db, '--read-timeout', '1', '--no-judge'],
          {
            cwd,
            env: store.env,
          },
        );
      const sameAsWhole = async (db: string) => {
        expectStatus(await load('whole.duckdb', store.endpoint), 0);
        // Objects are numbered in the order of loading, which a second run changes.
        await assertSameDatabase(join(cwd, 'whole.duckdb'), join(cwd, db), BY_URI);
      };
      await work({ store, proxy, cwd, load, sameAsWhole });
    } finally {
      await proxy.stop();
      await store.close();
    }
  };
  interface World {
    store: Store;
    proxy: FaultProxy;
    cwd: string;
    load: (db: string) => ReturnType<typeof cli>;
    sameAsWhole: (db: string) => Promise<void>;
  }

  test(`${name}: what fails is listed with its reason, the rest is loaded, and the next run finishes it`, async () => {
    const names = [
      ...Object.keys(STAYING),
      ...Object.keys(PASSING),
      'replaced',
      'deleted',
      'sound-1',
      'sound-2',
    ].sort();
    await withProxy('faults', names, async ({ store, proxy, cwd, load, sameAsWhole }) => {
      const at = (key: string) => (asked: { key: string }) => asked.key.endsWith(`faults/${key}.log.gz`);
      for (const [key, [fault]] of Object.entries(STAYING)) proxy.faults.add(fault, at(key));
      for (const [key, fault] of Object.entries(PASSING)) proxy.faults.add(fault, at(key), 2);
      const done = new Set<string>();
      proxy.before = async (asked) => {
        for (const key of ['replaced', 'deleted']) {
          if (!at(key)(asked) || done.has(key)) continue;
          done.add(key);
          if (key === 'replaced') await store.put('faults/replaced.log.gz', object(99));
          else await store.remove('faults/deleted.log.gz');
        }
      };
      const failing = [...Object.keys(STAYING), 'replaced', 'deleted'];
      check(expectStatus(await load('killed.duckdb'), 4), ({ stderr }) => {
        assert.match(stderr, new RegExp(`^${failing.length} objects not loaded; run again to finish:$`, 'm'));
        for (const [key, [, reason]] of Object.entries(STAYING)) {
          const line = stderr.split('\n').find((one) => one.includes(`faults/${key}.log.gz`));
          assert.match(line ?? `nothing is said of ${key}`, reason);
        }
        assert.match(stderr, /faults\/replaced\.log\.gz was replaced while loading; run again/);
        assert.match(stderr, /faults\/deleted\.log\.gz was deleted between listing and reading; run again/);
      });
      const loaded = await rowsOf(
        join(cwd, 'killed.duckdb'),
        "SELECT count(*) AS n FROM log_object WHERE status = 'complete'",
      );
      assert.deepEqual(loaded, [{ n: names.length - failing.length }]);
      // Each object is tried a limited number of times.
      for (const key of names) assert.ok(proxy.asked.filter(at(key)).length <= 5, `${key} was asked for too often`);

      proxy.faults.clear();
      check(expectStatus(await load('killed.duckdb'), 0), ({ stderr }) => {
        assert.match(stderr, new RegExp(`^${names.length - failing.length} objects already loaded$`, 'm'));
      });
      await sameAsWhole('killed.duckdb');
    });
  });

  test(`${name}: credentials that expire in mid-run stop it, and the next run finishes it`, async () => {
    const names = Array.from({ length: 30 }, (_, i) => `object-${String(i).padStart(2, '0')}`);
    await withProxy('expiring', names, async ({ proxy, load, sameAsWhole }) => {
      proxy.faults.add(
        { kind: 'error', status: 400, code: 'ExpiredToken' },
        (asked) => isGet(asked) && proxy.asked.filter(isGet).length > 12,
      );
      check(expectStatus(await load('killed.duckdb'), 4), ({ stderr }) => {
        assert.match(stderr, /^stopped: .*have expired/m);
        assert.match(stderr, /^\d+ objects left to load; run again to go on$/m);
      });
      // Running requests may have met the fault too, but no new ones were started.
      assert.ok(proxy.faults.struck <= 8, `${proxy.faults.struck} requests after the first refusal`);
      proxy.faults.clear();
      expectStatus(await load('killed.duckdb'), 0);
      await sameAsWhole('killed.duckdb');
    });
  });

  test(`${name}: a wrong clock and an endless listing are told in one sentence, and nothing is loaded`, async () => {
    await withProxy('refused', ['one', 'two'], async ({ proxy, load }) => {
      proxy.faults.add({ kind: 'error', status: 403, code: 'RequestTimeTooSkewed' });
      check(expectStatus(await load('clock.duckdb'), 3), ({ stderr }) => {
        assert.match(stderr, /^draintrace: .*rejects the time of this machine.*\n$/);
      });
      proxy.faults.clear();
      proxy.faults.add({ kind: 'endless' }, (asked) => isList(asked) && asked.query.get('max-keys') !== '1');
      check(expectStatus(await load('endless.duckdb'), 3), ({ stderr }) => {
        assert.match(stderr, /^draintrace: Listing s3:\/\/logs\/refused\/ does not advance.*\n$/);
      });
    });
  });
}
