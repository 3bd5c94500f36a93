/** Generates access logs for tests of `load`: plausible rows, the same for the same seed. */
import { gzipSync } from 'node:zlib';
import { randomNumbers } from '../fuzz/mutate.ts';

export interface LogOptions {
  rows: number;
  seed: number;
  /** First request, milliseconds since the epoch. */
  start: number;
  /** One in this many rows is a connect timeout of the target 10.0.9.9:8080; 0 means none. */
  failEvery?: number;
  /** One in this many lines is broken; 0 means none. */
  breakEvery?: number;
}

const time = (ms: number, micros: number) =>
  `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;

export function logText({ rows, seed, start, failEvery = 0, breakEvery = 0 }: LogOptions): string {
  const random = randomNumbers(seed);
  const hex = (digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join('');
  const lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    const received = start + i * 3;
    const fails = failEvery > 0 && i % failEvery === failEvery - 1;
    const target = fails ? '10.0.9.9:8080' : `10.0.${random(3)}.${10 + random(30)}:8080`;
    const took = fails ? 10_002 : random(400);
    const status = fails ? '504 -' : '200 200';
    const times = fails ? '-1 -1 -1' : `0.001 ${(took / 1000).toFixed(3)} 0.000`;
    const group = `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web${random(2)}/73e2d6bc24d8a067`;
    const line =
      `h2 ${time(received + took, random(1000))} app/k8s-shop/50dc6c495c0c9188 203.0.113.${random(250)}:${1024 + random(60000)} ${target} ` +
      `${times} ${status} ${random(900)} ${random(9000)} "GET https://shop.example.com:443/item/${random(1e6)}?q=${hex(8)} HTTP/2.0" ` +
      `"Mozilla/5.0 (X11; Linux x86_64) Chrome/${100 + random(30)}.0" TLS_AES_128_GCM_SHA256 TLSv1.3 ${group} ` +
      `"Root=1-${Math.floor(received / 1000).toString(16)}-${hex(24)}" "shop.example.com" ` +
      `"arn:aws:acm:eu-west-1:123456789012:certificate/12345678" ${random(3)} ${time(received, 0)} "forward" "-" "-" ` +
      `"${target}" "${fails ? '-' : '200'}" "-" "-" TID_${hex(32)} "-" "-" "-" 10.0.${random(3)}.5`;
    lines.push(breakEvery > 0 && i % breakEvery === breakEvery - 1 ? line.slice(0, 60) : line);
  }
  return `${lines.join('\n')}\n`;
}

export const logFile = (options: LogOptions): Buffer => gzipSync(logText(options), { level: 1 });
