/**
 * Builds deploy/Dockerfile with a real builder, podman, and runs the image as deploy/cronjob.yaml does: on a read-only root, as
 * another user than root, without capabilities. The base image is made from Debian's packages (base.sh), because a test reaches
 * no registry of images.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../cli.ts';

const BASE = 'localhost/draintrace-base:test';
const IMAGE = 'localhost/draintrace:test';
const OTHER = 'localhost/draintrace:other';
const VERSION = '9.8.7';
/** The user of deploy/cronjob.yaml. */
const USER = 65532;

/** A store of our own: images and layers of this machine's user are not touched, and no layer of an earlier run is used. */
const store = mkdtempSync(join(tmpdir(), 'draintrace-images-'));
const STORE = ['--root', join(store, 'root'), '--runroot', join(store, 'run')];

const podman = (...words: string[]): string =>
  execFileSync('podman', [...STORE, ...words], {
    encoding: 'utf8',
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
  });

/** Files that npm has fetched already, so that the build fetches nothing twice. */
const CACHE = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();

function build(tag: string, args: Record<string, string>): void {
  const given = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const places = ['--volume', `${CACHE}:/root/.npm`, '-f', 'deploy/Dockerfile', '-t', tag, '.'];
  podman('build', '--isolation', 'chroot', '--pull=never', ...given, ...places);
}

interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of the image, or the image's own, with `data` as /data. */
function run(data: string, words: string[], program: string | null = null): Run {
  const confined = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--network=none'];
  // runc, because crun refuses some kernels; limits of our own, because podman's are above those of a container in CI.
  const runtime = [
    ...STORE,
    '--runtime',
    'runc',
    'run',
    '--rm',
    '--ulimit=nofile=1024:1024',
    '--ulimit=nproc=1000:1000',
  ];
  const mounts = ['--volume', `${data}:/data`, '--volume', `${join(ROOT, 'samples')}:/samples:ro`];
  const entry = program === null ? [] : ['--entrypoint', program];
  const all = [...runtime, ...confined, ...mounts, ...entry, IMAGE, ...words];
  return spawnSync('podman', all, { encoding: 'utf8', timeout: 120_000 });
}

const found = spawnSync('podman', [...STORE, 'info'], { encoding: 'utf8' });
if (found.status !== 0) {
  throw new Error(`no builder of images is here (Debian: podman runc): ${found.error?.message ?? found.stderr}`);
}

describe('the image', () => {
  const data = mkdtempSync(join(tmpdir(), 'draintrace-image-'));
  before(() => {
    chownSync(data, USER, USER);
    const script = join(ROOT, 'test/image/base.sh');
    execFileSync('sh', [script, BASE, ...STORE], { stdio: ['ignore', 'pipe', 'pipe'] });
    build(IMAGE, { BASE, VERSION });
  });
  after(() => {
    rmSync(data, { recursive: true, force: true });
    spawnSync('podman', [...STORE, 'rmi', '--all', '--force'], { stdio: 'ignore' });
    rmSync(store, { recursive: true, force: true });
  });

  test('loads logs and answers on a read-only root, as another user than root', () => {
    const help = run(data, []);
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, /^draintrace COMMAND/);
    const loaded = run(data, ['load', '/samples/recorded-incident', '--timezone', '+08:00']);
    assert.equal(loaded.status, 0, loaded.stderr);
    const traced = run(data, ['trace']);
    assert.match(traced.stdout, /cause draining_target/, traced.stderr);
    assert.ok(existsSync(join(data, 'draintrace.duckdb')));
  });

  test('cannot write outside of /data, and is not root', () => {
    const script = `const fs = require('node:fs');
      const tried = ['/app', '/', '/etc'].map((folder) => {
        try { fs.writeFileSync(folder + '/x', ''); return 'written'; } catch (error) { return error.code; }
      });
      console.log(JSON.stringify([process.getuid(), process.getgid(), tried]));`;
    const { stdout, stderr } = run(data, ['-e', script], 'node');
    assert.deepEqual(JSON.parse(stdout || '[]'), [USER, USER, ['EROFS', 'EROFS', 'EROFS']], stderr);
  });

  test('exit codes come through: a broken limit is 1, a wrong flag 2, an unreadable source 3', () => {
    const checked = run(data, ['check', '--max', 'draining_target=0', '--allow-missing']);
    assert.equal(checked.status, 1, checked.stderr);
    assert.equal(run(data, ['trace', '--no-such-flag']).status, 2);
    assert.equal(run(data, ['load', '/nothing']).status, 3);
  });

  test('says what it is, and holds only what runs', () => {
    const [image] = JSON.parse(podman('image', 'inspect', IMAGE)) as [{ Labels: Record<string, string>; User: string }];
    assert.equal(image.User, `${USER}:${USER}`);
    assert.equal(image.Labels['org.opencontainers.image.version'], VERSION);
    assert.equal(image.Labels['org.opencontainers.image.base.name'], BASE);
    const list = `const { readdirSync } = require('node:fs');
      console.log(JSON.stringify([readdirSync('/app'), readdirSync('/app/node_modules'), readdirSync('/app/node_modules/@duckdb')]));`;
    const [app, packages, native] = JSON.parse(run(data, ['-e', list], 'node').stdout) as string[][];
    assert.deepEqual(app!.sort(), ['LICENSE', 'dist', 'node_modules', 'package.json', 'queries']);
    assert.deepEqual(packages!.filter((name) => !name.startsWith('.')).sort(), ['@duckdb', 'detect-libc']);
    const cpu = process.arch;
    assert.deepEqual(native!.sort(), ['node-bindings', `node-bindings-linux-${cpu}`]);
  });

  test('for another processor it holds the native part of that one', () => {
    const cpu = process.arch === 'arm64' ? 'amd64' : 'arm64';
    // A base of another processor cannot run here, and need not: the last stage only copies.
    build(OTHER, { BASE, VERSION, TARGETARCH: cpu });
    const folder = join(data, 'other');
    const container = podman('create', OTHER).trim();
    const name = cpu === 'amd64' ? 'x64' : cpu;
    podman('cp', `${container}:/app/node_modules/@duckdb`, folder);
    podman('rm', container);
    const library = readFileSync(join(folder, `node-bindings-linux-${name}`, 'duckdb.node'));
    // e_machine of the ELF header.
    assert.equal(library.readUInt16LE(18), cpu === 'arm64' ? 183 : 62);
    assert.ok(!existsSync(join(folder, `node-bindings-linux-${process.arch}`)));
  });
});
