/**
 * A real kube-apiserver with its etcd, in a temporary folder and on loopback ports, with RBAC. There is no kubelet and no
 * controller: tests do their work.
 */
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';

const START_MS = 60_000;
const ADMIN = 'admin-of-this-test';
const WATCHER = 'watcher-of-this-test';
/** The account that gets the rights of deploy/watch.yaml. */
const ACCOUNT = 'system:serviceaccount:draintrace:draintrace-watch';

export const BINARIES = execFileSync('bash', [join(import.meta.dirname, 'build.sh'), '--path'], {
  encoding: 'utf8',
}).trim();
export const isBuilt = (): boolean => ['etcd', 'kube-apiserver'].every((name) => existsSync(join(BINARIES, name)));

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

interface Daemon {
  stop(signal: NodeJS.Signals): Promise<void>;
}

export class RealServer {
  readonly folder: string;
  readonly #ports: readonly number[];
  #etcd: Daemon | null = null;
  #api: Daemon | null = null;

  private constructor(folder: string, ports: readonly number[]) {
    this.folder = folder;
    this.#ports = ports;
  }

  static async start(): Promise<RealServer> {
    const server = new RealServer(await mkdtemp(join(tmpdir(), 'draintrace-kubernetes-')), await freePorts(3));
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(join(server.folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(
      join(server.folder, 'tokens.csv'),
      `${ADMIN},admin,1,system:masters\n${WATCHER},${ACCOUNT},2,system:serviceaccounts\n`,
    );
    const [client, peer] = server.#ports;
    server.#etcd = daemon(join(BINARIES, 'etcd'), server.folder, [
      `--data-dir=${join(server.folder, 'etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      '--unsafe-no-fsync',
    ]);
    await server.startApi();
    return server;
  }

  async startApi(): Promise<void> {
    const { folder } = this;
    const key = join(folder, 'sa.key');
    this.#api = daemon(join(BINARIES, 'kube-apiserver'), folder, [
      `--etcd-servers=http://127.0.0.1:${this.#ports[0]}`,
      `--secure-port=${this.#ports[2]}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--cert-dir=${join(folder, 'certificates')}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.96.0.0/16',
      `--token-auth-file=${join(folder, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount,LimitRanger,ResourceQuota',
    ]);
    const end = Date.now() + START_MS;
    for (;;) {
      const ready = await this.ask('GET', '/readyz').catch(() => null);
      if (ready?.status === 200) return;
      if (Date.now() > end)
        throw new Error(`kube-apiserver does not start:\n${this.log('kube-apiserver').slice(-3000)}`);
      await delay(200);
    }
  }

  async stopApi(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#api?.stop(signal);
  }

  async stop(): Promise<void> {
    await this.stopApi();
    await this.#etcd?.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  log(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), 'utf8');
  }

  /** Writes a kubeconfig for the watcher, with only the rights of deploy/watch.yaml, and returns its path. */
  kubeconfig(): string {
    const path = join(this.folder, 'kubeconfig.yaml');
    const ca = join(this.folder, 'certificates', 'apiserver.crt');
    writeFileSync(
      path,
      `apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: watcher}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:${this.#ports[2]}", certificate-authority: ${ca}}}]
users: [{name: watcher, user: {token: ${WATCHER}}}]
`,
    );
    return path;
  }

  /** Sends a request as administrator. A body is sent as JSON, or as `type`. */
  ask(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.#ports[2],
          method,
          path,
          rejectUnauthorized: false,
          agent: false,
          headers: {
            authorization: `Bearer ${ADMIN}`,
            ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
          },
        },
        async (answer) => {
          try {
            const chunks: Buffer[] = [];
            for await (const chunk of answer) chunks.push(chunk as Buffer);
            const said = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode!, body: said.startsWith('{') ? JSON.parse(said) : { said } });
          } catch (error) {
            reject(error);
          }
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /** Like `ask`, but throws for a refusal. */
  async must(method: string, path: string, body?: unknown, type?: string): Promise<Record<string, unknown>> {
    const answer = await this.ask(method, path, body, type);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Creates the Namespace, ServiceAccount and RBAC objects of a manifest. Other objects need a cluster with controllers. */
  async apply(manifest: string): Promise<void> {
    const places: Record<string, string> = {
      Namespace: '/api/v1/namespaces',
      ServiceAccount: '/api/v1/namespaces/draintrace/serviceaccounts',
      ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      Deployment: '/apis/apps/v1/namespaces/draintrace/deployments',
    };
    for (const document of parseAllDocuments(manifest)) {
      const object = document.toJS() as { kind: string };
      await this.must('POST', places[object.kind]!, object);
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

function daemon(path: string, folder: string, args: string[]): Daemon {
  const name = path.split('/').at(-1)!;
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn(path, args, { cwd: folder, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    async stop(signal) {
      child.kill(signal);
      await ended;
      process.off('exit', kill);
    },
  };
}
