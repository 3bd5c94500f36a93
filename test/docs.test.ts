/**
 * Runs every command and every question in README.md and the other pages, and compares the output. How to write them:
 *
 * - A block of ```console holds commands after `$ ` (a `\` at the end continues in the next line), each followed by its output,
 *   stdout and stderr as a terminal shows them. `...` in a line stands for any text, alone in a line for any lines. A command
 *   without output below it may print anything.
 * - A page starts in a folder with samples/ and a `draintrace.duckdb` that has all samples loaded. ```console fresh starts in a
 *   folder without loaded data; the blocks after it continue there.
 * - Every s3:// url leads to an S3 in this process with the sample day of samples/ at that place. An Athena stand-in counts and
 *   returns the lines of my-alb-logs, as `athena pull` needs. A url of a manifest.json leads to an inventory of the bucket that its
 *   path begins with.
 * - Commands of programs that are not here (kubectl, aws, npm, ...) are not run. Their output lies in test/docs/file/<page>/ and is
 *   in the folder from the start. Such a command needs its own line: a line that also runs draintrace could not be run, and fails.
 * - ```console server holds commands that need a server which is not here (a cluster, Prometheus). Only their verbs and flags are
 *   checked here; the tests of that server run them.
 * - A command may fail: then `$ echo $?` comes next, with the exit code.
 * - A block of ```sql is run on the loaded samples, statement by statement; ```sql write on a copy that may be changed.
 *   SQL for another engine says so (```sql athena) and is not run here.
 * - A block of ```json is JSON.
 * - `draintrace verb --flag` within a line names a verb and flags that exist.
 *
 * If the output differs, the page with the new output is written beside it as <page>-changed.md (not in CI).
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EXIT } from '../src/command/error.ts';
import { VERBS } from '../src/command/verb.ts';
import { CAUSES, MECHANISMS } from '../src/query/word.ts';
import { openDatabase } from '../src/store/database.ts';
import { select } from '../src/store/select.ts';
import { ROOT } from './cli.ts';
import { draintrace } from './command/world.ts';
import { type Block, blocksOf, isAsDocumented, programsOf, type Step, stepsOf, trimmed } from './docs/page.ts';
import { World } from './docs/world.ts';
import { filesOf } from './module.ts';
import { ROOMS } from './room.ts';

/** Programs of every machine. Commands of other programs are not run. */
const HERE =
  'draintrace make echo export cat head tail sort uniq wc grep sed cut gunzip zcat ls cp mkdir rm true test'.split(' ');

/** A story describes events and shows no command; test/story checks it. */
const isStory = (page: string): boolean => /^samples\/stories\/[^/]+\//.test(page);
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...['docs', 'samples', 'deploy'].flatMap((folder) => safeFiles(folder)),
];
const ENGINES = ['athena', 'trino'];
const verbOf = (command: string): string => command.split(' ')[0]!;

function safeFiles(folder: string): string[] {
  try {
    return filesOf(folder, '.md').filter((page) => !page.includes('-changed') && !isStory(page));
  } catch {
    return [];
  }
}

const world = new World();
before(() => world.start());
after(() => world.stop());

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = blocksOf(text);
  describe(page, () => {
    const changes: { step: Step; lines: string[] }[] = [];
    before(async () => {
      world.open(page);
      await world.fillBuckets(text);
    });
    after(() => {
      if (changes.length > 0 && !process.env.CI) writeFileSync(join(ROOT, changedName(page)), changed(text, changes));
    });
    const isRun = ({ language, flags }: Block): boolean => language === 'console' && !flags.includes('server');
    for (const block of blocks.filter(isRun)) {
      test(`commands of line ${block.line}`, () => runConsole(page, block, changes));
    }
    for (const block of blocks.filter(({ language, flags }) => language === 'sql' && !ENGINES.includes(flags[0]!))) {
      test(`SQL of line ${block.line}`, () => runSql(block));
    }
    for (const block of blocks.filter(({ language }) => language === 'json')) {
      test(`JSON of line ${block.line}`, () => assert.doesNotThrow(() => JSON.parse(block.lines.join('\n'))));
    }
    test('shows commands where they are run, and names only what there is', async () => {
      await checkPlaces(page, text, blocks);
    });
  });
}

async function runConsole(page: string, block: Block, changes: { step: Step; lines: string[] }[]): Promise<void> {
  if (block.flags.includes('fresh')) {
    world.empty();
    world.addFiles(page);
  }
  const steps = stepsOf(block);
  assert.ok(steps.length > 0, `${page}:${block.line} has no line that begins with "$ "`);
  const wrong: string[] = [];
  for (const [i, step] of steps.entries()) {
    const at = `${page}:${step.line} ${step.command}`;
    const absent = programsOf(step.command).filter((program) => !HERE.includes(program));
    if (absent.length > 0) {
      const mixed = programsOf(step.command).includes('draintrace');
      assert.ok(!mixed, `${at}\n${absent.join(', ')} is not here to be run: let it write a file in a line of its own`);
      continue;
    }
    // make test runs this test, so `make` runs in the project with this node.
    if (/^make (?!demo\b)/.test(step.command)) continue;
    const command = /^make /.test(step.command)
      ? `${step.command} -C '${ROOT}' NODE='${process.execPath}' --no-print-directory`
      : step.command;
    const { status, lines } = await world.run(command);
    const isAsked = /^echo \$\?/.test(steps[i + 1]?.command ?? '');
    if (status !== 0 && !isAsked)
      wrong.push(`${at}\nexits ${status}:\n${lines.join('\n')}\nin a folder with ${world.list()}`);
    else if (trimmed(step.output).length > 0 && !isAsDocumented(step.output, lines)) {
      wrong.push(
        `${at}\nprints something else.\n--- documented\n${trimmed(step.output).join('\n')}\n+++ printed\n${trimmed(lines).join('\n')}`,
      );
      changes.push({ step, lines: trimmed(lines) });
    }
  }
  if (wrong.length > 0) assert.fail(`${wrong.join('\n\n')}\n\nIf that is right: ${changedName(page)} has it`);
}

