/** Measures a `load` without new objects: its time for a bucket of known keys, against a bare listing of the bucket. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { openDatabase } from '../src/store/database.ts';
import { addEntries, type LedgerEntry } from '../src/store/ledger.ts';
import { draintrace, forget } from './draintrace.ts';
import { ACCOUNT, REGION } from './world.ts';

export interface AgainFigure {
  keys: number;
  /** Seconds of the bare listing, one a round. */
  bare: number[];
  /** Seconds of `draintrace load` from start to exit. */
  load: number[];
  /** Requests of one `load`: listings, and objects read. */
  lists: number;
  reads: number;
}

const BUCKET = 'logs';
const PREFIX = `AWSLogs/${ACCOUNT}/elasticloadbalancing/${REGION}/2026/09/15/`;
const PAGE = 1000;
const keyOf = (index: number): string =>
  `${PREFIX}${ACCOUNT}_elasticloadbalancing_${REGION}_app.web.0123456789abcdef_20260915T1000Z_10.0.0.1_${String(index).padStart(8, '0')}.log.gz`;
const etagOf = (index: number): string => index.toString(16).padStart(32, '0');

/** Serves a listing from prepared pages, to keep the server's own time small. */
function startListing(keys: number) {
  const pages: Buffer[] = [];
  for (let first = 0; first < keys; first += PAGE) {
    const last = Math.min(keys, first + PAGE);
    const entries = Array.from({ length: last - first }, (_, i) => {
      const index = first + i;
      return `<Contents><Key>${keyOf(index)}</Key><LastModified>2026-09-15T10:05:00.000Z</LastModified><ETag>&quot;${etagOf(index)}&quot;</ETag><Size>1000</Size></Contents>`;
    });
    const more = last < keys ? `<NextContinuationToken>${last}</NextContinuationToken>` : '';
    pages.push(
      Buffer.from(
        `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${BUCKET}</Name><IsTruncated>${last < keys}</IsTruncated>${more}${entries.join('')}</ListBucketResult>`,
      ),
    );
  }
  const asked = { lists: 0, reads: 0 };
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://s3');
    if (searchParams.get('list-type') !== '2') {
      asked.reads++;
      response.writeHead(404).end();
      return;
    }
    asked.lists++;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(pages[Number(searchParams.get('continuation-token') ?? 0) / PAGE]);
  });
  return new Promise<{ endpoint: string; asked: typeof asked; stop(): void }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const stop = () => {
        server.closeAllConnections();
        server.close();
      };
      resolve({ endpoint, asked, stop });
    });
  });
}

/** Returns the seconds in which the AWS SDK lists all pages, without the start of Node. */
async function listBare(client: S3Client): Promise<number> {
  const began = performance.now();
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: PREFIX, ContinuationToken: token }),
    );
    token = page.NextContinuationToken;
  } while (token);
  return (performance.now() - began) / 1000;
}

function entryOf(index: number): LedgerEntry {
  return {
    object_id: index + 1,
    uri: `s3://${BUCKET}/${keyOf(index)}`,
    etag: etagOf(index),
    size: 1000,
    modified: null,
    kind: 'alb_access_log',
    status: 'complete',
    detail: null,
    lines: 1,
    rows: 1,
    rejected: 0,
    dropped: 0,
    extra_fields: 0,
    first_time: null,
    last_time: null,
    keep: 'all',
    captured_at: null,
    loaded_at: 0,
  };
}

/** Throws if `load` read an object, or listed more often than once for every 1,000 keys. */
export async function againFigure(keys: number, rounds: number, work: string): Promise<AgainFigure> {
  const db = join(work, 'again.duckdb');
  forget(db);
  const database = await openDatabase(db, { readOnly: false });
  await addEntries(
    database.connection,
    Array.from({ length: keys }, (_, index) => entryOf(index)),
  );
  database.close();
  const { endpoint, asked, stop } = await startListing(keys);
  const env = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_REGION: REGION };
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials });
  const figure: AgainFigure = { keys, bare: [], load: [], lists: 0, reads: 0 };
  try {
    for (let round = 0; round < rounds; round++) {
      figure.bare.push(await listBare(client));
      Object.assign(asked, { lists: 0, reads: 0 });
      const url = `s3://${BUCKET}/${PREFIX}`;
      const took = await draintrace(['load', url, '--endpoint-url', endpoint, '--db', db, '--quiet'], env);
      figure.load.push(took.wall);
      Object.assign(figure, asked);
      if (asked.reads > 0 || asked.lists > Math.ceil(keys / PAGE)) {
        throw new Error(`loading again made ${asked.lists} list calls and ${asked.reads} reads for ${keys} keys`);
      }
    }
  } finally {
    client.destroy();
    stop();
    forget(db);
  }
  return figure;
}
