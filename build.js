/**
 * Builds dist/: the program as a few files, because a command that reads one file a module spends most of its time on that.
 * All packages are bundled but those of `dependencies`, the engine's native part, which npm installs for the platform. So
 * `devDependencies` holds what the build needs and what it bundles.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { billOfMaterials, foldersOf, licenceTexts, readPackages } from './third-party.js';

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
  external: Object.keys(manifest.dependencies),
  // Packages in the older form ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
const packages = readPackages(foldersOf(Object.keys(metafile.inputs)));
writeFileSync('dist/THIRD-PARTY.txt', licenceTexts(packages));
const { packages: lock } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(billOfMaterials(manifest, lock, packages), null, 2)}\n`);
execFileSync(process.execPath, ['dist/store/make-template.js'], { stdio: 'inherit' });
