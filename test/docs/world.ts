/** Test world for the commands of the documentation: a folder with samples/, the built program, and an S3. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesEngine } from '../athena/lines-engine.ts';
import { type Result, StandInAthena } from '../athena/stand-in.ts';
import { ROOT } from '../cli.ts';
import { filesOf } from '../module.ts';
import { inventoryFiles, listingOf } from '../s3/inventory.ts';
import { StandIn, type StoredObject } from '../s3/stand-in.ts';
import { makePod } from '../watch/pod.ts';
import { StandInApi } from '../watch/stand-in-api.ts';
import { StandInBalancer } from '../watch/stand-in-balancer.ts';

/** Pages show this in place of the folder. */
const HOME = '/home/sre';

/** Progress lines depend on the machine's speed. */
const PROGRESS = /^(?:listing: [\d,]+ objects?|judging the failures|[\d,]+\/[\d,]+ objects?, .* so far)\n/gm;

export interface Printed {
  status: number | null;
  lines: string[];
}

export class World {
  readonly #outer = mkdtempSync(join(tmpdir(), 'draintrace-docs-'));
  readonly folder = join(this.#outer, 'sre');
  readonly #s3 = new StandIn();
  readonly #athena = new StandInAthena((sql) => this.#askLines(sql));
  #athenaEndpoint = '';
  readonly #api = new StandInApi();
  readonly #balancer = new StandInBalancer();
  #apiServer = '';
  #balancerEndpoint = '';
  #endpoint = '';
  #status: number | null = 0;

  async start(): Promise<void> {
    mkdirSync(join(this.#outer, 'bin'));
    const program = join(this.#outer, 'bin', 'draintrace');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/bin/draintrace.js')}' "$@"\n`);
    chmodSync(program, 0o755);
    this.#endpoint = await this.#s3.start();
    this.#s3.region = 'eu-central-1';
    this.#athenaEndpoint = await this.#athena.start();
    this.#apiServer = await this.#api.start();
    this.#api.put('pods', makePod('api-1'));
    this.#balancerEndpoint = await this.#balancer.start();
    this.#balancer.groups.set('k8s-shop-api-0a1b2c3d4e', [{ ip: '10.0.0.1', port: 8080, state: 'healthy' }]);
    this.empty();
    const loaded = await this.run('draintrace load samples/rollout-day samples/recorded-incident --timezone +08:00');
    if (loaded.status !== 0) throw new Error(loaded.lines.join('\n'));
    cpSync(join(this.folder, 'draintrace.duckdb'), this.database);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#s3.stop(), this.#athena.stop(), this.#api.stop(), this.#balancer.stop()]);
    rmSync(this.#outer, { recursive: true });
  }

  /** A read-only database with all samples. */
  get database(): string {
    return join(this.#outer, 'samples.duckdb');
  }

  /** A fresh folder with the samples, and no loaded data. */
  empty(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.#state, { force: true });
    mkdirSync(join(this.folder, '.kube'), { recursive: true });
    writeFileSync(
      join(this.folder, '.kube', 'config'),
      JSON.stringify({
        'current-context': 'prod',
        contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'sre' } }],
        clusters: [{ name: 'prod', cluster: { server: this.#apiServer, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'sre', user: {} }],
      }),
    );
    cpSync(join(ROOT, 'samples'), join(this.folder, 'samples'), { recursive: true, preserveTimestamps: true });
    this.#status = 0;
  }

  /** A fresh folder for a page: loaded samples, and the page's own files. */
  open(page: string): void {
    this.empty();
    cpSync(this.database, join(this.folder, 'draintrace.duckdb'));
    this.addFiles(page);
  }

  /** Files of a page from programs that are not run here: `test/docs/file/<page>/`. */
  addFiles(page: string): void {
    const files = join(ROOT, 'test/docs/file', page.replace(/^docs\/|\.md$/g, ''));
    if (existsSync(files)) cpSync(files, this.folder, { recursive: true, preserveTimestamps: true });
  }

  /** Puts the sample day where each s3:// url of the text expects logs. */
  async fillBuckets(text: string): Promise<void> {
    this.#s3.buckets.clear();
    for (const [, bucket, path = ''] of text.matchAll(/s3:\/\/([a-z0-9.-]+)(?:\/([\w./=-]*))?/g)) {
      this.#fill(bucket!, path.replace(/(?:^|\/)AWSLogs\/.*$/, '').replace(/\/$/, ''));
    }
    await this.#fillInventories(text);
  }

  #fill(bucket: string, prefix: string): void {
    const objects = this.#s3.buckets.get(bucket) ?? new Map<string, StoredObject>();
    this.#s3.buckets.set(bucket, objects);
    for (const file of filesOf('samples/rollout-day/AWSLogs', '')) {
      const key = [prefix, file.replace('samples/rollout-day/', '')].filter(Boolean).join('/');
      objects.set(key, { body: readFileSync(join(ROOT, file)), modified: new Date('2026-03-11T00:05:00Z') });
    }
  }

  /** Puts an inventory of the bucket that the path of a manifest names. */
  async #fillInventories(text: string): Promise<void> {
    for (const [, bucket, source] of text.matchAll(/s3:\/\/([a-z0-9.-]+)\/([a-z0-9.-]+)\/\S*\/manifest\.json/g)) {
      const objects = new Map<string, StoredObject>();
      this.#s3.buckets.set(bucket!, objects);
      this.#fill(source!, '');
      const listing = listingOf(this.#s3.buckets.get(source!)!);
      for (const [key, body] of await inventoryFiles(source!, listing, { destination: bucket! })) {
        objects.set(key, { body, modified: new Date('2026-03-11T03:00:00Z') });
      }
    }
  }

  /** Answers `athena pull` from the logs of the S3 here. */
  async #askLines(sql: string): Promise<Result> {
    const { engine, close } = await linesEngine(this.#s3, 'my-alb-logs');
    try {
      return await engine(sql);
    } finally {
      close();
    }
  }

  get #state(): string {
    return join(this.#outer, 'state');
  }

  /** Runs a command as a terminal would: both streams in one, variables kept between commands, `$?` of the last command. */
  async run(command: string): Promise<Printed> {
    const script = `exec 2>&1; [ -f "$STATE" ] && . "$STATE"; (exit ${this.#status})\n${command}\nstatus=$?; export -p > "$STATE"; exit $status`;
    const { keys } = this.#s3;
    const child = spawn('sh', ['-c', script], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: `${join(this.#outer, 'bin')}:${process.env.PATH}`,
        HOME: this.folder,
        STATE: this.#state,
        TZ: 'America/St_Johns',
        LC_ALL: 'C.UTF-8',
        NO_COLOR: '1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: this.#balancerEndpoint,
        AWS_ENDPOINT_URL_S3: this.#endpoint,
        AWS_ENDPOINT_URL_ATHENA: this.#athenaEndpoint,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_REGION: 'eu-central-1',
      },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const status = await new Promise<number | null>((settle, fail) => {
      child.on('error', fail);
      child.on('close', settle);
    });
    this.#status = status ?? 1;
    const text = Buffer.concat(chunks)
      .toString()
      .replaceAll(this.folder, HOME)
      .replaceAll(this.#endpoint, 'https://s3.example');
    return { status, lines: text.replace(PROGRESS, '').split('\n') };
  }

  /** Names of the files in the folder, for messages. */
  list(): string {
    return readdirSync(this.folder).join(' ');
  }
}
