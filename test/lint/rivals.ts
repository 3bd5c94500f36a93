/**
 * Runs other linters of manifests on the cases of `draintrace lint`, with all checks that they have, and writes which of their checks tell
 * the broken manifest from the good one into docs/lint.md. `make lint-rivals` installs and runs them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lint } from '../../src/lint/lint.ts';
import { RULES } from '../../src/lint/rule.ts';
import { NOTHING_MEASURED } from '../../src/lint/window.ts';
import { ROOT } from '../cli.ts';
import { CASES } from './case.ts';
import { shop } from './manifest.ts';

const bin = process.argv[2];
if (bin === undefined) throw new Error('give the folder of the programs, as test/lint/rivals.sh does');
const folder = mkdtempSync(join(tmpdir(), 'draintrace-rivals-'));

/** Runs a program that may exit with 1 for what it finds. Throws if it prints nothing. */
function run(program: string, words: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(join(bin!, program), words, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (error || stdout === '') throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

interface Rival {
  name: string;
  /** The checks that fail for a file, each with what it says after a colon. */
  failing(file: string): string[];
}

const optional = run('kube-score', ['list'])
  .split('\n')
  .filter((line) => line.trim().endsWith('optional'))
  .flatMap((line) => ['--enable-optional-test', line.split(',')[0]!]);

interface ScoreObject {
  checks: { check: { id: string }; grade: number; skipped: boolean; comments: { summary: string }[] | null }[];
}
interface PolarisResults {
  Results: Record<string, { Success: boolean }> | null;
}
interface PolarisObject extends PolarisResults {
  PodResult: (PolarisResults & { ContainerResults: PolarisResults[] | null }) | null;
}

const RIVALS: readonly Rival[] = [
  {
    name: 'kube-linter',
    failing(file) {
      const answer = JSON.parse(run('kube-linter', ['lint', '--add-all-built-in', '--format', 'json', file])) as {
        Reports: { Check: string; Diagnostic: { Message: string } }[] | null;
      };
      return (answer.Reports ?? []).map(({ Check, Diagnostic }) => `${Check}: ${Diagnostic.Message}`);
    },
  },
  {
    name: 'kube-score',
    failing(file) {
      const objects = JSON.parse(run('kube-score', ['score', '-o', 'json', ...optional, file])) as ScoreObject[];
      return objects.flatMap(({ checks }) =>
        checks
          .filter(({ grade, skipped }) => !skipped && grade < 10)
          .flatMap(({ check, comments }) => (comments ?? []).map(({ summary }) => `${check.id}: ${summary}`)),
      );
    },
  },
  {
    name: 'polaris',
    failing(file) {
      const answer = JSON.parse(run('polaris', ['audit', '--audit-path', file, '--format', 'json'])) as {
        Results: PolarisObject[];
      };
      const parts = answer.Results.flatMap((one) => [one, one.PodResult, ...(one.PodResult?.ContainerResults ?? [])]);
      return parts.flatMap((part) =>
        Object.entries(part?.Results ?? {}).flatMap(([check, { Success }]) => (Success ? [] : [check])),
      );
    },
  },
];

function fileOf(text: string): string {
  const file = join(folder, 'case.yaml');
  writeFileSync(file, text);
  return file;
}

const checkOf = (said: string): string => said.split(':')[0]!;

/** Names of checks that say something of the first manifest that they do not say, or not so often, of the second. */
function more(broken: readonly string[], fine: readonly string[]): string[] {
  const times = (list: readonly string[], one: string): number => list.filter((other) => other === one).length;
  return [...new Set(broken)].filter((one) => times(broken, one) > times(fine, one)).map(checkOf);
}

const found = new Map<string, Set<string>>();
for (const { rule, broken, fine } of CASES.filter((one) => !one.rule.startsWith('ecs-'))) {
  for (const { name, failing } of RIVALS) {
    const key = `${rule} ${name}`;
    const checks = more(failing(fileOf(broken)), failing(fileOf(fine)));
    found.set(key, new Set([...(found.get(key) ?? []), ...checks]));
  }
}
const ours = CASES.filter(({ rule, broken, fine }) => {
  const rules = (text: string): string[] =>
    lint([{ name: 'case', text }], NOTHING_MEASURED).findings.map((one) => one.rule);
  return rules(broken).includes(rule) && !rules(fine).includes(rule);
});
const good = RIVALS.map(({ failing }) => new Set(failing(fileOf(shop())).map(checkOf)).size);
rmSync(folder, { recursive: true });

const cell = (rule: string, name: string): string =>
  [...(found.get(`${rule} ${name}`) ?? [])].map((check) => `\`${check}\``).join(', ') || '-';
const rows = RULES.filter(({ id }) => !id.startsWith('ecs-')).map(
  ({ id }) => `| \`${id}\` | ${RIVALS.map(({ name }) => cell(id, name)).join(' | ')} |`,
);
const table = [
  `| rule of draintrace | ${RIVALS.map(({ name }) => name).join(' | ')} |`,
  `|${'---|'.repeat(RIVALS.length + 1)}`,
  ...rows,
  `| checks that fail in the good manifest | ${good.join(' | ')} |`,
].join('\n');
const page = join(ROOT, 'docs/lint.md');
const text = readFileSync(page, 'utf8');
const written = text.replace(/(<!-- measured: rivals -->\n)[\s\S]*?(\n<!-- end -->)/, (_, begin, end) => {
  return `${begin}\n${table}\n${end}`;
});
writeFileSync(page, written);
console.log(`${table}\n\ndraintrace tells ${ours.length} of ${CASES.length} cases from their neighbours`);
