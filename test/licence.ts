/** Reads dist/sbom.cdx.json, the bill of materials that build.js writes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

export interface Component {
  type: string;
  'bom-ref': string;
  group?: string;
  name: string;
  version: string;
  scope: string;
  hashes?: { alg: string; content: string }[];
  licenses: { license: { id: string } }[];
  purl: string;
  properties: { name: string; value: string }[];
}

export interface Materials {
  bomFormat: string;
  specVersion: string;
  metadata: { component: Component };
  components: Component[];
}

/** Returns the bill of materials as it was built. */
export const readMaterials = (): Materials =>
  JSON.parse(readFileSync(join(ROOT, 'dist/sbom.cdx.json'), 'utf8')) as Materials;

/** Returns name, version, licence and way of use of each package in the program, in order of their names. */
export function componentsOf(): { name: string; version: string; licence: string; how: string }[] {
  return readMaterials()
    .components.map(({ group, name, version, licenses, properties }) => ({
      name: group === undefined ? name : `${group}/${name}`,
      version,
      licence: licenses.map(({ license }) => license.id).join(' and '),
      how: properties.find((one) => one.name === 'draintrace:how')?.value ?? '',
    }))
    .sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}
