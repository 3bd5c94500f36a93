/** Run by the build: makes the empty database that loads begin with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openDatabase } from './database.ts';
import { emptyPath } from './empty.ts';

const folder = mkdtempSync(join(tmpdir(), 'draintrace-empty-'));
try {
  const path = join(folder, 'empty.duckdb');
  const database = await openDatabase(path, { readOnly: false });
  database.close();
  writeFileSync(emptyPath(), gzipSync(readFileSync(path), { level: 9 }));
} finally {
  rmSync(folder, { recursive: true });
}
