/** What a simulation writes: files as values; who writes them, and where, is not known here. */
export interface OutFile {
  /** Relative, with /. One that ends in .gz is to be compressed. */
  path: string;
  text: string;
}

/** JSON values, one a line. */
export const ndjson = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');
