/**
 * Installs the package as users do, with a real npm into folders of its own: the tarball, npx, a fresh clone, a Git address. npm
 * takes the packages from its cache where `npm ci` has put them, so that nothing is fetched but what was never asked for.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { freshFolder, ROOT } from '../cli.ts';

/** Most that an install may take on a disk: all of it, because no part is optional. */
const MOST = 90e6;

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const folder = freshFolder();
const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
// The npm that runs this test must not pass its own flags on.
for (const name of Object.keys(env)) {
  if (/^npm_(?:lifecycle|package|config_(?:local|global))/.test(name)) delete (env as Record<string, unknown>)[name];
}

const run = (cwd: string, program: string, ...words: string[]) =>
  spawnSync(program, words, { cwd, env, encoding: 'utf8', timeout: 400_000 });

function ok(cwd: string, program: string, ...words: string[]): string {
  const { status, stdout, stderr } = run(cwd, program, ...words);
  assert.equal(status, 0, `${program} ${words.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

function bytesOf(path: string): number {
  const entry = lstatSync(path);
  if (!entry.isDirectory()) return entry.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

let tarball: string;
let clone: string;
before(() => {
  const said = ok(ROOT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  tarball = join(folder, (JSON.parse(said) as [{ filename: string }])[0].filename);
  // A clone of what is here, committed or not: this test is about the change at hand.
  clone = join(folder, 'clone');
  mkdirSync(clone);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const present = spawnSync('sh', ['-c', 'xargs -0 ls -d 2>/dev/null'], { cwd: ROOT, input: files, encoding: 'utf8' });
  execFileSync('tar', ['-cf', join(folder, 'x.tar'), '-T', '-'], { cwd: ROOT, input: present.stdout });
  execFileSync('tar', ['-xf', join(folder, 'x.tar'), '-C', clone]);
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', clone, '-c', 'user.name=x', '-c', 'user.email=x', ...words]);
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
});

test('npm install -g of the tarball: both names work, and it takes at most 90 MB', () => {
  const prefix = join(folder, 'global');
  ok(folder, 'npm', 'install', '-g', '--prefix', prefix, tarball);
  for (const name of ['draintrace', 'kubectl-draintrace']) {
    assert.equal(ok(folder, join(prefix, 'bin', name), '--version'), `${version}\n`);
  }
  const program = join(prefix, 'bin', 'draintrace');
  const home = freshFolder();
  ok(home, program, 'load', join(ROOT, 'samples/recorded-incident'), '--timezone', '+08:00');
  assert.match(ok(home, program, 'trace'), /cause draining_target/);
  const taken = bytesOf(prefix);
  assert.ok(taken < MOST, `${taken} bytes`);
  const installed = join(prefix, 'lib/node_modules/draintrace');
  assert.deepEqual(
    readdirSync(join(installed, 'node_modules'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
    ['@duckdb', 'detect-libc'],
  );
  assert.ok(readdirSync(join(installed, 'deploy')).includes('Dockerfile'));
  // Commands whose packages were optional once have them: they fail for want of a cluster, not of a package.
  const kubeconfig = join(home, 'kubeconfig.json');
  const server = 'https://127.0.0.1:1';
  const config = {
    contexts: [{ name: 'prod', context: { cluster: 'c' } }],
    clusters: [{ name: 'c', cluster: { server } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const words = ['watch', '--for', '1s', '--out', 'x', '--kubeconfig', kubeconfig, '--context', 'nope'];
  assert.match(run(home, program, ...words).stderr, /has no context nope: it has prod/);
});

test('npx runs the tarball under both names', () => {
  const home = freshFolder();
  for (const name of ['draintrace', 'kubectl-draintrace']) {
    assert.equal(ok(home, 'npx', '--yes', '--package', tarball, name, '--version'), `${version}\n`);
  }
});

test('npm install -g in a fresh clone builds the program', () => {
  const prefix = join(folder, 'from-clone');
  ok(clone, 'npm', 'install', '-g', '--prefix', prefix, '.');
  assert.equal(ok(folder, join(prefix, 'bin', 'draintrace'), '--version'), `${version}\n`);
  assert.match(ok(folder, join(prefix, 'bin', 'draintrace'), 'queries'), /late-routing/);
});

test('npm install -g of a Git address says what to do instead', () => {
  const { status, stderr } = run(
    folder,
    'npm',
    'install',
    '-g',
    '--prefix',
    join(folder, 'git'),
    `git+file://${clone}`,
  );
  assert.notEqual(status, 0);
  assert.match(stderr, /npm cannot do that from a Git address/);
  assert.match(stderr, /git clone ADDRESS draintrace && cd draintrace && npm ci && npm install -g \./);
});

test('sources that cannot be built say so, and what to do', () => {
  const broken = join(folder, 'broken');
  execFileSync('cp', ['-r', join(ROOT, 'prepare.js'), join(ROOT, 'package.json'), mkdirBroken(broken)]);
  const { status, stderr } = run(broken, process.execPath, 'prepare.js');
  assert.equal(status, 1);
  assert.match(stderr, /draintrace was not installed: .+\. Instead:\n.+npm ci/);
});

/** Makes sources without build.js, whose packages seem to be there. */
function mkdirBroken(path: string): string {
  mkdirSync(join(path, 'src'), { recursive: true });
  mkdirSync(join(path, 'node_modules/esbuild'), { recursive: true });
  writeFileSync(join(path, 'src/x.ts'), '');
  return path;
}
