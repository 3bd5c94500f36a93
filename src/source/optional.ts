/** Imports packages that only some commands need. Most users never load them, so they may be missing. */
import { SourceError } from './source.ts';

/** Returns what `load` imports. Throws SourceError with one sentence when the package is not installed. */
export async function importOptional<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new SourceError(
      `${purpose} draintrace needs the package ${name}, which is not installed; run npm install without --omit=optional`,
      name,
      true,
      { cause },
    );
  }
}
