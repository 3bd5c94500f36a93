#!/usr/bin/env node
/**
 * Judges a rollout in a pipeline: waits for its logs, loads them (or gathers them by `draintrace incident`), checks limits, writes
 * a report, and comments on the pull or merge request, always in the same comment. GitHub's action and GitLab's template run it;
 * docs/pipelines.md explains the settings. It exits with the code of `draintrace check`; a comment that fails changes nothing.
 *
 * All settings come from the environment, so no name of a branch or a workload becomes a part of a command.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MINUTE = 60_000;
const CODES = {
  0: 'passed',
  1: 'a limit is broken',
  2: 'wrong settings',
  3: 'no source could be read',
  4: 'a part of the sources could not be read',
  5: 'the database cannot be used',
  6: 'an answer could not be written',
};
/** Longest comment: GitHub takes 65,536 characters. */
const LONGEST = 60_000;

class Wrong extends Error {}

const env = process.env;
const setting = (name, otherwise = '') => (env[`GATE_${name}`] ?? '').trim() || otherwise;
const words = (text) => text.split(/[\s,]+/).filter((word) => word !== '');

function flag(name, otherwise) {
  const text = setting(name, otherwise);
  if (text !== 'true' && text !== 'false') throw new Wrong(`GATE_${name}=${text} is neither true nor false`);
  return text === 'true';
}

/** Returns a time as RFC 3339. Relative times, as -30m, are taken from the start of this program, not from the end of its wait. */
function time(name, otherwise, now) {
  const text = setting(name, otherwise);
  const [, amount, unit] = /^-(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) {
    const seconds = Number(amount) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
    return new Date(now - seconds * 1000).toISOString();
  }
  if (text === 'now') return new Date(now).toISOString();
  const millis = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(millis))
    throw new Wrong(`GATE_${name}=${text} is no time: write it as 2026-03-10T14:00:00Z or -30m`);
  return new Date(millis).toISOString();
}

function readSettings(now) {
  const from = time('FROM', '-30m', now);
  // `rollout`: the end of the rollouts, which the gate finds out.
  const to = setting('TO', 'now') === 'rollout' ? null : time('TO', 'now', now);
  if (to !== null && from >= to) throw new Wrong(`GATE_FROM (${from}) is not before GATE_TO (${to})`);
  const max = words(setting('MAX', 'draining_target=0,killed_in_flight=0'));
  const sources = setting('LOAD')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // A gate ends as soon as the logs are here; without one this is a fixed wait.
  const settleText = setting('SETTLE', sources.length > 0 ? '20' : '10');
  const settle = Number(settleText);
  if (!(settle >= 0 && settle <= 1440)) throw new Wrong(`GATE_SETTLE=${settleText} is no number of minutes up to 1440`);
  if (to === null && sources.length === 0)
    throw new Wrong(
      'GATE_TO=rollout follows the evidence: name it and the logs in GATE_LOAD, or say when the window ends',
    );
  const bad = [...sources, setting('LB'), ...max].find((word) => word.startsWith('-') && word !== '-');
  if (bad !== undefined) throw new Wrong(`${bad} looks like a flag: settings hold values only`);
  return {
    from,
    to,
    settle,
    max,
    sources,
    lb: setting('LB'),
    region: setting('REGION'),
    allowMissing: flag('ALLOW_MISSING', 'false'),
    comment: flag('COMMENT', 'true'),
    dryRun: flag('DRY_RUN', 'false'),
    out: setting('OUT', 'draintrace-gate'),
    name: setting('NAME', 'rollout'),
    program: setting('PROGRAM', 'draintrace'),
  };
}

