/**
 * Runs deploy/Dockerfile, step by step, in clean folders: COPY lines copy, RUN lines run, and the resulting image answers a
 * question. Only `npm ci` is replaced: the packages are linked from here.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { freshFolder, ROOT } from './cli.ts';

interface Step {
  word: string;
  rest: string;
}

/** Returns the instructions, continued lines joined. */
const stepsOf = (text: string): Step[] =>
  text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => ({ word: line.split(' ', 1)[0]!, rest: line.slice(line.indexOf(' ') + 1).trim() }));

/** The input of `docker build`: only the files of the repository. */
function context(): string {
  const folder = freshFolder();
  const files = execFileSync('git', ['ls-files', '-z', '--', ':!test', ':!samples', ':!docs', ':!bench'], {
    cwd: ROOT,
  }).toString();
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  return folder;
}

interface Stage {
  name: string;
  root: string;
  workdir: string;
  entrypoint: string[];
  user: string | null;
  base: string;
}

function run(command: string, stage: Stage): void {
  const cwd = join(stage.root, stage.workdir);
  for (const part of command.split('&&').map((one) => one.trim())) {
    if (/^npm ci\b/.test(part)) {
      for (const needed of ['package.json', 'package-lock.json']) assert.ok(existsSync(join(cwd, needed)), needed);
      execFileSync('cp', ['-al', join(ROOT, 'node_modules'), join(cwd, 'node_modules')]);
    } else
      execFileSync('sh', ['-c', part], {
        cwd,
        stdio: 'pipe',
        env: { ...process.env, npm_config_offline: 'true', HOME: stage.root },
      });
  }
}

function build(): Stage[] {
  const from = context();
  const stages: Stage[] = [];
  for (const { word, rest } of stepsOf(readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8'))) {
    if (word === 'FROM') {
      const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?$/.exec(rest)!;
      stages.push({ name, base, root: freshFolder(), workdir: '/', entrypoint: [], user: null });
      continue;
    }
    const stage = stages.at(-1)!;
    if (word === 'WORKDIR') {
      stage.workdir = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
    } else if (word === 'COPY') {
      const [, name, list] = /^(?:--from=(\S+) )?(.+)$/.exec(rest)!;
      const paths = list!.split(/\s+/);
      const to = join(stage.root, stage.workdir, paths.at(-1)!);
      const source = name === undefined ? from : stages.find((one) => one.name === name)!.root;
      for (const path of paths.slice(0, -1)) {
        assert.ok(existsSync(join(source, path)), `COPY ${path}: there is no such file`);
        // COPY copies a folder's content, but a file goes into the folder.
        const isFolder = !paths.at(-1)!.endsWith('/');
        if (isFolder) execFileSync('cp', ['-al', join(source, path), to]);
        else cpSync(join(source, path), join(to, path));
      }
    } else if (word === 'RUN') run(rest, stage);
    else if (word === 'ENTRYPOINT') stage.entrypoint = JSON.parse(rest) as string[];
    else if (word === 'USER') stage.user = rest;
    else assert.ok(['ENV', 'CMD'].includes(word), `${word} is not known to this test`);
  }
  return stages;
}

test('the image builds from a clean checkout, and what comes out loads logs and traces them', {
  timeout: 300_000,
}, () => {
  const stages = build();
  const image = stages.at(-1)!;
  assert.deepEqual(readdirSync(join(image.root, 'app')).sort(), [
    'LICENSE',
    'dist',
    'node_modules',
    'package.json',
    'queries',
  ]);
  assert.equal(image.user, '65532:65532');
  for (const dev of ['typescript', 'tsx', '@biomejs/biome']) {
    assert.ok(!existsSync(join(image.root, 'app/node_modules', dev)), `${dev} is left in the image`);
  }
  // The package supports the image's Node version.
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } };
  const [, least] = />=(\d+)/.exec(engines.node)!;
  for (const { base } of stages) assert.ok(Number(/^node:(\d+)-/.exec(base)![1]) >= Number(least), base);
  const [program, script, ...words] = image.entrypoint as [string, string, ...string[]];
  assert.equal(program, 'node');
  const cwd = join(image.root, image.workdir);
  const draintrace = (...more: string[]): string =>
    execFileSync(process.execPath, [join(image.root, script), ...words, ...more], {
      cwd,
      stdio: 'pipe',
      env: { HOME: cwd, PATH: '' },
    }).toString();
  assert.match(draintrace('--help'), /^draintrace COMMAND/);
  draintrace('load', join(ROOT, 'samples/recorded-incident'), '--timezone', '+08:00');
  assert.match(draintrace('trace'), /cause draining_target/);
});