const changedName = (page: string): string => page.replace(/\.md$/, '-changed.md');

/** Returns the page with the actual output. */
function changed(text: string, changes: { step: Step; lines: string[] }[]): string {
  const lines = text.split('\n');
  for (const { step, lines: printed } of [...changes].sort((a, b) => b.step.line - a.step.line)) {
    lines.splice(step.outputLine - 1, trimmed(step.output).length, ...printed);
  }
  return lines.join('\n');
}

async function runSql({ lines, flags }: Block): Promise<void> {
  const readOnly = !flags.includes('write');
  const path = readOnly ? world.database : join(world.folder, 'copy.duckdb');
  if (!readOnly) copyFileSync(world.database, path);
  const database = await openDatabase(path, { readOnly });
  try {
    for (const statement of lines.join('\n').split(/;\s*$/m)) {
      if (statement.replace(/--.*$/gm, '').trim() === '') continue;
      const { chunks } = await select(database.connection, statement);
      for await (const _ of chunks);
    }
  } finally {
    database.close();
  }
}

/** Fails for a command that no test runs, and for an unknown verb or flag. */
async function checkPlaces(page: string, text: string, blocks: readonly Block[]): Promise<void> {
  const lost = blocks
    .filter(({ language }) => language !== 'console')
    .flatMap(({ line, lines }) =>
      lines.flatMap((one, i) => (/^\s*(?:\$ )?draintrace /.test(one) ? [`${page}:${line + i} ${one}`] : [])),
    );
  const indented = [...text.matchAll(/^(?: {4}|\t)(?:\$ )?draintrace .*$/gm)].map(([one]) => `${page} ${one}`);
  assert.deepEqual([...lost, ...indented], [], 'commands belong into ```console blocks, where they are run');

  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  const commands = blocks.filter(({ language }) => language === 'console').flatMap(stepsOf);
  const told = [...prose.matchAll(/`draintrace ([^`]*)`/g)].map((match) => match[1]!.replace(/\s+/g, ' '));
  const typed = commands.filter(({ command }) => /^draintrace /.test(command)).map(({ command }) => command.slice(11));
  const verbs = new Set(VERBS.map(({ command }) => verbOf(command)));
  for (const words of [...told, ...typed]) {
    const verb = verbOf(words);
    if (verb.startsWith('-') || verb === 'completion') continue;
    assert.ok(verbs.has(verb), `${page}: draintrace ${words}: there is no command ${verb}`);
    const help = (await draintrace([verb, '--help'])).stdout;
    for (const [flag] of words.replace(/'[^']*'|"[^"]*"/g, '').matchAll(/(?<![\w-])--[a-z][\w-]*/g)) {
      assert.match(help, new RegExp(`${flag}(?![\\w-])`), `${page}: draintrace ${verb} has no ${flag}`);
    }
  }
}

test('docs/commands.md names every command', () => {
  const text = readFileSync(join(ROOT, 'docs', 'commands.md'), 'utf8');
  const missing = VERBS.map(({ command }) => verbOf(command)).filter(
    (verb) => !text.includes(`| \`draintrace ${verb}`),
  );
  assert.deepEqual(missing, [], 'each command has a row in the table of commands');
});

test('docs/commands.md names every exit code, docs/verdicts.md every mechanism and cause', () => {
  const rows = ['commands.md', 'verdicts.md']
    .map((page) => readFileSync(join(ROOT, 'docs', page), 'utf8'))
    .join('\n')
    .match(/^\| .*/gm)!
    .map((row) => row.split(' | ')[0]!);
  const named = new Set(rows.flatMap((first) => first.replace(/^\| /, '').split(', ')));
  const words = [...MECHANISMS, ...CAUSES].map((word) => `\`${word}\``);
  for (const word of [...Object.values(EXIT).map(String), ...words]) assert.ok(named.has(word), `no row for ${word}`);
});

test('docs/dependencies.md gives a reason for every dependency', () => {
  const text = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8');
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // Those that src/ imports are bundled, so package.json has them among those of the build.
  const bundled = Object.values(ROOMS).flatMap(({ packages }) => packages.split(', ').filter((name) => name !== ''));
  const names = [...Object.keys(dependencies), ...bundled.map((name) => name.replace('type ', ''))];
  assert.ok(names.length > 10);
  const missing = names.filter((name) => !new RegExp(`^\\| \`${name}\` \\| \\S`, 'm').test(text));
  assert.deepEqual(missing, [], 'each dependency has a row with one line of reason');
});

/** Returns the anchors of a page, as GitHub makes them from headings. */
function anchorsOf(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-');
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading!)));
}

test('pages link to files and headings that are there', () => {
  let anchored = 0;
  for (const page of PAGES) {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    const links = readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g);
    for (const [link, to, anchor] of links) {
      const path = to === '' ? join(ROOT, page) : join(ROOT, folder, to!);
      assert.ok(existsSync(path), `${page} links to ${to}`);
      if (anchor === undefined) continue;
      anchored++;
      assert.ok(anchorsOf(path).has(anchor), `${page}: no heading for ${link}`);
    }
  }
  assert.ok(anchored > 30, `${anchored} links with an anchor`);
});