/** Runs draintrace. Its output is shown unless `quiet`; returns the code and stdout. */
function draintrace(settings, args, { quiet = false, mute = false } = {}) {
  if (!quiet) process.stderr.write(`$ draintrace ${args.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(settings.program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: withoutTokens() });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      if (!quiet) process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr = (stderr + chunk).slice(-4000);
      if (!mute) process.stderr.write(chunk);
    });
    child.on('error', (error) => {
      const hint = error.code === 'ENOENT' ? 'it is not installed' : error.message;
      reject(new Wrong(`${settings.program} cannot be started: ${hint}`));
    });
    child.on('close', (code) => resolve({ code: code ?? 70, stdout, stderr }));
  });
}

/** draintrace needs no token of the forge. */
const withoutTokens = () =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(?:GITHUB_TOKEN|GITLAB_TOKEN|CI_JOB_TOKEN|GATE_TOKEN)$/.test(name)),
  );

/**
 * Escapes text of logs for Markdown: nothing in it links, mentions, or becomes HTML. GitHub and GitLab look for `@name`, `#1`, `GH-1`,
 * `!1`, `$1`, `%1`, `&1` and `~label` in the rendered text, where no backslash is left: a blank without width splits them.
 */
const markdown = (text) =>
  String(text)
    .replace(/\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~$-]/g, '\\$&')
    .replace(/@|[#!$%~](?=["\w])|&amp;(?=\d)|\bGH\\-(?=\d)/gi, '$&&#8203;')
    .replace(/:\/\//g, ':&#8203;//')
    .replace(/\bwww\./gi, (word) => `${word.slice(0, 3)}&#8203;.`)
    .slice(0, 1000);

/** Judges the window. Returns the exit code, the checks, the three lines and the path of the report, as far as there are any. */
async function judge(settings) {
  const { from, to, settle, sources, lb, region, max, allowMissing, out, dryRun } = settings;
  mkdirSync(out, { recursive: true });
  const db = ['--db', join(out, 'gate.duckdb')];
  const window = ['--from', from, ...(to === null ? [] : ['--to', to])];
  const limits = [...max.flatMap((limit) => ['--max', limit]), ...(allowMissing ? ['--allow-missing'] : [])];
  const failed = ({ code, stderr }) => ({
    code,
    to,
    checks: [],
    brief: '',
    report: null,
    error: stderr
      .trim()
      .split('\n')
      .at(-1)
      .replace(/^draintrace: |; the list above says why$/g, ''),
  });

  if (sources.length === 0) {
    // A limit that is none is told before the wait, not after it: without a database nothing else is read.
    const tried = await draintrace(settings, ['check', ...limits, '--db', join(out, 'none.duckdb')], {
      quiet: true,
      mute: true,
    });
    if (tried.code === 2) {
      process.stderr.write(tried.stderr);
      return failed(tried);
    }
    const wait = Date.parse(to) + settle * MINUTE - Date.now();
    if (wait > 0 && !dryRun) {
      process.stderr.write(`waiting ${Math.ceil(wait / 1000)} s for the logs of the window\n`);
      await sleep(wait);
    }
    const where = [...(lb === '' ? [] : ['--lb', lb]), ...(region === '' ? [] : ['--region', region])];
    const gathered = await draintrace(settings, [
      'incident',
      ...window,
      ...where,
      '--out',
      join(out, 'evidence'),
      '--yes',
      ...db,
    ]);
    // 4: a source could not be read. The check says whether what is missing matters.
    if (gathered.code !== 0 && gathered.code !== 4) return failed(gathered);
  }
  const load =
    sources.length === 0
      ? []
      : [
          ...sources.flatMap((source) => ['--load', source]),
          ...(lb === '' ? [] : ['--lb', lb]),
          ...(dryRun ? [] : ['--gate', '--settle', String(settle)]),
        ];
  const checked = await draintrace(settings, ['check', ...window, ...load, ...limits, '--format', 'json', ...db], {
    quiet: true,
  });
  if (checked.code !== 0 && checked.code !== 1) return failed(checked);
  const { checks, to: end } = JSON.parse(checked.stdout);
  // Without a gate (a dry run) the window has no end.
  const judged = ['--from', from, ...(end === null ? [] : ['--to', end])];

  const junit = await draintrace(settings, ['check', ...judged, ...limits, '--format', 'junit', ...db], {
    quiet: true,
  });
  writeFileSync(join(out, 'check.xml'), junit.stdout);
  const brief = await draintrace(settings, ['report', '--brief', '--format', 'markdown', ...judged, ...db], {
    quiet: true,
  });
  const report = join(out, 'report.html');
  const page = await draintrace(settings, ['report', '--out', report, ...judged, ...db], { quiet: true });
  return {
    code: checked.code,
    to: end,
    checks,
    brief: brief.stdout.trim(),
    report: page.code === 0 ? report : null,
    error: null,
  };
}

/** Where the report can be seen: GitLab shows files of a job, GitHub a list of artifacts. */
function reportLink({ report }) {
  if (report === null) return null;
  if (env.CI_JOB_URL)
    return `[report](${env.CI_JOB_URL}/artifacts/file/${report.split('/').map(encodeURIComponent).join('/')})`;
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  return server && repository && run
    ? `[report, as an artifact of this run](${server}/${repository}/actions/runs/${run}#artifacts)`
    : null;
}

const markerOf = ({ name }) => `<!-- draintrace gate: ${name.replace(/[^\w./-]/g, '_').replaceAll('--', '_')} -->`;

function commentOf(settings, result) {
  const verdict = CODES[result.code] ?? `it ended with ${result.code}`;
  const link = reportLink(result);
  const lines = [
    markerOf(settings),
    `### ${result.code === 0 ? '✅' : '❌'} draintrace, ${markdown(settings.name)}: ${verdict}`,
    '',
    `${settings.from.slice(0, 19)}Z to ${result.to === null ? 'the end of the rollout' : `${result.to.slice(0, 19)}Z`}`,
    '',
    ...(result.brief === '' ? [] : [result.brief, '']),
    ...(result.error
      ? [`The window could not be judged: ${markdown(result.error)}. The log of this job says more.`, '']
      : []),
    ...(result.checks.length === 0 ? [] : ['| limit | outcome | finding |', '|---|---|---|']),
    ...result.checks.map(
      ({ name, passed, message }) => `| ${markdown(name)} | ${passed ? 'kept' : '**broken**'} | ${markdown(message)} |`,
    ),
    ...(link === null ? [] : ['', link]),
  ];
  return `${lines.join('\n').slice(0, LONGEST)}\n`;
}

/** Returns the pull or merge request with its comments, or why there is none. */
function discussion() {
  if (env.GITHUB_ACTIONS === 'true') {
    const token = env.GATE_TOKEN || env.GITHUB_TOKEN;
    if (!token) return 'no GITHUB_TOKEN is given';
    let event = {};
    try {
      event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH ?? '', 'utf8'));
    } catch {}
    const number = Number(setting('REQUEST') || event.pull_request?.number || event.issue?.number);
    if (!Number.isInteger(number) || number < 1) return 'this run is of no pull request';
    const api = `${env.GITHUB_API_URL}/repos/${env.GITHUB_REPOSITORY}/issues`;
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    };
    return { list: `${api}/${number}/comments`, one: (id) => `${api}/comments/${id}`, update: 'PATCH', headers };
  }
  if (env.GITLAB_CI === 'true') {
    const token = env.GATE_TOKEN || env.GITLAB_TOKEN;
    if (!token) return 'no GITLAB_TOKEN is given (a project access token with the scope api)';
    const number = Number(setting('REQUEST') || env.CI_MERGE_REQUEST_IID);
    if (!Number.isInteger(number) || number < 1) return 'this pipeline is of no merge request';
    const list = `${env.CI_API_V4_URL}/projects/${encodeURIComponent(env.CI_PROJECT_ID ?? '')}/merge_requests/${number}/notes`;
    return { list, one: (id) => `${list}/${id}`, update: 'PUT', headers: { 'private-token': token } };
  }
  return 'neither GitHub Actions nor GitLab runs this';
}

async function request(url, { method = 'GET', headers, body }) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, 'user-agent': 'draintrace', ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
      // A redirect would carry the token to another host.
      redirect: 'error',
      signal: AbortSignal.timeout(20_000),
    });
    if (answer.ok) return answer.json();
    const mayHelp = answer.status === 429 || answer.status >= 500;
    if (!mayHelp || attempt === 3) throw new Error(`${method} ${new URL(url).pathname} was answered ${answer.status}`);
    await sleep(1000 * attempt);
  }
}

