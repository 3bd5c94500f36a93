/**
 * Measures the peak memory of `load` for 100,000 and for 1,000,000 keys: `node --import tsx bench/keys.ts`. An S3 in this process
 * lists the keys; an inventory of them lies beside. Loaded as new ones (the server then refuses the first object, so the run ends when
 * all is listed, compared with the ledger and planned), and again when the ledger has all of them.
 */

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CSV_SCHEMA, csvOf } from '../test/s3/inventory.ts';
import { draintrace } from './draintrace.ts';

const FOLDER = 'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/03/10/';
const BEFORE = `${FOLDER}111122223333_elasticloadbalancing_eu-west-1_app.lb`;
const AFTER = '.0123456789abcdef_20260310T1405Z_10.0.0.1_abc123.log.gz';
const ETAG = 'd41d8cd98f00b204e9800998ecf8427e';
const MODIFIED = '2026-03-10T14:12:00.000Z';
const PAGE = 1000;

const keyOf = (number: number): string => `${BEFORE}${String(number).padStart(8, '0')}${AFTER}`;

function answerPage(response: ServerResponse, query: URLSearchParams, count: number): void {
  const from = Number(query.get('continuation-token') ?? 0);
  const to = Math.min(from + Number(query.get('max-keys') ?? PAGE), count);
  const keys = Array.from({ length: to - from }, (_, i) => {
    return `<Contents><Key>${keyOf(from + i)}</Key><LastModified>${MODIFIED}</LastModified><ETag>&quot;${ETAG}&quot;</ETag><Size>500</Size></Contents>`;
  });
  const more = to < count ? `<NextContinuationToken>${to}</NextContinuationToken>` : '';
  const head = `<Name>logs</Name><KeyCount>${keys.length}</KeyCount><IsTruncated>${to < count}</IsTruncated>${more}`;
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><ListBucketResult>${head}${keys.join('')}</ListBucketResult>`);
}

/** Writes an inventory of so many keys to a folder; returns the path of its manifest. */
function writeInventory(folder: string, count: number): string {
  const files: object[] = [];
  for (let at = 0; at < count; at += 100_000) {
    const listing = Array.from({ length: Math.min(100_000, count - at) }, (_, i) => {
      return { key: keyOf(at + i), etag: ETAG, size: 500, modified: MODIFIED };
    });
    const body = gzipSync(csvOf('logs', listing));
    writeFileSync(join(folder, `${at}.csv.gz`), body);
    files.push({
      key: `logs/${at}.csv.gz`,
      size: body.length,
      MD5checksum: createHash('md5').update(body).digest('hex'),
    });
  }
  const manifest = join(folder, 'manifest.json');
  writeFileSync(manifest, JSON.stringify({ sourceBucket: 'logs', fileFormat: 'CSV', fileSchema: CSV_SCHEMA, files }));
  return manifest;
}

const LEDGER = (count: number): string => `
  INSERT INTO log_object BY NAME
  SELECT CAST(range + 1 AS INTEGER) AS object_id, 's3://logs/${BEFORE}' || lpad(CAST(range AS VARCHAR), 8, '0') || '${AFTER}' AS uri,
    '${ETAG}' AS etag, 500 AS size, 'alb_access_log' AS kind, 'complete' AS status, 1 AS lines, 1 AS "rows", 0 AS rejected,
    0 AS dropped, 0 AS extra_fields, 'all' AS keep, TIMESTAMP '2026-03-11' AS loaded_at
  FROM range(${count})`;

const work = mkdtempSync(join(tmpdir(), 'draintrace-keys-'));
let count = 0;
const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://localhost');
  if (url.searchParams.has('list-type')) return answerPage(response, url.searchParams, count);
  response.writeHead(400, { 'content-type': 'application/xml' });
  response.end('<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>enough</Message></Error>');
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const env = {
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' },
};
try {
  for (count of [100_000, 1_000_000]) {
    const db = join(work, `${count}.duckdb`);
    const sources = { 'a listing': `s3://logs/${FOLDER}`, 'an inventory': writeInventory(work, count) };
    const run = async (what: string, accepted: readonly number[]) => {
      for (const [of, source] of Object.entries(sources)) {
        const { rss, wall, cpu, stderr } = await draintrace(['load', source, '--db', db, '--no-judge'], env, accepted);
        const last = stderr.split('\n').filter((line) => /already loaded|left to load/.test(line));
        console.log(
          `${count} keys of ${of}, ${what}: peak ${Math.round(rss! / 1e6)} MB, ${wall.toFixed(1)} s, CPU ${cpu} s (${last})`,
        );
      }
    };
    await run('new', [3]);
    await draintrace(['sql', '--write', LEDGER(count), '--db', db]);
    await run('known', [0]);
    for (const file of [db, `${db}.wal`]) rmSync(file, { force: true });
  }
} finally {
  server.close();
  rmSync(work, { recursive: true });
}
