/** Runs deploy/release.sh in a clone, with stand-ins for the programs that would reach a registry. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { freshFolder, ROOT } from './cli.ts';

const read = (...parts: string[]): string => readFileSync(join(...parts), 'utf8');
const { version } = JSON.parse(read(ROOT, 'package.json')) as { version: string };
const DIGEST = `sha256:${'ab'.repeat(32)}`;

const clone = join(freshFolder(), 'clone');
const bin = freshFolder();
const git = (...words: string[]): string =>
  execFileSync('git', ['-C', clone, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...words], {
    encoding: 'utf8',
  });

function standIn(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

function release(...words: string[]) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, GIT_CONFIG_COUNT: '2', BASE: '' };
  const identity = {
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'x',
    GIT_CONFIG_KEY_1: 'user.email',
    GIT_CONFIG_VALUE_1: 'x',
  };
  const all = ['deploy/release.sh', ...words];
  return spawnSync('bash', all, { cwd: clone, env: { ...env, ...identity }, encoding: 'utf8', timeout: 200_000 });
}

/** Writes a file of the clone and commits it. */
function commit(file: string, text: string): void {
  writeFileSync(join(clone, file), text);
  git('commit', '--quiet', '--allow-empty', '--all', '--message', 'x');
}

before(() => {
  mkdirSync(clone);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of files.toString().split('\0')) {
    if (file === '' || file.startsWith('test/') || !existsSync(join(ROOT, file))) continue;
    mkdirSync(join(clone, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(clone, file));
  }
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
  // npm ci would fetch what is here.
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  standIn('npm', `if [ "$1" = ci ]; then exit 0; fi; exec '${npm}' "$@"`);
  standIn(
    'docker',
    `echo "$@" >> '${join(bin, 'asked')}'; if [ "$2" = imagetools ]; then cat '${join(bin, 'digest')}'; fi`,
  );
  writeFileSync(join(bin, 'digest'), `${DIGEST}\n`);
});

test('the version is the same wherever it is written', () => {
  const lock = JSON.parse(read(ROOT, 'package-lock.json')) as {
    version: string;
    packages: Record<string, { version: string }>;
  };
  assert.deepEqual([lock.version, lock.packages['']!.version], [version, version]);
  assert.match(read(ROOT, 'deploy/github-action/action.yml'), new RegExp(`^    default: ${version}$`, 'm'));
  assert.match(
    read(ROOT, 'deploy/gitlab/draintrace.gitlab-ci.yml'),
    new RegExp(`^    DRAINTRACE_VERSION: ${version}$`, 'm'),
  );
  assert.match(
    read(ROOT, 'CHANGELOG.md'),
    new RegExp(`^# Changes\n\n## ${version} \\((?:not released|\\d{4}-\\d\\d-\\d\\d)\\)\n`),
  );
  for (const page of ['docs/install.md', 'docs/pipelines.md']) {
    for (const [, named] of read(ROOT, page).matchAll(/draintrace(?:-|\S*@v?)(\d+\.\d+\.\d+)/g))
      assert.equal(named, version, page);
  }
});

test('a release is refused with what to do, in each case that would make a wrong one', () => {
  const refused = (words: string[], message: RegExp, code = 1) => {
    const { status, stderr } = release(...words);
    assert.match(stderr, message);
    assert.equal(status, code);
  };
  refused([], /usage: /, 2);
  refused(['1.0'], /usage: /, 2);
  refused([version, '--image', '$(id)'], /usage: /, 2);
  refused(['99.0.0', '--skip-tests'], /package\.json has version .*: npm version/);
  const changes = read(clone, 'CHANGELOG.md');
  commit('CHANGELOG.md', changes.replace(/^## \d.*$/m, `## ${version} (not released)`));
  refused([version, '--skip-tests'], /CHANGELOG\.md has no heading '## .* \(YYYY-MM-DD\)': write the day/);
  commit('CHANGELOG.md', changes.replace(/^## \d.*$/m, `## ${version} (2026-12-01)`));
  writeFileSync(join(clone, 'README.md'), 'x');
  refused([version, '--skip-tests'], /the work tree has changes/);
  git('checkout', '--quiet', 'README.md');
  const action = read(clone, 'deploy/github-action/action.yml');
  commit('deploy/github-action/action.yml', action.replace(`default: ${version}`, 'default: 0.0.1'));
  refused([version, '--skip-tests'], /action\.yml installs another version/);
  commit('deploy/github-action/action.yml', action);
  git('tag', `v${version}`);
  refused([version, '--skip-tests'], /the tag v.* exists already/);
  git('tag', '--delete', `v${version}`);
});

test('without a digest from the registry no image is built', () => {
  for (const said of ['', 'sha256:abc', 'latest']) {
    writeFileSync(join(bin, 'digest'), said);
    writeFileSync(join(bin, 'asked'), '');
    const { status, stderr } = release(version, '--skip-tests', '--image', 'registry.example/draintrace');
    assert.match(stderr, /the registry gave no digest of docker\.io\/library\/node/);
    assert.equal(status, 1);
    assert.doesNotMatch(read(bin, 'asked'), /buildx build/);
  }
  writeFileSync(join(bin, 'digest'), `${DIGEST}\n`);
});

test('a release has the package, its bill of materials, sums that agree, and an image on a pinned base', () => {
  writeFileSync(join(bin, 'asked'), '');
  const { status, stdout, stderr } = release(version, '--skip-tests', '--image', 'registry.example/draintrace');
  assert.equal(status, 0, stdout + stderr);
  const out = join(clone, 'release');
  const files = [
    'SHA256SUMS',
    'THIRD-PARTY.txt',
    'base-image.txt',
    `draintrace-${version}.cdx.json`,
    `draintrace-${version}.tgz`,
  ];
  assert.deepEqual(readdirSync(out).sort(), files);
  for (const line of read(out, 'SHA256SUMS').trim().split('\n')) {
    const [sum, file] = line.split(/\s+/);
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(out, file!)))
        .digest('hex'),
      sum,
      file,
    );
  }
  const [inspect, build] = read(bin, 'asked').trim().split('\n');
  assert.match(inspect!, /^buildx imagetools inspect docker\.io\/library\/node:24-bookworm-slim /);
  assert.match(build!, /--platform linux\/amd64,linux\/arm64 --sbom=true --provenance=mode=max /);
  assert.ok(
    build!.includes(
      `--build-arg BASE=docker.io/library/node:24-bookworm-slim@${DIGEST} --build-arg VERSION=${version}`,
    ),
  );
  assert.match(build!, /--output type=oci,dest=release\/draintrace-.*\.oci\.tar \.$/);
  // Nothing is tagged or pushed unless that is asked for, and the repository names no digest.
  assert.equal(git('tag', '--list').trim(), '');
  assert.doesNotMatch(read(ROOT, 'deploy/Dockerfile'), /sha256:[0-9a-f]{8}/);
  assert.match(stdout, /npm publish release\/draintrace-.*\.tgz/);
  // release/ is ignored, so the clone is clean, and the next run makes the tag.
  assert.equal(git('status', '--porcelain').trim(), '');
  assert.equal(release(version, '--skip-tests', '--tag').status, 0);
  assert.equal(git('cat-file', '-t', `v${version}`).trim(), 'tag');
});
