/** Starts a real Trino with the Hive connector over files, from its archive in the cache folder. It ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export const TRINO_VERSION = '476';
const HOME =
  process.env.TRINO_HOME ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'draintrace', 'trino', `trino-server-${TRINO_VERSION}`);

/** Returns why Trino cannot be started here, or null. */
export function trinoMissing(): string | null {
  if (!existsSync(join(HOME, 'lib'))) return `${HOME} is missing: run make trino`;
  return javaHome() === null ? 'no Java 24 or newer was found: set JAVA_HOME' : null;
}

function javaHome(): string | null {
  const candidates = [process.env.JAVA_HOME, '/usr/lib/jvm/temurin-25-jdk-amd64', '/usr/lib/jvm/temurin-25-jdk-arm64'];
  const found = candidates.find((home) => {
    if (!home || !existsSync(join(home, 'release'))) return false;
    const version = /JAVA_VERSION="(\d+)/.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1];
    return Number(version) >= 24;
  });
  return found ?? null;
}

export interface TrinoServer {
  origin: string;
  /** The folder behind `local:///`. */
  files: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** Starts Trino and waits until it answers, which takes about half a minute. */
export async function startTrino(): Promise<TrinoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'draintrace-trino-'));
  const files = join(folder, 'files');
  for (const name of ['etc/catalog', 'data', 'files']) mkdirSync(join(folder, name), { recursive: true });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': port,
    // Only this machine may ask. Limits of plans and statements stay at Trino's defaults, as a user's server has them.
    'node.bind-ip': '127.0.0.1',
    'node.internal-address': '127.0.0.1',
    'discovery.uri': origin,
    'plugin.dir': join(HOME, 'plugin'),
    'catalog.config-dir': join(folder, 'etc/catalog'),
    'query.max-memory': '1200MB',
    'query.max-memory-per-node': '1200MB',
    'memory.heap-headroom-per-node': '400MB',
  };
  const lines = (entries: object): string =>
    Object.entries(entries)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
  writeFileSync(join(folder, 'etc/config.properties'), lines(config));
  const hive = {
    'connector.name': 'hive',
    'hive.metastore': 'file',
    'hive.metastore.catalog.dir': 'local:///metastore',
    'fs.native-local.enabled': 'true',
    'local.location': files,
    // A day without logs has no folder.
    'hive.ignore-absent-partitions': 'true',
    // Tables of Iceberg stand beside the others under one name of a catalog, as on Athena.
    'hive.iceberg-catalog-name': 'iceberg',
  };
  writeFileSync(join(folder, 'etc/catalog/hive.properties'), lines(hive));
  const iceberg = {
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'TESTING_FILE_METASTORE',
    'hive.metastore.catalog.dir': 'local:///metastore',
    'fs.native-local.enabled': 'true',
    'local.location': files,
  };
  writeFileSync(join(folder, 'etc/catalog/iceberg.properties'), lines(iceberg));
  const argv = [
    // The server lives for minutes, so only very frequent code (the pattern of a line) is worth the second compiler.
    ...['-Xmx3G', '-Xmn1200M', '-XX:+UseSerialGC', '-XX:Tier4InvocationThreshold=100000'],
    ...[
      '-XX:Tier4MinInvocationThreshold=50000',
      '-XX:Tier4CompileThreshold=200000',
      '-XX:Tier4BackEdgeThreshold=400000',
    ],
    ...['--sun-misc-unsafe-memory-access=allow', '--enable-native-access=ALL-UNNAMED'],
    ...['-Dnode.environment=test', '-Dnode.id=test', `-Dnode.data-dir=${join(folder, 'data')}`],
    ...[
      `-Dconfig=${join(folder, 'etc/config.properties')}`,
      '-cp',
      join(HOME, 'lib', '*'),
      'io.trino.server.TrinoServer',
    ],
  ];
  const child: ChildProcess = spawn(join(javaHome()!, 'bin/java'), argv, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-20_000);
    });
  }
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  // A signal ends a test that takes too long. Without this handler, Trino would stay.
  const stopped = (): void => {
    end();
    process.exit(1);
  };
  process.once('SIGTERM', stopped);
  const deadline = Date.now() + 180_000;
  for (;;) {
    const info = await fetch(`${origin}/v1/info`).then(
      (answer) => answer.json(),
      () => null,
    );
    if ((info as { starting?: boolean } | null)?.starting === false) break;
    if (Date.now() > deadline || child.exitCode !== null) {
      end();
      throw new Error(`Trino did not start:\n${log}`);
    }
    await new Promise((later) => setTimeout(later, 500));
  }
  return {
    origin,
    files,
    async stop() {
      end();
      await ended;
      process.off('exit', end);
      process.off('SIGTERM', stopped);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
