/**
 * Generates the files of samples/: `node --import tsx samples/make.ts [FOLDER]`. Each run gives the same bytes. The READMEs and
 * the probe transcripts are written by hand.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { catalogPods, catalogTargets, checkoutPods } from './evidence.ts';
import { ACCOUNT, at, iso, lineOf, REGION } from './line.ts';
import { BALANCER, FAILURES, NODES, WEBSOCKET } from './story.ts';
import { INTERVAL_SECONDS, INTERVALS, type Line, oddLines, trafficOf } from './traffic.ts';

/** The row of the incident that started this project, as its author published it. */
const RECORDED =
  'h2 2023-01-07T09:22:52.872365Z app/k8s-apidev-95472999b0/xxxxxxxxxx 202.102.17.226:24502 10.0.2.61:1325 -1 -1 -1 504 - 49 202 "GET https://example-api.cn:443/prefix-jiameng-api/ HTTP/2.0" "curl/7.79.1" ECDHE-RSA-XXXX-GCM-SHA256 TLSv1.2 arn:aws-cn:elasticloadbalancing:cn-northwest-1:xxxxxxx:targetgroup/k8s-dev-jiamenga-edb70a94b9/081fxxxxxxxx "Root=1-63b939e2-312611fa7a64f07e63d24099" "exxample-api.cn" "arn:aws-cn:acm:cn-northwest-1:xxxxxxx:certificate/e38c0d37-5c2f-4988-81c0-xxxxxxxx" 1 2023-01-07T09:22:42.870000Z "forward" "-" "-" "10.0.2.61:1325" "-" "-" "-"';

const gzip = (text: string): Buffer => {
  const bytes = gzipSync(text, { level: 9 });
  // zlib writes no time, but a byte for the operating system.
  bytes[9] = 3;
  return bytes;
};

const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** Folder of the objects delivered on a day, below samples/rollout-day. */
const folderOf = (day: string) => `AWSLogs/${ACCOUNT}/elasticloadbalancing/${REGION}/${day}`;

function nameOf(endMicros: number, node: string, random: string, kind = '', balancer = BALANCER): string {
  const minute = iso(endMicros).slice(0, 16).replaceAll('-', '').replace(':', '');
  return `${kind}${ACCOUNT}_elasticloadbalancing_${REGION}_${balancer.replaceAll('/', '.')}_${minute}Z_${node}_${random}.log.gz`;
}

function accessLogs(): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [interval, start] of INTERVALS.entries()) {
    const begins = at(start);
    const ends = begins + INTERVAL_SECONDS * 1_000_000;
    for (const [node, ip] of NODES.entries()) {
      const told: Line[] = [...FAILURES, { request: WEBSOCKET, width: 34 }].filter(
        ({ request }) => request.node === ip && request.time >= begins && request.time < ends,
      );
      const rows = [...trafficOf(interval, node), ...told].sort((a, b) => a.request.time - b.request.time);
      const lines = rows.map(({ request, width }) => lineOf(request, width));
      // The interval that ends at midnight is delivered on the next day.
      const day = iso(ends + 60_000_000)
        .slice(0, 10)
        .replaceAll('-', '/');
      const random = (begins / 1_000_000 + node).toString(36).padStart(8, '2');
      const path = `${folderOf(day)}/${nameOf(ends, ip, random)}`;
      const isMultiMember = interval === 4 && node === 0;
      const half = Math.ceil(lines.length / 2);
      const parts = isMultiMember ? [lines.slice(0, half), lines.slice(half)] : [lines];
      files.set(path, Buffer.concat(parts.map((part) => gzip(textOf(part)))));
    }
  }
  const odd = nameOf(at('09:05:00'), NODES[0], 'odd1ines');
  files.set(`${folderOf('2026/03/10')}/${odd}`, gzip(textOf(oddLines())));
  return files;
}

/** Returns the other objects of such a bucket, which are no access logs of an Application Load Balancer. */
function otherFiles(): Map<string, Buffer> {
  const folder = folderOf('2026/03/10');
  const ends = at('14:05:00');
  const connection = `2026-03-10T14:00:15.093000Z 203.0.113.101 40037 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.011 "-" - - Success TID_0a1b2c3d4e5f60718293a4b5c6d7e8f9 X25519 ${BALANCER} ${NODES[0]}`;
  const health = `http 2026-03-10T14:00:23.118233Z 5.000731 10.20.10.11:8080 k8s-shop-catalog-0f1e2d3c4b FAIL - TimedOut ${BALANCER} ${NODES[0]}`;
  const nlb =
    'tls 2.0 2026-03-10T14:00:31 net/shop-tcp/c6e77e28c25b2234 g3d4b5e8bb8464cd 198.51.100.34:51341 10.20.0.44:443 5 2 98 246 - arn:aws:acm:eu-central-1:111122223333:certificate/2a108f19-aded-46b0-8493-c63eb1ef4a99 - ECDHE-RSA-AES128-SHA tlsv12 - tcp.shop.example - - - 2026-03-10T14:00:30';
  return new Map([
    [`${folder}/${nameOf(ends, NODES[0], '5kx2mz1q', 'conn_log_')}`, gzip(textOf([connection]))],
    [`${folder}/${nameOf(ends, NODES[0], '7pqr3s0d', 'health_check_log_')}`, gzip(textOf([health]))],
    [`${folder}/${nameOf(ends, NODES[1], '2fz8w1yb', '', 'net/shop-tcp/c6e77e28c25b2234')}`, gzip(textOf([nlb]))],
    // A node that was replaced while it wrote.
    [`${folder}/${nameOf(ends, '10.20.2.13', '0em9ty00')}`, Buffer.alloc(0)],
    [
      `AWSLogs/${ACCOUNT}/ELBAccessLogTestFile`,
      Buffer.from(`Enable AccessLog for ELB: ${BALANCER} at 2026-03-09T08:15:20.806Z`),
    ],
  ]);
}

function expected(): string {
  const rows = FAILURES.map(({ request, mechanism, cause }) => `${request.trace},${mechanism},${cause ?? ''}`);
  return textOf(['trace_id,mechanism,cause', ...rows]);
}

/** Returns every generated file by its path below samples/. */
export function makeSamples(): Map<string, Buffer> {
  const recorded =
    'AWSLogs/111122223333/elasticloadbalancing/cn-northwest-1/2023/01/07/111122223333_elasticloadbalancing_cn-northwest-1_app.k8s-apidev-95472999b0.xxxxxxxxxx_20230107T0925Z_192.0.2.10_recorded.log.gz';
  const day = new Map<string, Buffer>([
    ...accessLogs(),
    ...otherFiles(),
    ['evidence/catalog-pods@2026-03-10T16-05-00Z.json', Buffer.from(catalogPods())],
    ['evidence/catalog-targets.json', Buffer.from(catalogTargets())],
    ['evidence/checkout-pods@2026-03-10T19-00-00Z.csv', Buffer.from(checkoutPods())],
  ]);
  return new Map([
    [`recorded-incident/${recorded}`, gzip(textOf([RECORDED]))],
    ...[...day].map(([path, bytes]): [string, Buffer] => [`rollout-day/${path}`, bytes]),
    // Beside the day's folder, because a `load` must not get the answers.
    ['rollout-day.expected.csv', Buffer.from(expected())],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));
  for (const made of ['recorded-incident/AWSLogs', 'rollout-day/AWSLogs', 'rollout-day/evidence']) {
    rmSync(join(folder, made), { recursive: true, force: true });
  }
  for (const [path, bytes] of makeSamples()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}
