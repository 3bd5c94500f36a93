/** Runs the gate of deploy/ as runners of GitHub and GitLab do: their shell, their variables, their files. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { freshFolder, ROOT } from '../cli.ts';
import { Forge } from './forge.ts';

export const TOKEN = 'ghs_secret-of-the-forge';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  folder: string;
}

export type Variables = Record<string, string>;

interface ActionFile {
  inputs: Record<string, { default: string }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: { name: string; shell: string; run: string; env: Variables }[] };
}

export const action = parse(readFileSync(join(ROOT, 'deploy/github-action/action.yml'), 'utf8')) as ActionFile;
export const template = parse(readFileSync(join(ROOT, 'deploy/gitlab/draintrace.gitlab-ci.yml'), 'utf8')) as {
  '.draintrace': { variables: Variables; script: string[]; artifacts: { paths: string[]; reports: { junit: string } } };
};

/** Makes a folder of programs: draintrace as it was built, and an npm that notes what it was asked. */
function programs(): string {
  const bin = freshFolder();
  const write = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  write(
    'draintrace',
    `env > '${join(bin, 'env')}'; exec '${process.execPath}' '${join(ROOT, 'dist/bin/draintrace.js')}' "$@"`,
  );
  // The root of global packages, as npm has it after the installation.
  mkdirSync(join(bin, 'root'));
  write('npm', `echo "$@" >> '${join(bin, 'npm-asked')}'; if [ "$1" = root ]; then echo '${join(bin, 'root')}'; fi`);
  return bin;
}

export function runShell(script: string, variables: Variables, folder: string, bin: string): Promise<Ran> {
  const env = {
    PATH: `${bin}${delimiter}${join(process.execPath, '..')}${delimiter}/usr/bin${delimiter}/bin`,
    HOME: folder,
    ...variables,
  };
  // As GitHub's runner starts a step with `shell: bash`.
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd: folder, env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr, folder })));
}

export const BIN = programs();

/** Runs the steps of the action with these inputs, as the runner does. */
export async function runAction(
  inputs: Variables,
  api: string,
  more: Variables = {},
  event: object = { pull_request: { number: 7 } },
): Promise<Ran> {
  const folder = freshFolder();
  writeFileSync(join(folder, 'event.json'), JSON.stringify(event));
  for (const file of ['output', 'summary']) writeFileSync(join(folder, file), '');
  const runner = {
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION_PATH: join(ROOT, 'deploy/github-action'),
    GITHUB_API_URL: api,
    GITHUB_SERVER_URL: 'https://forge.example',
    GITHUB_REPOSITORY: 'shop/catalog',
    GITHUB_RUN_ID: '99',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    ...more,
  };
  const all = {
    ...Object.fromEntries(Object.entries(action.inputs).map(([name, { default: value }]) => [name, value])),
    ...inputs,
  };
  const expanded = (text: string): string =>
    text.replace(/\$\{\{ (?:inputs\.([\w-]+)|(github\.token)) \}\}/g, (_, name: string | undefined) =>
      name ? expanded(all[name]!) : TOKEN,
    );
  let ran: Ran | null = null;
  for (const { run, env } of action.runs.steps) {
    const given = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, expanded(String(value))]));
    ran = await runShell(run, { ...runner, ...given }, folder, BIN);
    if (ran.code !== 0) break;
  }
  return ran!;
}

export async function withForge(run: (forge: Forge, api: string) => Promise<void>): Promise<void> {
  const forge = new Forge();
  try {
    await run(forge, await forge.start());
  } finally {
    await forge.stop();
  }
}
