/**
 * Makes dist/ where npm gets the sources: after `npm install` in a clone, for `npm install -g FOLDER`, and for a Git address.
 * The last two come here before the packages of the build are there, so they are installed first. An install of the published
 * package never comes here.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The outer npm hands its flags on by the environment: with them the inner one would install somewhere else, or less. */
const OUTER = /^npm_config_(?:global|location|prefix|omit|include|production|dry_run|only)$/i;

/** npm's own temporary clone of a Git address. */
const isClone = /[\\/]_cacache[\\/]tmp[\\/]/.test(process.cwd());

function main() {
  if (!existsSync('src')) return console.error('draintrace: no src/ here, so nothing is built');
  // npm would link its temporary clone, and remove the clone afterwards.
  if (isClone && process.env.npm_config_global === 'true') throw new Error('npm cannot do that from a Git address');
  if (!existsSync('node_modules/esbuild')) {
    console.error('draintrace: installing the packages of the build (0.4 GB in this folder)');
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTER.test(name)));
    const words = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--include=dev', '--include=optional'];
    // npm names its own file, so that the same npm is used; on Windows it is no program.
    const file = process.env.npm_execpath;
    if (file) execFileSync(process.execPath, [file, ...words], { stdio: 'inherit', env });
    else execFileSync('npm', words, { stdio: 'inherit', env });
  }
  execFileSync(process.execPath, ['build.js'], { stdio: 'inherit' });
}

try {
  main();
} catch (error) {
  console.error(`draintrace was not installed: ${error.message.split('\n')[0]}. Instead:`);
  console.error('  git clone ADDRESS draintrace && cd draintrace && npm ci && npm install -g .');
  console.error('or, without an installation: npx git+ADDRESS COMMAND');
  process.exitCode = 1;
}
