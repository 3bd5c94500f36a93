/** Tests the licences of all that is bundled or installed, and the bill of materials that names it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshFolder, ROOT } from './cli.ts';
import { componentsOf, readMaterials } from './licence.ts';

/** Permissive licences: they ask for their text to be kept, which dist/THIRD-PARTY.txt does. */
const PERMISSIVE = ['Apache-2.0', 'BSD-2-Clause', 'ISC', 'MIT'];

test('every package that is bundled or installed has a known permissive licence', () => {
  const components = componentsOf();
  assert.ok(components.length > 70, String(components.length));
  for (const { name, version, licence } of components) {
    assert.ok(PERMISSIVE.includes(licence), `${name} ${version} is ${licence}: read it, then add it here`);
  }
});

test('the text of each bundled licence is shipped, with its holder', () => {
  const text = readFileSync(join(ROOT, 'dist/THIRD-PARTY.txt'), 'utf8');
  const bundled = componentsOf().filter(({ how }) => how === 'bundled');
  assert.ok(bundled.length > 60);
  for (const { name, version, licence } of bundled)
    assert.ok(text.includes(`\n${name} ${version} (${licence})\n`), name);
  for (const holder of ['Mathias Bynens', 'Sebastian Mayr', 'Colin McDonnell', 'Mike Bostock', 'DuckDB']) {
    assert.ok(text.includes(holder), holder);
  }
  // Each text is one that grants something.
  for (const part of text.split(/^-{80}$/m)) {
    assert.match(part, /Permission (?:is|to)|Redistribution and use|Apache License/, part.slice(0, 200));
  }
});

test('the bill of materials names each package once, by an address that scanners know, with its checksum', () => {
  const { bomFormat, specVersion, components, metadata } = readMaterials();
  assert.deepEqual([bomFormat, specVersion], ['CycloneDX', '1.5']);
  const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, string>;
  assert.equal(metadata.component.purl, `pkg:npm/${name}@${version}`);
  const addresses = components.map(({ purl }) => purl);
  assert.deepEqual([...new Set(addresses)], addresses);
  for (const { purl, hashes, type } of components) {
    assert.equal(type, 'library');
    assert.match(purl, /^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@\d[\w.-]*$/);
    assert.match(hashes?.[0]?.content ?? '', /^[0-9a-f]{128}$/, purl);
  }
});

test('a package with another licence, or without the text of one, cannot be built', () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'node_modules/odd'), { recursive: true });
  for (const file of ['third-party.js', 'LICENSE']) cpSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const read = (manifest: object): string => {
    writeFileSync(join(folder, 'node_modules/odd/package.json'), JSON.stringify(manifest));
    const script = `import { readPackages } from './third-party.js';
      try { console.log(readPackages(['node_modules/odd'])[0].text.slice(0, 40)); } catch (error) { console.log(error.message); }`;
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' });
  };
  const odd = { name: 'odd', version: '1.0.0' };
  assert.match(read({ ...odd, license: 'GPL-3.0' }), /^odd 1\.0\.0 has the licence GPL-3\.0: third-party\.js/);
  assert.match(read(odd), /has the licence \(none\)/);
  assert.match(read({ ...odd, license: 'MIT' }), /has no text of its licence/);
  assert.match(read({ ...odd, license: 'MIT', author: 'A. Holder' }), /^The MIT License/);
});