/** Updates the comment of an earlier run, or adds one. Others may write a comment with the marker, which cannot be changed. */
async function publish({ list, one, update, headers }, marker, body) {
  const mine = [];
  for (let page = 1; page <= 20; page += 1) {
    const comments = await request(`${list}?per_page=100&page=${page}`, { headers });
    mine.push(...comments.filter((comment) => String(comment.body).startsWith(marker)));
    if (comments.length < 100) break;
  }
  for (const { id } of mine.reverse()) {
    try {
      await request(one(id), { method: update, headers, body: { body } });
      return 'updated';
    } catch (error) {
      if (!/answered 40[34]$/.test(error.message)) throw error;
    }
  }
  await request(list, { method: 'POST', headers, body: { body } });
  return 'added';
}

async function comment(settings, body) {
  if (!settings.comment) return;
  const there = discussion();
  if (settings.dryRun) return void process.stdout.write(`dry run: this comment is not sent\n${body}`);
  if (typeof there === 'string') return void process.stderr.write(`no comment: ${there}\n`);
  try {
    process.stderr.write(`comment ${await publish(there, markerOf(settings), body)}\n`);
  } catch (error) {
    process.stderr.write(`no comment: ${error.cause?.message ?? error.message}\n`);
  }
}

/** GitHub reads commands in what a step prints. A log must not give any, so they are switched off while draintrace prints. */
async function withoutCommands(run) {
  if (env.GITHUB_ACTIONS !== 'true') return run();
  const token = randomUUID();
  process.stdout.write(`::stop-commands::${token}\n`);
  try {
    return await run();
  } finally {
    process.stdout.write(`\n::${token}::\n`);
  }
}

const annotation = (text) =>
  String(text)
    .replaceAll('%', '%25')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 500);

async function main() {
  const settings = readSettings(Date.now());
  const { result, body } = await withoutCommands(async () => {
    const judged = await judge(settings);
    const text = commentOf(settings, judged);
    writeFileSync(join(settings.out, 'comment.md'), text);
    await comment(settings, text);
    return { result: judged, body: text };
  });
  const verdict = CODES[result.code] ?? `draintrace ended with ${result.code}`;
  if (env.GITHUB_ACTIONS === 'true') {
    for (const { name, passed, message } of result.checks) {
      if (!passed)
        process.stdout.write(
          `::error title=draintrace ${annotation(name).replace(/[:,]/g, ' ')}::${annotation(message)}\n`,
        );
    }
    if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, body);
    if (env.GITHUB_OUTPUT)
      appendFileSync(env.GITHUB_OUTPUT, `exit-code=${result.code}\nreport=${result.report ?? ''}\n`);
  }
  process.stdout.write(`draintrace: ${verdict}\n`);
  return result.code;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`gate: ${error.message}\n`);
  process.exitCode = error instanceof Wrong ? 2 : 70;
}
