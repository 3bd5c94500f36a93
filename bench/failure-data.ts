/** Generates logs and pods for the trace benchmark: every line is a failure, and pods inherit the addresses of dead pods. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { random } from './world.ts';

/** Lives that follow one another at the same address. */
const LIVES = 10;
const LIFE_MS = 600_000;
const START_MS = Date.UTC(2026, 8, 15, 0, 0, 0);
const PORT = 8080;

const ip = (slot: number): string => `10.${slot >> 16}.${(slot >> 8) & 255}.${slot & 255}`;
const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, -1)}000Z`;

/** Writes `failures` lines and `pods` lives to `folder`. A third of the failures occurs while the pod at the address terminates. */
export function makeFailures(folder: string, failures: number, pods: number, lifeMs = LIFE_MS): void {
  const next = random(failures);
  const slots = Math.ceil(pods / LIVES);
  mkdirSync(folder, { recursive: true });
  const lives = Array.from({ length: pods }, (_, i) => {
    const created = START_MS + Math.floor(i / slots) * lifeMs;
    const time = (after: number) => new Date(created + after).toISOString();
    return `shop,web-${i},${ip(i % slots)},${PORT},${time(0)},${time(15_000)},${time(lifeMs - 60_000)},${time(lifeMs - 30_000)}`;
  });
  writeFileSync(
    join(folder, 'pods.csv'),
    `namespace,pod,ip,port,created_at,ready_at,deleted_at,finished_at\n${lives.join('\n')}\n`,
  );
  const lines = Array.from({ length: failures }, () => {
    const life = Math.floor(next() * LIVES);
    const late = next() < 0.33;
    const at = late ? lifeMs - 60_000 + next() * 40_000 : 20_000 + next() * (lifeMs - 100_000);
    const created = Math.floor(START_MS + life * lifeMs + at);
    const target = `${ip(Math.floor(next() * slots))}:${PORT}`;
    const id = Math.floor(next() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
    return (
      `h2 ${iso(created + 10_002)} app/k8s-shop/50dc6c495c0c9188 203.0.113.${created % 250}:${1024 + (created % 60000)} ${target} -1 -1 -1 504 - 300 202 ` +
      `"GET https://shop.example:443/item/${id} HTTP/2.0" "curl/8.5.0" TLS_AES_128_GCM_SHA256 TLSv1.3 ` +
      `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/k8s-shop-web/73e2d6bc24d8a067 ` +
      `"Root=1-${Math.floor(created / 1000).toString(16)}-${id}${id}" "shop.example" "session-reused" 0 ${iso(created)} ` +
      `"forward" "-" "-" "${target}" "-" "-" "-" TID_${id}${id}00000000 "-" "-" "-" 172.31.16.20`
    );
  });
  writeFileSync(join(folder, 'failures.log.gz'), gzipSync(`${lines.join('\n')}\n`, { level: 1 }));
}
