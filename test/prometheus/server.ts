/** Starts a real Prometheus, from Debian's package prometheus, in a temporary folder and on a loopback port, with a password. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Prometheus {
  /** `127.0.0.1:<port>`. */
  address: string;
  username: string;
  password: string;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** OpenMetrics text with times: the history before the start. */
  history: string;
  /** `host:port` to scrape each second. */
  scraped: string;
  /** Samples that one query may load. */
  maxSamples: number;
}

const START_MS = 60_000;
const PASSWORD = 'open sesame';
/** bcrypt as web.yml needs it, with few rounds. */
const HASH = '$2b$04$X52SgGkQDI4oZYEpUclgfeFddmv3qoIJvPZSM6oJqNCNUOJGKDrBq';

/** Starts the server. If it does not start (or is not installed), throws with its output. */
export async function startPrometheus({ history, scraped, maxSamples }: PrometheusOptions): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'draintrace-prometheus-'));
  const data = join(folder, 'data');
  const port = await freePort();
  mkdirSync(data);
  writeFileSync(join(folder, 'history.txt'), history);
  writeFileSync(
    join(folder, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'live', honor_labels: true, static_configs: [{ targets: [scraped] }] }],
    }),
  );
  writeFileSync(join(folder, 'web.yml'), JSON.stringify({ basic_auth_users: { draintrace: HASH } }));
  let log = '';
  let stop = async () => rmSync(folder, { recursive: true, force: true });
  try {
    await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'history.txt'), data]);
    const child = spawn('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--web.config.file=${join(folder, 'web.yml')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.tsdb.path=${data}`,
      // Keeps blocks of the past.
      '--storage.tsdb.retention.time=100y',
      `--query.max-samples=${maxSamples}`,
    ]);
    const onExit = () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    };
    process.once('exit', onExit);
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    stop = async () => {
      process.removeListener('exit', onExit);
      child.kill('SIGTERM');
      await Promise.race([ended, delay(5000)]);
      onExit();
    };
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
    });
    await ready(port, () => child.exitCode);
  } catch (error) {
    await stop();
    throw new Error(`Prometheus did not start: ${(error as Error).message}\n${log}`, { cause: error });
  }
  return { address: `127.0.0.1:${port}`, username: 'draintrace', password: PASSWORD, stop };
}

/** Like startPrometheus; if Prometheus is not installed, says so and returns null, which CI rejects. */
export async function startOrSay(options: PrometheusOptions): Promise<Prometheus | null> {
  try {
    return await startPrometheus(options);
  } catch (error) {
    const line = '!'.repeat(100);
    const message = (error as Error).message;
    console.error(`${line}\nNo real Prometheus, so NOTHING of this file was tested.\n${message}\n${line}`);
    if (process.env.CI === 'true') throw error;
    return null;
  }
}

/** Returns a port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

async function ready(port: number, exitCode: () => number | null): Promise<void> {
  const headers = { authorization: `Basic ${Buffer.from(`draintrace:${PASSWORD}`).toString('base64')}` };
  for (const end = Date.now() + START_MS; Date.now() < end; await delay(100)) {
    if (exitCode() !== null) throw new Error(`it ended with ${exitCode()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/-/ready`, { headers }).catch(() => null);
    if (answer?.ok) return;
  }
  throw new Error(`not ready after ${START_MS / 1000} s`);
}
