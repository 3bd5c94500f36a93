/**
 * Builds dist/: the program as a few files, because a command that reads one file a module spends most of its time on that.
 * What is bundled comes from the packages of package.json; the engine's native part and the optional packages stay outside.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync('dist', { recursive: true, force: true });
const { metafile } = await build({
  // Chunks lie in dist/chunk, as deep as a folder of src/: a path from there to the root, or to the worker, is the same.
  entryPoints: {
    'bin/draintrace': 'src/bin/draintrace.ts',
    'command/main': 'src/command/main.ts',
    'worker/worker': 'src/load/worker/worker.ts',
    'store/make-template': 'src/store/make-template.ts',
  },
  outdir: 'dist',
  chunkNames: 'chunk/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // A package that is imported late must have its names, which one in the older form has not when it is bundled.
  mainFields: ['module', 'main'],
  external: ['@duckdb/node-bindings', ...Object.keys(manifest.optionalDependencies)],
  // Packages in the older form ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
writeFileSync('dist/LICENSES.txt', licences(Object.keys(metafile.inputs)));
execFileSync(process.execPath, ['dist/store/make-template.js'], { stdio: 'inherit' });

/** Returns the licences of the packages that these files are of: each asks to be kept with copies of its code. */
function licences(files) {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const parts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    return `${name} ${version} (${license})\n\n${text}`.trim();
  });
  return `The program contains these packages.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
