/**
 * What of other makers is in dist/: their licence texts, which each asks to be kept with copies of its code, and a bill of
 * materials (CycloneDX), which vulnerability scanners read because bundled packages are in no node_modules.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Licences that may be bundled or installed. Another one fails the build and test/licence.test.ts: read it before you add it. */
export const ALLOWED = ['Apache-2.0', 'BSD-2-Clause', 'ISC', 'MIT'];

/** Returns the folders of the packages that these bundled files are of. */
export const foldersOf = (files) => [
  ...new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])),
];

/** Returns name, version, licence and its text of each folder, in order of their names. Throws on a licence that is not allowed. */
export function readPackages(folders) {
  const packages = folders.map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (!ALLOWED.includes(license)) {
      throw new Error(`${name} ${version} has the licence ${license ?? '(none)'}: third-party.js does not allow it`);
    }
    return { name, version, license, folder, text: textOf(folder, license, author) };
  });
  return packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

function textOf(folder, license, author) {
  const files = readdirSync(folder)
    .filter((entry) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(entry))
    .sort();
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (texts.length > 0) return texts.join('\n\n');
  // Some packages name their licence and forget its text. Apache's is the same for all, and MIT's but for the holder.
  if (license === 'Apache-2.0') return readFileSync('LICENSE', 'utf8').trim();
  const holder = typeof author === 'string' ? author : author?.name;
  if (license === 'MIT' && holder) return MIT.replace('HOLDER', holder);
  throw new Error(`${folder} has no text of its licence (${license})`);
}

const MIT = `The MIT License

Copyright (c) HOLDER

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Returns dist/THIRD-PARTY.txt. Packages with the same text share it. */
export function licenceTexts(packages) {
  const byText = new Map();
  for (const one of packages) byText.set(one.text, [...(byText.get(one.text) ?? []), one]);
  const parts = [...byText].map(
    ([text, users]) =>
      `${users.map(({ name, version, license }) => `${name} ${version} (${license})`).join('\n')}\n\n${text}`,
  );
  return `The program contains these packages.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/**
 * Returns dist/sbom.cdx.json, a bill of materials in CycloneDX 1.5: what is bundled, and what npm installs beside it. Native
 * packages are one a platform, of which npm installs one. Has neither a time nor a random id, so equal sources give equal files.
 */
export function billOfMaterials(manifest, lock, packages) {
  const bundled = packages.map(({ name, version, license, folder }) =>
    component(name, version, license, lock[folder], 'required', 'bundled'),
  );
  const installed = Object.entries(lock)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, one]) =>
      component(nameOf(path), one.version, one.license, one, one.optional ? 'optional' : 'required', 'installed'),
    );
  for (const { licenses, name } of installed) {
    const [{ license }] = licenses;
    if (!ALLOWED.includes(license.id)) throw new Error(`${name} has the licence ${license.id}: not allowed`);
  }
  const { name, version, license } = manifest;
  const program = { ...component(name, version, license, {}, 'required', 'bundled'), type: 'application' };
  const components = [...bundled, ...installed];
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: program },
    components,
    dependencies: [{ ref: program['bom-ref'], dependsOn: components.map((one) => one['bom-ref']) }],
  };
}

/** Returns the name of a package by its path in the lock file: `node_modules/a/node_modules/@b/c` is `@b/c`. */
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

function component(name, version, license, locked, scope, how) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [, algorithm, digest] = /^(sha512)-(.+)$/.exec(locked?.integrity ?? '') ?? [];
  return {
    type: 'library',
    'bom-ref': purl,
    ...(name.startsWith('@') ? { group: name.split('/')[0], name: basename(name) } : { name }),
    version,
    scope,
    ...(algorithm ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] } : {}),
    licenses: [{ license: { id: license } }],
    purl,
    properties: [{ name: 'draintrace:how', value: how }],
  };
}
