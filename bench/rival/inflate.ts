/** Lower bound, not a rival: node:zlib inflates the objects in its own threads and drops the result. Prints the time. */
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pMap from 'p-map';

const folder = process.argv[2]!;
const files = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.log.gz'));
const began = performance.now();
const before = process.cpuUsage();
let bytes = 0;
await pMap(
  files,
  (file) => {
    const nowhere = new Writable({
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done();
      },
    });
    return pipeline(
      createReadStream(join(folder, file), { highWaterMark: 1 << 18 }),
      createGunzip({ chunkSize: 1 << 20 }),
      nowhere,
    );
  },
  { concurrency: 4 },
);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6, bytes }));
