/**
 * Checks imports between folders (docs/architecture.md) and the form of every file. A new folder of src/ is one entry of ROOMS
 * (room.ts), a new package one word of it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './cli.ts';
import { filesOf, importsOf, type Module, modulesOf } from './module.ts';
import { ROOMS } from './room.ts';

const SRC = modulesOf('src');
// kernel/ is AssemblyScript, except its build scripts. It looks like TypeScript but has its own rules.
const ALL = ['src', 'test', 'samples', 'bench', 'kernel']
  .flatMap(modulesOf)
  .filter(({ file }) => !file.startsWith('kernel/') || /^kernel\/(?:build|generate)\.ts$/.test(file));
const roomOf = (file: string): string => file.split('/')[1]!;
const words = (list: string): string[] => list.split(', ').filter((word) => word !== '');
/** Returns package `@a/b` for `@a/b/c`, and `a` for `a/b`. */
const packageOf = (from: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(from)![0];

test('the walk reads imports of every shape', () => {
  const text = [
    "/** import { a } from './comment.ts'; */",
    "import './bare.ts';",
    "import type { A } from './type.ts';",
    "import { type B, type C } from './types.ts';",
    "import D, { type E } from './mixed.ts';",
    "import {\n  f,\n  g,\n} from '../other/lines.ts';",
    "export { h } from './again.ts';",
    "export * from './star.ts';",
    "import * as i from 'node:fs';",
    "type J = typeof import('@a/b/c');",
    "const k = await import('k');",
  ].join('\n');
  const found = importsOf('src/room/x.ts', text).map(
    ({ from, file, isType }) => `${isType ? 'type ' : ''}${file ?? from}`,
  );
  assert.deepEqual(found, [
    'src/room/bare.ts',
    'type src/room/type.ts',
    'type src/room/types.ts',
    'src/room/mixed.ts',
    'src/other/lines.ts',
    'src/room/again.ts',
    'src/room/star.ts',
    'node:fs',
    'type @a/b/c',
    'k',
  ]);
  // Also checks the parser: there are as many imports as lines that end like an import.
  const ends = SRC.map(({ text }) => text.match(/ from '[^']+';$|\bimport\('[^']+'\)/gm)?.length ?? 0);
  assert.deepEqual(
    SRC.map(({ imports }) => imports.length),
    ends,
  );
  assert.ok(ends.reduce((sum, n) => sum + n) > 200);
});

/** Returns the packages that a file of src/ imports at once, itself or through others. */
function packagesOf(...files: string[]): string[] {
  const packages = new Set<string>();
  const reached = new Set<string>();
  const reach = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, file: to, isType, isLate } of SRC.find((module) => module.file === file)!.imports) {
      if (isType || isLate) continue;
      if (to !== null) reach(to);
      else if (!from.startsWith('node:')) packages.add(packageOf(from));
    }
  };
  for (const file of files) reach(file);
  assert.ok(reached.size > 1);
  return [...packages].sort();
}

test('help, completion and mistakes wait for the parser of words alone, not for the engine or AWS', () => {
  // The list of questions is completed too.
  assert.deepEqual(packagesOf('src/command/main.ts', 'src/command/queries.ts'), [
    'csv-stringify',
    'string-width',
    'yargs',
  ]);
  assert.deepEqual(packagesOf('src/command/complete.ts', 'src/command/completion.ts'), ['string-width', 'yargs']);
  // The help of the program needs no parser, and the entry no package at all.
  assert.deepEqual(packagesOf('src/command/help.ts'), ['string-width']);
  assert.deepEqual(packagesOf('src/bin/draintrace.ts'), []);
});

test('a package that is bundled and imported late is an ES module: one in the older form would lose its names', () => {
  const late = SRC.flatMap(({ imports }) =>
    imports.filter(({ file, isLate, isType }) => file === null && isLate && !isType),
  );
  const bundled = new Set(late.map(({ from }) => packageOf(from)));
  assert.ok(bundled.size > 0);
  for (const name of bundled) {
    const { type, module } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
      type?: string;
      module?: string;
    };
    assert.ok(type === 'module' || module !== undefined, name);
  }
});

