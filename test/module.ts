/** Reads the project's TypeScript files and finds the imports in their text. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { ROOT } from './cli.ts';

export interface Import {
  /** As written: `../alb/field.ts`, `node:fs`, `p-map`. */
  from: string;
  /** Path from the project's root, for a file of the project. */
  file: string | null;
  /** Removed by compilation. */
  isType: boolean;
  /** Imported when the code runs to it, not with the module. */
  isLate: boolean;
}

export interface Module {
  /** From the project's root: `src/alb/field.ts`. */
  file: string;
  text: string;
  imports: Import[];
}

// Files are formatted (make lint), so an import statement begins its line and ends with the specifier.
const IMPORT =
  /^(?:import|export) (type )?([\w$]+(?:, )?)?(?:\*(?: as \w+)?|\{([^}]*)\})? ?from '([^']+)';$|^import '([^']+)';$|(typeof )?\bimport\('([^']+)'\)/gm;

/** Matches comments of whole lines, which may hold code that does not run. */
const COMMENT = /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** Returns the imports found in the text of a file. */
export function importsOf(file: string, text: string): Import[] {
  return [...text.replace(COMMENT, '').matchAll(IMPORT)].map(([, type, main, names, named, bare, typeOf, lazy]) => {
    const from = (named ?? bare ?? lazy)!;
    const members = (names ?? '').split(',').filter((name) => name.trim() !== '');
    const isType =
      Boolean(type || typeOf) || (!main && members.length > 0 && members.every((name) => /^\s*type /.test(name)));
    return { from, file: from.startsWith('.') ? join(dirname(file), from) : null, isType, isLate: lazy !== undefined };
  });
}

/** Returns every file of `folder` that ends with `ending`, from the project's root, sorted. */
export function filesOf(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

/** Returns the modules of a folder. */
export function modulesOf(folder: string): Module[] {
  return filesOf(folder, '.ts').map((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return { file, text, imports: importsOf(file, text) };
  });
}
