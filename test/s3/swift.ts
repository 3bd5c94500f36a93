/**
 * Starts a real S3 server: OpenStack Swift with s3api, from Debian's packages swift-proxy, swift-account, swift-container,
 * swift-object and memcached, in a temporary folder and on loopback ports, as the current user.
 */
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Swift {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  stop(): Promise<void>;
}

const START_MS = 90_000;
const PIPELINE =
  'catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-logging proxy-server';

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

function common(folder: string, port: number): string {
  return [
    `bind_ip = 127.0.0.1`,
    `bind_port = ${port}`,
    `workers = 1`,
    `user = ${userInfo().username}`,
    `swift_dir = ${folder}`,
    `devices = ${join(folder, 'devices')}`,
    'mount_check = false',
    'log_level = WARNING',
  ].join('\n');
}

function proxyConfiguration(folder: string, port: number, memcached: number): string {
  const filters = PIPELINE.split(' ').filter(
    (name, index, all) => name !== 'proxy-server' && all.indexOf(name) === index,
  );
  const uses: Record<string, string> = { cache: 'memcache', 'proxy-logging': 'proxy_logging' };
  const extra: Record<string, string> = {
    cache: `memcache_servers = 127.0.0.1:${memcached}`,
    tempauth: 'user_test_tester = testing .admin',
    s3api: 's3_acl = false\nlocation = us-east-1',
    versioned_writes: 'allow_versioned_writes = true\nallow_object_versioning = true',
  };
  return [
    `[DEFAULT]\n${common(folder, port)}`,
    `[pipeline:main]\npipeline = ${PIPELINE}`,
    '[app:proxy-server]\nuse = egg:swift#proxy\nallow_account_management = true\naccount_autocreate = true',
    ...filters.map((name) => `[filter:${name}]\nuse = egg:swift#${uses[name] ?? name}\n${extra[name] ?? ''}`),
  ].join('\n\n');
}

/** Starts the server. Throws an Error with the reason if it does not start. */
export async function startSwift(): Promise<Swift> {
  const folder = await mkdtemp(join(tmpdir(), 'draintrace-swift-'));
  const [proxy, account, container, object, memcached] = (await freePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const groups: number[] = [];
  const log = join(folder, 'log');
  const start = (command: string, args: string[]) => {
    const output = openSync(log, 'a');
    const child = spawn(command, args, { cwd: folder, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    child.on('error', () => {});
    if (child.pid !== undefined) groups.push(child.pid);
    child.unref();
  };
  const signal = (name: NodeJS.Signals) => {
    for (const group of groups) {
      try {
        process.kill(-group, name);
      } catch {
        // The process has already ended.
      }
    }
  };
  const onExit = () => {
    signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const stop = async () => {
    process.removeListener('exit', onExit);
    signal('SIGTERM');
    await delay(200);
    onExit();
  };

  try {
    await mkdir(join(folder, 'devices', 'd1'), { recursive: true });
    for (const [server, port] of Object.entries({ account, container, object })) {
      const builder = join(folder, `${server}.builder`);
      await run('swift-ring-builder', [builder, 'create', '2', '1', '1']);
      await run('swift-ring-builder', [builder, 'add', `r1z1-127.0.0.1:${port}/d1`, '1']);
      await run('swift-ring-builder', [builder, 'rebalance']);
      const file = join(folder, `${server}-server.conf`);
      const app = `[app:${server}-server]\nuse = egg:swift#${server}`;
      await writeFile(
        file,
        `[DEFAULT]\n${common(folder, port)}\n\n[pipeline:main]\npipeline = ${server}-server\n\n${app}\n`,
      );
      start(`swift-${server}-server`, [file]);
    }
    await writeFile(join(folder, 'proxy-server.conf'), proxyConfiguration(folder, proxy, memcached));
    start('memcached', ['-l', '127.0.0.1', '-p', String(memcached), '-m', '16', '-u', userInfo().username]);
    start('swift-proxy-server', [join(folder, 'proxy-server.conf')]);
    await healthy(`http://127.0.0.1:${proxy}`);
  } catch (error) {
    const said = await readFile(log, 'utf8').catch(() => '');
    await stop();
    throw new Error(`Swift did not start: ${(error as Error).message}\n${said.slice(-2000)}`, { cause: error });
  }
  return {
    endpoint: `http://127.0.0.1:${proxy}`,
    accessKeyId: 'test:tester',
    secretAccessKey: 'testing',
    region: 'us-east-1',
    stop,
  };
}

/** Like startSwift; if Swift is not installed, says so and returns null, which CI rejects. */
export async function startOrSay(): Promise<Swift | null> {
  try {
    return await startSwift();
  } catch (error) {
    const line = '!'.repeat(100);
    console.error(
      `${line}\nNo real S3 server, so NOTHING of this file was tested.\n${(error as Error).message}\n${line}`,
    );
    if (process.env.CI === 'true') throw error;
    return null;
  }
}

/** Waits until the proxy answers and the servers behind it accept a new account. */
async function healthy(endpoint: string): Promise<void> {
  const end = Date.now() + START_MS;
  let last = 'no answer';
  while (Date.now() < end) {
    try {
      const login = await fetch(`${endpoint}/auth/v1.0`, {
        headers: { 'x-auth-user': 'test:tester', 'x-auth-key': 'testing' },
      });
      const token = login.headers.get('x-auth-token');
      if (token !== null) {
        const url = `${endpoint}/v1/AUTH_test/healthy`;
        const made = await fetch(url, { method: 'PUT', headers: { 'x-auth-token': token } });
        if (made.ok) return;
        last = `PUT of a container gives ${made.status}`;
      } else last = `login gives ${login.status}`;
    } catch (error) {
      last = String((error as Error).cause ?? error);
    }
    await delay(200);
  }
  throw new Error(`not healthy after ${START_MS / 1000} s (${last})`);
}

// Run directly, this file is a server for experiments, until Ctrl-C.
if (process.argv[1] === import.meta.filename) {
  const { endpoint, accessKeyId, secretAccessKey, region, stop } = await startSwift();
  console.log(`export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region}`);
  console.log(`export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  const end = () => stop().then(() => process.exit());
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, end);
  setInterval(() => {}, 60_000);
}