test('every room of src/ has a line in ROOMS', () => {
  assert.deepEqual(readdirSync(join(ROOT, 'src')).sort(), Object.keys(ROOMS).sort());
});

for (const [room, { imports, packages, pure }] of Object.entries(ROOMS)) {
  test(`${room}/ imports ${pure ? 'no node:*, ' : ''}no room but ${imports || 'itself'}, no package but ${packages || 'none'}`, () => {
    const rooms = words(imports);
    const bought = words(packages);
    const wrong: string[] = [];
    for (const { file, imports: found } of SRC.filter((module) => roomOf(module.file) === room)) {
      for (const { from, file: to, isType } of found) {
        const allowed = (list: string[], ...names: string[]): boolean =>
          names.some((name) => list.includes(name) || (isType && list.includes(`type ${name}`)));
        let fine: boolean;
        if (to !== null) {
          const other = roomOf(to);
          fine =
            other === room ||
            allowed(rooms, other, to.replace('src/', '')) ||
            (rooms.includes('*') && to.startsWith('src/') && other !== 'bin');
        } else if (from.startsWith('node:')) fine = !pure;
        else fine = allowed(bought, packageOf(from));
        if (!fine) wrong.push(`${file} imports ${isType ? 'type ' : ''}${from}`);
      }
    }
    assert.deepEqual(wrong, [], 'ROOMS in test/architecture.test.ts says who may import what');
  });
}

test('a name that src/ exports is declared in one file', () => {
  // Every command exports `command`: main.ts imports the one that was asked for.
  const shared = ['command'];
  const declared = new Map<string, string[]>();
  for (const { file, text } of SRC) {
    const names = text.matchAll(
      /^export (?:async )?(?:abstract )?(?:const|function\*?|class|interface|type|enum) (\w+)/gm,
    );
    for (const name of new Set([...names].map(([, word]) => word!))) {
      declared.set(name, [...(declared.get(name) ?? []), file]);
    }
  }
  assert.ok(declared.size > 700);
  const twins = [...declared].filter(([name, files]) => files.length > 1 && !shared.includes(name));
  assert.deepEqual(twins, [], 'two meanings need two names');
});

test('a value that src/ exports is used by another file', () => {
  // Types are exported with the functions that take them.
  const dead = SRC.flatMap(({ file, text }) =>
    [...text.matchAll(/^export (?:async )?(?:const|function\*?|class) (\w+)/gm)]
      .map(([, name]) => name!)
      .filter((name) => !ALL.some((other) => other.file !== file && new RegExp(`\\b${name}\\b`).test(other.text)))
      .map((name) => `${file} ${name}`),
  );
  assert.deepEqual(dead, []);
});

test('the main thread of load and its workers share messages only', () => {
  const across = SRC.flatMap(({ file, imports }) => {
    const side = /^src\/load\/(main|worker)\//.exec(file)?.[1];
    const other = side === 'main' ? 'worker' : 'main';
    return side === undefined
      ? []
      : imports
          .filter((one) => one.file?.startsWith(`src/load/${other}/`))
          .map(({ from }) => `${file} imports ${from}`);
  });
  assert.deepEqual(across, []);
  const outside = readdirSync(join(ROOT, 'src/load'));
  assert.deepEqual(outside.sort(), ['log-format.ts', 'main', 'message.ts', 'worker']);
});

test('no file imports itself, over however many others', () => {
  const files = new Map(ALL.map((module) => [module.file, module]));
  const done = new Set<string>();
  const visit = (module: Module, path: string[]): void => {
    const at = path.indexOf(module.file);
    assert.equal(at, -1, `a cycle: ${[...path.slice(at), module.file].join(' -> ')}`);
    if (done.has(module.file)) return;
    for (const { file } of module.imports) {
      const next = files.get(file ?? '');
      if (next) visit(next, [...path, module.file]);
    }
    done.add(module.file);
  };
  for (const module of ALL) visit(module, []);
});

test('imports of our own files name files that are there', () => {
  const files = new Set(ALL.map(({ file }) => file));
  const lost = ALL.flatMap(({ file, imports }) =>
    imports.filter((one) => one.file !== null && !files.has(one.file)).map(({ from }) => `${file} imports ${from}`),
  );
  assert.deepEqual(lost, []);
});

