/** Tests the package: its metadata, its lock file, and the content of `npm pack`, run from there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { freshFolder, ROOT } from './cli.ts';

interface Manifest {
  version: string;
  bin: Record<string, string>;
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  scripts: Record<string, string>;
}

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}

const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const manifest = json('package.json') as Manifest;
const lock = (json('package-lock.json') as { packages: Record<string, Locked> }).packages;

test('one program, for Node 20.19 and newer', () => {
  // The second name makes it a plugin of kubectl. Both lead to one file, so npx takes the first.
  const file = 'dist/bin/draintrace.js';
  assert.deepEqual(Object.entries(manifest.bin), Object.entries({ draintrace: file, 'kubectl-draintrace': file }));
  assert.deepEqual(manifest.engines, { node: '>=20.19.0' });
  assert.match(readFileSync(join(ROOT, manifest.bin.draintrace!), 'utf8'), /^#!\/usr\/bin\/env node\n/);
});

test('every dependency is pinned, and nothing runs when it is installed', () => {
  const { dependencies, devDependencies, scripts } = manifest;
  // All else is bundled, so an install is the program and the engine of its platform.
  assert.deepEqual(Object.keys(dependencies), ['@duckdb/node-bindings']);
  assert.ok(!('optionalDependencies' in manifest));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, name);
    assert.equal(lock[`node_modules/${name}`]?.version, version, `${name} in package-lock.json`);
  }
  const running = Object.entries(lock).filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
  assert.deepEqual(
    running.map(([path]) => path),
    [],
  );
  assert.deepEqual(
    Object.keys(scripts).filter((name) => /^(?:pre|post)?(?:install|prepare|pack)$/.test(name)),
    // npm runs it for sources only: a clone, or a Git address.
    ['prepare'],
  );
});

test('the lock file holds the packages of every platform, each with its checksum, and names no registry', () => {
  const absent: string[] = [];
  for (const [path, { optionalDependencies = {}, resolved, integrity }] of Object.entries(lock)) {
    if (path === '') continue;
    assert.equal(resolved, undefined, path);
    assert.match(integrity ?? '', /^sha512-/, path);
    for (const name of Object.keys(optionalDependencies)) {
      if (!lock[`node_modules/${name}`] && !lock[`${path}/node_modules/${name}`]) absent.push(`${name} of ${path}`);
    }
  }
  assert.deepEqual(absent, [], 'npm install on one platform must not drop the packages of others');
  for (const platform of ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64']) {
    assert.ok(lock[`node_modules/@duckdb/node-bindings-${platform}`], platform);
  }
});

describe('npm pack', () => {
  const folder = freshFolder();
  let files: string[] = [];
  let bytes = 0;

  before(() => {
    // make has already built it; the script prepare would build it again.
    const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [pack] = JSON.parse(said) as [{ filename: string; size: number; files: { path: string }[] }];
    files = pack.files.map(({ path }) => path);
    bytes = pack.size;
    execFileSync('tar', ['-xzf', join(folder, pack.filename), '-C', folder]);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });

  test('holds the program, the questions, the samples, the pages and what they link, and nothing else', () => {
    const folders = new Set(files.map((file) => file.split('/')[0]));
    assert.deepEqual(
      [...folders].sort(),
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'SECURITY.md',
        'deploy',
        'dist',
        'docs',
        'package.json',
        'queries',
        'samples',
      ].sort(),
    );
    const ours = files.filter((file) => /\.ts$|-changed|\.duckdb$/.test(file));
    assert.deepEqual(ours, []);
    assert.ok(files.some((file) => /^dist\/empty-.*\.duckdb\.gz$/.test(file)));
    assert.ok(bytes < 2.3e6, `${bytes} bytes`);
  });

  test('answers from where it was unpacked', () => {
    const program = join(folder, 'package', manifest.bin.draintrace!);
    const run = (...words: string[]) =>
      execFileSync(process.execPath, [program, ...words, '--db', join(folder, 'x.duckdb')], {
        encoding: 'utf8',
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    assert.equal(run('--version'), `${manifest.version}\n`);
    run('load', 'package/samples/recorded-incident', '--timezone', '+08:00');
    assert.match(run('trace'), /pod jiameng-api-dev-7cf849584f-kh7vk/);
    assert.match(run('query', 'load-summary', '--format', 'csv'), /alb_access_log/);
  });
});