/** A longer file explains its length in the comment at its top: `Long because ...`. */
const MOST_LINES = 300;

test(`no file is longer than ${MOST_LINES} lines unless its first comment says "Long because ..."`, () => {
  const sql = filesOf('queries', '.sql').map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
  const long = [...ALL, ...sql].filter(({ text }) => {
    const top = /^(?:#!.*\n)?(?:\/\*\*[\s\S]*?\*\/|(?:(?:--|\/\/).*\n)+)/.exec(text)?.[0] ?? '';
    return text.split('\n').length - 1 > MOST_LINES && !/\bLong because\b/.test(top);
  });
  assert.deepEqual(
    long.map(({ file }) => file),
    [],
  );
});

test('times are converted in src/time/ only', () => {
  const conversions = [
    // A day, an hour or a minute in microseconds, a day in seconds, the first time of 2200.
    /86_?400|3_?600_?000_?000|\b60_?000_?000|7_258_118_400/,
    /[*/%] ?(?:1_?000n?|1e-?[36]|1_000_000n?)\b/,
    /\b(?:1_?000n?|1e-?[36]|1_000_000n?) ?[*/%]/,
    /[*/%] ?3_?600\b|\b3_?600 ?[*/%]|\b(?:60|24) \* (?:60|24)\b/,
  ];
  // A kernel in Base64, and sizes: a megabyte is a million bytes.
  const isOther = (file: string, line: string) => file === 'src/alb/kernel-code.ts' || /bytes|args\.batch/i.test(line);
  const found = SRC.filter(({ file }) => roomOf(file) !== 'time').flatMap(({ file, text }) =>
    text
      .replace(/^\s*(?:\/?\*|\/\/).*$/gm, '')
      .split('\n')
      .flatMap((line, i) =>
        conversions.some((one) => one.test(line)) && !isOther(file, line) ? [`${file}:${i + 1} ${line.trim()}`] : [],
      ),
  );
  assert.deepEqual(found, [], 'use the units and conversions of src/time/time.ts');
});

test('nothing escapes the compiler, the linter or the test runner', () => {
  // Split, so that this file does not match itself.
  const escapes = [
    ['as', ' any\\b'],
    [':', ' any\\b'],
    ['<', 'any\\b'],
    ['@ts', '-(?:ignore|expect-error|nocheck)'],
    ['biome', '-ignore'],
    ['\\b(?:test|it|describe|suite)', '\\.(?:skip|todo|only)\\b'],
    ['\\b(?:skip|todo|only)', ': (?!boolean)'],
  ].map((parts) => new RegExp(parts.join('')));
  const found = ALL.flatMap(({ file, text }) =>
    text
      .replace(/^\s*(?:\/?\*|\/\/).*$/gm, (comment) => (/@ts|biome/.test(comment) ? comment : ''))
      .replace(/'[^'\n]*'/g, "''")
      .split('\n')
      .flatMap((line, i) => (escapes.some((pattern) => pattern.test(line)) ? [`${file}:${i + 1} ${line.trim()}`] : [])),
  );
  assert.deepEqual(found, []);
});

test('a member is private by #, so that nobody else can read it', () => {
  const soft = ALL.flatMap(({ file, text }) =>
    [...text.matchAll(/^\s*(?:private|protected) (?!constructor\b).*$/gm)].map(([line]) => `${file} ${line.trim()}`),
  );
  assert.deepEqual(soft, []);
});

test('a file opens with what it is for, in src/', () => {
  const bare = SRC.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*/.test(text));
  assert.deepEqual(
    bare.map(({ file }) => file),
    [],
  );
});

test('no comment of src/ begins with a headless What', () => {
  const found = SRC.flatMap(({ file, text }) =>
    [...text.matchAll(/^\s*(?:\/\*\*|\*|\/\/) What .*$/gm)].map(([line]) => `${file} ${line.trim()}`),
  );
  assert.deepEqual(found, [], 'name the thing');
});

test('no folder or file is a drawer', () => {
  const drawers = ALL.filter(({ file }) => /(?:^|\/)(?:utils?|helpers?|common|misc|shared)(?:\.ts|\/)/.test(file));
  assert.deepEqual(
    drawers.map(({ file }) => file),
    [],
  );
});
